"""How long a forecast takes: 100 core switches with 36 months of history, ten years ahead, with intervals, on one core.

Beside it, as a floor, the bare drawing of as many random numbers as there are months in the paths: one normal number
for each, which no simulation of that many months can do without.
"""

import os
import statistics
import time
from collections.abc import Callable
from datetime import date

import numpy as np

from capacity.planning.demand import Demand, Flow, Position, Room, Subject
from capacity.planning.forecast import HORIZON_MONTHS, PATHS, backtest, forecast
from capacity.planning.timeline import add_months

TODAY = date(2026, 11, 22)
SWITCHES, MONTHS = 100, 36
ROUNDS = 7
AIM, AIM_ONE = 2.0, 0.015


def main() -> None:
    """Print the median by the clock, and the processor's seconds in it; the process keeps to one core."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    subjects = [switch(number) for number in range(SWITCHES)]
    cells = SWITCHES * HORIZON_MONTHS * PATHS
    print(f"Forecast: {MONTHS} months of history, {HORIZON_MONTHS} ahead, {PATHS} paths; seconds on one core")
    for name, work, aim in (
        (f"{SWITCHES} core switches, with intervals", lambda: forecast(subjects, today=TODAY), AIM),
        (f"as a floor, {cells:,} normal numbers drawn", lambda: _draw(cells), None),
        ("1 core switch", lambda: forecast(subjects[:1], today=TODAY), AIM_ONE),
        ("1 core switch, backtest on its own past", lambda: backtest(subjects[0], today=TODAY), None),
    ):
        clock, processor = measure(work)
        told = f"   (aim: under {aim:g})" if aim else ""
        print(f"  {name:<45} {clock:7.3f}   processor {processor:7.3f}{told}")


def measure(work: Callable[[], object]) -> tuple[float, float]:
    """Medians of the rounds after one to warm up: seconds by the clock, and of the processor.

    On a machine that does other things as well, the clock runs on while the process waits.
    """
    work()
    clocks, processors = [], []
    for _ in range(ROUNDS):
        clock, processor = time.perf_counter(), time.process_time()
        work()
        clocks.append(time.perf_counter() - clock)
        processors.append(time.process_time() - processor)
    return statistics.median(clocks), statistics.median(processors)


def switch(number: int) -> Subject:
    """A core switch as the portal would know it after three years."""
    rng = np.random.default_rng(number)
    pace = rng.uniform(2, 14)
    months = tuple(
        Flow(
            add_months(TODAY, month - MONTHS),
            int(rng.poisson(pace)),
            int(rng.poisson(0.005 * pace * month)),
            int(rng.poisson(0.01 * pace * month)),
            int(rng.poisson(0.002 * pace * month)),
        )
        for month in range(MONTHS)
    )
    sizes = 2 + rng.binomial(8, 0.35, sum(month.came for month in months))
    customers = sum(month.came - month.left for month in months)
    vlans = int(sizes.mean() * customers) + sum(month.grown - month.shed for month in months)
    return Subject(
        f"bench-{number}",
        Position(customers, vlans),
        Demand(months, tuple(sizes.tolist())),
        Room(600, 2974, 3966),
    )


def _draw(cells: int) -> object:
    rng = np.random.default_rng(0)
    return [rng.standard_normal(cells // SWITCHES) for _ in range(SWITCHES)]


if __name__ == "__main__":
    main()
