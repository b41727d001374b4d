"""Letting a tenant go, and calling that off while it can be."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from inventory.models import VlanState
from tenants.carriers import move_carriers
from tenants.life import TenantMoveRefused, give_up, lock_tenant, present_networks, put, set_status
from tenants.models import NetworkStatus, Tenant, TenantStatus


def begin(*, tenant: Tenant, by: User | None, now: datetime) -> None:
    """Start to let an active tenant go: its networks are to be removed from the devices, its VLANs are releasing.

    Nothing is taken from a device here: a removal is planned, approved and pushed, and only its read-back ends it.
    Raises TenantMoveRefused when the tenant is not active.
    """
    with transaction.atomic():
        lock_tenant(tenant, TenantStatus.ACTIVE, to="offboard it")
        give_up(present_networks(tenant), by=by, why=f"offboarding of {tenant}", now=now)
        set_status(tenant, TenantStatus.OFFBOARDING)


def call_off(*, tenant: Tenant, by: User | None) -> None:
    """Keep a tenant after all: what was live is to be live again, and is pushed where a device lost it already.

    Networks that never went live stay on their way out. Raises TenantMoveRefused when the tenant is not offboarding
    or was never live.
    """
    with transaction.atomic():
        lock_tenant(tenant, TenantStatus.OFFBOARDING, to="call its offboarding off")
        kept = [n for n in present_networks(tenant) if n.status == NetworkStatus.REMOVING and n.live_on is not None]
        if not kept:
            raise TenantMoveRefused(f"{tenant} never went live, so there is nothing to keep: onboard it anew.")
        move_carriers(kept, to=VlanState.ALLOCATED, by=by, why=f"offboarding of {tenant} called off")
        put(kept, NetworkStatus.LIVE)
        set_status(tenant, TenantStatus.ACTIVE)
