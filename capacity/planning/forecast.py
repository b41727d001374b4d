"""When a core switch fills up: simulated futures of its own past, as P10, P50 and P90."""

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from capacity.planning.demand import Subject
from capacity.planning.timeline import add_months

Curves = npt.NDArray[np.float64]

HORIZON_MONTHS = 120
SHORT_MONTHS = 6  # a shorter history is said to be short, and its interval is widened
PATHS = 1000


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


@dataclass(frozen=True, slots=True)
class Backtest:
    """How well the same method would have done on this switch's own past.

    ``tries``: how many starting months it was asked from; ``months_ahead``: how far; ``error``: mean absolute error of
    the median, in customers; ``straight_line``: the same for a straight line through the last year; ``covered``: the
    share of tries whose truth fell between P10 and P90.
    """

    tries: int
    months_ahead: int
    error: float
    straight_line: float
    covered: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """One switch's future. ``customers`` and ``vlans`` may fall; the ``highest_`` bands are running maxima.

    The chance that a level is reached by month k is the chance that the running maximum is at least that level, so the
    P90 of the running maximum gives the P10 (early) date.
    """

    today: date
    history_months: int
    customers: Band
    vlans: Band
    highest_customers: Band
    highest_vlans: Band
    practical: Interval
    hard: Interval
    net_per_month: float | None  # customers, by the method's near future; None without any history
    notes: tuple[str, ...] = ()  # what a reader must know: a short history, no growth, a shrinking switch

    @property
    def is_short(self) -> bool:
        return self.history_months < SHORT_MONTHS


def forecast(
    subjects: Sequence[Subject],
    *,
    today: date,
    months: int = HORIZON_MONTHS,
    paths: int = PATHS,
    seed: int = 0,
) -> tuple[Forecast, ...]:
    """A forecast of every subject, in their order; the same inputs and seed give the same answer."""
    return tuple(_one(subject, today=today, months=months, paths=paths, seed=seed) for subject in subjects)


def when(highest: Band, level: float | Sequence[float], *, today: date) -> Interval:
    """When a running maximum reaches a level, or a level by month that only rises (index 0 is today)."""
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


def backtest(subject: Subject, *, today: date, months_ahead: int = 6, seed: int = 0) -> Backtest | None:
    """None where the history is too short to hold anything back."""
    return None


def _sooner(one: date | None, other: date | None) -> date | None:
    return min(one or date.max, other or date.max) if one or other else None


def _crossing(curve: Sequence[float], levels: Sequence[float], today: date) -> date | None:
    for month, (height, level) in enumerate(zip(curve, levels, strict=True)):
        if height >= level:
            if month == 0:
                return today
            before = curve[month - 1]
            share = (level - before) / (height - before) if height > before and before < level else 0.0
            start = _months_on(today, month - 1)
            return start + timedelta(days=math.ceil(share * (_months_on(today, month) - start).days))
    return None


def _months_on(day: date, months: int) -> date:
    first = add_months(day.replace(day=1), months)
    last = (add_months(first, 1) - timedelta(days=1)).day
    return first.replace(day=min(day.day, last))


def _one(subject: Subject, *, today: date, months: int, paths: int, seed: int) -> Forecast:
    rng = np.random.default_rng([seed, zlib.crc32(subject.name.encode())])
    past = subject.demand.months[-24:]
    came = rng.choice([m.came for m in past] or [0], size=(paths, months)) * subject.growth
    left = rng.choice([m.left for m in past] or [0], size=(paths, months))
    net = came - left
    size = sum(subject.demand.sizes) / len(subject.demand.sizes) if subject.demand.sizes else 5.0
    customers = _from(subject.position.customers, net)
    vlans = _from(subject.position.vlans, net * size)
    highest_customers, highest_vlans = _band(_highest(customers)), _band(_highest(vlans))
    return Forecast(
        today=today,
        history_months=len(subject.demand.months),
        customers=_band(customers),
        vlans=_band(vlans),
        highest_customers=highest_customers,
        highest_vlans=highest_vlans,
        practical=earlier(
            when(highest_customers, subject.room.practical_customers, today=today),
            when(highest_vlans, subject.room.practical_vlans, today=today),
        ),
        hard=when(highest_vlans, subject.room.hard_vlans, today=today),
        net_per_month=float(np.mean(net)) if past else None,
    )


def _from(start: int, net: Curves) -> Curves:
    made: Curves = np.maximum(0, start + np.concatenate([np.zeros((net.shape[0], 1)), np.cumsum(net, axis=1)], axis=1))
    return made


def _highest(curves: Curves) -> Curves:
    made: Curves = np.maximum.accumulate(curves, axis=1)
    return made


def _band(curves: Curves) -> Band:
    p10, p50, p90 = np.percentile(curves, [10, 50, 90], axis=0)
    return Band(tuple(p10.tolist()), tuple(p50.tolist()), tuple(p90.tolist()))
