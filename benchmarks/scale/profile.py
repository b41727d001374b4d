"""Where the time of a page goes: ``python -m benchmarks.scale.profile [SWITCHES TENANTS]``.

For every page after a change: the slowest queries, the worst of them explained by PostgreSQL, and the functions in
which the process itself spends its time.
"""

import cProfile
import io
import pstats
import sys
from typing import Any

from benchmarks.scale.pages import Reader, When, portal

FULL = (100, 60_000)
SLOWEST = 6
FUNCTIONS = 22
LONGEST = 260  # characters of a query that are shown


def main() -> None:
    switches, tenants = map(int, sys.argv[1:3]) if len(sys.argv) > 2 else FULL
    with portal():
        reader = Reader(switches, tenants)
        print(f"{switches} core switches, {tenants:,} tenants, built in {reader.built_in:.0f} s")
        for page in reader.addresses:
            reader.read(page, When.COLD)
            for when in (When.WARM, When.CHANGED):
                _queries(reader, page, when)
                _functions(reader, page, when)


def _queries(reader: Reader, page: str, when: When) -> None:
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    reader.prepare(when)
    with CaptureQueriesContext(connection) as captured:
        reader.ask(page)
    slowest = sorted(captured.captured_queries, key=lambda query: -float(query["time"]))[:SLOWEST]
    total = 1000 * sum(float(query["time"]) for query in captured.captured_queries)
    print(f"\n=== {page}, {when}: {len(captured)} queries, {total:.0f} ms in the database")
    for query in slowest:
        print(f"{1000 * float(query['time']):6.0f} ms  {query['sql'][:LONGEST]}")
    if slowest and slowest[0]["sql"].startswith("SELECT"):
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {slowest[0]['sql'].replace('%', '%%')}", [])
            print("\n".join(f"    {line}" for (line,) in cursor.fetchall()))


def _functions(reader: Reader, page: str, when: When) -> None:
    reader.prepare(when)
    profile = cProfile.Profile()
    profile.runcall(reader.ask, page)
    told = io.StringIO()
    stats: Any = pstats.Stats(profile, stream=told)
    stats.sort_stats("cumulative").print_stats(r"capacity|planning|remembering|loads|render|pickle", FUNCTIONS)
    print("\n".join(line for line in told.getvalue().splitlines() if line.strip()))


if __name__ == "__main__":
    main()
