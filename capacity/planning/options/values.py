"""What goes into the weighing of the ways out, and what comes out of it."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from capacity.planning.ceiling import Ceiling, VCenterRoom
from capacity.planning.costs import Assumptions
from capacity.planning.demand import Room, Subject
from capacity.planning.forecast import Forecast, Interval


class Choice(StrEnum):
    STAY = "Stay"
    RECLAIM = "Reclaim VLANs"
    TIGHTEN = "Tighten: fewer VLANs per customer"
    REBALANCE = "Rebalance: place new customers elsewhere"
    SAME_SWITCH_POD = "New pod on the same core switch"
    NEW_SWITCH = "New pod behind a new core switch"
    NSX = "VXLAN with NSX"
    EVPN = "VXLAN with EVPN on the fabric"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another core switch, and how many customers it should still take.

    ``own_need``: how many of those places its own growth takes within the horizon, by the median.
    """

    name: str
    headroom: int
    own_need: int = 0

    @property
    def spare(self) -> int:
        return max(0, self.headroom - self.own_need)


@dataclass(frozen=True, slots=True)
class Candidate:
    """VLANs that might be given back: whose, how many, and the evidence. ``url`` leads to the rows."""

    what: str
    vlans: int
    evidence: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Reclaimable:
    """What could be had back on one switch, by the three usual places to look."""

    quarantine_over: tuple[Candidate, ...] = ()
    without_use: tuple[Candidate, ...] = ()
    more_than_used: tuple[Candidate, ...] = ()

    @property
    def vlans(self) -> int:
        """Each VLAN once: those of ``more_than_used`` are a view of ``without_use`` by customer."""
        return sum(c.vlans for c in (*self.quarantine_over, *self.without_use))


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that is known when the ways out are weighed. ``vcenters``: those behind the switch's pods.

    ``pods``: how many hang off the switch, which is what EVPN multiplies. ``switches``: more than one where the case is
    a sum of switches, so that what is bought for each is paid for each. ``rooms``: ceilings by month (index 0 is today)
    where a scenario lifts them; empty: the subject's room throughout.
    """

    name: str
    today: date
    ceiling: Ceiling
    subject: Subject
    forecast: Forecast
    vcenters: tuple[VCenterRoom, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    reclaimable: Reclaimable = field(default_factory=Reclaimable)
    assumptions: Assumptions = field(default_factory=Assumptions)
    pods: int = 1
    switches: int = 1
    rooms: tuple[Room, ...] = ()

    @property
    def room(self) -> Room:
        """The ceilings once everything has happened that is supposed."""
        return self.rooms[-1] if self.rooms else self.subject.room

    @property
    def rooms_by_month(self) -> tuple[Room, ...]:
        return self.rooms or (self.subject.room,) * len(self.forecast.customers.p50)


@dataclass(frozen=True, slots=True)
class Option:
    """One way out. ``cost``: present value over the horizon; ``gained``: customers more than by staying, to the
    practical ceiling; ``why_not``: empty where it can be done.

    ``unknown``: what has to be found out before anybody orders it. ``serves_all``: ``per_tenant`` is paid for every
    customer of the switch, not for those gained alone. ``carrying``: present value of carrying every customer that is
    expected within the horizon, with a new core switch whenever this option is full; None where nothing can.
    """

    choice: Choice
    why_not: str
    capital: float
    monthly: float
    cost: float
    lead_days: int
    practical: Interval
    hard: Interval
    gained: int
    needs: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    per_tenant: float = 0
    serves_all: bool = False
    unknown: tuple[str, ...] = ()
    carrying: float | None = None

    @property
    def is_possible(self) -> bool:
        return not self.why_not

    @property
    def cost_per_customer(self) -> float | None:
        """Present value for each customer gained; None where none is."""
        return self.cost / self.gained if self.gained else None
