"""Tenants onboarded per second on a real PostgreSQL, beside the same rows written as bare SQL.

``python -m benchmarks.onboarding``. One process, one connection each, warm. A tenant has five VLANs. "Ours" is the verb
behind the form, with its rules, its claim and its audit entries. "Bare" writes the same rows (a count of every table
proves it) with psycopg, one transaction a tenant, knowing beforehand which VLANs are free. Rounds alternate; the
median counts. Aim: at least 0.4.
"""

import os
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any

import django
import psycopg
from cryptography.fernet import Fernet
from psycopg.types.json import Jsonb

from lab.postgresql import postgresql_server

ROUNDS = 7
TENANTS = 100  # a round
WARM_UP = 20
AIM = 0.4
ROLES = ("failover-production", "failover-test", "replication", "extra", "extra")
TABLES = (
    *("tenants_tenant", "tenants_network", "tenants_wanconnection", "tenants_customersubnet"),
    *("inventory_vlanmove", "auditlog_logentry"),
)

Row = dict[str, Any]


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
                ours, theirs = measure(bare)
        finally:
            connections.close_all()
    ratio = statistics.median(our / their for our, their in zip(ours, theirs, strict=True))
    print(f"onboarding, tenants a second (5 VLANs each, median of {ROUNDS} rounds of {TENANTS}, PostgreSQL):")
    print(f"  ours (take_in)            {statistics.median(ours):8.0f}")
    print(f"  bare psycopg, same rows   {statistics.median(theirs):8.0f}")
    print(f"  ratio, within each round  {ratio:8.2f}   (aim: at least {AIM})")


def measure(bare: psycopg.Connection[Any]) -> tuple[list[float], list[float]]:
    """Tenants a second of every round: ours, and bare."""
    from tests.factories import make_pod, make_switch, make_user  # noqa: PLC0415

    user = make_user("olga")
    pods = {kind: make_pod(f"pod-{kind}", switch=make_switch(f"core-{kind}")) for kind in ("ours", "bare")}
    onboard = ours(pods["ours"], user)
    before = counted(bare)
    onboard("Sample")
    template = Template(bare, pod=pods["bare"])
    written = difference(counted(bare), before)
    write = template.write
    before = counted(bare)
    write("Copy")
    if difference(counted(bare), before) != written:
        raise SystemExit(f"The bare statements do not write the same rows: {difference(counted(bare), before)}")
    print(f"rows a tenant: {written}, and 5 VLANs updated")
    rates: tuple[list[float], list[float]] = ([], [])
    run(onboard, "warm-ours", WARM_UP)
    run(write, "warm-bare", WARM_UP)
    for number in range(ROUNDS):
        rates[0].append(run(onboard, f"ours-{number}", TENANTS))
        rates[1].append(run(write, f"bare-{number}", TENANTS))
    return rates


def run(onboard: Callable[[str], object], name: str, count: int) -> float:
    """Tenants a second."""
    begin = time.perf_counter()
    for number in range(count):
        onboard(f"{name}-{number}")
    return count / (time.perf_counter() - begin)


def ours(pod: Any, user: Any) -> Callable[[str], object]:
    from django.utils import timezone  # noqa: PLC0415

    from tenants.models import NetworkRole, WanKind  # noqa: PLC0415
    from tenants.onboarding import NetworkWish, WanWish, take_in  # noqa: PLC0415

    networks = [NetworkWish(NetworkRole(role)) for role in ROLES]
    wan = WanWish(WanKind.IPSEC, remote_gateway="198.51.100.7")

    def onboard(name: str) -> object:
        subnets, now = ["192.168.10.0/24"], timezone.now()
        return take_in(name=name, pod=pod, networks=networks, wan=wan, customer_subnets=subnets, by=user, now=now)

    return onboard


