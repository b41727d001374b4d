"""The end of a push: what was intended has been read back from the devices, and is now so."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from inventory.models import VlanState
from tenants.carriers import move_carriers
from tenants.life import lock_tenant, present_networks, put, quarantine_end, set_status
from tenants.models import Network, NetworkStatus, Tenant, TenantStatus

ON_THE_WAY = (TenantStatus.ONBOARDING, TenantStatus.ACTIVE, TenantStatus.OFFBOARDING)


def settle(*, tenant: Tenant, by: User | None, now: datetime, networks: Collection[int] | None = None) -> None:
    """Make the database say what the devices were just read to say. Call it after that, and never otherwise.

    Planned networks become live (VLAN allocated), removing ones removed (VLAN quarantined), and the tenant active,
    departed, or withdrawn where it never went live. ``networks``: the ids of those that were read back; without it
    all of the tenant's. Name them where a network may have been added or removed since the devices were read.
    Settling twice changes nothing. Raises TenantMoveRefused for a tenant that is gone.
    """
    with transaction.atomic():
        lock_tenant(tenant, *ON_THE_WAY, to="settle a push to it")
        present = present_networks(tenant)
        read_back = [n for n in present if networks is None or n.pk in networks]
        _go_live([n for n in read_back if n.status == NetworkStatus.PLANNED], tenant, by=by, now=now)
        _go([n for n in read_back if n.status == NetworkStatus.REMOVING], tenant, by=by, now=now)
        _advance(tenant, present, now=now)


def _go_live(networks: list[Network], tenant: Tenant, *, by: User | None, now: datetime) -> None:
    if networks:
        move_carriers(networks, to=VlanState.ALLOCATED, by=by, why=f"{tenant}: pushed and read back")
        put(networks, NetworkStatus.LIVE, live_on=timezone.localdate(now))


def _go(networks: list[Network], tenant: Tenant, *, by: User | None, now: datetime) -> None:
    if networks:
        why = f"{tenant}: removed and read back"
        move_carriers(networks, to=VlanState.QUARANTINED, until=quarantine_end(now), by=by, why=why)
        put(networks, NetworkStatus.REMOVED, removed_on=timezone.localdate(now))


def _advance(tenant: Tenant, networks: list[Network], *, now: datetime) -> None:
    """The tenant's own step, once none of its networks is behind."""
    today = timezone.localdate(now)
    statuses = {network.status for network in networks}
    if tenant.status == TenantStatus.ONBOARDING and NetworkStatus.LIVE in statuses:
        set_status(tenant, TenantStatus.ACTIVE, onboarded_on=today)
    elif tenant.status == TenantStatus.OFFBOARDING and statuses <= {NetworkStatus.REMOVED}:
        if tenant.onboarded_on is None and not tenant.networks.filter(live_on__isnull=False).exists():
            set_status(tenant, TenantStatus.WITHDRAWN)
        else:
            set_status(tenant, TenantStatus.DEPARTED, departed_on=today)
