"""vcsim: built when its source changed, started over TLS, ready when it says so, certainly stopped.

It is a simulator of a vCenter's API, not a vCenter: see docs/lab.md for where it is more lenient.
"""

import hashlib
import json
import os
import selectors
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from lab.certificates import self_signed

SOURCE = Path(__file__).parent / "vcsim" / "main.go"
GO_LIBRARIES = Path("/usr/share/gocode")  # where Debian puts golang-*-dev packages
BUILDS = Path(__file__).resolve().parent.parent / "var" / "lab"
READY_SECONDS = 30.0
USERNAME, PASSWORD = "portal@vsphere.local", "only-in-the-lab"


class CannotRun(Exception):
    """This machine lacks what the simulator needs; the message says what to install."""


@dataclass(frozen=True, slots=True)
class Simulator:
    """A running vcsim: where it is, how to sign in, and what vouches for it."""

    address: str
    username: str
    password: str
    ca_pem: str
    thumbprint: str
    pid: int


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
    executable = BUILDS / f"vcsim-{hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]}"
    if executable.exists():
        return executable
    BUILDS.mkdir(parents=True, exist_ok=True)
    # Built beside and renamed: two test processes may build at the same time, and neither sees half a file.
    with tempfile.TemporaryDirectory(dir=BUILDS) as folder:
        fresh = Path(folder) / "vcsim"
        environment = os.environ | {"GO111MODULE": "off", "GOPATH": str(GO_LIBRARIES)}
        built = subprocess.run(
            ["go", "build", "-o", str(fresh), str(SOURCE)],
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
    *, dvs: Sequence[str] = ("DVS0",), datacenter: str = "DC0", delays: Mapping[str, int] | None = None, port: int = 0
) -> Iterator[Simulator]:
    """Run a simulated vCenter with these distributed switches; ``delays``: milliseconds, by method.

    Raises CannotRun when it cannot be built, or does not start.
    """
    executable = build()
    with tempfile.TemporaryDirectory(prefix="vcsim-") as folder, (Path(folder) / "log").open("w+") as complaints:
        certificate = self_signed(Path(folder))
        process = subprocess.Popen(
            [
                str(executable),
                *("-listen", f"127.0.0.1:{port}"),
                *("-certificate", str(certificate.certificate_file), "-key", str(certificate.key_file)),
                *("-username", USERNAME, "-datacenter", datacenter, "-dvs", ",".join(dvs)),
                *("-delay", ",".join(f"{method}={milliseconds}" for method, milliseconds in (delays or {}).items())),
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
            yield Simulator(address, USERNAME, PASSWORD, certificate.pem, certificate.thumbprint, process.pid)
        finally:
            _stop(process)


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
