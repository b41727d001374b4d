"""Django's database configuration from ``DATABASE_URL``, or SQLite in the data folder without one."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote

from environ import Env

SQLITE_OPTIONS = {
    # A claim must own the write lock before it reads: two requests cannot both win.
    "transaction_mode": "IMMEDIATE",
    "timeout": 30,  # seconds that a writer waits for another
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}
CONNECT_TIMEOUT = 10  # seconds; without one an unreachable host is noticed after minutes


def database_from(url: str, *, data_dir: Path) -> dict[str, Any]:
    """The ``default`` database. ``url`` has been validated (see ``environment.database_url``)."""
    config: dict[str, Any] = (
        Env.db_url_config(url)
        if url
        else {"ENGINE": "django.db.backends.sqlite3", "NAME": str(data_dir / "portal.sqlite3")}
    )
    if config["ENGINE"].endswith("sqlite3"):
        config["OPTIONS"] = {**SQLITE_OPTIONS, **config.get("OPTIONS", {})}
    else:
        config["HOST"] = unquote(config["HOST"])
        config["OPTIONS"] = {"connect_timeout": CONNECT_TIMEOUT, **config.get("OPTIONS", {})}
    return {**config, "CONN_HEALTH_CHECKS": True}
