"""Believable dates: working days only, quieter in August and December, a pace that changes over the years."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random

_SEASON = {7: 0.8, 8: 0.5, 12: 0.5, 1: 0.9, 3: 1.2, 9: 1.3, 10: 1.3}


def working_days(first: date, last: date) -> list[date]:
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5]


def busy_days(count: int, *, first: date, last: date, pace: tuple[float, float], rng: Random) -> list[date]:
    """``count`` working days in order, drawn with the season and with a pace that goes from one value to the other."""
    days = working_days(first, last)
    start, end = pace
    weights = [
        (start + (end - start) * index / len(days)) * _SEASON.get(day.month, 1.0) for index, day in enumerate(days)
    ]
    return sorted(rng.choices(days, cum_weights=list(accumulate(weights)), k=count))


def working_day_on_or_before(day: date) -> date:
    return day - timedelta(days=max(0, day.weekday() - 4))


def office_hour(day: date, rng: Random) -> datetime:
    """A moment of a working day, in UTC."""
    return datetime.combine(day, time(8), tzinfo=UTC) + timedelta(minutes=rng.randrange(9 * 60))
