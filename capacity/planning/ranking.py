"""What fills up next: the order in which core switches need a decision."""

from collections.abc import Callable, Iterable
from datetime import date
from enum import StrEnum
from typing import TypeVar

from capacity.planning.ceiling import Ceiling
from capacity.planning.recommendation import LEAD_MONTHS
from capacity.planning.runway import Runway
from capacity.planning.timeline import months_between

T = TypeVar("T")


class Urgency(StrEnum):
    """The state of a switch in one word, from worst to best."""

    FULL = "full"
    PAST = "past the practical ceiling"
    SOON = "fills up soon"
    ROOM = "has room"

    @property
    def severity(self) -> str:
        """How loudly a screen says it."""
        return {Urgency.SOON: "warning", Urgency.ROOM: "ok"}.get(self, "critical")


def urgency(*, ceiling: Ceiling, runway: Runway, today: date) -> Urgency:
    if not ceiling.fits_now:
        return Urgency.FULL
    if ceiling.is_past_practical:
        return Urgency.PAST
    month = runway.practical.month
    soon = month is not None and months_between(today, month) <= LEAD_MONTHS
    return Urgency.SOON if soon else Urgency.ROOM


def rank(items: Iterable[T], key: Callable[[T], tuple[Urgency, Ceiling, Runway]]) -> list[T]:
    """First the full and those past the practical ceiling, then by the month it is reached, then by how full."""

    def order(item: T) -> tuple[int, date, int]:
        state, ceiling, runway = key(item)
        past = state in (Urgency.FULL, Urgency.PAST)
        month = date.min if past else runway.practical.month or date.max
        return (list(Urgency).index(state) if past else len(Urgency), month, -ceiling.fill)

    return sorted(items, key=order)
