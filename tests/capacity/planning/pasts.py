"""Pasts of core switches for the tests of the forecast."""

from datetime import date

from capacity.planning.demand import Demand, Flow, Known, Position, Room, Subject
from capacity.planning.timeline import add_months, month_of

TODAY = date(2026, 11, 22)


def months(*came: int, left: int = 0, grown: int = 0, shed: int = 0) -> tuple[Flow, ...]:
    """Complete months up to the last one, with these newcomers."""
    first = add_months(month_of(TODAY), -len(came))
    return tuple(Flow(add_months(first, index), count, left, grown, shed) for index, count in enumerate(came))


def steady(count: int, *, came: int, left: int = 0, grown: int = 0, shed: int = 0) -> tuple[Flow, ...]:
    return months(*[came] * count, left=left, grown=grown, shed=shed)


def switch(
    past: tuple[Flow, ...],
    *,
    customers: int = 300,
    vlans: int = 1500,
    sizes: tuple[int, ...] = (4, 5, 6) * 20,
    known: tuple[Known, ...] = (),
    room: Room | None = None,
    growth: float = 1.0,
    name: str = "core-1",
) -> Subject:
    return Subject(
        name=name,
        position=Position(customers, vlans),
        demand=Demand(months=past, sizes=sizes, known=known),
        room=room or Room(practical_customers=600, practical_vlans=2974, hard_vlans=3966),
        growth=growth,
    )
