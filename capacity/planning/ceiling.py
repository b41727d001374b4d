"""How many customers one core switch can carry, over all its pods: values in, values out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from inventory.models.switches import LAST_VLAN_ID, RangePurpose
from inventory.ranges import FIRST_USABLE, Span

PORT_GROUPS_PER_VCENTER = (
    10_000  # distributed port groups, over all switches of a vCenter (VMware Configuration Maximums)
)


@dataclass(frozen=True, slots=True)
class Counts:
    """The 4,094 VLANs of a core switch by state."""

    free: int = 0
    held: int = 0
    allocated: int = 0
    releasing: int = 0
    quarantined: int = 0
    unclaimed: int = 0
    reserved: int = 0
    infrastructure: int = 0

    @property
    def taken(self) -> int:
        """VLANs that a tenant has, will have, or that a device carries: no other customer can have them now."""
        return self.held + self.allocated + self.releasing + self.unclaimed


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a derivation: what is taken away, how many IDs that costs, and what is left.

    ``state``: that of the VLANs behind the number, for a link to them; empty where there are no such rows.
    """

    what: str
    change: int
    left: int
    state: str = ""


@dataclass(frozen=True, slots=True)
class Usable:
    """The IDs of a switch that tenants may have, and how that number came about."""

    ids: int
    steps: tuple[Step, ...]


class LimitKind(StrEnum):
    USABLE_IDS = "usable VLAN IDs"
    ACTIVE_VLANS = "active VLANs"
    STP_INSTANCES = "spanning-tree instances"
    LOGICAL_PORTS = "logical ports"
    PORT_GROUPS = "vCenter port groups"


@dataclass(frozen=True, slots=True)
class Limit:
    """How many tenant VLANs one thing allows, and how that was reckoned."""

    kind: LimitKind
    vlans: int
    how: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the operator has entered for a switch; a limit that is None does not bind."""

    vlans_per_tenant: int = 5
    practical_percent: int = 75
    max_active_vlans: int | None = None
    max_stp_instances: int | None = None
    max_logical_ports: int | None = None
    trunks: int | None = None


@dataclass(frozen=True, slots=True)
class VCenterRoom:
    """The port groups of one vCenter that tenants of all its pods fill."""

    name: str
    port_groups: int
    switches: tuple[str, ...] = ()

    @property
    def room(self) -> int:
        return max(0, PORT_GROUPS_PER_VCENTER - self.port_groups)


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The numbers of one core switch. ``customers`` are present tenants; ``networks`` their present networks."""

    bounds: Bounds
    counts: Counts
    usable: Usable
    limits: tuple[Limit, ...]
    customers: int
    networks: int

    @property
    def binding(self) -> Limit:
        """The limit that is reached first; of equals, the VLAN IDs themselves."""
        return min(self.limits, key=lambda limit: limit.vlans)

    @property
    def limit(self) -> int:
        return self.binding.vlans

    @property
    def theoretical(self) -> int:
        return self.limit // self.bounds.vlans_per_tenant

    @property
    def practical(self) -> int:
        return self.theoretical * self.bounds.practical_percent // 100

    @property
    def observed(self) -> float | None:
        """Mean VLANs of a present tenant; None where there is no tenant with a network yet."""
        return self.networks / self.customers if self.customers and self.networks else None

    @property
    def theoretical_observed(self) -> int | None:
        """The theoretical ceiling if customers go on taking as many VLANs as they do now."""
        return self.limit * self.customers // self.networks if self.observed else None

    @property
    def practical_observed(self) -> int | None:
        theoretical = self.theoretical_observed
        return None if theoretical is None else theoretical * self.bounds.practical_percent // 100

    @property
    def theoretical_in_force(self) -> int:
        """The lower of planned and observed: customers that take more than planned fill the switch sooner."""
        observed = self.theoretical_observed
        return self.theoretical if observed is None else min(self.theoretical, observed)

    @property
    def practical_in_force(self) -> int:
        observed = self.practical_observed
        return self.practical if observed is None else min(self.practical, observed)

    @property
    def to_practical(self) -> int:
        """Customers still to come, by the planned number of VLANs each."""
        return max(0, self.practical - self.customers)

    @property
    def to_theoretical(self) -> int:
        return max(0, self.theoretical - self.customers)

    @property
    def to_practical_observed(self) -> int | None:
        ceiling = self.practical_observed
        return None if ceiling is None else max(0, ceiling - self.customers)

    @property
    def to_theoretical_observed(self) -> int | None:
        ceiling = self.theoretical_observed
        return None if ceiling is None else max(0, ceiling - self.customers)

    @property
    def headroom(self) -> int:
        """Customers that should still be placed here: to the practical ceiling, by the lower of both reckonings."""
        return max(0, self.practical_in_force - self.customers)

    @property
    def fits_now(self) -> int:
        """Customers that the VLANs free at this moment can carry, whatever the practical ceiling says."""
        room = min(self.counts.free, max(0, self.limit - self.counts.taken))
        return room // self.bounds.vlans_per_tenant

    @property
    def percent(self) -> int:
        """Percent of the practical ceiling used, rounded down, so that 100 means reached; no room at all is 100."""
        return 100 * self.customers // self.practical if self.practical else 100

    @property
    def vlan_percent(self) -> int:
        """VLANs taken, in percent of those that the practical ceiling leaves to tenants."""
        share = self.limit * self.bounds.practical_percent
        return 100 * 100 * self.counts.taken // share if share else 100

    @property
    def fill(self) -> int:
        """The larger of both percentages: it decides which switch fills up next."""
        return max(self.percent, self.vlan_percent)

    @property
    def is_past_practical(self) -> bool:
        return self.fill >= 100

    @property
    def takes_more_than_planned(self) -> bool:
        return self.observed is not None and self.observed > self.bounds.vlans_per_tenant


