"""What goes away in the middle of a run, and twenty runs at once, on a real PostgreSQL, which is killed as well."""

import os
import subprocess
import sys
from itertools import dropwhile, takewhile

import pytest
from django.conf import settings
from django.db import connection

from tests.provisioning.kills.hall import Note

pytestmark = pytest.mark.slow
FILES = ("tests/provisioning/kills/test_services_gone.py", "tests/provisioning/kills/test_twenty_runs.py")


@pytest.mark.skipif(connection.vendor == "postgresql", reason="this test run is on PostgreSQL itself")
def test_runs_end_truthfully_on_postgresql_whatever_is_killed(postgresql_url: str, note: Note) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            *FILES,
            "-q",
            "-p",
            "no:cacheprovider",
        ],
        cwd=settings.BASE_DIR,
        env={**environment, "DATABASE_URL": postgresql_url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert " passed" in ended.stdout
    assert "skipped" not in ended.stdout
    for line in takewhile(lambda line: line.startswith("  "), lines_after("services", ended.stdout)):
        where, _, outcome = line.strip().partition("  ")
        note("services", where, outcome.strip())


def lines_after(heading: str, output: str) -> list[str]:
    return list(dropwhile(lambda line: line != heading, output.splitlines()))[1:]
