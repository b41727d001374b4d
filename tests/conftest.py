"""Fixtures that every room of the suite shares."""

from collections.abc import Iterator

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
