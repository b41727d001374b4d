"""The stand-in over HTTPS: sessions, tokens that expire, broken connections, and a record of every request."""

import base64
import json
import secrets
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from lab.certificates import Certificate, self_signed
from lab.zerto.manager import ApiError, Json, Manager, Product

USERNAME, PASSWORD = "portal", "only-in-the-lab"
OPENID = "/auth/realms/zerto/protocol/openid-connect"
CLIENT_ID = "zerto-client"
Answer = tuple[int, Json | None, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str


@dataclass(slots=True)
class Running:
    """A running stand-in. ``sessions``: those open, by what their calls carry; of a token, what gives it back.

    ``before`` is called ahead of each request, and may raise Hangup or wait; ``refuse`` may raise ApiError in place of
    an answer to a signed-in call. ``raw``: sent in place of the JSON of such a call.
    """

    address: str
    manager: Manager
    certificate: Certificate
    requests: list[Request] = field(default_factory=list)
    sessions: dict[str, str] = field(default_factory=dict)
    sign_ins: int = 0
    raw: bytes | None = None
    before: Callable[[Request], None] = lambda _request: None
    refuse: Callable[[Request], None] = lambda _request: None

    def end_sessions(self) -> None:
        """As when a token runs out, or somebody restarts the service."""
        self.sessions.clear()


class Hangup(Exception):
    """Break the connection here, without an answer."""


@contextmanager
def serve(
    manager: Manager | None = None, *, port: int = 0, name: str = "localhost", expired: bool = False
) -> Iterator[Running]:
    """A manager over TLS with a certificate of its own, certainly stopped. ``name``: not ``localhost``, another's."""
    with tempfile.TemporaryDirectory(prefix="zerto-") as own:
        address = "127.0.0.1" if name == "localhost" else "192.0.2.1"
        certificate = self_signed(Path(own), name=name, address=address, expired=expired)
        server = _Server(("127.0.0.1", port), _Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.certificate_file, certificate.key_file)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        running = Running(f"127.0.0.1:{server.server_port}", manager or Manager(), certificate)
        server.running = running  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield running
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that does not trust the certificate, or hangs up, is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer leaves in one piece
    disable_nagle_algorithm = True

    def _answer(self) -> None:
        running: Running = self.server.running  # type: ignore[attr-defined]
        form = dict(parse_qsl(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()))
        request = Request(self.command, unquote(urlsplit(self.path).path))
        running.requests.append(request)
        try:
            running.before(request)
            status, answer, headers = self._outcome(running, request, form)
        except Hangup:
            self.close_connection = True
            return
        except ApiError as error:
            status, answer, headers = error.status, {"Message": error.message}, error.headers
        raw = running.raw if running.raw is not None and status == 200 and self._carried() else None
        body = b"" if answer is None else json.dumps(answer).encode()
        self._send(status, body if raw is None else raw, headers)

    do_GET = do_POST = do_DELETE = _answer

    def _outcome(self, running: Running, request: Request, form: dict[str, str]) -> Answer:
        with_token = running.manager.product == Product.ZVM
        match (request.method, request.path):
            case ("POST", "/v1/session/add") if not with_token:
                return self._open_session(running)
            case ("POST", path) if with_token and path == f"{OPENID}/token":
                return _give_token(running, form)
            case ("POST", path) if with_token and path == f"{OPENID}/logout":
                return _take_back(running, form)
        if not with_token and request.path.startswith(OPENID):
            raise ApiError(404)
        if self._carried() not in running.sessions:
            raise ApiError(401)
        running.refuse(request)
        if request.method == "DELETE" and request.path == "/v1/session" and not with_token:
            del running.sessions[self._carried()]
            return 200, None, {}
        if request.method != "GET":
            raise ApiError(405, "Only reading is stood in for.")
        return 200, running.manager.get(request.path), {}

    def _carried(self) -> str:
        """What names the session: the header of the one kind, or the bearer token of the other."""
        bearer = str(self.headers.get("Authorization", "")).removeprefix("Bearer ")
        return str(self.headers.get("x-zerto-session", "")) or bearer

    def _open_session(self, running: Running) -> Answer:
        given = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {given}":
            raise ApiError(401)
        session = secrets.token_hex(16)
        running.sessions[session] = ""
        running.sign_ins += 1
        return 200, None, {"x-zerto-session": session}

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None: ...


def _give_token(running: Running, form: dict[str, str]) -> Answer:
    if (form.get("grant_type"), form.get("client_id")) != ("password", CLIENT_ID):
        return 400, {"error": "unauthorized_client"}, {}
    if (form.get("username"), form.get("password")) != (USERNAME, PASSWORD):
        return 401, {"error": "invalid_grant", "error_description": "Invalid user credentials"}, {}
    token, refresh = secrets.token_hex(16), secrets.token_hex(16)
    if "openid" in form.get("scope", "").split():  # without it the API does not take the token
        running.sessions[token] = refresh
    running.sign_ins += 1
    return 200, {"access_token": token, "refresh_token": refresh, "expires_in": 60, "token_type": "Bearer"}, {}


def _take_back(running: Running, form: dict[str, str]) -> Answer:
    if form.get("client_id") != CLIENT_ID or form.get("refresh_token") not in running.sessions.values():
        return 400, {"error": "invalid_grant"}, {}
    for token in [token for token, refresh in running.sessions.items() if refresh == form["refresh_token"]]:
        del running.sessions[token]
    return 204, None, {}


def main() -> None:
    """``python -m lab.zerto.server``: run one ZVM until it is interrupted, and say how to reach it."""
    manager = Manager(zorgs={"Acme": "2b4e"}, networks={"Frankfurt": ["Acme-failover-production-100"]})
    with serve(manager, port=8172) as running:
        print(f"https://{running.address}  {USERNAME} / {PASSWORD}  SHA-256 {running.certificate.thumbprint}")
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
