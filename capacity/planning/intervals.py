"""Bands of simulated futures, and the dates that are read off them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from capacity.planning.timeline import add_months


@dataclass(frozen=True, slots=True)
class Band:
    """Three curves by month: index 0 is today, index k the same day k months later. P10 ≤ P50 ≤ P90 everywhere."""

    p10: tuple[float, ...]
    p50: tuple[float, ...]
    p90: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """When something is reached. None: not within the horizon (ten years). ``reached``: it is so today.

    P10 is the early date (one future in ten is earlier), P90 the late one: p10 ≤ p50 ≤ p90, and None is last.
    """

    p10: date | None
    p50: date | None
    p90: date | None
    reached: bool = False


def when(highest: Band, level: float | Sequence[float], *, today: date) -> Interval:
    """When a running maximum reaches a level, or a level by month that only rises (index 0 is today).

    A level that stands already is reached today, on all three dates.
    """
    levels = [float(level)] * len(highest.p50) if isinstance(level, (int, float)) else list(level)
    return Interval(
        p10=_crossing(highest.p90, levels, today),
        p50=_crossing(highest.p50, levels, today),
        p90=_crossing(highest.p10, levels, today),
        reached=highest.p50[0] >= levels[0],
    )


def earlier(one: Interval, other: Interval) -> Interval:
    """The sooner of two, date by date: whichever limit comes first."""
    return Interval(
        p10=_sooner(one.p10, other.p10),
        p50=_sooner(one.p50, other.p50),
        p90=_sooner(one.p90, other.p90),
        reached=one.reached or other.reached,
    )


def months_on(day: date, months: int) -> date:
    """The same day ``months`` later, or the last of a month that is too short for it."""
    first = add_months(day.replace(day=1), months)
    last = (add_months(first, 1) - timedelta(days=1)).day
    return first.replace(day=min(day.day, last))


def _sooner(one: date | None, other: date | None) -> date | None:
    return min(one or date.max, other or date.max) if one or other else None


def _crossing(curve: Sequence[float], levels: Sequence[float], today: date) -> date | None:
    for month, (height, level) in enumerate(zip(curve, levels, strict=True)):
        if height >= level:
            return today if month == 0 else _day_within(curve[month - 1], height, level, today, month)
    return None


def _day_within(before: float, height: float, level: float, today: date, month: int) -> date:
    """The first day at which the line from ``before`` to ``height`` is at ``level``.

    Each day's value is two products and a sum, which rounding cannot put out of order: a higher curve is never later,
    not even by the day that a quotient rounded up would add.
    """
    start = months_on(today, month - 1)
    days = (months_on(today, month) - start).days
    day = next(day for day in range(1, days + 1) if before * (1 - day / days) + height * (day / days) >= level)
    return start + timedelta(days=day)
