"""Builds a provider of any size with a handful of bulk inserts, for tests that count queries and read pages."""

from datetime import date

from inventory.models import CoreSwitch, Pod, Vlan, VlanState
from tenants.models import Network, NetworkRole, NetworkStatus, Tenant, TenantStatus
from tests.factories import make_pod, make_switch

ROLES = [NetworkRole.FAILOVER_PRODUCTION, NetworkRole.FAILOVER_TEST, NetworkRole.REPLICATION]


def fill(pod: Pod, *, tenants: int, onboarded_on: date, per: int = 3, first_vid: int = 100) -> list[Tenant]:
    """``tenants`` active tenants in a pod with ``per`` live networks each, on consecutive VLANs."""
    made = Tenant.objects.bulk_create(
        Tenant(
            name=f"{pod.name}-{first_vid}-{number}",
            slug=f"{pod.name}-{first_vid}-{number}",
            pod=pod,
            status=TenantStatus.ACTIVE,
            onboarded_on=onboarded_on,
        )
        for number in range(tenants)
    )
    rows = list(pod.switch.vlans.filter(vid__gte=first_vid).order_by("vid")[: tenants * per])
    Vlan.objects.filter(pk__in=[row.pk for row in rows]).update(state=VlanState.ALLOCATED)
    Network.objects.bulk_create(
        Network(
            tenant=made[index // per],
            role=ROLES[index % per] if index % per < len(ROLES) else NetworkRole.EXTRA,
            vlan=row,
            port_group=f"pg-{pod.name}-{row.vid}",
            status=NetworkStatus.LIVE,
            live_on=onboarded_on,
        )
        for index, row in enumerate(rows)
    )
    return made


def small_switch(name: str, *, places: int = 100) -> CoreSwitch:
    """A switch whose theoretical ceiling is ``places`` customers at 5 VLANs each."""
    return make_switch(name, usable=(100, 99 + places * 5))


def small_pod(name: str, *, places: int = 100) -> Pod:
    return make_pod(f"pod-{name}", switch=small_switch(name, places=places))
