from typing import ClassVar

import django_filters
from django.db.models import Q, QuerySet

from capacity.reclaiming import DISPENSABLE
from inventory.models import Vlan, VlanState
from tenants.models import NetworkRole, NetworkStatus


class VlanFilter(django_filters.FilterSet):  # type: ignore[misc]
    """VLANs of a switch by words, state and the role they have at a tenant."""

    q = django_filters.CharFilter(label="Tenant or VLAN ID", method="search")
    state = django_filters.ChoiceFilter(choices=VlanState.choices, empty_label="any state")
    role = django_filters.ChoiceFilter(
        choices=NetworkRole.choices, field_name="present__role", label="Role", empty_label="any role"
    )

    use = django_filters.ChoiceFilter(
        choices=[("none", "nothing routed there")], label="Use", empty_label="any use", method="without_use"
    )

    class Meta:
        model = Vlan
        fields: ClassVar = ["q", "state", "role", "use"]

    def without_use(self, found: QuerySet[Vlan], name: str, value: str) -> QuerySet[Vlan]:
        """Live, of a role that one can do without, and without a prefix (see ``reclaiming``)."""
        unused = Q(present__status=NetworkStatus.LIVE, present__role__in=DISPENSABLE, present__prefix="")
        return found.filter(unused)

    def search(self, found: QuerySet[Vlan], name: str, value: str) -> QuerySet[Vlan]:
        words = Q(present__tenant__name__icontains=value) | Q(label__icontains=value)
        return found.filter(words | Q(vid=int(value)) if value.isdecimal() and len(value) <= 4 else words)
