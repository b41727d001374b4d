"""One signed-in connection to a pfSense's REST API: calls, waiting while it is locked, errors in plain words.

Secrets stay here: no message, ``repr`` or exception of ours carries the key, the password or a request's body. An
exception of the HTTP library holds its request, so ours are raised after it is gone, never chained to it.
"""

import logging
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from provisioning.drivers.pfsense.faults import API_PACKAGE, Busy, told
from provisioning.drivers.protocol import CertificateNotTrusted, DeviceError, Target, Unreachable
from provisioning.drivers.tls import WrongPin, host_and_port, tls_context
from provisioning.drivers.trust import not_vouched_for

BASE = "/api/v2"
# The package itself waits up to a minute for its lock on the configuration before it answers 503.
PATIENCE = 4.0  # times the device's time-out: for the answer to a write, for a lock, for changes to become live
DEFAULT_RETRY_AFTER = 5.0
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0  # seconds between two looks at changes that are being applied
SUBSYSTEMS = {
    "interfaces": "/interface/apply",
    "routing": "/routing/apply",
    "firewall": "/firewall/apply",
    "ipsec": "/vpn/ipsec/apply",
}

Body = Mapping[str, Any]

# A session is dozens of calls; the library's line for each would bury the worker's log.
logging.getLogger("httpx").setLevel(logging.WARNING)


