"""When a ceiling is reached: a plain first estimate, a straight line through the last twelve months.

The mean net onboarding of the last (at most) twelve complete months is carried on from today's number. The estimate
knows nothing of seasons or of large customers on their way; it says so by giving a month rather than a day.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from capacity.planning.timeline import Month, add_months, month_of

WINDOW_MONTHS = 12
LEAST_MONTHS = 6
HORIZON_MONTHS = 120


class Why(StrEnum):
    """How an estimate ended."""

    REACHED = "reached"
    DATED = "dated"
    BEYOND = "not within ten years"
    SHORT = "too short a history"


@dataclass(frozen=True, slots=True)
class Trend:
    """Net onboarding of the last complete months; ``per_month`` is None where the history is too short to tell."""

    months: int
    came: int
    left: int

    @property
    def per_month(self) -> float | None:
        return (self.came - self.left) / self.months if self.months >= LEAST_MONTHS else None

    def __str__(self) -> str:
        if self.per_month is None:
            return f"{self.months} complete month{'' if self.months == 1 else 's'} of history"
        return f"{self.came} came and {self.left} left in {self.months} months: {self.per_month:+.1f} a month"


@dataclass(frozen=True, slots=True)
class Reach:
    """The month in which a ceiling is reached (its first day), or why there is none."""

    why: Why
    month: date | None = None

    def __str__(self) -> str:
        if self.month is not None:
            return f"about {self.month:%B %Y}"
        return self.why.value


@dataclass(frozen=True, slots=True)
class Runway:
    """When the practical and the theoretical ceilings are reached, and the growth behind both."""

    trend: Trend
    practical: Reach
    theoretical: Reach


def trend(months: Sequence[Month], *, today: date) -> Trend:
    """Growth over the last twelve complete months, or over all of a shorter history."""
    complete = [month for month in months if month.first < month_of(today)][-WINDOW_MONTHS:]
    return Trend(len(complete), sum(m.came for m in complete), sum(m.left for m in complete))


def reach(*, customers: int, ceiling: int, growth: Trend, today: date) -> Reach:
    """When ``customers`` grow to ``ceiling``."""
    if customers >= ceiling:
        return Reach(Why.REACHED)
    if growth.per_month is None:
        return Reach(Why.SHORT)
    if growth.per_month <= 0:
        return Reach(Why.BEYOND)
    ahead = math.ceil((ceiling - customers) / growth.per_month)
    return Reach(Why.DATED, add_months(month_of(today), ahead)) if ahead <= HORIZON_MONTHS else Reach(Why.BEYOND)


def runway(*, months: Sequence[Month], customers: int, practical: int, theoretical: int, today: date) -> Runway:
    """Both dates from one series of customers."""
    growth = trend(months, today=today)
    return Runway(
        trend=growth,
        practical=reach(customers=customers, ceiling=practical, growth=growth, today=today),
        theoretical=reach(customers=customers, ceiling=theoretical, growth=growth, today=today),
    )
