"""What fills up next: the order in which core switches need a decision."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar

from capacity.planning.ceiling import Ceiling
from capacity.planning.forecast import Forecast, Interval

T = TypeVar("T")
SOON = timedelta(days=365)  # to choose, buy and build a pod: nearer than this, a date is a decision to take now


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


def urgency(*, ceiling: Ceiling, forecast: Forecast) -> Urgency:
    """``SOON`` by the median: half of the futures reach the practical ceiling within a year."""
    if not ceiling.fits_now:
        return Urgency.FULL
    if ceiling.is_past_practical:
        return Urgency.PAST
    median = forecast.practical.p50
    return Urgency.SOON if median is not None and median - forecast.today <= SOON else Urgency.ROOM


def rank(items: Iterable[T], key: Callable[[T], tuple[Urgency, int, Interval]]) -> list[T]:
    """``key``: the state, how full in percent, and when the practical ceiling is reached.

    First the full and those past the practical ceiling, then by the day it is reached, then by how full.
    """

    def order(item: T) -> tuple[int, date, date, int]:
        state, fill, when = key(item)
        past = state in (Urgency.FULL, Urgency.PAST)
        place = list(Urgency).index(state) if past else len(Urgency)
        return (place, date.min if past else when.p50 or date.max, when.p10 or date.max, -fill)

    return sorted(items, key=order)
