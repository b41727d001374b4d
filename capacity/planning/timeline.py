"""Stock and flow by month from dated records: how many there were at the end of each month."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Month:
    """One month: what came, what left, and how many there were at its end (today, for the month that runs)."""

    first: date
    came: int
    left: int
    count: int

    @property
    def net(self) -> int:
        return self.came - self.left


def month_of(day: date) -> date:
    return day.replace(day=1)


def add_months(month: date, count: int) -> date:
    """The first of the month ``count`` months on (or back)."""
    years, index = divmod(month.year * 12 + month.month - 1 + count, 12)
    return date(years, index + 1, 1)


def months_on(day: date, count: int) -> date:
    """The same day ``count`` months on; the last day of a month that is too short for it."""
    month = add_months(month_of(day), count)
    last = (add_months(month, 1) - timedelta(days=1)).day
    return month.replace(day=min(day.day, last))


def months_between(earlier: date, later: date) -> int:
    """Whole calendar months from the one to the other; days do not count."""
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def series(
    *, came: Mapping[date, int], left: Mapping[date, int], today: date, since: date | None = None
) -> tuple[Month, ...]:
    """Every month from the first record (or from ``since``, where that is earlier) to the one that runs.

    ``came`` and ``left``: how many, by date; what is dated after ``today`` is left out. No record: an empty series.
    """
    arrivals, departures = _by_month(came, today), _by_month(left, today)
    recorded = arrivals.keys() | departures.keys()
    if not recorded:
        return ()
    first = min(recorded) if since is None else min(*recorded, month_of(since))
    return tuple(_months(first, today, arrivals, departures))


def _by_month(dated: Mapping[date, int], today: date) -> dict[date, int]:
    months: dict[date, int] = {}
    for day, count in dated.items():
        if day <= today and count:
            months[month_of(day)] = months.get(month_of(day), 0) + count
    return months


def _months(first: date, today: date, arrivals: dict[date, int], departures: dict[date, int]) -> Iterator[Month]:
    month, count = first, 0
    while month <= today:
        came, left = arrivals.get(month, 0), departures.get(month, 0)
        count += came - left
        yield Month(month, came, left, count)
        month = add_months(month, 1)
