"""One signed-in session with a Zerto manager: reading lists, waiting while it is busy, errors in plain words.

ZCM, and ZVM on Windows, open a session with basic authentication and name it in a header (``x-zerto-session``). The
appliance of ZVM 10 hands out a bearer token at its OpenID Connect endpoint; it lives about a minute. Either is opened
anew once where it ended meanwhile, and given back when we leave. No message or exception of ours carries a password or
token: an exception of the HTTP library holds its request, so ours are raised after it is gone, never chained to it.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

import httpx

from provisioning.drivers.protocol import DeviceError, SignInRefused, Target
from provisioning.drivers.tls import host_and_port, tls_context
from provisioning.models import ZertoProduct
from provisioning.models.zerto import USUAL_PORTS
from provisioning.zerto.faults import WRONG_PASSWORD, broken, not_as_expected, told

SESSION = "x-zerto-session"
OPENID = "/auth/realms/zerto/protocol/openid-connect"
CLIENT_ID = "zerto-client"
PATIENCE = 2.0  # times the time-out: for a busy manager
DEFAULT_RETRY_AFTER = 2.0
BUSY = (429, 503)
MOST_WORDS = 200  # of what it says, for a person to read

for _name in ("httpx", "httpcore"):  # their lines for a developer carry the headers that name a session
    logging.getLogger(_name).setLevel(logging.WARNING)


class Api:
    """Enter it signed in; leaving signs out. ``pause`` and ``clock`` are the waiting, for tests."""

    def __init__(
        self,
        target: Target,
        *,
        product: str,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises CertificateNotTrusted, Unreachable, for what is wrong before anything is sent."""
        self._target, self._with_token = target, product == ZertoProduct.ZVM
        self._pause, self._clock = pause, clock
        self._to_give_back = ""  # the session, or the token that ends it
        self.where = f"{target.name} ({target.address})"
        host, port = host_and_port(target.address, usual=USUAL_PORTS[product])
        name = f"[{host}]" if ":" in host else host
        self._client = httpx.Client(
            base_url=f"https://{name}:{port}",
            verify=tls_context(target),
            headers={"Accept": "application/json"},
            timeout=target.timeout_seconds,
            trust_env=False,
        )

    def __enter__(self) -> "Api":
        try:
            self._sign_in()
        except BaseException:
            self._client.close()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        """Sign out; that it cannot be done is no error of what was read before."""
        try:
            self._sign_out()
        except DeviceError:
            pass
        finally:
            self._client.close()

    def rows(self, path: str, *, what: str) -> list[dict[str, Any]]:
        """A list of objects. The API has no pages. Raises DeviceError."""
        answer = self._get(path, what=what)
        if not isinstance(answer, list) or not all(isinstance(row, dict) for row in answer):
            raise not_as_expected(where=self.where, what=what)
        return answer

    def one(self, path: str, *, what: str) -> dict[str, Any]:
        """One object. Raises DeviceError."""
        answer = self._get(path, what=what)
        if not isinstance(answer, dict):
            raise not_as_expected(where=self.where, what=what)
        return answer

    def _get(self, path: str, *, what: str) -> Any:
        response = self._patiently("GET", path, what=what)
        if response.status_code == 401:  # the token ran out, or the session was ended
            self._sign_in()
            response = self._patiently("GET", path, what=what)
            if response.status_code == 401:
                raise SignInRefused(f"{self.where}, {what}: we signed in, but may not read: check the user's role.")
        if response.status_code != 200:
            raise self._told(response, what=what)
        try:
            return response.json()
        except ValueError:
            pass
        raise not_as_expected(where=self.where, what=what)

    def _sign_in(self) -> None:
        """Raises SignInRefused, Unreachable, CertificateNotTrusted, Busy; Refused where it is another product."""
        for header in ("Authorization", SESSION):
            self._client.headers.pop(header, None)
        if self._with_token:
            self._take_token()
        else:
            self._open_session()

    def _open_session(self) -> None:
        auth = httpx.BasicAuth(self._target.username, self._target.password)
        response = self._patiently("POST", "/v1/session/add", what="signing in", auth=auth)
        session = response.headers.get(SESSION, "")
        if response.status_code != 200 or not session:
            raise self._told_of_sign_in(response)
        self._client.headers[SESSION] = self._to_give_back = session

    def _take_token(self) -> None:
        """With the password grant; without the scope the API does not take the token."""
        form = {
            "grant_type": "password",
            "client_id": CLIENT_ID,
            "scope": "openid",
            "username": self._target.username,
            "password": self._target.password,
        }
        response = self._patiently("POST", f"{OPENID}/token", what="signing in", data=form)
        said = _object(response)
        token = said.get("access_token")
        if response.status_code != 200 or not isinstance(token, str) or not token:
            raise self._told_of_sign_in(response)
        self._client.headers["Authorization"] = f"Bearer {token}"
        self._to_give_back = str(said.get("refresh_token") or "")

    def _sign_out(self) -> None:
        if not self._to_give_back:
            return
        if self._with_token:
            form = {"client_id": CLIENT_ID, "refresh_token": self._to_give_back}
            self._send("POST", f"{OPENID}/logout", data=form)
        else:
            self._send("DELETE", "/v1/session")

    def _patiently(self, method: str, path: str, *, what: str, **parts: Any) -> httpx.Response:
        """The answer. While the manager is busy (429, 503), waits as told, within bounds. Raises Busy, Unreachable."""
        deadline = self._clock() + self._target.timeout_seconds * PATIENCE
        while True:
            response = self._send(method, path, **parts)
            if response.status_code not in BUSY:
                return response
            wait = _retry_after(response)
            if self._clock() + wait > deadline:
                raise self._told(response, what=what)
            self._pause(wait)

    def _send(self, method: str, path: str, **parts: Any) -> httpx.Response:
        try:
            return self._client.request(method, path, **parts)
        except httpx.HTTPError as error:
            reason = broken(error, where=self.where)
        raise reason

    def _told(self, response: httpx.Response, *, what: str) -> DeviceError:
        if response.is_redirect:
            return not_as_expected(where=self.where, what=what)
        words = str(_object(response).get("Message") or "")[:MOST_WORDS]
        secrets = (self._target.password, self._to_give_back)
        said = "" if any(secret and secret in words for secret in secrets) else words
        return told(status=response.status_code, said=said, where=self.where, what=what)

    def _told_of_sign_in(self, response: httpx.Response) -> DeviceError:
        """Its own words are left out: they answer a request that carried the password."""
        if _object(response).get("error") == "invalid_grant":  # OAuth says it with 400 as well as with 401
            return SignInRefused(f"{self.where}, signing in: {WRONG_PASSWORD}")
        if response.status_code in (200, 400, 404, 405) or response.is_redirect:
            return not_as_expected(where=self.where, what="signing in")
        return told(status=response.status_code, said="", where=self.where, what="signing in")


def _object(response: httpx.Response) -> dict[str, Any]:
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
