"""The six roles and what each may do. Every view names one of the sets below; nothing else decides access."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from accounts.models import User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


class Role(StrEnum):
    """A Django group of the same name. One user may hold several."""

    CUSTOMER = "customer"
    NOC = "noc"
    OPERATOR = "operator"
    APPROVER = "approver"
    MANAGER = "manager"
    ADMIN = "admin"


EVERYONE = frozenset(Role)
PROVIDER = EVERYONE - {Role.CUSTOMER}
READ_INVENTORY = PROVIDER
READ_CAPACITY = PROVIDER
PLAN_CAPACITY = frozenset({Role.OPERATOR, Role.MANAGER, Role.ADMIN})
READ_PROVISIONING = frozenset({Role.NOC, Role.OPERATOR, Role.APPROVER, Role.ADMIN})
EDIT_INVENTORY = frozenset({Role.OPERATOR, Role.ADMIN})
ONBOARD = frozenset({Role.OPERATOR, Role.ADMIN})
APPROVE = frozenset({Role.APPROVER, Role.ADMIN})
MANAGE_DEVICES = frozenset({Role.ADMIN})
READ_AUDIT = frozenset({Role.NOC, Role.APPROVER, Role.ADMIN})


def holds(user: object, allowed: frozenset[Role]) -> bool:
    """Whether this user holds one of the roles. Superusers hold them all; the anonymous none."""
    if not isinstance(user, User) or not user.is_active:
        return False
    return user.is_superuser or not allowed.isdisjoint(user.role_names)


def allow(allowed: frozenset[Role]) -> Callable[[View[P]], View[P]]:
    """Let only these roles reach a view; 403 for the rest. (The anonymous are sent to sign in before this.)"""

    def wrap(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not holds(request.user, allowed):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.allowed_roles = allowed  # type: ignore[attr-defined]  # the test that walks every URL reads it
        return guarded

    return wrap
