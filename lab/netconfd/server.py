"""Start netconfd with the switch's models and ports, stop it for certain, restart it."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lab.netconfd.ssh import Listening, Wire, ssh_server
from lab.simulators import CannotRun

MODELS = Path(__file__).parent / "yang"
MODULES = (
    *("openconfig-interfaces", "openconfig-if-ethernet", "openconfig-if-aggregate"),
    *("openconfig-vlan", "openconfig-network-instance"),
)
DEBIAN_MODELS = "/usr/share/yuma/modules"
NETCONFD = shutil.which("netconfd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
SUBSYSTEM = shutil.which("netconf-subsystem", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
USERNAME, PASSWORD = "portal", "only-in-the-lab"
OTHER_USERNAME = "somebody"  # whoever else works on the switch; the same password
LABEL_PORT = 8300  # netconfd wants to be told a port by its subsystem; nothing listens on it
READY_SECONDS = 30.0
GREETED = b"now active"  # in netconfd's log
PARKED = 999  # the VLAN that every trunk carries from the start: a list without an entry would mean all


def why_not() -> str:
    """The reason why netconfd cannot run here; empty when it can."""
    return "" if NETCONFD and SUBSYSTEM else "no netconfd: apt install netconfd"


@dataclass(slots=True)
class Switch:
    """A running netconfd and the way in. ``wire`` keeps what clients sent to it."""

    folder: Path
    port: int
    host_key_fingerprint: str
    known_hosts: Path
    wire: Wire
    username: str = USERNAME
    password: str = PASSWORD
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Run netconfd on what it last saved; ready when it accepts connections. Raises CannotRun."""
        assert NETCONFD is not None
        path = _socket(self.folder)
        path.unlink(missing_ok=True)
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    NETCONFD,
                    *("--superuser=" + USERNAME, "--access-control=off", "--target=candidate", "--with-startup=false"),
                    *(f"--startup={self.folder / 'startup-cfg.xml'}", f"--ncxserver-sockname={path}"),
                    *(f"--port={LABEL_PORT}", "--log-level=info"),  # at info it tells of each greeting
                    *(f"--module={name}" for name in MODULES),
                ],
                env=os.environ | {"HOME": str(self.folder), "YUMA_MODPATH": f"{MODELS}:{DEBIAN_MODELS}"},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + READY_SECONDS
        while not _accepts(path):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise CannotRun(f"netconfd did not start: {(self.folder / 'log').read_text()[-2000:]}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End netconfd at once, as a power cut does; every session breaks."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        self.stop()
        self.start()


@contextmanager
def switch(
    *, ports: Sequence[str] = ("Ethernet1",), bundles: Sequence[str] = (), access_ports: Sequence[str] = ()
) -> Iterator[Switch]:
    """A core switch whose ``ports`` and ``bundles`` are trunks that carry VLAN 999. Raises CannotRun."""
    if reason := why_not():
        raise CannotRun(reason)
    assert SUBSYSTEM is not None
    with tempfile.TemporaryDirectory(prefix="netconfd-") as name:
        folder, wire = Path(name), Wire(watched=USERNAME)
        (folder / "startup-cfg.xml").write_text(_start_configuration(ports, bundles, access_ports))
        subsystem = [SUBSYSTEM, f"--ncxserver-sockname={LABEL_PORT}@{_socket(folder)}"]
        environment = {"SSH_CONNECTION": f"127.0.0.1 1 127.0.0.1 {LABEL_PORT}", "HOME": name}
        with ssh_server(
            accounts=dict.fromkeys((USERNAME, OTHER_USERNAME), PASSWORD),
            subsystem=subsystem,
            environment=environment,
            wire=wire,
            greeted=lambda: (folder / "log").read_bytes().count(GREETED),
        ) as listening:
            running = _switch(folder, listening, wire)
            running.start()
            try:
                yield running
            finally:
                running.stop()


def _switch(folder: Path, listening: Listening, wire: Wire) -> Switch:
    known_hosts = folder / "known_hosts"
    known_hosts.write_text(listening.known_hosts_line)
    return Switch(folder, listening.port, listening.fingerprint, known_hosts, wire)


def _socket(folder: Path) -> Path:
    return folder / "ncx.sock"


def _accepts(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def _start_configuration(ports: Sequence[str], bundles: Sequence[str], access_ports: Sequence[str]) -> str:
    trunk = f"<interface-mode>TRUNK</interface-mode><trunk-vlans>{PARKED}</trunk-vlans>"
    access = "<interface-mode>ACCESS</interface-mode><access-vlan>1</access-vlan>"
    interfaces = [
        *(_interface(name, "ethernet", trunk) for name in ports),
        *(_interface(name, "aggregate", trunk) for name in bundles),
        *(_interface(name, "ethernet", access) for name in access_ports),
    ]
    instance = "<name>default</name><config><name>default</name></config>"
    return (
        '<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">'
        f'<interfaces xmlns="http://openconfig.net/yang/interfaces">{"".join(interfaces)}</interfaces>'
        '<network-instances xmlns="http://openconfig.net/yang/network-instance">'
        f"<network-instance>{instance}</network-instance></network-instances></config>\n"
    )


def _interface(name: str, kind: str, vlans: str) -> str:
    holder = "ethernet" if kind == "ethernet" else "aggregation"
    return (
        f"<interface><name>{name}</name><config><name>{name}</name></config>"
        f'<{holder} xmlns="http://openconfig.net/yang/interfaces/{kind}">'
        f'<switched-vlan xmlns="http://openconfig.net/yang/vlan"><config>{vlans}</config></switched-vlan></{holder}>'
        "</interface>"
    )
