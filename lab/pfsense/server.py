"""The stand-in over HTTPS: signing in, the envelope, broken connections, and a record of every request."""

import base64
import json
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from lab.certificates import Certificate, self_signed
from lab.pfsense.errors import ApiError
from lab.pfsense.firewall import Firewall

BASE = "/api/v2"
KEY, USERNAME, PASSWORD = "a-key-of-the-lab-only", "portal", "only-in-the-lab"


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came: ``path`` without the base; ``body`` and ``query`` decoded."""

    method: str
    path: str
    body: dict[str, Any] | None
    query: dict[str, str]


@dataclass(slots=True)
class Running:
    """A running stand-in. ``before`` and ``after`` are called around each request: they may raise Hangup or wait.
    ``refuse`` may raise ApiError instead of an answer."""

    address: str
    firewall: Firewall
    certificate: Certificate
    requests: list[Request] = field(default_factory=list)
    refuse: Callable[[Request], None] = lambda _request: None
    before: Callable[[Request], None] = lambda _request: None
    after: Callable[[Request], None] = lambda _request: None

    def writes(self) -> list[Request]:
        return [request for request in self.requests if request.method != "GET"]


class Hangup(Exception):
    """Break the connection here, without an answer."""


@contextmanager
def serve(
    firewall: Firewall | None = None, *, port: int = 0, name: str = "localhost", expired: bool = False
) -> Iterator[Running]:
    """A firewall over TLS with a certificate of its own, certainly stopped. ``name``: not ``localhost``, another's."""
    with tempfile.TemporaryDirectory(prefix="pfsense-") as own:
        address = "127.0.0.1" if name == "localhost" else "192.0.2.1"
        certificate = self_signed(Path(own), name=name, address=address, expired=expired)
        server = _Server(("127.0.0.1", port), _Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.certificate_file, certificate.key_file)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        running = Running(f"127.0.0.1:{server.server_port}", firewall or Firewall(), certificate)
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
        query = dict(parse_qsl(parts.query))
        request = Request(self.command, parts.path.removeprefix(BASE), json.loads(raw) if raw else None, query)
        try:
            running.before(request)
            status, envelope, headers = self._outcome(running, parts.path, request)
            running.after(request)
        except Hangup:
            self.close_connection = True
            return
        self._send(status, envelope, headers)

    do_GET = do_POST = do_PATCH = do_DELETE = _answer

    def _outcome(self, running: Running, path: str, request: Request) -> tuple[int, dict[str, Any], dict[str, str]]:
        try:
            if not self._signed_in():
                raise ApiError(401, "AUTH_AUTHENTICATION_FAILED", "Authentication failed.")
            running.requests.append(request)
            if not path.startswith(BASE):
                raise ApiError(404, "ENDPOINT_NOT_FOUND", "There is nothing here")
            running.refuse(request)
            given = request.body if request.body is not None else {k: _inferred(v) for k, v in request.query.items()}
            data = running.firewall.call(request.method, request.path, given)
        except ApiError as error:
            headers = {"Retry-After": str(error.retry_after)} if error.retry_after is not None else {}
            return error.status, _envelope(error.status, error.response_id, error.message, []), headers
        return 200, _envelope(200, "SUCCESS", "", data), {}

    def _signed_in(self) -> bool:
        basic = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
        return self.headers.get("X-API-Key") == KEY or self.headers.get("Authorization") == f"Basic {basic}"

    def _send(self, status: int, envelope: dict[str, Any], headers: dict[str, str]) -> None:
        body = json.dumps(envelope).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None: ...


def _envelope(status: int, response_id: str, message: str, data: Any) -> dict[str, Any]:
    words = "ok" if status == 200 else HTTPStatus(status).phrase.lower()
    return {"code": status, "status": words, "response_id": response_id, "message": message, "data": data, "_links": {}}


def _inferred(text: str) -> Any:
    """An address carries text only; the package reads numbers and booleans out of it."""
    words = {"true": True, "false": False, "null": None}
    return words[text] if text in words else int(text) if text.isdigit() else text


def main() -> None:
    """``python -m lab.pfsense.server``: run one until it is interrupted, and say how to reach it."""
    with serve(port=8170) as running:
        print(f"https://{running.address}  X-API-Key: {KEY}  SHA-256 {running.certificate.thumbprint}")
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
