"""vcsim: built when its source changed, started over TLS, ready when it says so, certainly stopped.

It is a simulator of a vCenter's API, not a vCenter. ``strict`` makes it refuse more of what a vCenter refuses; see
docs/drivers/vsphere.md for what, and for where it is still more lenient.
"""

import hashlib
import json
import os
import selectors
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from lab.certificates import Certificate, self_signed

SOURCE = Path(__file__).parent / "vcsim"
GO_LIBRARIES = Path("/usr/share/gocode")  # where Debian puts golang-*-dev packages
BUILDS = Path(__file__).resolve().parent.parent / "var" / "lab"
READY_SECONDS = 30.0
USERNAME, PASSWORD = "portal@vsphere.local", "only-in-the-lab"


class CannotRun(Exception):
    """This machine lacks what the simulator needs; the message says what to install."""


@dataclass(frozen=True, slots=True)
class Simulator:
    """A running vcsim: where it is, how to sign in, and what vouches for it.

    ``stop`` and ``start`` (again, at the same address, with the same certificate) lose everything that was on it.
    """

    address: str
    username: str
    password: str
    ca_pem: str
    thumbprint: str
    stop: Callable[[], None] = field(repr=False, compare=False)
    start: Callable[[], None] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Strict:
    """What a vCenter refuses and the library does not, switched on.

    ``whole``: a batch with a bad specification is refused as a whole, not half applied. ``denied``: privileges that
    the account lacks. ``slow_tasks``: milliseconds, by method, that a task waits after the call was answered.
    ``stubborn``: a task that waits cannot be called off.
    """

    whole: bool = False
    denied: Sequence[str] = ()
    slow_tasks: Mapping[str, int] = field(default_factory=dict)
    stubborn: bool = False

    def arguments(self) -> list[str]:
        return [
            "-strict",
            *("-batches", "whole" if self.whole else "half"),
            *("-denied", ",".join(self.denied)),
            *("-slow-tasks", _pairs(self.slow_tasks)),
            f"-stubborn={str(self.stubborn).lower()}",
        ]


def why_not() -> str:
    """The reason why vcsim cannot be built here; empty when it can."""
    if shutil.which("go") is None:
        return "no Go compiler: apt install golang-go"
    if not (GO_LIBRARIES / "src/github.com/vmware/govmomi/simulator").is_dir():
        return "no govmomi library: apt install golang-github-vmware-govmomi-dev"
    return ""


@cache
def build() -> Path:
    """The simulator's executable, compiled once for each version of its source. Raises CannotRun."""
    if reason := why_not():
        raise CannotRun(reason)
    source = b"".join(file.read_bytes() for file in sorted(SOURCE.glob("*.go")))
    executable = BUILDS / f"vcsim-{hashlib.sha256(source).hexdigest()[:16]}"
    if executable.exists():
        return executable
    BUILDS.mkdir(parents=True, exist_ok=True)
    # Built beside and renamed: two test processes may build at the same time, and neither sees half a file.
    with tempfile.TemporaryDirectory(dir=BUILDS) as folder:
        fresh = Path(folder) / "vcsim"
        environment = os.environ | {"GO111MODULE": "off", "GOPATH": str(GO_LIBRARIES)}
        built = subprocess.run(
            ["go", "build", "-o", str(fresh), "."],
            cwd=SOURCE,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if built.returncode:
            raise CannotRun(f"vcsim does not compile: {built.stderr.strip()}")
        fresh.rename(executable)
    return executable


@contextmanager
def vcsim(
    *,
    dvs: Sequence[str] = ("DVS0",),
    datacenter: str = "DC0",
    delays: Mapping[str, int] | None = None,
    port: int = 0,
    strict: Strict | None = Strict(),
    expired: bool = False,
) -> Iterator[Simulator]:
    """Run a simulated vCenter with these distributed switches; ``delays``: milliseconds, by method. ``strict``: None
    for the library as it is. ``expired``: its certificate was valid until yesterday.

    Raises CannotRun when it cannot be built, or does not start.
    """
    executable = build()
    with tempfile.TemporaryDirectory(prefix="vcsim-") as folder, ExitStack() as running:
        certificate = self_signed(Path(folder), expired=expired)
        arguments = [
            str(executable),
            *("-username", USERNAME, "-datacenter", datacenter, "-dvs", ",".join(dvs)),
            *("-delay", _pairs(delays or {})),
            *(strict.arguments() if strict else ()),
        ]
        address = running.enter_context(_process(arguments, certificate, port=port))

        def start_again() -> None:
            there = _process(arguments, certificate, port=int(address.rpartition(":")[2]))
            running.enter_context(there)

        yield Simulator(
            address, USERNAME, PASSWORD, certificate.pem, certificate.thumbprint, running.close, start_again
        )


@contextmanager
def _process(arguments: Sequence[str], certificate: Certificate, *, port: int) -> Iterator[str]:
    """Its address, while it runs. Raises CannotRun."""
    with tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(
            [
                *arguments,
                *("-listen", f"127.0.0.1:{port}"),
                *("-certificate", str(certificate.certificate_file), "-key", str(certificate.key_file)),
            ],
            env=os.environ | {"VCSIM_PASSWORD": PASSWORD},
            stdin=subprocess.PIPE,  # it ends when this closes, even if we are killed
            stdout=subprocess.PIPE,
            stderr=complaints,
        )
        try:
            if not (address := _address_once_ready(process)):
                complaints.seek(0)
                raise CannotRun(f"vcsim did not start: {complaints.read().strip() or 'it said nothing'}")
            yield address
        finally:
            _stop(process)


def _pairs(milliseconds: Mapping[str, int]) -> str:
    return ",".join(f"{method}={count}" for method, count in milliseconds.items())


def _address_once_ready(process: subprocess.Popen[bytes]) -> str:
    """It prints its address when it listens; empty when it ended, or printed nothing in time."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        line = process.stdout.readline() if selector.select(READY_SECONDS) else b""
    if not line:
        return ""
    url: str = json.loads(line)["url"]
    return urlsplit(url).netloc


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()
