"""NAPALM's real drivers over connections that are checked: who is trusted, and what is wrong when it fails.

There is no vendor's software here: small servers of our own answer as eAPI and NX-API are documented to, and an SSH
server that signs people in shows a host key.
"""

import base64
import json
import re
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from lab.certificates import Certificate, self_signed
from lab.netconfd.ssh import Listening, Wire, ssh_server
from provisioning.drivers.napalm import EOS, IOS, JUNOS, NXOS, Napalm, Options, Platform
from provisioning.drivers.protocol import (
    CertificateNotTrusted,
    Change,
    DeviceError,
    Kind,
    ObjectId,
    SignInRefused,
    Target,
    Unreachable,
)
from tests.provisioning.napalm.switches import PASSWORD, Switch

OTHER = "ab" * 32
Answer = Callable[[Any], Any]


class Quiet(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a client that does not trust us hangs up, which is what is tested


@contextmanager
def https(certificate: Certificate, answer: Answer) -> Iterator[int]:
    """A server that answers JSON to JSON, for who knows the password. Yields its port."""
    expected = "Basic " + base64.b64encode(f"portal:{PASSWORD}".encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            known = self.headers["Authorization"] == expected
            data = json.dumps(answer(body)).encode() if known else b"Unable to authenticate user"
            self.send_response(200 if known else 401)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = Quiet(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate_file, certificate.key_file)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Eapi:
    """Arista's eAPI, as far as NAPALM's driver asks it: configuration sessions with a commit timer."""

    def __init__(self, switch: Switch) -> None:
        self.switch = switch
        self.commands: list[str] = []
        self.session = ""
        self.lines: list[str] = []
        self.left: dict[str, str] = {}  # sessions that nobody ended, and their states

    def __call__(self, request: dict[str, Any]) -> dict[str, Any]:
        results = [self.run(command) for command in request["params"]["cmds"]]
        return {"jsonrpc": "2.0", "id": request["id"], "result": results}

    def run(self, command: Any) -> dict[str, Any]:
        text = command["cmd"] if isinstance(command, dict) else command
        self.commands.append(text)
        if found := re.fullmatch(r"configure session (\S+)(?: (.*))?", text):
            self._session(found[1], found[2] or "")
        elif self.session:
            self._line(text)
        return self._shown(text)

    def _session(self, name: str, what: str) -> None:
        if not what:
            self.session, self.lines = name, []
        elif what.startswith("commit timer"):
            self.switch.before, self.switch.pending = self.switch.copy(), True
            self.switch.take("\n".join(self.lines))
            self.pending_session = name
        elif what == "commit":
            self.switch.before, self.switch.pending = None, False
        elif what == "abort":
            self.left.pop(name, None)
            if self.switch.pending:
                self.switch.roll_back()

    def _line(self, text: str) -> None:
        if text == "end":
            self.session = ""
        else:  # NAPALM strips the lines: what belongs to a block is known by its words
            inside = text.startswith(("name ", "switchport ", "exit"))
            self.lines.append(f" {text}" if inside else text)

    def _shown(self, text: str) -> dict[str, Any]:
        shown: dict[str, dict[str, Any]] = {
            "show version": {"version": "4.31.2F", "uptime": 1000.0},
            "show vlan": {
                "vlans": {str(vid): {"name": name, "interfaces": {}} for vid, name in self.switch.vlans.items()}
            },
            "show running-config": {"output": self.switch.running()},
            "show configuration sessions": {"sessions": {one: {"state": how} for one, how in self.left.items()}},
            "show configuration sessions detail": {"sessions": self._sessions()},
        }
        if text.startswith("show session-config named"):
            return {"output": "--- a\n+++ b\n" + "\n".join(f"+{line}" for line in self.lines)}
        return shown.get(text, {"output": ""})

    def _sessions(self) -> dict[str, Any]:
        if not self.switch.pending:
            return {}
        return {self.pending_session: {"state": "pendingCommitTimer", "commitBy": 1060.0}}


class NxApi:
    """Cisco's NX-API by JSON-RPC, as far as NAPALM's driver asks it: a command an entry, checkpoints."""

    def __init__(self, switch: Switch) -> None:
        self.switch = switch
        self.commands: list[str] = []

    def __call__(self, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [self.run(one["params"]["cmd"], one["id"]) for one in requests]

    def run(self, command: str, number: int) -> dict[str, Any]:
        self.commands.append(command)
        answer: dict[str, Any] = {"jsonrpc": "2.0", "id": number}
        if command.startswith("checkpoint file"):
            self.switch.before = self.switch.copy()
        elif command.startswith("rollback running-config"):
            self.switch.roll_back()
        elif re.match(r"vlan |no vlan | name |interface | switchport | exit", command):
            if command == "vlan 3999":
                return answer | {"error": {"code": -32602, "data": {"msg": "Invalid value/range\n"}}}
            self.switch.take(command)
        return answer | {"result": self._shown(command)}

    def _shown(self, command: str) -> dict[str, Any]:
        rows = [{"vlanshowbr-vlanid": str(vid), "vlanshowbr-vlanname": name} for vid, name in self.switch.vlans.items()]
        if command == "show vlan brief":
            return {"body": {"TABLE_vlanbriefxbrief": {"ROW_vlanbriefxbrief": rows}}}
        return {"msg": self.switch.running() if command == "show running-config" else "done", "body": {}}


def target_of(port: int, **fields: Any) -> Target:
    return replace(Target("core-1", f"127.0.0.1:{port}", "portal", PASSWORD, timeout_seconds=10), **fields)


def refused(target: Target, platform: Platform, options: Options | None = None) -> DeviceError:
    with pytest.raises(DeviceError) as caught, Napalm(target, platform, options) as driver:
        driver.read()
    return caught.value


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return self_signed(tmp_path_factory.mktemp("certificate"))


APIS: list[Any] = [(EOS, Eapi), (NXOS, NxApi)]


@pytest.fixture(params=APIS, ids=["eos", "nxos"])
def served(request: pytest.FixtureRequest, certificate: Certificate) -> Iterator[tuple[Platform, Any, int]]:
    platform, kind = request.param
    api = kind(Switch(platform, trunks={"Ethernet1": {12, 300}}))
    with https(certificate, api) as port:
        yield platform, api, port


class TestOverTls:
    def test_networks_come_and_go_through_napalms_own_driver(
        self, served: tuple[Platform, Any, int], certificate: Certificate
    ) -> None:
        platform, api, port = served
        networks = [ObjectId(Kind.VLAN, "100"), ObjectId(Kind.TRUNK_VLAN, "Ethernet1/100")]
        with Napalm(target_of(port, ca_pem=certificate.pem), platform) as driver:
            changes = [Change(networks[0], {"name": "acme-prod"}), Change(networks[1], {})]
            assert driver.apply(changes) == dict.fromkeys(networks)
            assert driver.read()[networks[0]] == {"name": "acme-prod"}
        assert api.switch.trunks["Ethernet1"] == {12, 100, 300}
        with Napalm(target_of(port, tls="pinned", thumbprint=certificate.thumbprint), platform) as driver:
            assert driver.remove(networks) == dict.fromkeys(networks)
        assert (api.switch.vlans, api.switch.trunks["Ethernet1"]) == ({1: "default", 12: "legacy"}, {12, 300})
        assert not api.switch.pending

    def test_a_certificate_that_nobody_vouches_for_is_not_trusted(self, served: tuple[Platform, Any, int]) -> None:
        platform, api, port = served
        error = refused(target_of(port), platform)
        assert isinstance(error, CertificateNotTrusted)
        assert "not vouched for" in str(error)
        assert not api.commands

    def test_another_certificate_than_the_pinned_one_is_not_trusted(self, served: tuple[Platform, Any, int]) -> None:
        platform, api, port = served
        error = refused(target_of(port, tls="pinned", thumbprint=OTHER), platform)
        assert isinstance(error, CertificateNotTrusted)
        assert "which is not the pinned one" in str(error)
        assert not api.commands

    def test_a_wrong_password_is_told(self, served: tuple[Platform, Any, int], certificate: Certificate) -> None:
        platform, _, port = served
        error = refused(target_of(port, ca_pem=certificate.pem, password="guess"), platform)
        assert isinstance(error, SignInRefused)
        assert "guess" not in str(error)


@pytest.mark.parametrize("platform", [EOS, NXOS, IOS, JUNOS], ids=["eos", "nxos", "ios", "junos"])
def test_where_nothing_answers(platform: Platform) -> None:
    error = refused(target_of(1, tls="pinned", thumbprint=OTHER), platform)
    assert isinstance(error, Unreachable)
    assert "cannot be reached" in str(error)


def test_what_a_killed_worker_left_on_eos_is_ended_and_does_not_lock_us_out(certificate: Certificate) -> None:
    api = Eapi(Switch(EOS, trunks={"Ethernet1": {12}}))
    api.left = {"zcsp_portal_dead": "pending", "somebodys": "completed"}
    one = ObjectId(Kind.VLAN, "100")
    with https(certificate, api) as port, Napalm(target_of(port, ca_pem=certificate.pem), EOS) as driver:
        assert driver.apply([Change(one, {"name": "acme-prod"})]) == {one: None}
    assert api.left == {"somebodys": "completed"}
    assert not [command for command in api.commands if "somebodys" in command]


def test_what_nxos_refuses_is_rolled_back_and_blamed_on_its_vlan(certificate: Certificate) -> None:
    api = NxApi(Switch(NXOS, trunks={"Ethernet1": {12}}))
    with https(certificate, api) as port, Napalm(target_of(port, ca_pem=certificate.pem), NXOS) as driver:
        ids = [ObjectId(Kind.VLAN, vid) for vid in ("100", "3999", "200")]
        outcomes = driver.apply([Change(one, {"name": f"v{one.key}"}) for one in ids])
    assert [one.key for one, error in outcomes.items() if error is not None] == ["3999"]
    assert "Invalid value/range" in str(outcomes[ids[1]])
    assert api.switch.vlans.keys() == {1, 12, 100, 200}
    assert api.commands.count("vlan 3999") == 1


# --- SSH ------------------------------------------------------------------------------------------

OVER_SSH = pytest.mark.parametrize("platform", [IOS, JUNOS], ids=["ios", "junos"])


@pytest.fixture(scope="module")
def listening() -> Iterator[Listening]:
    """An SSH server that signs the portal in; behind it there is no switch."""
    with ssh_server(
        accounts={"portal": PASSWORD}, subsystem=["/bin/cat"], environment={}, wire=Wire("portal")
    ) as server:
        yield server


@OVER_SSH
def test_an_unknown_host_key_is_never_trusted_and_shown(platform: Platform, listening: Listening) -> None:
    error = refused(target_of(listening.port), platform, Options(known_hosts=("/nowhere/known_hosts",)))
    assert isinstance(error, CertificateNotTrusted)
    assert "a host key unknown here: ssh-ed25519 SHA256:" in str(error)


@OVER_SSH
def test_another_key_than_the_pinned_one_is_not_trusted(platform: Platform, listening: Listening) -> None:
    error = refused(target_of(listening.port, tls="pinned", thumbprint=OTHER), platform)
    assert isinstance(error, CertificateNotTrusted)


@OVER_SSH
def test_a_host_known_with_another_key_is_not_trusted(platform: Platform, listening: Listening, tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519").export_public_key("openssh").decode()
    (tmp_path / "known_hosts").write_text(f"[127.0.0.1]:{listening.port} {key}")
    error = refused(target_of(listening.port), platform, Options(known_hosts=(str(tmp_path / "known_hosts"),)))
    assert isinstance(error, CertificateNotTrusted)
    assert "another host key than known" in str(error)


@OVER_SSH
@pytest.mark.parametrize("trust", ["known", "pinned"])
def test_with_the_right_key_a_wrong_password_is_told(
    platform: Platform, listening: Listening, tmp_path: Path, trust: str
) -> None:
    (tmp_path / "known_hosts").write_text(listening.known_hosts_line)
    options = Options(known_hosts=(str(tmp_path / "known_hosts"),))
    target = target_of(listening.port, password="guess")
    if trust == "pinned":
        target, options = replace(target, tls="pinned", thumbprint=listening.fingerprint), Options()
    error = refused(target, platform, options)
    assert isinstance(error, SignInRefused)
    assert "guess" not in str(error)
