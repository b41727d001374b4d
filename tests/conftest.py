"""Fixtures that every room of the suite shares."""

from collections.abc import Iterator
from typing import Any

import pytest

from lab.postgresql import PostgresqlMissing, postgresql_server


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """The URL of an empty database on a real PostgreSQL; skips, saying why, where there is none."""
    try:
        with postgresql_server() as url:
            yield url
    except PostgresqlMissing as missing:
        pytest.skip(str(missing))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the kill matrix: what became of each run whose worker, broker, database or device was killed."""
    told = [
        cell
        for report in (*terminalreporter.stats.get("passed", ()), *terminalreporter.stats.get("failed", ()))
        for name, cell in getattr(report, "user_properties", ())
        if name == "kill" and report.when == "call"
    ]
    if told:
        terminalreporter.section("kill matrix")
    before = None
    for what, where, outcome in sorted(told, key=lambda cell: str(cell[0])):  # they come as they finish
        if what != before:
            terminalreporter.write_line(str(what))
            before = what
        terminalreporter.write_line(f"  {where:<36} {outcome}")
