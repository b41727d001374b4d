"""Writes the demo's tenants with their networks, WANs and subnets, and the recorded moves of their VLANs."""

from collections.abc import Sequence

from accounts.models import User
from inventory.models import Pod, Vlan, VlanMove, VlanState
from tenants.models import CustomerSubnet, Network, NetworkRole, Tenant, WanConnection
from tenants.models.networks import port_group_name
from zcsp_portal.demo.company import DOMAIN
from zcsp_portal.demo.lives import NetworkLife, TenantLife
from zcsp_portal.demo.replay import Moved

_BATCH = 1000
_BY_PEOPLE = frozenset({VlanState.HELD, VlanState.RELEASING, VlanState.UNCLAIMED})


def write_tenants(lives: Sequence[TenantLife], pods: dict[str, Pod], vlans: dict[str, dict[int, Vlan]]) -> list[Tenant]:
    """One tenant a life, in order. ``vlans``: the rows by switch name and VLAN ID."""
    tenants = [_tenant(life, pods[life.pod.name]) for life in lives]
    Tenant.objects.bulk_create(tenants, batch_size=_BATCH)
    for tenant, life in zip(tenants, lives, strict=True):
        tenant.created_at = life.taken_in_at  # bulk_create stamped the moment of loading
    Tenant.objects.bulk_update(tenants, ["created_at"], batch_size=_BATCH)
    pairs = list(zip(tenants, lives, strict=True))
    Network.objects.bulk_create(
        [_network(t, n, vlans[t.pod.switch.name][n.vid]) for t, life in pairs for n in life.networks],
        batch_size=_BATCH,
    )
    WanConnection.objects.bulk_create(
        [WanConnection(tenant=t, kind=life.wan, remote_gateway=life.gateway) for t, life in pairs], batch_size=_BATCH
    )
    CustomerSubnet.objects.bulk_create(
        [CustomerSubnet(tenant=t, prefix=prefix) for t, life in pairs for prefix in life.subnets], batch_size=_BATCH
    )
    return tenants


def _tenant(life: TenantLife, pod: Pod) -> Tenant:
    return Tenant(
        name=life.name,
        slug=life.slug,
        pod=pod,
        status=life.status,
        onboarded_on=life.onboarded_on,
        departed_on=life.departed_on,
        contact=f"it@{life.slug.replace('_', '-')}.{DOMAIN}",
    )


def _network(tenant: Tenant, life: NetworkLife, vlan: Vlan) -> Network:
    return Network(
        tenant=tenant,
        role=life.role,
        vlan=vlan,
        port_group=port_group_name(tenant=tenant.name, role=life.role, vid=life.vid),
        prefix="" if _nothing_is_routed_to(life) else life.prefix,
        status=life.status,
        live_on=life.live_at.date() if life.live_at else None,
        removed_on=life.gone_at.date() if life.gone_at else None,
    )


def write_moves(moves: Sequence[Moved], vlans: dict[int, Vlan], *, by: User | None) -> None:
    """What people began is signed by them; the rest happened by itself."""
    VlanMove.objects.bulk_create(
        [
            VlanMove(
                vlan=vlans[move.vid],
                from_state=move.before,
                to_state=move.after,
                at=move.at,
                by=by if move.after in _BY_PEOPLE else None,
                why=move.why,
            )
            for move in moves
        ],
        batch_size=_BATCH,
    )


def _nothing_is_routed_to(life: NetworkLife) -> bool:
    """Some customers asked for more networks than they use: what could be reclaimed."""
    return life.role == NetworkRole.EXTRA and life.vid % 19 == 0
