"""The whole portal as a person starts it, for acceptance tests: supervisor, web, worker, scheduler, Redis, demo."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from django.conf import settings

from tests.services import wait_until

START_SECONDS = 240.0


@dataclass(frozen=True, slots=True)
class Portal:
    """A running portal. ``url`` has no slash at its end."""

    url: str
    process: subprocess.Popen[bytes]
    log_path: Path

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")


@contextmanager
def running_portal(**env: str) -> Iterator[Portal]:
    """Start the portal on a port of its own with an empty data folder, demo loaded; stop it as Ctrl-C does."""
    folder = Path(tempfile.mkdtemp(prefix="zp-"))
    port = free_port()
    log_path = folder / "log"
    own = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "zcsp_portal.running"],
            cwd=settings.BASE_DIR,
            env={**own, "DATA_DIR": str(folder / "data"), "PORT": str(port), **env},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    portal = Portal(f"http://127.0.0.1:{port}", process, log_path)
    try:
        wait_until(lambda: _is_up(portal, port), what="the portal to answer", seconds=START_SECONDS)
        yield portal
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=90)


def _is_up(portal: Portal, port: int) -> bool:
    if portal.process.poll() is not None:
        raise AssertionError(f"The portal ended:\n{portal.log()}")
    with closing(HTTPConnection("127.0.0.1", port, timeout=2)) as connection:
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
