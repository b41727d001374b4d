"""The one foreground command, as a person runs it: what comes up, and how it goes down."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import redis

from tests.services import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("set-up")]

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 120.0
STOP_SECONDS = 60.0
NOT_OURS = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "CELERY_BROKER_URL")


@dataclass(slots=True)
class Portal:
    """A run of the portal and what it said."""

    process: subprocess.Popen[bytes]
    data_dir: Path
    port: int

    def said(self) -> str:
        return (self.data_dir / "said").read_text()

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def child(self, word: str) -> psutil.Process:
        """The direct child whose command line has this word."""
        children = psutil.Process(self.process.pid).children()
        return next(child for child in children if any(word == part for part in child.cmdline()))

    def end(self) -> int:
        return self.process.wait(STOP_SECONDS)


@pytest.fixture
def new_folder() -> None:
    """Asked for by a test whose portal starts in an empty folder."""


Start = Callable[..., Portal]


@pytest.fixture(scope="module")
def kept_dir() -> Iterator[Path]:
    """A folder that runs share one after the other, as a person's do: only the first has to fill it."""
    with tempfile.TemporaryDirectory(prefix="zcsp-run-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture
def data_dir(request: pytest.FixtureRequest) -> Iterator[Path]:
    """The kept folder, or an empty one for a test that asks for ``new_folder``."""
    if "new_folder" not in request.fixturenames:
        yield request.getfixturevalue("kept_dir")
        return
    with tempfile.TemporaryDirectory(prefix="zcsp-run-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture
def start(data_dir: Path) -> Iterator[Start]:
    """Starts the portal on a free port; whatever still runs at the end is told to stop."""
    started: list[Portal] = []

    def begin(*, port: int | None = None, wait: bool = True, **environment: str) -> Portal:
        port = port or free_port()
        portal = Portal(launch(data_dir, port=port, **environment), data_dir, port)
        started.append(portal)
        if wait:
            wait_until(lambda: is_up(portal), what="the portal to tell its address", seconds=START_SECONDS)
        return portal

    yield begin
    for portal in started:
        if portal.process.poll() is None:
            portal.process.terminate()
            portal.end()


def launch(data_dir: Path, *, port: int, **environment: str) -> subprocess.Popen[bytes]:
    clean = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
    with (data_dir / "said").open("wb") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "zcsp_portal.running"],
            cwd=ROOT,
            env={**clean, "DATA_DIR": str(data_dir), "PORT": str(port), "DEBUG": "yes", **environment},
            stdout=said,
            stderr=subprocess.STDOUT,
        )


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def is_up(portal: Portal) -> bool:
    assert portal.process.poll() is None, portal.said()
    return f"ZCSP Portal runs at http://127.0.0.1:{portal.port}/" in portal.said()


def assert_gone(family: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(family, timeout=STOP_SECONDS)
    assert not alive


@pytest.mark.usefixtures("new_folder")
def test_it_comes_up_with_the_demo_and_ctrl_c_stops_it_all_and_keeps_the_data(start: Start) -> None:
    portal = start()
    with urllib.request.urlopen(f"http://127.0.0.1:{portal.port}/healthz") as answer:
        assert answer.read() == b"ok\n"
    with redis.Redis(unix_socket_path=str(portal.data_dir / "redis.sock")) as broker:
        assert broker.config_get("appendonly") == {"appendonly": "yes"}
    wait_until(lambda: len(portal.child("worker").children()) == 2, what="the worker's two processes")
    assert portal.child("beat").is_running()
    assert "loading the demo provider" in portal.said()
    assert "operator" in portal.said()

    family = portal.family()
    portal.process.send_signal(signal.SIGINT)

    assert portal.end() == 0
    assert_gone(family)
    assert portal.said().rstrip().endswith("Stopped.")

    again = start()
    assert "loading the demo provider" not in again.said()
    assert "Demo sign-ins" in again.said()


def test_sigterm_stops_it_as_well(start: Start) -> None:
    portal = start()
    family = portal.family()
    portal.process.terminate()
    assert portal.end() == 0
    assert_gone(family)


@pytest.mark.parametrize(("name", "word"), [("worker", "worker"), ("beat", "beat"), ("web", "gunicorn")])
def test_it_says_which_process_died_and_stops_the_rest(start: Start, name: str, word: str) -> None:
    portal = start()
    family = portal.family()
    portal.child(word).kill()
    assert portal.end() == 1
    assert f"{name} was killed by SIGKILL: everything is being stopped.\n" in portal.said()
    assert_gone(family)


def test_after_a_kill_nothing_stays_and_the_next_start_recovers(start: Start) -> None:
    portal = start()
    family = portal.family()
    portal.process.kill()
    portal.end()
    assert_gone(family)
    (portal.data_dir / "redis.sock").touch()  # as a redis-server that was killed leaves it

    start()


def test_a_second_start_on_the_same_folder_is_told(start: Start) -> None:
    portal = start()
    second = subprocess.run(
        [sys.executable, "-m", "zcsp_portal.running"],
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(portal.data_dir), "PORT": str(free_port()), "DEBUG": "yes"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert second.stderr == (
        f"The portal already runs with DATA_DIR {portal.data_dir} (process {portal.process.pid}): "
        "stop it first, or set another DATA_DIR and PORT.\n"
    )
    assert portal.process.poll() is None


def test_a_port_in_use_is_one_sentence(start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        portal = start(port=port, wait=False)
        assert portal.end() == 1
    assert portal.said() == (
        f"Port {port} on 127.0.0.1 is in use: stop what uses it, or choose another, such as PORT={port % 65535 + 1}.\n"
    )


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DATABASE_URL", "postgres://u:letmein@127.0.0.1:1/db", "The database does not answer (DATABASE_URL): "),
        ("REDIS_URL", "redis://:letmein@127.0.0.1:1/0", "Redis does not answer (REDIS_URL): "),
        ("BIND", "192.0.2.1", "BIND='192.0.2.1' is not an address of this machine."),
    ],
)
def test_what_does_not_answer_is_one_sentence(start: Start, name: str, value: str, sentence: str) -> None:
    portal = start(wait=False, **{name: value})
    assert portal.end() == 1
    assert portal.said().startswith(sentence)
    assert portal.said().count("\n") == 1
    assert "letmein" not in portal.said()


@pytest.mark.usefixtures("new_folder")
def test_a_folder_too_long_for_a_unix_socket_is_no_obstacle(start: Start, data_dir: Path) -> None:
    long = data_dir / ("x" * 100)
    portal = start(DATA_DIR=str(long))
    portal.process.send_signal(signal.SIGINT)
    assert portal.end() == 0


@pytest.mark.usefixtures("new_folder")
def test_it_runs_on_a_postgresql_and_a_redis_that_are_given(start: Start, postgresql_url: str) -> None:
    from tests.services import redis_server

    with redis_server() as broker:
        portal = start(DATABASE_URL=postgresql_url, REDIS_URL=broker.url)
        assert not (portal.data_dir / "redis.sock").exists()
        assert not (portal.data_dir / "portal.sqlite3").exists()
        portal.process.send_signal(signal.SIGINT)
        assert portal.end() == 0
