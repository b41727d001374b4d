"""A connection to an OVSDB server (RFC 7047): JSON-RPC over TLS or a unix socket, never in the clear."""

import itertools
import json
import re
import socket
import ssl
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from provisioning.drivers.ovs.place import Place, place_of
from provisioning.drivers.protocol import CertificateNotTrusted, Refused, SignInRefused, Target, Unreachable
from provisioning.drivers.tls import WrongPin, tls_context
from provisioning.drivers.trust import not_vouched_for

DATABASE = "Open_vSwitch"
READ_BYTES = 1 << 18
PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----(.+?)-----END \1-----", re.DOTALL)


class HungUp(OSError):
    """The server ended the connection."""


class Failed(Exception):
    """The database refused a transaction; nothing of it was written. ``step``: which operation, from 0."""

    def __init__(self, error: str, details: str, step: int) -> None:
        super().__init__(details or error)
        self.error = error
        self.step = step


class Connection:
    """Raises CertificateNotTrusted, SignInRefused, Unreachable when it is made."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self.place = place_of(target.address)
        self._numbers = itertools.count(1)
        self._waiting = ""
        with in_plain_words(target):
            self._socket = _connect(target, self.place)
            try:
                self._say_hello()
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        with suppress(OSError):
            self._socket.close()

    def _say_hello(self) -> None:
        """The first answer: only then a server that wants a certificate of ours has looked at it (TLS 1.3)."""
        try:
            databases = self.call("list_dbs", [])
        except (HungUp, ConnectionError, ssl.SSLError) as error:
            if self.place.path or "ALERT" in (getattr(error, "reason", "") or ""):
                raise
            raise SignInRefused(
                f"{self._target.name} ({self._target.address}) hung up on us: put a client certificate that it "
                "accepts, with its private key, as PEM into the password."
            ) from error
        if DATABASE not in databases:
            raise Refused(f"{self._target.name} has no Open vSwitch database: check address and port.")

    def transact(self, operations: Sequence[Mapping[str, Any]], *, seconds: float | None = None) -> list[Any]:
        """One transaction, all or nothing: each operation's result. Raises Failed."""
        results: list[Any] = self.call("transact", [DATABASE, *operations], seconds=seconds)
        for step, result in enumerate(results):
            if isinstance(result, dict) and "error" in result:
                raise Failed(result["error"], str(result.get("details") or ""), step)
        return results

    def call(self, method: str, params: Sequence[Any], *, seconds: float | None = None) -> Any:
        """One request and its answer. Raises OSError, ssl.SSLError."""
        number = next(self._numbers)
        self._socket.settimeout(seconds or self._target.timeout_seconds)
        self._send({"method": method, "params": params, "id": number})
        while True:
            message = self._receive()
            if message.get("method") == "echo":  # it asks whether we are still there
                self._send({"result": message["params"], "error": None, "id": message["id"]})
            elif message.get("id") == number:
                if message.get("error"):
                    raise Failed(str(message["error"]), "", -1)
                return message["result"]

    def _send(self, message: Mapping[str, Any]) -> None:
        self._socket.sendall(json.dumps(message).encode())

    def _receive(self) -> dict[str, Any]:
        """The next JSON object; they follow one another without anything between."""
        parts = [self._waiting]
        while True:
            if parts[-1].rstrip().endswith("}"):  # else it cannot be complete
                with suppress(json.JSONDecodeError):
                    text = "".join(parts).lstrip()
                    message, end = json.JSONDecoder().raw_decode(text)
                    self._waiting = text[end:]
                    if not isinstance(message, dict):
                        raise HungUp("it does not speak OVSDB")
                    return message
            data = self._socket.recv(READ_BYTES)
            if not data:
                raise HungUp("it ended the connection")
            parts.append(data.decode("utf-8", "replace"))


def _connect(target: Target, place: Place) -> socket.socket:
    if place.path:
        line = socket.socket(socket.AF_UNIX)
        try:
            line.settimeout(target.timeout_seconds)
            line.connect(place.path)
        except BaseException:
            line.close()
            raise
        return line
    context = tls_context(target)
    if target.password:
        _show_certificate(context, target)
    line = socket.create_connection((place.host, place.port), timeout=target.timeout_seconds)
    try:
        return context.wrap_socket(line, server_hostname=place.host)
    except BaseException:
        line.close()
        raise


def _show_certificate(context: ssl.SSLContext, target: Target) -> None:
    """Our own certificate, for servers that ask for one. A form's field may have lost the line ends."""
    blocks = [
        f"-----BEGIN {kind}-----\n{''.join(body.split())}\n-----END {kind}-----\n"
        for kind, body in PEM.findall(target.password)
    ]
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:  # readable by us only; ssl takes nothing but files
        file.write("".join(blocks))
        file.flush()
        try:
            context.load_cert_chain(file.name)
        except (ssl.SSLError, OSError) as error:
            raise SignInRefused(
                f"{target.name}: the password is not a client certificate with its private key, as PEM."
            ) from error


@contextmanager
def in_plain_words(target: Target) -> Iterator[None]:
    """Turn what the libraries raise into the protocol's errors, with a message that says what to do."""
    where = f"{target.name} ({target.address})"
    try:
        yield
    except WrongPin as error:
        raise CertificateNotTrusted(
            f"{where} shows a certificate with the thumbprint {error.found}, which is not the pinned one. If its "
            "certificate was renewed, compare the new thumbprint on the switch and pin that; if not, do not go on."
        ) from error
    except ssl.SSLCertVerificationError as error:
        raise not_vouched_for(error, where=where, device="the switch") from error
    except ssl.SSLError as error:
        if "ALERT" in (error.reason or ""):
            raise SignInRefused(
                f"{where} refuses our certificate ({error.reason}): put one that it accepts, with its private key, as "
                "PEM into the password."
            ) from error
        raise Unreachable(f"{where} does not speak TLS there ({error.reason}): check the port.") from error
    except PermissionError as error:
        raise SignInRefused(f"{where}: the portal's account may not use that socket: grant it.") from error
    except TimeoutError as error:
        raise Unreachable(
            f"{where} did not answer within {target.timeout_seconds:g} s: check that it is up and not overloaded."
        ) from error
    except HungUp as error:
        raise Unreachable(f"The connection with {where} broke: {error}. It is read again before going on.") from error
    except OSError as error:
        raise Unreachable(
            f"{where} cannot be reached ({error.strerror or error}): check the address, the port and the network."
        ) from error
    except Failed as error:
        raise Refused(f"{where} refuses: {error}.") from error
