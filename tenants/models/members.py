from typing import ClassVar

from django.conf import settings
from django.db import models

from tenants.models.tenants import Tenant


class Membership(models.Model):
    """Binds a customer's user to the tenant that it may see."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "tenant"], name="one_membership_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.tenant}"
