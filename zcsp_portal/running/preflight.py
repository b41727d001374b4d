"""What must hold before anything is started, each told in one sentence when it does not."""

import errno
import fcntl
import os
import socket
from pathlib import Path
from typing import TextIO

import redis
from django.db import Error as DatabaseError
from django.db import connection

ANSWER_SECONDS = 10.0


class CannotStart(Exception):
    """Why the portal does not start, in one sentence that says what to do."""


def take_folder(data_dir: Path) -> TextIO:
    """A lock on the data folder, held for as long as the returned file is open.

    Raises CannotStart when another run holds it.
    """
    lock = open(data_dir / "running.lock", "a+")  # noqa: SIM115  # the caller keeps it open
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        whose = lock.read().strip() or "unknown"
        lock.close()
        raise CannotStart(
            f"The portal already runs with DATA_DIR {data_dir} (process {whose}): stop it first, or set another "
            "DATA_DIR and PORT."
        ) from error
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def check_address(bind: str, port: int) -> None:
    """Raises CannotStart when the web process could not listen there."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(bind, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            attempt.bind(address)
    except socket.gaierror as error:
        raise CannotStart(f"BIND={bind!r} is not an address of this machine: {error.strerror}.") from error
    except PermissionError as error:
        raise CannotStart(f"Port {port} may not be used by this user: choose one above 1023 with PORT=….") from error
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise CannotStart(f"BIND={bind!r} is not an address of this machine.") from error
        raise CannotStart(
            f"Port {port} on {bind} is in use: stop what uses it, or choose another, such as PORT={port % 65535 + 1}."
        ) from error


def check_database() -> None:
    """Raises CannotStart when the database does not answer."""
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        raise CannotStart(f"The database does not answer (DATABASE_URL): {_one_line(error)}.") from error


def check_redis(url: str) -> None:
    """Raises CannotStart when the Redis of REDIS_URL does not answer."""
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=ANSWER_SECONDS, socket_timeout=ANSWER_SECONDS) as client:
            client.ping()
    except (redis.RedisError, OSError, ValueError) as error:
        raise CannotStart(f"Redis does not answer (REDIS_URL): {_one_line(error)}.") from error


def _one_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].strip().rstrip(".")
