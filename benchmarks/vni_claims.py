"""The time of a claim from a VNI pool with 0 to a million allocated VNIs, beside bare SQL, on a real PostgreSQL.

``python -m benchmarks.vni_claims``. A claim takes 5 VNIs, as an intake does. "Ours" is the verb with its checks and
its recorded moves. "Bare" reads, locks and writes the same rows with psycopg and nothing around it. Both are measured
at each size, in alternating rounds; the median counts. The allocated rows are made in bulk.
Two kinds of numbers: never used before, and returned ones from the free-list. Aims: a claim at a million takes at most
1.5 times as long as at none, and ours at most 4 times as long as bare.
"""

import os
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import django
import psycopg
from cryptography.fernet import Fernet

from lab.postgresql import postgresql_server

SIZES = (0, 10_000, 100_000, 1_000_000)
EACH = 5  # VNIs of a claim
ROUNDS = 7
CLAIMS = 40  # a round
WARM_UP = 20
MOST_GROWTH, MOST_OVER_BARE = 1.5, 4.0
FIRST, LAST = 5000, 2**24 - 1

Claim = Callable[[], object]


def main() -> None:
    with postgresql_server() as url, tempfile.TemporaryDirectory(prefix="zcsp-bench-") as folder:
        production = {"DEBUG": "no", "SECRET_KEY": secrets.token_urlsafe(64), "LOG_LEVEL": "ERROR"}
        keys = {"CREDENTIAL_KEYS": Fernet.generate_key().decode(), "DATABASE_URL": url, "DATA_DIR": folder}
        os.environ.update(production | keys | {"DJANGO_SETTINGS_MODULE": "zcsp_portal.settings"})
        django.setup()
        from django.core.management import call_command  # noqa: PLC0415
        from django.db import connections  # noqa: PLC0415

        call_command("migrate", verbosity=0)
        try:
            with psycopg.connect(url.replace("postgres://", "postgresql://")) as bare:
                told = [measure(bare, size, returned=returned) for returned in (False, True) for size in SIZES]
        finally:
            connections.close_all()
    report(told)


def measure(bare: psycopg.Connection[Any], size: int, *, returned: bool) -> tuple[bool, int, float, float]:
    """Median milliseconds of a claim, ours and bare, from two pools of this size."""
    from tests.factories import make_nsx_manager  # noqa: PLC0415

    kind = "returned" if returned else "new"
    pools = [make_nsx_manager(f"{who}-{kind}-{size}").vni_pool for who in ("ours", "bare")]
    for pool in pools:
        fill(bare, pool.pk, size, free=(ROUNDS * CLAIMS + WARM_UP) * EACH if returned else 0)
    claim, floor = ours(pools[0]), Bare(bare, pools[1].pk).claim
    times: tuple[list[float], list[float]] = ([], [])
    run(claim, WARM_UP)
    run(floor, WARM_UP)
    for _ in range(ROUNDS):
        times[0].append(run(claim, CLAIMS))
        times[1].append(run(floor, CLAIMS))
    return returned, size, statistics.median(times[0]), statistics.median(times[1])


def run(claim: Claim, count: int) -> float:
    """Milliseconds a claim."""
    begin = time.perf_counter()
    for _ in range(count):
        claim()
    return (time.perf_counter() - begin) / count * 1000


def ours(pool: Any) -> Claim:
    from django.utils import timezone  # noqa: PLC0415

    from inventory.vni_allocation import claim  # noqa: PLC0415

    return lambda: claim(pool=pool, count=EACH, until=None, by=None, why="benchmark", now=timezone.now())


def fill(connection: psycopg.Connection[Any], pool: int, allocated: int, *, free: int) -> None:
    """So many allocated rows, and free ones evenly among them; statistics as they would be."""
    total = allocated + free
    with connection.transaction(), connection.cursor() as cursor:
        every = max(1, total // free) if free else total + 1
        cursor.execute(
            "INSERT INTO inventory_vni (pool_id, number, state) SELECT %s, n, CASE WHEN (n - %s) %% %s = 0 "
            "AND (n - %s) / %s < %s THEN 'free' ELSE 'allocated' END FROM generate_series(%s::int, %s::int) AS n",
            [pool, FIRST, every, FIRST, every, free, FIRST, FIRST + total - 1],
        )
        cursor.execute("UPDATE inventory_vnipool SET next = %s WHERE id = %s", [FIRST + total, pool])
    connection.autocommit = True
    connection.execute("ANALYZE inventory_vni")
    connection.autocommit = False


class Bare:
    """The same rows read, locked and written, without checks."""

    def __init__(self, connection: psycopg.Connection[Any], pool: int) -> None:
        self.connection, self.pool = connection, pool

    def claim(self) -> list[int]:
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM inventory_vni WHERE pool_id = %s AND state = 'free' AND number BETWEEN %s AND %s "
                "ORDER BY number LIMIT %s FOR UPDATE SKIP LOCKED",
                [self.pool, FIRST, LAST, EACH],
            )
            held = [key for (key,) in cursor.fetchall()]
            if held:
                cursor.execute("UPDATE inventory_vni SET state = 'held' WHERE id = ANY(%s) AND state = 'free'", [held])
            held += self._never_used(cursor, EACH - len(held)) if len(held) < EACH else []
            marks = ", ".join(["(%s, 'free', 'held', %s, 'benchmark')"] * EACH)
            now = datetime.now(UTC)
            cursor.execute(
                f"INSERT INTO inventory_vnimove (vni_id, from_state, to_state, at, why) VALUES {marks}",
                [value for key in held for value in (key, now)],
            )
        return held

    def _never_used(self, cursor: psycopg.Cursor[Any], count: int) -> list[int]:
        cursor.execute(
            "SELECT id FROM inventory_vni WHERE pool_id = %s AND state = 'quarantined' AND until <= now() "
            "ORDER BY until, number LIMIT %s FOR UPDATE SKIP LOCKED",
            [self.pool, count],
        )
        cursor.execute("SELECT next FROM inventory_vnipool WHERE id = %s FOR UPDATE", [self.pool])
        (first,) = cursor.fetchone() or (0,)
        cursor.execute(
            "SELECT number FROM inventory_vni WHERE pool_id = %s AND number >= %s ORDER BY number LIMIT 1",
            [self.pool, first],
        )
        cursor.execute("UPDATE inventory_vnipool SET next = %s WHERE id = %s", [first + count, self.pool])
        marks = ", ".join(["(%s, %s, 'held')"] * count)
        values = [value for number in range(first, first + count) for value in (self.pool, number)]
        cursor.execute(f"INSERT INTO inventory_vni (pool_id, number, state) VALUES {marks} RETURNING id", values)
        return [key for (key,) in cursor.fetchall()]


def report(told: list[tuple[bool, int, float, float]]) -> None:
    print(f"a claim of {EACH} VNIs, milliseconds (median of {ROUNDS} rounds of {CLAIMS}, PostgreSQL):")
    print(
        f"  {'numbers':<12}{'allocated':>10}{'ours':>9}{'bare':>9}{'ours / bare':>13}{'to none, ours':>15}{'bare':>7}"
    )
    for returned, size, our, their in told:
        _, _, our_first, their_first = next(one for one in told if one[0] == returned)
        print(
            f"  {'returned' if returned else 'never used':<12}{size:>10,}{our:>9.2f}{their:>9.2f}{our / their:>13.2f}"
            f"{our / our_first:>15.2f}{their / their_first:>7.2f}"
        )
    print(f"  aims: to none at most {MOST_GROWTH}, ours / bare at most {MOST_OVER_BARE}")


if __name__ == "__main__":
    main()
