"""A tenant's networks after its intake: one more, one less."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from inventory.prefixes import parse_prefix
from tenants.carriers import claim_carriers, takes_vnis
from tenants.life import TenantMoveRefused, give_up, hold_end, lock_tenant, present_networks
from tenants.models import Network, NetworkRole, NetworkStatus, Tenant, TenantStatus
from tenants.models.networks import REQUIRED_ROLES
from tenants.onboarding import planned_network, provider_prefixes
from tenants.rules import Messages, NetworkWish, check_networks, check_no_vids
from tenants.trail import record_created

STAYING = (TenantStatus.ONBOARDING, TenantStatus.ACTIVE)


def add(*, tenant: Tenant, wish: NetworkWish, by: User | None, now: datetime) -> Network:
    """Plan one more network, its VLAN or VNI held: a tenant stays with what its networks are on.

    Raises IntakeRefused (fields ``networks``, ``networks-0-…``), VlanNotFree, NoCapacity, or TenantMoveRefused when
    the tenant is leaving or gone.
    """
    with transaction.atomic():
        lock_tenant(tenant, *STAYING, to="add a network")
        on_vxlan = _check(tenant, wish)
        (carrier,) = claim_carriers(
            pod=tenant.pod,
            wishes=[wish],
            on_vxlan=on_vxlan,
            until=hold_end(now),
            by=by,
            why=f"further network of {tenant}",
            now=now,
        )
        network = planned_network(tenant, wish, carrier)
        Network.objects.bulk_create([network])
        record_created([network], by=by)
    return network


def _check(tenant: Tenant, wish: NetworkWish) -> bool:
    """Whether the network takes a VNI. Raises IntakeRefused."""
    present = list(tenant.networks.exclude(status=NetworkStatus.REMOVED))
    messages = Messages()
    check_networks(
        [wish],
        provider=provider_prefixes(tenant.pod),
        subnets=[parse_prefix(subnet.prefix) for subnet in tenant.customer_subnets.all()],
        present_roles=[NetworkRole(network.role) for network in present],
        present_prefixes=[(f"{n.port_group} ({n.prefix})", parse_prefix(n.prefix)) for n in present if n.prefix],
        messages=messages,
    )
    on_vxlan = takes_vnis(tenant.pod, present)
    if on_vxlan:
        check_no_vids([wish], place=str(tenant.pod), messages=messages)
    messages.raise_if_any()
    return on_vxlan


def remove(*, network: Network, by: User | None, now: datetime) -> Network:
    """Let one network go: at once where no device was told of it, else once a removal was pushed and read back.

    Returns it as it now stands. Raises TenantMoveRefused for the failover networks, which a tenant must have, for a
    network that is on its way out already, and for a tenant that is leaving or gone.
    """
    with transaction.atomic():
        tenant = Tenant(pk=network.tenant_id)
        lock_tenant(tenant, *STAYING, to="remove a network")
        found = [n for n in present_networks(tenant) if n.pk == network.pk]
        if not found or found[0].status == NetworkStatus.REMOVING:
            raise TenantMoveRefused(f"{network} is being removed or is gone already.")
        if network.role in REQUIRED_ROLES:
            raise TenantMoveRefused(
                f"{network}: a tenant needs its {network.get_role_display()} network. Offboard the tenant instead."
            )
        give_up(found, by=by, why=f"network of {tenant} removed", now=now)
    return found[0]
