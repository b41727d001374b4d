"""Which IDs of a core switch tenants may have: usable ranges less what the platform and the provider keep."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from accounts.models import User
from inventory.allocation import lock, move
from inventory.models import CoreSwitch, Platform, RangePurpose, Vlan, VlanRange, VlanState
from inventory.models.switches import FIRST_VLAN_ID, LAST_VLAN_ID

FIRST_USABLE = 2  # IEEE 802.1Q reserves 0 and 4095; 1 is the default VLAN


@dataclass(frozen=True, slots=True)
class Span:
    """A run of VLAN IDs, both ends included."""

    purpose: RangePurpose
    first: int
    last: int
    reason: str = ""

    def __contains__(self, vid: int) -> bool:
        return self.first <= vid <= self.last


# What a platform takes first, by its vendor's defaults; all of it editable per switch.
PLATFORM_RANGES: dict[Platform, tuple[Span, ...]] = {
    Platform.NXOS: (Span(RangePurpose.RESERVED, 3968, 4094, "NX-OS internal VLANs (movable block)"),),
    Platform.IOSXE: (Span(RangePurpose.RESERVED, 1002, 1005, "FDDI and Token Ring defaults"),),
    Platform.EOS: (Span(RangePurpose.RESERVED, 1006, 1199, "internal VLANs, pinned (ascending 1006–1199)"),),
    Platform.JUNOS: (),
    Platform.AOSCX: (),
    Platform.OTHER: (),
}


class RangeInUse(Exception):
    """IDs that are to be taken away from tenants are in use; ``vids`` names them."""

    def __init__(self, vids: list[int]) -> None:
        self.vids = vids
        shown = ", ".join(map(str, vids[:10])) + (f" and {len(vids) - 10} more" if len(vids) > 10 else "")
        super().__init__(f"In use, so they cannot be reserved: VLAN {shown}. Release them first.")


def base_state(vid: int, spans: Iterable[Span]) -> VlanState:
    """What an ID is when no tenant has it: free, reserved or infrastructure.

    Infrastructure wins over reserved, reserved over usable; outside every usable range an ID is reserved.
    """
    purposes = {span.purpose for span in spans if vid in span}
    if RangePurpose.INFRASTRUCTURE in purposes:
        return VlanState.INFRASTRUCTURE
    if RangePurpose.RESERVED in purposes or vid < FIRST_USABLE:
        return VlanState.RESERVED
    return VlanState.FREE if RangePurpose.USABLE in purposes else VlanState.RESERVED


def spans_of(switch: CoreSwitch) -> list[Span]:
    """The switch's ranges as values; 2–4094 is usable where no usable range is stored."""
    spans = [Span(RangePurpose(r.purpose), r.first, r.last, r.reason) for r in switch.ranges.all()]
    if not any(span.purpose == RangePurpose.USABLE for span in spans):
        spans.append(Span(RangePurpose.USABLE, FIRST_USABLE, LAST_VLAN_ID))
    return spans


def add_platform_ranges(switch: CoreSwitch) -> None:
    """Give a new switch what its platform takes away first."""
    VlanRange.objects.bulk_create(
        VlanRange(switch=switch, purpose=s.purpose, first=s.first, last=s.last, reason=s.reason)
        for s in PLATFORM_RANGES[Platform(switch.platform)]
    )


def apply_ranges(switch: CoreSwitch, *, by: User | None) -> None:
    """Make the switch's VLAN rows agree with its ranges: missing rows are made, resting ones moved.

    Raises RangeInUse when an ID that is to be reserved or infrastructure is held, allocated or otherwise busy.
    """
    spans = spans_of(switch)
    target = {vid: base_state(vid, spans) for vid in range(FIRST_VLAN_ID, LAST_VLAN_ID + 1)}
    with transaction.atomic():
        rows = list(lock(Vlan.objects.filter(switch=switch).order_by("vid")))
        resting = (VlanState.FREE, VlanState.RESERVED, VlanState.INFRASTRUCTURE)
        busy = [r.vid for r in rows if r.state not in resting and target[r.vid] != VlanState.FREE]
        if busy:
            raise RangeInUse(busy)
        missing = target.keys() - {r.vid for r in rows}
        Vlan.objects.bulk_create(
            [Vlan(switch=switch, vid=vid, state=target[vid]) for vid in sorted(missing)], batch_size=1000
        )
        for state in resting:
            turning = [r for r in rows if r.state in resting and r.state != state and target[r.vid] == state]
            move(turning, to=state, by=by, why="ranges of the switch edited")
