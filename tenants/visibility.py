"""The one place that decides which tenants a user sees. Every page and task starts from here."""

from django.db.models import QuerySet

from accounts.models import User
from accounts.roles import PROVIDER, holds
from tenants.models import Tenant


def visible_tenants(user: User) -> QuerySet[Tenant]:
    """All tenants for the provider's people; a customer's own, and no more, for a customer."""
    if holds(user, PROVIDER):
        return Tenant.objects.all()
    return Tenant.objects.filter(memberships__user=user)
