"""What a forecast is made from: where a core switch stands, what its past was like, what is known to come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Flow:
    """One complete month of a switch.

    ``came`` and ``left``: customers that went live, that departed. ``grown`` and ``shed``: VLANs that customers who
    were there already (and stayed) took on, and gave back; a newcomer's first VLANs are in ``Demand.sizes`` instead.
    """

    first: date
    came: int
    left: int
    grown: int = 0
    shed: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """Demand that is sure: a signed contract, or what a scenario supposes. Negative numbers are departures.

    ``extra``: whether it comes on top of the usual newcomers (a scenario's batch) or is one of them (a contract, which
    only raises a month that would otherwise see fewer).
    """

    on: date
    customers: int
    vlans: int
    what: str
    extra: bool = False


@dataclass(frozen=True, slots=True)
class Demand:
    """``months``: complete months only, oldest first, without gaps; empty where there is no history.

    ``sizes``: how many VLANs each newcomer took, oldest first; empty: every newcomer takes ``planned_size``.
    """

    months: tuple[Flow, ...] = ()
    sizes: tuple[int, ...] = ()
    planned_size: int = 5
    known: tuple[Known, ...] = ()


@dataclass(frozen=True, slots=True)
class Position:
    """Today: present customers (those being onboarded included) and the VLANs that are taken."""

    customers: int
    vlans: int


@dataclass(frozen=True, slots=True)
class Room:
    """How far a switch may fill. The practical ceiling is reached by customers or by VLANs, whichever is first."""

    practical_customers: int
    practical_vlans: int
    hard_vlans: int


@dataclass(frozen=True, slots=True)
class Subject:
    """One switch (or a sum of switches) to forecast. ``name`` seeds its random numbers: the same name, same answer."""

    name: str
    position: Position
    demand: Demand
    room: Room
    growth: float = 1.0  # newcomers, and growth of those present, times this


def mean_size(demand: Demand) -> float:
    """VLANs of an average newcomer: observed, or planned where nobody came yet."""
    return sum(demand.sizes) / len(demand.sizes) if demand.sizes else float(demand.planned_size)


def total(subjects: Sequence[Subject], *, name: str) -> Subject:
    """The whole provider as one subject: positions, months, known demand and room added up."""
    months: dict[date, Flow] = {}
    for flow in (flow for subject in subjects for flow in subject.demand.months):
        seen = months.get(flow.first, Flow(flow.first, 0, 0))
        months[flow.first] = Flow(
            flow.first,
            seen.came + flow.came,
            seen.left + flow.left,
            seen.grown + flow.grown,
            seen.shed + flow.shed,
        )
    return Subject(
        name=name,
        position=Position(
            sum(s.position.customers for s in subjects),
            sum(s.position.vlans for s in subjects),
        ),
        demand=Demand(
            months=tuple(months[first] for first in sorted(months)),
            sizes=tuple(size for s in subjects for size in s.demand.sizes),
            planned_size=round(sum(s.demand.planned_size for s in subjects) / len(subjects)) if subjects else 5,
            known=tuple(sorted((k for s in subjects for k in s.demand.known), key=lambda known: known.on)),
        ),
        room=Room(
            sum(s.room.practical_customers for s in subjects),
            sum(s.room.practical_vlans for s in subjects),
            sum(s.room.hard_vlans for s in subjects),
        ),
    )
