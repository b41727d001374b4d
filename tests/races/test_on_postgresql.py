"""The race suite once more on a real PostgreSQL, when this test run is on another database."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

SUITES = ["tests/races/test_onboarding_races.py", "tests/races/test_vni_races.py"]

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("races")]


@pytest.mark.skipif("connection.vendor == 'postgresql'", reason="this test run is on PostgreSQL itself")
def test_the_race_suite_holds_on_postgresql(postgresql_url: str) -> None:
    assert connection.vendor != "postgresql"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *SUITES, "-q", "-p", "no:cacheprovider"],
        cwd=settings.BASE_DIR,
        env={**environment, "DATABASE_URL": postgresql_url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert " passed" in ended.stdout
