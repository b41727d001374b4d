"""How often the forecast's interval holds the truth, and how far off its median is, beside a straight line.

Over simulated histories of known truth (benchmarks/forecast_histories.py). The constants of the method were chosen on
TUNING_SEED; what is published is PUBLISHED_SEED, which nothing was chosen on.

    python -m benchmarks.forecast_accuracy [--seed N] [--count N]
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from benchmarks.forecast_histories import AHEAD, TODAY, History, Kind, histories
from capacity.planning.forecast import Band, Interval, earlier, forecast, when

COUNT = 1400
TUNING_SEED = 3
PUBLISHED_SEED = 8021
DAYS_A_MONTH = 365.25 / 12
YEAR = 12


@dataclass(frozen=True, slots=True)
class Score:
    """One history and one ceiling, in months from today. Whatever is not within ten years is 120 for all alike."""

    kind: Kind
    truth: float
    covered: bool
    before: bool  # the truth came before P10
    error: float
    line: float  # error of the mean net growth of the last year, carried on from today
    regression: float  # error of a least-squares line through the last year


@dataclass(frozen=True, slots=True)
class Row:
    """What is published for one kind: shares of its histories; errors in months, their medians and their means."""

    name: str
    count: int
    never: int
    covered: float
    before: float
    after: float
    error: float
    line: float
    regression: float
    mean_error: float
    mean_line: float
    mean_regression: float


def main() -> None:
    """Print the tables of both ceilings as Markdown."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    asked.add_argument("--seed", type=int, default=PUBLISHED_SEED)
    asked.add_argument("--count", type=int, default=COUNT)
    given = asked.parse_args()
    found = histories(given.count, seed=given.seed)
    hard, practical = scores(found)
    print(f"{given.count:,} simulated histories, seed {given.seed}; errors in months: median (mean)")
    for name, each in (("Hard ceiling", hard), ("Practical ceiling", practical)):
        print(f"\n{name}\n")
        print(table(rows(each)))


def scores(found: Sequence[History]) -> tuple[list[Score], list[Score]]:
    """For the hard and for the practical ceiling; a ceiling that is reached already asks nothing."""
    futures = forecast([history.subject for history in found], today=TODAY)
    hard, practical = [], []
    for history, future in zip(found, futures, strict=True):
        if not future.hard.reached:
            hard.append(_score(history, future.hard, _hard))
        if not future.practical.reached:
            practical.append(_score(history, future.practical, _practical))
    return hard, practical


def rows(found: Sequence[Score]) -> list[Row]:
    """One row a kind, and all."""
    by_kind = ((kind, [score for score in found if score.kind is kind]) for kind in Kind)
    return [*(_row(kind, each) for kind, each in by_kind if each), _row("all", found)]


def table(found: Sequence[Row]) -> str:
    head = "| kind | histories | never | truth within P10–P90 | earlier | later | P50 off | line off | regression off |"
    lines = [head, "| --- |" + " ---: |" * 8]
    for row in found:
        name = f"**{row.name}**" if row.name == "all" else row.name
        lines.append(
            f"| {name} | {row.count} | {row.never} | {row.covered:.1%} | {row.before:.1%} | {row.after:.1%} "
            f"| {row.error:.2f} ({row.mean_error:.2f}) | {row.line:.2f} ({row.mean_line:.2f}) "
            f"| {row.regression:.2f} ({row.mean_regression:.2f}) |"
        )
    return "\n".join(lines)


Ceiling = Callable[[History, Sequence[float], Sequence[float]], Interval]


def _hard(history: History, _: Sequence[float], vlans: Sequence[float]) -> Interval:
    return when(_certain(vlans), history.subject.room.hard_vlans, today=TODAY)


def _practical(history: History, customers: Sequence[float], vlans: Sequence[float]) -> Interval:
    room = history.subject.room
    return earlier(
        when(_certain(customers), room.practical_customers, today=TODAY),
        when(_certain(vlans), room.practical_vlans, today=TODAY),
    )


def _score(history: History, ours: Interval, ceiling: Ceiling) -> Score:
    truth = ceiling(history, history.customers, history.vlans).p50
    net = ceiling(history, _net(history.past_customers), _net(history.past_vlans)).p50
    fit = ceiling(history, _fitted(history.past_customers), _fitted(history.past_vlans)).p50
    # None is "not within ten years" and comes last: a truth of None is held by an interval that ends with None.
    too_early = _months(truth) < _months(ours.p10)
    too_late = ours.p90 is not None and _months(truth) > _months(ours.p90)
    return Score(
        kind=history.kind,
        truth=_months(truth),
        covered=not (too_early or too_late),
        before=too_early,
        error=abs(_months(ours.p50) - _months(truth)),
        line=abs(_months(net) - _months(truth)),
        regression=abs(_months(fit) - _months(truth)),
    )


def _certain(curve: Sequence[float]) -> Band:
    highest = tuple(np.maximum.accumulate(np.asarray(curve, dtype=np.float64)).tolist())
    return Band(highest, highest, highest)


def _net(past: Sequence[int]) -> list[float]:
    """Today's number and the mean net growth of the last year."""
    window = min(YEAR, len(past) - 1)
    pace = (past[-1] - past[-1 - window]) / window
    return [past[-1] + pace * month for month in range(AHEAD + 1)]


def _fitted(past: Sequence[int]) -> list[float]:
    """A least-squares line through the last year, as Prometheus' predict_linear draws it; today is as it is."""
    last = past[-YEAR - 1 :]
    slope, level = np.polyfit(np.arange(len(last)) - (len(last) - 1), last, 1)
    return [float(past[-1]), *(float(level + slope * month) for month in range(1, AHEAD + 1))]


def _months(day: date | None) -> float:
    return (day - TODAY).days / DAYS_A_MONTH if day else float(AHEAD)


def _row(name: str, found: Sequence[Score]) -> Row:
    def share(of: Sequence[bool]) -> float:
        return float(np.mean(of))

    errors, lines, fits = ([getattr(s, name) for s in found] for name in ("error", "line", "regression"))
    return Row(
        name=name,
        count=len(found),
        never=sum(s.truth >= AHEAD for s in found),
        covered=share([s.covered for s in found]),
        before=share([s.before for s in found]),
        after=share([not s.covered and not s.before for s in found]),
        error=float(np.median(errors)),
        line=float(np.median(lines)),
        regression=float(np.median(fits)),
        mean_error=float(np.mean(errors)),
        mean_line=float(np.mean(lines)),
        mean_regression=float(np.mean(fits)),
    )


if __name__ == "__main__":
    main()
