"""Taking a device's word: a VLAN that was found on it, or the name or prefix that a network bears there."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from inventory.allocation import lock, move
from inventory.models import Vlan, VlanState
from inventory.models.pods import VSPHERE_NAME
from inventory.prefixes import parse_prefix
from tenants.life import TenantMoveRefused, lock_tenant
from tenants.models import Network, NetworkRole, NetworkStatus, Tenant, TenantStatus
from tenants.models.networks import port_group_name
from tenants.onboarding import provider_prefixes
from tenants.rules import ONCE_PER_TENANT, Messages, NetworkWish, check_networks
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


def adopt_name(*, network: Network, name: str) -> Network:
    """Let the network bear the port group name that it was found with on its vCenter.

    Raises TenantMoveRefused when the tenant is leaving, the network no longer live, or the name none of ours.
    """
    try:
        VSPHERE_NAME(name)
    except ValidationError as error:
        raise TenantMoveRefused(f"{name}: {error.messages[0]}") from error
    with transaction.atomic():
        found = _live(network, to="rename its port group")
        found.port_group = name
        found.save(update_fields=["port_group"])
    return found


def adopt_prefix(*, network: Network, prefix: str) -> Network:
    """Let the network have the prefix that its interface bears on the tenant's firewall.

    The rules of intake hold: raises IntakeRefused with every overlap; TenantMoveRefused as above, and for an address
    that is not a whole network's.
    """
    try:
        wanted = parse_prefix(prefix)
    except ValueError as error:
        raise TenantMoveRefused(str(error)) from error
    with transaction.atomic():
        found = _live(network, to="renumber its network")
        tenant = found.tenant
        others = tenant.networks.exclude(status=NetworkStatus.REMOVED).exclude(pk=found.pk).exclude(prefix="")
        messages = Messages()
        check_networks(
            [NetworkWish(NetworkRole.EXTRA, prefix=str(wanted))],
            provider=provider_prefixes(tenant.pod),
            subnets=[parse_prefix(subnet.prefix) for subnet in tenant.customer_subnets.all()],
            present_roles=[NetworkRole(found.role)],
            present_prefixes=[(f"{n.port_group} ({n.prefix})", parse_prefix(n.prefix)) for n in others],
            messages=messages,
        )
        messages.raise_if_any()
        found.prefix = str(wanted)
        found.save(update_fields=["prefix"])
    return found


def _live(network: Network, *, to: str) -> Network:
    tenant = Tenant(pk=network.tenant_id)
    lock_tenant(tenant, TenantStatus.ACTIVE, TenantStatus.ONBOARDING, to=to)
    found = tenant.networks.select_related("tenant__pod").get(pk=network.pk)
    if found.status != NetworkStatus.LIVE:
        raise TenantMoveRefused(f"{found} is {found.get_status_display()}: only a live network takes over a value.")
    return found