def usable_ids(spans: Iterable[Span]) -> Usable:
    """2–4094 within the usable ranges, less what is infrastructure, less what is reserved.

    An ID in two ranges is counted once, where it is first taken away; without a usable range all are usable.
    """
    spans = list(spans)
    left = set(range(FIRST_USABLE, LAST_VLAN_ID + 1))
    steps = [Step(f"IDs {FIRST_USABLE}–{LAST_VLAN_ID} of 802.1Q (1 is the default VLAN)", len(left), len(left))]
    allowed = _ids(spans, RangePurpose.USABLE)
    if allowed and left - allowed:
        outside = left - allowed
        left &= allowed
        what = f"outside the usable ranges: {', '.join(runs(outside))}"
        steps.append(Step(what, -len(outside), len(left), RangePurpose.RESERVED.value))
    for purpose in (RangePurpose.INFRASTRUCTURE, RangePurpose.RESERVED):
        for span in sorted((s for s in spans if s.purpose == purpose), key=lambda s: (s.first, s.last)):
            gone = left.intersection(range(span.first, span.last + 1))
            left -= gone
            steps.append(Step(_named(span), -len(gone), len(left), purpose.value))
    return Usable(len(left), tuple(steps))


def _ids(spans: Iterable[Span], purpose: RangePurpose) -> set[int]:
    return {vid for s in spans if s.purpose == purpose for vid in range(s.first, s.last + 1)}


def _named(span: Span) -> str:
    ids = str(span.first) if span.first == span.last else f"{span.first}–{span.last}"
    return f"{span.purpose.label} {ids}" + (f" ({span.reason})" if span.reason else "")


def runs(vids: Iterable[int]) -> Iterator[str]:
    """IDs as runs: {2, 3, 4, 9} gives "2–4", "9"."""
    ordered = sorted(vids)
    start = 0
    for index in range(1, len(ordered) + 1):
        if index == len(ordered) or ordered[index] != ordered[index - 1] + 1:
            first, last = ordered[start], ordered[index - 1]
            yield str(first) if first == last else f"{first}–{last}"
            start = index


def ceiling(
    *,
    bounds: Bounds,
    spans: Iterable[Span],
    counts: Counts,
    customers: int,
    networks: int,
    vcenters: Sequence[VCenterRoom] = (),
) -> Ceiling:
    """Everything the pages say about one switch, from its ranges, its counts and the vCenters of its pods."""
    usable = usable_ids(spans)
    return Ceiling(
        bounds=bounds,
        counts=counts,
        usable=usable,
        limits=tuple(_limits(bounds, usable, networks, vcenters)),
        customers=customers,
        networks=networks,
    )


def _limits(bounds: Bounds, usable: Usable, networks: int, vcenters: Sequence[VCenterRoom]) -> Iterator[Limit]:
    yield Limit(LimitKind.USABLE_IDS, usable.ids, "what the ranges of the switch leave to tenants")
    if bounds.max_active_vlans is not None:
        yield Limit(LimitKind.ACTIVE_VLANS, bounds.max_active_vlans, "the most VLANs the platform runs at once")
    if bounds.max_stp_instances is not None:
        yield Limit(LimitKind.STP_INSTANCES, bounds.max_stp_instances, "one spanning-tree instance per VLAN")
    if bounds.max_logical_ports is not None and bounds.trunks:
        how = f"{bounds.max_logical_ports:,} logical ports ÷ {bounds.trunks:,} trunks"
        yield Limit(LimitKind.LOGICAL_PORTS, bounds.max_logical_ports // bounds.trunks, how)
    if vcenters:
        room = sum(vcenter.room for vcenter in vcenters)
        names = ", ".join(vcenter.name for vcenter in vcenters)
        how = (
            f"{networks:,} networks of this switch + {room:,} port groups left of "
            f"{PORT_GROUPS_PER_VCENTER:,} per vCenter ({names})"
        )
        yield Limit(LimitKind.PORT_GROUPS, networks + room, how)
