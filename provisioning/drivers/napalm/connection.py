"""NAPALM's drivers, each over a connection whose other end was checked: TLS certificates and SSH host keys.

By itself NAPALM checks none of them: it takes any certificate and any host key.
"""

import logging
import os
import secrets
import socket
import tempfile
from collections.abc import Sequence
from typing import Any

import httpx
import paramiko
from jnpr.junos import Device
from napalm.eos import EOSDriver
from napalm.ios import IOSDriver
from napalm.junos import JunOSDriver
from napalm.nxapi_plumbing import Device as NxApiDevice
from napalm.nxapi_plumbing import RPCClient
from napalm.nxos import NXOSDriver

from provisioning.drivers.host_keys import checker, known_hosts_names
from provisioning.drivers.napalm.options import Options
from provisioning.drivers.protocol import SignInRefused, Target
from provisioning.drivers.tls import host_and_port, tls_context

HTTPS_PORT, SSH_PORT, NETCONF_PORT = 443, 22, 830
PATIENCE = 6  # a command or a commit may take this many times the time-out of a single answer

# They would write what is sent, and whole configurations, into our log; what goes wrong is raised, and told by us.
for _name in ("pyeapi", "ncclient", "paramiko", "jnpr", "netmiko", "napalm"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


def eos(target: Target, options: Options) -> Any:
    """eAPI over TLS."""
    host, port = host_and_port(target.address)
    arguments = {"transport": "https", "port": port, "context": tls_context(target)}
    return _Eos(host, target.username, target.password, _seconds(target), arguments)


def nxos(target: Target, options: Options) -> Any:
    """NX-API over TLS."""
    return _Nxos(target)


def ios(target: Target, options: Options) -> Any:
    """The command line over SSH; the candidate is copied there by SCP."""
    return _Ios(target, options)


def junos(target: Target, options: Options) -> Any:
    """NETCONF over SSH."""
    return _Junos(target, options)


def _seconds(target: Target) -> int:
    return max(1, int(target.timeout_seconds * PATIENCE))


# --- EOS ------------------------------------------------------------------------------------------

OUR_SESSIONS = "zcsp_portal_"


class _Eos(EOSDriver):  # type: ignore[misc]  # NAPALM has no types
    """A configuration session that nobody ended, because its worker was killed, would lock us out for good."""

    config_session: str | None

    def load_merge_candidate(self, filename: str | None = None, config: str | None = None) -> None:
        if self.config_session is None:
            sessions = self._run_commands(["show configuration sessions"])[0]["sessions"]
            ours = [name for name in sessions if name.startswith(OUR_SESSIONS)]
            for name in ours:
                if sessions[name]["state"] == "pending":  # our only worker for this switch is this one
                    self._run_commands([f"configure session {name} abort"], encoding="text")
            self.config_session = OUR_SESSIONS + secrets.token_hex(4)
        super().load_merge_candidate(filename, config)


# --- NX-OS ----------------------------------------------------------------------------------------


class _NxApi(RPCClient):  # type: ignore[misc]  # NAPALM has no types
    """NX-API's JSON-RPC over one kept connection that is checked as all of ours are."""

    def __init__(self, target: Target, host: str, port: int) -> None:
        super().__init__(f"[{host}]" if ":" in host else host, target.username, target.password, port=port)
        self._where = f"{target.name} ({target.address})"
        self._client = httpx.Client(
            verify=tls_context(target),
            auth=(target.username, target.password),
            headers=self.headers,
            timeout=httpx.Timeout(target.timeout_seconds, read=target.timeout_seconds * PATIENCE),
            trust_env=False,
        )

    def _send_request(self, commands: list[str], method: str) -> Any:
        response = self._client.post(self.url, content=self._build_payload(commands, method))
        if response.status_code in (401, 403):
            raise SignInRefused(f"{self._where} refuses the user name or the password: correct them on the device.")
        return response

    def close(self) -> None:
        self._client.close()


class _Nxos(NXOSDriver):  # type: ignore[misc]  # NAPALM has no types
    def __init__(self, target: Target) -> None:
        self._place = host_and_port(target.address)
        self._target = target
        super().__init__(self._place[0], target.username, target.password, _seconds(target))

    def open(self) -> None:
        self.device = NxApiDevice(self.hostname, self.username, self.password, transport="https", api_format="none")
        self.device.api = _NxApi(self._target, *self._place)
        self.device.api_format = "jsonrpc"
        self._send_command("show hostname")

    def get_config(
        self, retrieve: str = "all", full: bool = False, sanitized: bool = False, format: str = "text"
    ) -> Any:
        """Never with all defaults: that takes minutes on a large switch, and NAPALM's comparison asks for it."""
        return super().get_config(retrieve=retrieve, full=False, sanitized=sanitized, format=format)

    def close(self) -> None:
        device, self.device = self.device, None
        if device is not None:
            device.api.close()


# --- SSH ------------------------------------------------------------------------------------------


class _KnownHost:
    """A file that knows one host by the one key that was checked, for libraries that take nothing but files."""

    def __init__(self, target: Target, options: Options, *, host: str, port: int) -> None:
        key = _shown_key(target, host, port)
        checker(target, host=host, port=port, known_hosts=options.known_hosts)(key)
        lines = [f"{name} {key.get_name()} {key.get_base64()}\n" for name in known_hosts_names(host, port)]
        self.path = _file("known_hosts", lines)

    def remove(self) -> None:
        os.unlink(self.path)


def _file(suffix: str, lines: Sequence[str]) -> str:
    with tempfile.NamedTemporaryFile("w", suffix=f".{suffix}", delete=False) as file:  # readable by us only
        file.writelines(lines)
    return file.name


def _shown_key(target: Target, host: str, port: int) -> Any:
    """The host key, from a connection that ends before anybody signs in."""
    line = socket.create_connection((host, port), timeout=target.timeout_seconds)
    transport = paramiko.Transport(line)
    try:
        transport.start_client(timeout=target.timeout_seconds)
        return transport.get_remote_server_key()
    finally:
        transport.close()
        line.close()


class _Ios(IOSDriver):  # type: ignore[misc]  # NAPALM has no types
    def __init__(self, target: Target, options: Options) -> None:
        host, port = host_and_port(target.address, usual=SSH_PORT)
        self._target, self._options, self._port = target, options, port
        strict = {"ssh_strict": True, "system_host_keys": False, "alt_host_keys": True, "port": port}
        patience = {"conn_timeout": target.timeout_seconds, "read_timeout_override": _seconds(target)}
        super().__init__(host, target.username, target.password, _seconds(target), strict | patience)
        self._known: _KnownHost | None = None

    def open(self) -> None:
        self._known = _KnownHost(self._target, self._options, host=self.hostname, port=self._port)
        self.netmiko_optional_args["alt_key_file"] = self._known.path  # SCP connects anew later, and checks it again
        super().open()

    def close(self) -> None:
        try:
            if self.device is not None:
                super().close()
        finally:
            known, self._known = self._known, None
            if known is not None:
                known.remove()


class _Junos(JunOSDriver):  # type: ignore[misc]  # NAPALM has no types
    def __init__(self, target: Target, options: Options) -> None:
        host, port = host_and_port(target.address, usual=NETCONF_PORT)
        self._target, self._options = target, options
        super().__init__(host, target.username, target.password, _seconds(target), {"port": port})

    def open(self) -> None:
        """Sign in with the key that was checked; the files are needed until then only."""
        known = _KnownHost(self._target, self._options, host=self.hostname, port=self.port)
        settings = _file("ssh_config", [f"Host *\n  UserKnownHostsFile {known.path}\n"])
        try:
            self.device = Device(
                self.hostname,
                user=self.username,
                password=self.password,
                port=self.port,
                ssh_config=settings,
                hostkey_verify=True,
                allow_agent=False,
                look_for_keys=False,
                conn_open_timeout=self._target.timeout_seconds,
            )
            super().open()
        finally:
            os.unlink(settings)
            known.remove()
