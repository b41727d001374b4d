"""When a core switch fills up: simulated futures of its own past, as P10, P50 and P90.

The public face of the forecast. The past is read in ``rates``, what may happen is drawn in ``draws`` and added up in
``simulation``, dates are read off in ``intervals``, and ``backtest`` asks how well it would have done. docs/forecast.md
tells the method in words.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from capacity.planning.backtest import Backtest, backtest
from capacity.planning.demand import Subject
from capacity.planning.draws import SHORT_MONTHS
from capacity.planning.intervals import Band, Interval, earlier, when
from capacity.planning.simulation import Future, simulate

__all__ = [
    "HORIZON_MONTHS",
    "PATHS",
    "SHORT_MONTHS",
    "Backtest",
    "Band",
    "Forecast",
    "Interval",
    "backtest",
    "earlier",
    "forecast",
    "when",
]

HORIZON_MONTHS = 120
PATHS = 500  # the share of paths below a P10 of 500 is right to within 1.3 points, one sigma
STILL = 0.05  # net customers a month that are called no growth: six in ten years


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
    """A forecast of every subject, in their order; the same inputs and seed give the same answer.

    A subject's answer does not depend on which others are asked for. Raises ValueError for a growth that is negative
    or no number.
    """
    for subject in subjects:
        if not (math.isfinite(subject.growth) and subject.growth >= 0):
            raise ValueError(f"The growth of {subject.name} must be zero or more, not {subject.growth}.")
    futures = simulate(subjects, today=today, months=months, paths=paths, seed=seed)
    return tuple(_told(subject, future, today) for subject, future in zip(subjects, futures, strict=True))


def _told(subject: Subject, future: Future, today: date) -> Forecast:
    return Forecast(
        today=today,
        history_months=len(subject.demand.months),
        customers=future.customers,
        vlans=future.vlans,
        highest_customers=future.highest_customers,
        highest_vlans=future.highest_vlans,
        practical=earlier(
            when(future.highest_customers, subject.room.practical_customers, today=today),
            when(future.highest_vlans, subject.room.practical_vlans, today=today),
        ),
        hard=when(future.highest_vlans, subject.room.hard_vlans, today=today),
        net_per_month=future.net_per_month,
        notes=tuple(_notes(subject, future.net_per_month)),
    )


def _notes(subject: Subject, net: float | None) -> Iterator[str]:
    months, known = len(subject.demand.months), subject.demand.known
    if net is None:
        rest = (
            "only the demand that is known for sure is counted" if known else "the numbers are carried on as they are"
        )
        yield f"There is no complete month of history yet: nothing can be foretold, {rest}."
        return
    if months < SHORT_MONTHS:
        complete = "1 complete month" if months == 1 else f"{months} complete months"
        yield f"The history is short ({complete}; {SHORT_MONTHS} are wanted), so the interval is wide."
    if net < -STILL:
        yield f"Customers are expected to become fewer: {-net:.1f} a month net over the next year."
    elif net <= STILL:
        yield "Customers are not expected to become more: about as many come as leave."
    if not subject.demand.sizes:
        yield f"No newcomer's VLANs are on record: {subject.demand.planned_size} are supposed for each, as planned."
