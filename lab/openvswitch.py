"""A real Open vSwitch in the userspace datapath: its database over TLS and a unix socket, its ports in a namespace
of its own, so that nothing of this machine's network is touched.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lab.certificates import self_signed
from lab.simulators import CannotRun

SCHEMA = Path("/usr/share/openvswitch/vswitch.ovsschema")
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
TOOLS = ("ovsdb-tool", "ovsdb-server", "ovs-vswitchd", "ovs-vsctl", "ovs-appctl", "unshare")
READY_SECONDS = 30.0
BRIDGE = "core1"
PARKED = 999  # what every trunk carries from the start: without a list it would carry all


def why_not() -> str:
    """The reason why Open vSwitch cannot run here; empty when it can."""
    if missing := [name for name in TOOLS if shutil.which(name, path=PATH) is None]:
        return f"no {', '.join(missing)}: apt install openvswitch-switch"
    if os.geteuid() != 0:
        return "it needs root, for a network namespace of its own"
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        return "no /dev/net/tun, which its ports are made of"
    return ""


@dataclass(slots=True)
class OpenSwitch:
    """A running Open vSwitch. ``client_pem``: the certificate and key that its database accepts; ``stranger_pem``:
    such that it does not."""

    folder: Path
    port: int
    ca_pem: str
    thumbprint: str
    client_pem: str
    stranger_pem: str
    _processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict, repr=False)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def socket(self) -> Path:
        return self.folder / "db.sock"

    def start_database(self) -> None:
        path = self.folder
        remotes = [f"--remote=punix:{self.socket}", f"--remote=pssl:{self.port}:127.0.0.1"]
        tls = [f"--private-key={path}/server/key.pem", f"--certificate={path}/server/certificate.pem"]
        self._start("ovsdb-server", f"{path}/conf.db", *remotes, *tls, f"--ca-cert={path}/client/certificate.pem")
        _until(lambda: _accepts(self.socket) and _listens(self.port), self._processes["ovsdb-server"], path)

    def start_switch(self) -> None:
        self._start("ovs-vswitchd", f"unix:{self.socket}", before=("unshare", "--net"))

    def _start(self, name: str, *arguments: str, before: Sequence[str] = ()) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [*before, name, *arguments, f"--unixctl={self.folder / name}.ctl", "--verbose=warn"],
                env=os.environ | {"PATH": PATH, "OVS_RUNDIR": str(self.folder)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def stop(self, *names: str) -> None:
        """End these processes at once, or all."""
        for name in names or tuple(reversed(self._processes)):
            if process := self._processes.pop(name, None):
                process.kill()
                process.wait()

    def run(self, *arguments: str) -> str:
        """``ovs-vsctl`` on this switch; waits until the switch has taken it."""
        return _run("ovs-vsctl", f"--db=unix:{self.socket}", "--timeout=30", *arguments)

    def trunk(self, port: str) -> set[int]:
        text = self.run("get", "port", port, "trunks").strip().strip("[]")
        return {int(vid) for vid in text.split(",") if vid.strip()}

    def lets_pass(self, port: str, vid: int) -> bool:
        """Whether the switch takes a frame of this VLAN that arrives at the port: what its own tracing says."""
        control = self.folder / "ovs-vswitchd.ctl"
        frame = f"in_port={port},dl_vlan={vid},dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02"
        traced = _run("ovs-appctl", "-t", str(control), "ofproto/trace", BRIDGE, frame)
        return "disallowed VLAN" not in traced


@contextmanager
def open_vswitch(*, trunks: Sequence[str] = ("eth1",), access: Sequence[str] = ()) -> Iterator[OpenSwitch]:
    """An Open vSwitch with one bridge, whose ``trunks`` carry VLAN 999. Raises CannotRun."""
    if reason := why_not():
        raise CannotRun(reason)
    with tempfile.TemporaryDirectory(prefix="ovs-") as name:
        running = _prepared(Path(name))
        try:
            running.start_database()
            running.run("--no-wait", "init")
            running.start_switch()
            running.run("add-br", BRIDGE, "--", "set", "bridge", BRIDGE, "datapath_type=netdev")
            for port in [*trunks, *access]:
                running.run("add-port", BRIDGE, port, "--", "set", "interface", port, "type=internal")
            for port in trunks:
                running.run("set", "port", port, "vlan_mode=trunk", f"trunks={PARKED}")
            for port in access:
                running.run("set", "port", port, "tag=5")
            running.run("set", "port", BRIDGE, "tag=1")  # the bridge's own port would carry all VLANs
            yield running
        finally:
            running.stop()


def _prepared(folder: Path) -> OpenSwitch:
    _run("ovsdb-tool", "create", str(folder / "conf.db"), str(SCHEMA))
    made = {}
    for name in ("server", "client", "stranger"):
        (folder / name).mkdir()
        made[name] = self_signed(folder / name)
    client, stranger = (made[name].pem + made[name].key_file.read_text() for name in ("client", "stranger"))
    with socket.create_server(("127.0.0.1", 0)) as probe:  # ovsdb-server does not tell which port it got
        port = probe.getsockname()[1]
    return OpenSwitch(folder, port, made["server"].pem, made["server"].thumbprint, client, stranger)


def _run(name: str, *arguments: str) -> str:
    done = subprocess.run(
        [name, *arguments], env=os.environ | {"PATH": PATH}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CannotRun(f"{name}: {done.stderr.strip()}")
    return done.stdout


def _accepts(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _until(ready: Callable[[], bool], process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            logs = "\n".join(log.read_text()[-1000:] for log in folder.glob("*.log"))
            raise CannotRun(f"Open vSwitch did not start: {logs}")
        time.sleep(0.02)