def counted(bare: psycopg.Connection[Any]) -> dict[str, int]:
    found = {}
    for table in TABLES:
        row = bare.execute(f"SELECT count(*) FROM {table}").fetchone()
        found[table] = row[0] if row else 0
    bare.commit()
    return found


def difference(after: dict[str, int], before: dict[str, int]) -> dict[str, int]:
    return {table: after[table] - before[table] for table in TABLES}


class Template:
    """The rows that the one tenant in the database consists of, to be written again under other names."""

    def __init__(self, bare: psycopg.Connection[Any], *, pod: Any) -> None:
        self.bare = bare
        self.tenant = {**self._rows("tenants_tenant")[0], "pod_id": pod.pk}
        self.networks = self._rows("tenants_network")
        self.wan = self._rows("tenants_wanconnection")
        self.subnets = self._rows("tenants_customersubnet")
        self.moves = self._rows("inventory_vlanmove")
        self.audit = self._audit()
        held = bare.execute("SELECT state, until FROM inventory_vlan WHERE state = 'held' LIMIT 1").fetchone()
        assert held is not None
        self.held = held
        free = "SELECT id FROM inventory_vlan WHERE switch_id = %s AND state = 'free' ORDER BY vid"
        self.free = [row[0] for row in bare.execute(free, [pod.switch_id]).fetchall()]
        bare.commit()

    def _rows(self, table: str) -> list[Row]:
        with self.bare.cursor(row_factory=psycopg.rows.dict_row) as cursor:
            rows = cursor.execute(f"SELECT * FROM {table} ORDER BY id").fetchall()
        return [{name: value for name, value in row.items() if name != "id"} for row in rows]

    def _audit(self) -> list[Row]:
        """The audit entries of a tenant: those of the last rows written, as many as take_in wrote."""
        count = 2 + len(self.networks) + len(self.subnets)
        rows = self._rows("auditlog_logentry")[-count:]
        return [{name: Jsonb(v) if isinstance(v, dict) else v for name, v in row.items()} for row in rows]

    def write(self, name: str) -> None:
        """One transaction: the same inserts and the same update, a statement a table."""
        vlans, self.free = self.free[: len(ROLES)], self.free[len(ROLES) :]
        with self.bare.transaction(), self.bare.cursor() as cursor:
            (tenant,) = insert(cursor, "tenants_tenant", [{**self.tenant, "name": name, "slug": name.lower()}])
            cursor.execute(
                "UPDATE inventory_vlan SET state = %s, until = %s WHERE id = ANY(%s) AND state = 'free'",
                [*self.held, vlans],
            )
            insert(cursor, "inventory_vlanmove", paired(self.moves, "vlan_id", vlans))
            mine = [{**row, "tenant_id": tenant} for row in paired(self.networks, "vlan_id", vlans)]
            made = [tenant, *insert(cursor, "tenants_network", mine)]
            made += insert(cursor, "tenants_wanconnection", [{**row, "tenant_id": tenant} for row in self.wan])
            made += insert(cursor, "tenants_customersubnet", [{**row, "tenant_id": tenant} for row in self.subnets])
            insert(
                cursor, "auditlog_logentry", paired(paired(self.audit, "object_id", made), "object_pk", map(str, made))
            )


def paired(rows: Sequence[Row], name: str, values: Any) -> list[Row]:
    return [{**row, name: value} for row, value in zip(rows, values, strict=True)]


def insert(cursor: psycopg.Cursor[Any], table: str, rows: Sequence[Row]) -> list[int]:
    """The new rows' ids."""
    names = list(rows[0])
    marks = ", ".join(["(" + ", ".join(["%s"] * len(names)) + ")"] * len(rows))
    columns = ", ".join(f'"{name}"' for name in names)
    values = [value for row in rows for value in row.values()]
    cursor.execute(f"INSERT INTO {table} ({columns}) VALUES {marks} RETURNING id", values)
    return [row[0] for row in cursor.fetchall()]


if __name__ == "__main__":
    main()
