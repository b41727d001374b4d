"""What every template may ask about the person at the screen."""

from django.http import HttpRequest

from accounts import roles
from accounts.models import User


def who_is_asking(request: HttpRequest) -> dict[str, object]:
    """``may``: what this user is allowed to do, which links and buttons to show; ``user_roles``: in words."""
    user = getattr(request, "user", None)
    return {
        "may": {
            "read_provider": roles.holds(user, roles.PROVIDER),
            "plan_capacity": roles.holds(user, roles.PLAN_CAPACITY),
            "read_provisioning": roles.holds(user, roles.READ_PROVISIONING),
            "edit_inventory": roles.holds(user, roles.EDIT_INVENTORY),
            "onboard": roles.holds(user, roles.ONBOARD),
            "approve": roles.holds(user, roles.APPROVE),
            "manage_devices": roles.holds(user, roles.MANAGE_DEVICES),
            "read_audit": roles.holds(user, roles.READ_AUDIT),
        },
        "user_roles": _roles_in_words(user),
    }


def _roles_in_words(user: object) -> str:
    if not isinstance(user, User):
        return ""
    return "all (superuser)" if user.is_superuser else ", ".join(sorted(user.role_names))
