"""A tenant's networks after its intake: one more, one less."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from inventory.allocation import claim
from inventory.prefixes import parse_prefix
from tenants.life import TenantMoveRefused, give_up, hold_end, lock_tenant, present_networks
from tenants.models import Network, NetworkRole, NetworkStatus, Tenant, TenantStatus
from tenants.models.networks import REQUIRED_ROLES
from tenants.onboarding import planned_network, provider_prefixes
from tenants.rules import Messages, NetworkWish, check_networks
from tenants.trail import record_created

STAYING = (TenantStatus.ONBOARDING, TenantStatus.ACTIVE)


def add(*, tenant: Tenant, wish: NetworkWish, by: User | None, now: datetime) -> Network:
    """Plan one more network, its VLAN held.

    Raises IntakeRefused (fields ``networks``, ``networks-0-…``), VlanNotFree, NoCapacity, or TenantMoveRefused when
    the tenant is leaving or gone.
    """
    with transaction.atomic():
        lock_tenant(tenant, *STAYING, to="add a network")
        _check(tenant, wish)
        vlans = claim(
            switch=tenant.pod.switch,
            count=0 if wish.vid else 1,
            wanted=[wish.vid] if wish.vid else [],
            until=hold_end(now),
            by=by,
            why=f"further network of {tenant}",
        )
        network = planned_network(tenant, wish, vlans[0])
        Network.objects.bulk_create([network])
        record_created([network], by=by)
    return network


def _check(tenant: Tenant, wish: NetworkWish) -> None:
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
    messages.raise_if_any()


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
