"""How many customers a room has places for, and when a changed room is full."""

import math
from collections.abc import Sequence
from datetime import date

from capacity.planning.demand import Position, Room
from capacity.planning.forecast import Forecast, Interval, earlier, when

NOTHING = Room(0, 0, 0)


def places(room: Room, *, position: Position, size: float) -> int:
    """Customers up to the practical ceiling, by customers or by VLANs, whichever is first.

    Those who are there count, whatever the ceiling says; each that comes takes ``size`` VLANs.
    """
    by_vlans = position.customers + max(0, math.floor((room.practical_vlans - position.vlans) / size))
    return max(position.customers, min(room.practical_customers, by_vlans))


def more(room: Room, extra: Room) -> Room:
    return Room(
        room.practical_customers + extra.practical_customers,
        room.practical_vlans + extra.practical_vlans,
        room.hard_vlans + extra.hard_vlans,
    )


def lifted(room: Room, limit: int, *, per: int, percent: int) -> Room:
    """The room of a limit of so many VLANs; never less than ``room``."""
    return Room(
        max(room.practical_customers, limit // per * percent // 100),
        max(room.practical_vlans, limit * percent // 100),
        max(room.hard_vlans, limit),
    )


def between(before: Room, after: Room) -> Room:
    return Room(
        after.practical_customers - before.practical_customers,
        after.practical_vlans - before.practical_vlans,
        after.hard_vlans - before.hard_vlans,
    )


def overhang(room: Room, position: Position) -> Room:
    """By how much a switch is past its ceilings. Places elsewhere start from what is there, not from the ceiling."""
    return Room(
        max(0, position.customers - room.practical_customers),
        max(0, position.vlans - room.practical_vlans),
        max(0, position.vlans - room.hard_vlans),
    )


def dates(ahead: Forecast, rooms: Sequence[Room], *, extra: Room, today: date) -> tuple[Interval, Interval]:
    """When the practical and the hard ceiling are reached in rooms that are ``extra`` larger than they are."""

    def levels(name: str) -> list[float]:
        return [float(getattr(room, name) + getattr(extra, name)) for room in rooms]

    practical = earlier(
        when(ahead.highest_customers, levels("practical_customers"), today=today),
        when(ahead.highest_vlans, levels("practical_vlans"), today=today),
    )
    return practical, when(ahead.highest_vlans, levels("hard_vlans"), today=today)


def not_before(found: Interval, base: Interval) -> Interval:
    """A way out never makes a date earlier; where two simulations differ by chance, the later one stands."""
    return Interval(
        _later(found.p10, base.p10),
        _later(found.p50, base.p50),
        _later(found.p90, base.p90),
        found.reached and base.reached,
    )


def _later(one: date | None, other: date | None) -> date | None:
    return None if one is None or other is None else max(one, other)
