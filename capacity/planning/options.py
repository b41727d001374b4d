"""The ways out for a core switch that fills up: what each costs, gains, needs and risks."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from capacity.planning.ceiling import Ceiling, VCenterRoom
from capacity.planning.costs import Assumptions
from capacity.planning.demand import Subject
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
    """Another core switch, and how many customers it should still take."""

    name: str
    headroom: int


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
    """Everything that is known when the ways out are weighed. ``vcenters``: those behind the switch's pods."""

    name: str
    today: date
    ceiling: Ceiling
    subject: Subject
    forecast: Forecast
    vcenters: tuple[VCenterRoom, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    reclaimable: Reclaimable = field(default_factory=Reclaimable)
    assumptions: Assumptions = field(default_factory=Assumptions)


@dataclass(frozen=True, slots=True)
class Option:
    """One way out. ``cost``: present value over the horizon; ``gained``: customers more than by staying, to the
    practical ceiling; ``why_not``: empty where it can be done."""

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

    @property
    def is_possible(self) -> bool:
        return not self.why_not

    @property
    def cost_per_customer(self) -> float | None:
        """Present value for each customer gained; None where none is."""
        return self.cost / self.gained if self.gained else None


def options(case: Case) -> tuple[Option, ...]:
    """All eight, in the order of ``Choice``, the impossible ones with the reason."""
    ahead = case.forecast
    return tuple(Option(choice, "", 0, 0, 0, 0, ahead.practical, ahead.hard, 0) for choice in Choice)