class Api:
    """``wrote``: something was written since ``forget``; ``waiting``: and the last of it still waits to be applied."""

    def __init__(
        self,
        target: Target,
        *,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises CertificateNotTrusted, Unreachable, for what is wrong before anything is sent."""
        self._target, self._pause, self._clock = target, pause, clock
        self.where = f"{target.name} ({target.address})"
        self._hidden = [secret for secret in (target.password, target.tunnel_key) if secret]
        self.patience = target.timeout_seconds * PATIENCE
        host, port = host_and_port(target.address)
        name = f"[{host}]" if ":" in host else host
        basic = (target.username, target.password) if target.username else None
        self._client = httpx.Client(
            base_url=f"https://{name}:{port}{BASE}",
            verify=tls_context(target),
            auth=basic,
            headers={"Accept": "application/json"} | ({} if basic else {"X-API-Key": target.password}),
            timeout=target.timeout_seconds,
            trust_env=False,
        )
        self.forget()

    def close(self) -> None:
        self._client.close()

    def forget(self) -> None:
        self.wrote = self.waiting = False

    # --- Calls ------------------------------------------------------------------------------------

    def get(self, path: str, *, what: str = "") -> Any:
        return self._call("GET", path, what=what or path)

    def post(self, path: str, body: Body, *, what: str, apply: bool = False, at_once: bool = False) -> dict[str, Any]:
        return self._write("POST", path, body, what=what, apply=apply, at_once=at_once)

    def patch(self, path: str, body: Body, *, what: str, apply: bool = False, at_once: bool = False) -> dict[str, Any]:
        return self._write("PATCH", path, body, what=what, apply=apply, at_once=at_once)

    def delete(
        self, path: str, id: int | str, *, what: str, apply: bool = False, at_once: bool = False
    ) -> dict[str, Any]:
        """The API takes a DELETE's parameters in the address, and answers with what it removed."""
        query: dict[str, Any] = {"id": id} | ({"apply": "true", "async": "false"} if apply else {})
        data = self._call("DELETE", path, what=what, query=query, patiently=True)
        self._note(apply=apply, at_once=at_once)
        return dict(data)

    def _write(self, method: str, path: str, body: Body, *, what: str, apply: bool, at_once: bool) -> dict[str, Any]:
        # Not in the background: a write that asks to be applied is called applied at once, done or not.
        whole = {**body, "apply": True, "async": False} if apply else body
        data = self._call(method, path, what=what, body=whole, patiently=True)
        self._note(apply=apply, at_once=at_once)
        return dict(data)

    def _note(self, *, apply: bool, at_once: bool) -> None:
        if not at_once:
            self.wrote, self.waiting = True, not apply

    def _call(
        self,
        method: str,
        path: str,
        *,
        what: str,
        body: Body | None = None,
        query: Body | None = None,
        patiently: bool = False,
    ) -> Any:
        """The answer's data. While the configuration is locked (503), waits as told, within bounds."""
        deadline = self._clock() + self.patience
        while True:
            response = self._send(method, path, body=body, query=query, patiently=patiently)
            said = self._envelope(response)
            if response.status_code < 300:
                return said.get("data")
            error = told(
                status=response.status_code,
                response_id=str(said.get("response_id", "")),
                message=self._without_secrets(str(said.get("message", ""))),
                where=self.where,
                what=what,
            )
            wait = _retry_after(response)
            if not isinstance(error, Busy) or response.status_code != 503 or self._clock() + wait > deadline:
                raise error
            self._pause(wait)

    def _send(
        self, method: str, path: str, *, body: Body | None, query: Body | None, patiently: bool
    ) -> httpx.Response:
        seconds = self._target.timeout_seconds
        timeout = httpx.Timeout(seconds, read=self.patience if patiently else seconds)
        try:
            return self._client.request(method, path, json=body, params=query, timeout=timeout)
        except httpx.HTTPError as error:
            broken = self._broken(error)
        raise broken

    def _envelope(self, response: httpx.Response) -> dict[str, Any]:
        try:
            said = response.json()
        except ValueError:
            said = None
        if isinstance(said, dict) and "response_id" in said:
            return said
        raise Unreachable(
            f"{self.where} answers (status {response.status_code}), but not as pfSense's REST API does: check address "
            f"and port, and that {API_PACKAGE} (version 2) is installed."
        )

    def _without_secrets(self, text: str) -> str:
        for secret in self._hidden:
            text = text.replace(secret, "(hidden)")
        return text

    def _broken(self, error: httpx.HTTPError) -> DeviceError:
        """Why no answer came, from the reason at the bottom of the library's exception."""
        reason: BaseException = error
        while (deeper := reason.__cause__ or reason.__context__) is not None:
            reason = deeper
        if isinstance(reason, WrongPin):
            return CertificateNotTrusted(
                f"{self.where} shows a certificate with the thumbprint {reason.found}, which is not the pinned one. If "
                "its certificate was renewed, compare the new thumbprint on the firewall and pin that; if not, do not "
                "go on."
            )
        if isinstance(reason, ssl.SSLCertVerificationError):
            return not_vouched_for(reason, where=self.where, device="the firewall")
        if isinstance(error, httpx.TimeoutException):
            return Unreachable(
                f"{self.where} did not answer in time: check that it is up and not overloaded. What was being written "
                "may still have been taken: it is read before anything else is written."
            )
        if isinstance(reason, ssl.SSLError):
            return Unreachable(f"{self.where} does not speak TLS there ({reason.reason}): check the port.")
        why = reason.strerror if isinstance(reason, OSError) and reason.strerror else str(reason) or "no reason given"
        return Unreachable(
            f"{self.where} cannot be reached, or broke the connection ({self._without_secrets(why)}): check the "
            "address, the port and the network."
        )

    # --- Making it live ---------------------------------------------------------------------------

    def applied(self, subsystem: str) -> bool:
        return bool(self.get(SUBSYSTEMS[subsystem]).get("applied"))

    def settle(self, subsystem: str) -> None:
        """Make what was written live, and wait until the firewall says so. Raises Busy when it does not in time.

        Asked even where nothing was written now: an earlier session may have ended between a write and this.
        """
        if self.waiting or (not self.wrote and not self.applied(subsystem)):
            # A change of rules alone does not show as waiting, so there is nothing to poll for: wait for the answer.
            body = {"async": False} if subsystem == "firewall" else {}
            self.post(SUBSYSTEMS[subsystem], body, what=f"applying its {subsystem}", at_once=True)
        deadline, pause = self._clock() + self.patience, FIRST_PAUSE
        while not self.applied(subsystem):
            if self._clock() >= deadline:
                raise Busy(
                    f"{self.where}: what was written to its {subsystem} is not live after {self.patience:g} s: see its "
                    "log, and apply the changes there if they still wait."
                )
            self._pause(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)
        self.forget()


def _retry_after(response: httpx.Response) -> float:
    try:
        return max(0.1, float(response.headers.get("Retry-After", DEFAULT_RETRY_AFTER)))
    except ValueError:
        return DEFAULT_RETRY_AFTER
