"""Giving a VLAN that was found on a device to the tenant whose it is."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from inventory.allocation import lock, move
from inventory.models import Vlan, VlanState
from tenants.life import TenantMoveRefused, lock_tenant
from tenants.models import Network, NetworkRole, NetworkStatus, Tenant, TenantStatus
from tenants.models.networks import port_group_name
from tenants.rules import ONCE_PER_TENANT
from tenants.trail import record_created


def adopt(*, vlan: Vlan, tenant: Tenant, role: NetworkRole, by: User | None, now: datetime) -> Network:
    """Record an unclaimed VLAN as a live network of the tenant, under the port group name it was found with.

    Raises TenantMoveRefused when the tenant is not active or onboarding, hangs off another core switch or has its
    one network of that role already, and when the VLAN is no longer unclaimed.
    """
    with transaction.atomic():
        lock_tenant(tenant, TenantStatus.ACTIVE, TenantStatus.ONBOARDING, to="give it a VLAN")
        found = lock(Vlan.objects.filter(pk=vlan.pk)).get()
        _check(found, tenant, role)
        network = Network(
            tenant=tenant,
            role=role,
            vlan=found,
            port_group=found.label[:80] or port_group_name(tenant=tenant.name, role=role, vid=found.vid),
            status=NetworkStatus.LIVE,
            live_on=timezone.localdate(now),
        )
        move([found], to=VlanState.ALLOCATED, by=by, why=f"adopted by {tenant}", label="")
        Network.objects.bulk_create([network])
        record_created([network], by=by)
    return network


def _check(vlan: Vlan, tenant: Tenant, role: NetworkRole) -> None:
    if vlan.state != VlanState.UNCLAIMED:
        raise TenantMoveRefused(f"{vlan} is {vlan.get_state_display()} by now: only an unclaimed VLAN is adopted.")
    if vlan.switch_id != tenant.pod.switch_id:
        raise TenantMoveRefused(
            f"{vlan} is one of {vlan.switch}, but {tenant} is in {tenant.pod}, behind {tenant.pod.switch}."
        )
    present = tenant.networks.exclude(status=NetworkStatus.REMOVED)
    if role in ONCE_PER_TENANT and present.filter(role=role).exists():
        raise TenantMoveRefused(f"{tenant} has its {role.label} network already: choose the role extra.")
