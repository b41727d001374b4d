"""One signed-in session with an NSX manager: calls, pages, waiting while it is busy, errors in plain words.

It signs in once and is given a cookie and a token against forged requests (XSRF), which every call carries; a session
that the manager has ended meanwhile is opened anew once. No message or exception of ours carries the password: an
exception of the HTTP library holds its request, so ours are raised after it is gone, never chained to it.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx

from provisioning.drivers.nsx.faults import Busy, broken, told
from provisioning.drivers.protocol import DeviceError, Target, Unreachable
from provisioning.drivers.tls import host_and_port, tls_context

POLICY = "/policy/api/v1"
TOKEN = "X-XSRF-TOKEN"  # noqa: S105 - the name of a header
PAGE_SIZE = 1000  # the most that the API gives at once
PATIENCE = 4.0  # times the device's time-out: for a busy manager, and for what was written to be realised
DEFAULT_RETRY_AFTER = 2.0
BUSY = (429, 503)

Json = dict[str, Any]

logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for each of thousands of calls buries the worker's log


class Api:
    """Enter it signed in; leaving signs out. ``pause`` and ``clock`` are the waiting, for tests."""

    def __init__(
        self,
        target: Target,
        *,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises CertificateNotTrusted, Unreachable, for what is wrong before anything is sent."""
        self._target, self.pause, self.clock = target, pause, clock
        self.where = f"{target.name} ({target.address})"
        self.patience = target.timeout_seconds * PATIENCE
        host, port = host_and_port(target.address)
        name = f"[{host}]" if ":" in host else host
        self._client = httpx.Client(
            base_url=f"https://{name}:{port}",
            verify=tls_context(target),
            headers={"Accept": "application/json"},
            timeout=target.timeout_seconds,
            trust_env=False,
        )

    def sign_in(self) -> None:
        """Raises SignInRefused, Unreachable, CertificateNotTrusted."""
        self._client.headers.pop(TOKEN, None)
        self._client.cookies.clear()
        form = {"j_username": self._target.username, "j_password": self._target.password}
        response = self._send("POST", "/api/session/create", data=form)
        if response.status_code in (401, 403):
            raise told(status=401, said=_said(response), where=self.where, what="signing in")
        token = response.headers.get(TOKEN)
        if response.status_code >= 300 and response.status_code not in (404, 405):
            raise told(status=response.status_code, said=_said(response), where=self.where, what="signing in")
        if not token:
            raise Unreachable(
                f"{self.where} answers (status {response.status_code}), but not as an NSX manager does: check address "
                "and port."
            )
        self._client.headers[TOKEN] = token

    def close(self) -> None:
        """Sign out, so that no session stays behind; that it cannot be done is no error of what was done before."""
        try:
            if TOKEN in self._client.headers:
                self._send("POST", "/api/session/destroy")
        except DeviceError:
            pass
        finally:
            self._client.close()

    def get(self, path: str, *, what: str = "", query: Mapping[str, str | int] | None = None) -> Json:
        return self._call("GET", path, what=what or path, query=query)

    def put(self, path: str, body: Json, *, what: str) -> Json:
        return self._call("PUT", path, what=what, body=body)

    def delete(self, path: str, *, what: str) -> None:
        self._call("DELETE", path, what=what)

    def pages(self, path: str) -> Iterator[Json]:
        """Every object of a list. A list that changes while it is read is read as the manager pages it."""
        cursor = ""
        while True:
            query: dict[str, str | int] = {"page_size": PAGE_SIZE} | ({"cursor": cursor} if cursor else {})
            page = self.get(path, query=query)
            yield from page.get("results", [])
            following = str(page.get("cursor") or "")
            if not following or following == cursor:
                return
            cursor = following

    def _call(
        self,
        method: str,
        path: str,
        *,
        what: str,
        body: Json | None = None,
        query: Mapping[str, str | int] | None = None,
    ) -> Json:
        """The answer. While the manager is busy (429, 503), waits as told, within bounds."""
        deadline, signed_in_anew = self.clock() + self.patience, False
        while True:
            response = self._send(method, path, json=body, params=query)
            if response.status_code < 300:
                return _said(response)
            if response.status_code in (401, 403) and not signed_in_anew:  # either may mean that the session ended
                signed_in_anew = True
                self.sign_in()
                continue
            error = told(status=response.status_code, said=_said(response), where=self.where, what=what)
            wait = _retry_after(response)
            if not isinstance(error, Busy) or response.status_code not in BUSY or self.clock() + wait > deadline:
                raise error
            self.pause(wait)

    def _send(self, method: str, path: str, **parts: Any) -> httpx.Response:
        try:
            return self._client.request(method, path, **{name: part for name, part in parts.items() if part})
        except httpx.HTTPError as error:
            reason = broken(error, where=self.where)
        raise reason


def _said(response: httpx.Response) -> Json:
    try:
        said = response.json() if response.content else {}
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _retry_after(response: httpx.Response) -> float:
    try:
        return max(0.1, float(response.headers.get("Retry-After", DEFAULT_RETRY_AFTER)))
    except ValueError:
        return DEFAULT_RETRY_AFTER
