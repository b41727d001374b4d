"""How well the forecast would have done on a switch's own past, asked from many months back."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from capacity.planning.demand import Flow, Position, Subject, mean_size
from capacity.planning.simulation import simulate

LEAST_MONTHS = 6  # of history before the first month that is asked from
MOST_TRIES = 24
WINDOW_MONTHS = 12  # of the straight line
PATHS = 300


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


def backtest(subject: Subject, *, today: date, months_ahead: int = 6, seed: int = 0) -> Backtest | None:
    """None where the history is too short to hold anything back.

    The switch is set back to each of the last starting months, by undoing the recorded flows from today's position;
    what was known then (contracts) is not on record and left out. Customers are whole and the band is not: a truth
    within the band rounded outwards counts as covered.
    """
    months = subject.demand.months
    origins = range(max(LEAST_MONTHS, len(months) - months_ahead - MOST_TRIES + 1), len(months) - months_ahead + 1)
    if months_ahead < 1 or not origins:
        return None
    pasts = [_set_back(subject, origin) for origin in origins]
    futures = list(_futures(pasts, months_ahead, seed))
    truths = [
        past.position.customers + _net(months[o : o + months_ahead]) for o, past in zip(origins, pasts, strict=True)
    ]
    lines = [past.position.customers + months_ahead * _pace(past.demand.months) for past in pasts]
    tries = len(pasts)
    return Backtest(
        tries=tries,
        months_ahead=months_ahead,
        error=sum(abs(p50 - truth) for (_, p50, _), truth in zip(futures, truths, strict=True)) / tries,
        straight_line=sum(abs(line - truth) for line, truth in zip(lines, truths, strict=True)) / tries,
        covered=sum(
            math.floor(p10) <= truth <= math.ceil(p90) for (p10, _, p90), truth in zip(futures, truths, strict=True)
        )
        / tries,
    )


def _futures(pasts: list[Subject], months_ahead: int, seed: int) -> Iterator[tuple[float, float, float]]:
    """P10, P50 and P90 of the customers at the end of each."""
    for past in pasts:
        day = past.demand.months[-1].first
        start = date(day.year + day.month // 12, day.month % 12 + 1, 1)
        (future,) = simulate([past], today=start, months=months_ahead, paths=PATHS, seed=seed)
        yield future.customers.p10[-1], future.customers.p50[-1], future.customers.p90[-1]


def _set_back(subject: Subject, origin: int) -> Subject:
    """The switch as it stood when only the first ``origin`` months had happened."""
    before, after = subject.demand.months[:origin], subject.demand.months[origin:]
    net = _net(after)
    vlans = net * mean_size(subject.demand) + sum(month.grown - month.shed for month in after)
    return replace(
        subject,
        name=f"{subject.name} {before[-1].first:%Y-%m}",
        position=Position(max(0, subject.position.customers - net), max(0, round(subject.position.vlans - vlans))),
        demand=replace(subject.demand, months=before, known=()),
        growth=1.0,
    )


def _net(months: tuple[Flow, ...]) -> int:
    return sum(month.came - month.left for month in months)


def _pace(months: tuple[Flow, ...]) -> float:
    """Net newcomers a month over the last year: the straight line."""
    last = months[-WINDOW_MONTHS:]
    return _net(last) / len(last)
