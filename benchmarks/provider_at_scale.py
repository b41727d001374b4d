"""How the portal's pages stand a provider of 100 core switches, 60,000 tenants and 300,000 VLANs, beside a tenth of it.

``python -m benchmarks.provider_at_scale``. Each provider has 36 months of dated history and lives in a process of its
own with its own PostgreSQL and Redis, set up as in production; its pages are asked for through Django's test client,
in turns, so that all see the same machine. There are two tenths: fewer core switches just as full, and just as many
core switches a tenth as full. Printed: the median of the rounds in milliseconds with the queries, and the ratio to
each tenth within the rounds. Aim: at most 1.5, with as many queries.
"""

import argparse
import statistics
from collections.abc import Sequence
from contextlib import ExitStack

from benchmarks.scale.addresses import PAGES
from benchmarks.scale.pages import Provider, Reading, When, provider

FULL = (100, 60_000)
TENTHS = ((10, 6_000), (100, 6_000))
ROUNDS = 7
WARM_UP = 2
AIM = 1.5
Readings = list[list[Reading]]  # by round, by provider


def main() -> None:
    arguments = argparse.ArgumentParser(description="Times the pages of a large provider beside a tenth of it.")
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = arguments.parse_args().rounds
    sizes = (FULL, *TENTHS)
    with ExitStack() as stack:
        providers = []
        for size in sizes:
            providers.append(stack.enter_context(provider(*size)))
            print(f"built in {providers[-1].built_in:5.0f} s: {named(*size)}", flush=True)
        heading = " | ".join(f"{switches} switches, {tenants:,} tenants" for switches, tenants in sizes)
        print(f"milliseconds (queries): {heading} | ratio to each tenth, aim {AIM}")
        for page in PAGES:
            for when in When:
                print(line(f"{page}, {when}", measured(providers, page, when, rounds=rounds)), flush=True)


def named(switches: int, tenants: int) -> str:
    return f"{switches} core switches, {tenants:,} tenants, {tenants * 5:,} allocated VLANs"


def measured(providers: Sequence[Provider], page: str, when: When, *, rounds: int) -> Readings:
    """Turns are taken, every round in another order; the first rounds do not count. With nothing remembered: once."""
    readings: Readings = []
    warm_up, rounds = (0, 1) if when is When.COLD else (WARM_UP, rounds)
    for number in range(warm_up + rounds):
        order = list(range(len(providers)))
        order = order[number % len(order) :] + order[: number % len(order)]
        found = {index: providers[index].read(page, when) for index in order}
        readings.append([found[index] for index in range(len(providers))])
    return readings[warm_up:]


def line(what: str, readings: Readings) -> str:
    columns = list(zip(*readings, strict=True))
    times = [f"{1000 * statistics.median(r.seconds for r in column):8.0f} ({_queries(column)})" for column in columns]
    ratios = [
        statistics.median(full.seconds / tenth.seconds for full, tenth in zip(columns[0], column, strict=True))
        for column in columns[1:]
    ]
    told = "  ".join(f"{ratio:5.2f}{'' if ratio <= AIM else ' over'}" for ratio in ratios)
    return f"{what:<34}{''.join(times)}   {told}"


def _queries(column: Sequence[Reading]) -> str:
    counts = sorted({reading.queries for reading in column})
    return str(counts[0]) if len(counts) == 1 else f"{counts[0]}–{counts[-1]}"


if __name__ == "__main__":
    main()
