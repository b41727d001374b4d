"""What a tenant's networks run on: VLANs of the pod's core switch, or, on VXLAN, VNIs of the pod's NSX manager."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from accounts.models import User
from inventory import allocation, vni_allocation
from inventory.models import Pod, Vlan, VlanState, Vni, VniPool
from tenants.models import Network
from tenants.rules import NetworkWish


def takes_vnis(pod: Pod, present: Sequence[Network]) -> bool:
    """Whether a tenant's next network takes a VNI: it stays with what it has; one that has nothing, with its pod."""
    if present:
        return any(network.is_vxlan for network in present)
    return pod.nsx_id is not None


def claim_carriers(
    *,
    pod: Pod,
    wishes: Sequence[NetworkWish],
    on_vxlan: bool,
    until: datetime,
    by: User | None,
    why: str,
    now: datetime,
) -> list[Vlan] | list[Vni]:
    """A held VLAN or VNI for each network that is wanted, in their order.

    Raises NoCapacity, and VlanNotFree for a VLAN that was asked for by its ID.
    """
    if on_vxlan:
        pool = VniPool.objects.select_related("nsx").get(nsx=pod.nsx_id)
        return vni_allocation.claim(pool=pool, count=len(wishes), until=until, by=by, why=why, now=now)
    wanted = [wish.vid for wish in wishes if wish.vid is not None]
    count = len(wishes) - len(wanted)
    vlans = allocation.claim(switch=pod.switch, count=count, wanted=wanted, until=until, by=by, why=why)
    named, lowest = iter(vlans[: len(wanted)]), iter(vlans[len(wanted) :])
    return [next(lowest) if wish.vid is None else next(named) for wish in wishes]


def move_carriers(
    networks: Iterable[Network], *, to: VlanState, by: User | None, why: str, until: datetime | None = None
) -> None:
    """Move the VLANs and VNIs of these networks. Raises MoveRefused."""
    carriers = [network.carrier for network in networks]
    if vlans := [carrier for carrier in carriers if isinstance(carrier, Vlan)]:
        allocation.move(vlans, to=to, until=until, by=by, why=why)
    if vnis := [carrier for carrier in carriers if isinstance(carrier, Vni)]:
        vni_allocation.move(vnis, to=to, until=until, by=by, why=why)
