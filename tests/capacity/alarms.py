"""Rules, alerts and messages for tests, and servers on this machine that mails and webhooks really reach."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.utils import timezone

from capacity.models import Alert, AlertRule, Channel, Delivery, RuleKind
from inventory.models import CoreSwitch


def make_rule(kind: str = RuleKind.PERCENT, threshold: int = 90, **fields: Any) -> AlertRule:
    return AlertRule.objects.create(kind=kind, threshold=threshold, **fields)


def make_delivery(
    switch: CoreSwitch, *, channel: str = Channel.EMAIL, target: str = "noc@example.net", **fields: Any
) -> Delivery:
    """A waiting message of an open alert. ``fields``: of the rule."""
    rule, now = make_rule(**fields), timezone.now()
    alert = Alert.objects.create(
        rule=rule, switch=switch, rule_words=rule.in_words, words="91 % used", latest="91 % used", raised_at=now
    )
    return Delivery.objects.create(alert=alert, channel=channel, target=target, next_at=now)


@dataclass(slots=True)
class MailServer:
    """``received``: the data of every mail taken. ``reply``: to the next RCPT TO; with ``hang_up`` it just goes."""

    port: int = 0
    received: list[str] = field(default_factory=list)
    reply: str = "250 ok"
    hang_up: bool = False


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """An SMTP server of RFC 5321's least, on a free port."""
    state = MailServer()

    class Conversation(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self) -> None:
            if state.hang_up:
                return
            self.say("220 mail.example.net")
            while command := self.rfile.readline().decode().strip():
                verb = command.partition(" ")[0].upper()
                if verb == "QUIT":
                    self.say("221 bye")
                    return
                if verb == "DATA":
                    self.say("354 go on")
                    self.take()
                self.say(state.reply if verb == "RCPT" else "250 ok")

        def take(self) -> None:
            lines = []
            while (line := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                lines.append(line)
            state.received.append("\n".join(lines))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation) as server:
        server.daemon_threads = True
        state.port = server.server_address[1]
        with _serving(server):
            yield state


@dataclass(slots=True)
class Hook:
    """``answers``: the statuses to give, in turn; then 200. ``release``: what a silent one waits for."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    silent: bool = False
    release: threading.Event = field(default_factory=threading.Event)

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.received]


@contextmanager
def web_server() -> Iterator[Hook]:
    """Takes every POST, on a free port."""
    state = Hook()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.received.append((dict(self.headers), body))
            if state.silent:
                state.release.wait(30)
                return
            status = state.answers.pop(0) if state.answers else 200
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "http://elsewhere.example.net/")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        state.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        try:
            with _serving(server):
                yield state
        finally:
            state.release.set()


@contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
