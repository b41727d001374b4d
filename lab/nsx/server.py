"""The stand-in over HTTPS: signing in, errors in the API's form, broken connections, and a record of every request."""

import json
import secrets
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from lab.certificates import Certificate, self_signed
from lab.nsx.manager import ApiError, Json, Manager

USERNAME, PASSWORD = "portal", "only-in-the-lab"


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    body: Json | None
    query: dict[str, str]


@dataclass(slots=True)
class Running:
    """A running stand-in. ``sessions``: cookie and token of each that is open. ``before`` and ``after`` are called
    around each request: they may raise Hangup; ``refuse`` may raise ApiError instead of an answer."""

    address: str
    manager: Manager
    certificate: Certificate
    requests: list[Request] = field(default_factory=list)
    sessions: dict[str, str] = field(default_factory=dict)
    refuse: Callable[[Request], None] = lambda _request: None
    before: Callable[[Request], None] = lambda _request: None
    after: Callable[[Request], None] = lambda _request: None

    def writes(self) -> list[Request]:
        return [request for request in self.requests if request.method != "GET" and "session" not in request.path]


class Hangup(Exception):
    """Break the connection here, without an answer."""


@contextmanager
def serve(manager: Manager | None = None, *, port: int = 0, name: str = "localhost") -> Iterator[Running]:
    """A manager over TLS with a certificate of its own, certainly stopped. ``name``: not ``localhost``, another's."""
    with tempfile.TemporaryDirectory(prefix="nsx-") as own:
        address = "127.0.0.1" if name == "localhost" else "192.0.2.1"
        certificate = self_signed(Path(own), name=name, address=address)
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
        parts = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_json = raw and "json" in self.headers.get("Content-Type", "")
        request = Request(
            self.command, unquote(parts.path), json.loads(raw) if is_json else None, dict(parse_qsl(parts.query))
        )
        try:
            running.before(request)
            status, answer, headers = self._outcome(running, request, raw)
            running.after(request)
        except Hangup:
            self.close_connection = True
            return
        self._send(status, answer, headers)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer

    def _outcome(self, running: Running, request: Request, raw: bytes) -> tuple[int, Json, dict[str, str]]:
        try:
            if request.path == "/api/session/create":
                return self._sign_in(running, dict(parse_qsl(raw.decode())))
            running.requests.append(request)
            cookie = self._session()
            if running.sessions.get(cookie) != self.headers.get("X-XSRF-TOKEN", ""):
                raise ApiError(401, 401, "The credentials were incorrect or the session has ended")
            running.refuse(request)
            if request.path == "/api/session/destroy":
                del running.sessions[cookie]
                return 200, {}, {}
            return 200, running.manager.call(request.method, request.path, request.body, request.query), {}
        except ApiError as error:
            headers = {"Retry-After": str(error.retry_after)} if error.retry_after is not None else {}
            return error.status, _told(error), headers

    def _sign_in(self, running: Running, form: dict[str, str]) -> tuple[int, Json, dict[str, str]]:
        if (form.get("j_username"), form.get("j_password")) != (USERNAME, PASSWORD):
            raise ApiError(403, 403, "The credentials were incorrect or the account specified has been locked")
        cookie, token = secrets.token_hex(16), secrets.token_hex(16)
        running.sessions[cookie] = token
        return 200, {}, {"Set-Cookie": f"JSESSIONID={cookie}; Path=/; Secure; HttpOnly", "X-XSRF-TOKEN": token}

    def _session(self) -> str:
        sent = SimpleCookie(self.headers.get("Cookie", "")).get("JSESSIONID")
        return sent.value if sent else ""

    def _send(self, status: int, answer: Json, headers: dict[str, str]) -> None:
        body = json.dumps(answer).encode() if answer else b""
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None: ...


def _told(error: ApiError) -> Json:
    return {
        "httpStatus": HTTPStatus(error.status).name,
        "error_code": error.code,
        "module_name": "policy",
        "error_message": error.message,
    }


def main() -> None:
    """``python -m lab.nsx.server``: run one until it is interrupted, and say how to reach it."""
    with serve(port=8171) as running:
        print(f"https://{running.address}  {USERNAME} / {PASSWORD}  SHA-256 {running.certificate.thumbprint}")
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
