from functools import cached_property

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """A person who signs in. Roles are Django groups (see ``accounts.roles.Role``)."""

    @cached_property
    def role_names(self) -> frozenset[str]:
        """The names of the groups held; one query a request."""
        return frozenset(self.groups.values_list("name", flat=True))
