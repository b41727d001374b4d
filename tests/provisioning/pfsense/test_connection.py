"""Signing in over real TLS: verification stays on, each way to fail says what to do, and no secret shows anywhere."""

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from lab.certificates import self_signed
from lab.pfsense import Running, serve
from lab.pfsense.errors import ApiError
from lab.pfsense.server import KEY, PASSWORD, USERNAME, Request
from provisioning.drivers.pfsense import PfSense
from provisioning.drivers.protocol import (
    CertificateNotTrusted,
    DeviceError,
    SignInRefused,
    Target,
    Unreachable,
)
from tests.provisioning.pfsense.conftest import TUNNEL_KEY, all_taken, look, put, route, target_of, tunnel


def enter(target: Target) -> None:
    with PfSense(target):
        pass


def test_an_api_key_signs_in_where_no_user_name_is_given(target: Target) -> None:
    enter(target)


def test_a_user_name_and_a_password_sign_in_too(target: Target) -> None:
    enter(replace(target, username=USERNAME, password=PASSWORD))


@pytest.mark.parametrize(
    "wrong", [{"password": "guess"}, {"password": ""}, {"username": "admin"}, {"username": USERNAME, "password": KEY}]
)
def test_a_wrong_key_or_password_is_refused(target: Target, wrong: dict[str, Any]) -> None:
    with pytest.raises(SignInRefused, match="refuses the API key, or the user name and password") as caught:
        enter(replace(target, **wrong))
    assert not caught.value.transient


def test_a_key_without_the_privilege_is_told_which(target: Target, firewall: Running) -> None:
    firewall.firewall.denied.add("/routing")
    with pytest.raises(SignInRefused, match="not to reading /routing/gateways: grant the API's user the privilege"):
        look(target)


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(target: Target) -> None:
    with pytest.raises(CertificateNotTrusted, match=r"not vouched for .*pin it"):
        enter(replace(target, ca_pem=""))


def test_a_certificate_for_another_name_is_not_trusted() -> None:
    with serve(name="fw.example.net") as other, pytest.raises(CertificateNotTrusted, match=r"127\.0\.0\.1"):
        enter(target_of(other))


def test_the_pinned_certificate_is_trusted_without_an_authority(target: Target, firewall: Running) -> None:
    pin = firewall.certificate.thumbprint
    enter(replace(target, ca_pem="", tls="pinned", thumbprint=pin))
    enter(replace(target, ca_pem="", tls="pinned", thumbprint=pin.replace(":", "").lower()))


def test_another_certificate_than_the_pinned_is_refused_and_is_sent_no_key(target: Target, firewall: Running) -> None:
    with pytest.raises(CertificateNotTrusted, match=re.escape(firewall.certificate.thumbprint)):
        enter(replace(target, tls="pinned", thumbprint="00:" * 31 + "00"))
    assert firewall.requests == []


def test_a_pin_that_is_no_thumbprint_is_named(target: Target) -> None:
    with pytest.raises(CertificateNotTrusted, match="64 hexadecimal digits"):
        enter(replace(target, tls="pinned", thumbprint="abc"))


@pytest.mark.parametrize("address", ["", "127.0.0.1:99999"])
def test_what_is_no_address_is_unreachable_with_a_word_on_how_to_write_it(address: str) -> None:
    with pytest.raises(Unreachable, match="write a host name"):
        enter(Target("fw-1", address, password="x"))


def test_nothing_listening_is_unreachable(target: Target) -> None:
    with pytest.raises(Unreachable, match="cannot be reached"):
        enter(replace(target, address="127.0.0.1:1"))


def test_an_answer_that_takes_too_long_is_unreachable(target: Target, firewall: Running) -> None:
    told = threading.Event()

    def never(_request: Request) -> None:
        told.wait(30)

    firewall.before = never
    try:
        with pytest.raises(Unreachable, match="did not answer in time"):
            enter(replace(target, timeout_seconds=0.2))
    finally:
        told.set()


def test_a_write_is_given_longer_than_a_look(target: Target, firewall: Running) -> None:
    """The package itself waits for its lock before it says anything: a time-out would leave the outcome unknown."""
    released = threading.Event()

    def slow(request: Request) -> None:
        if request.method == "POST":
            released.wait(0.6)

    firewall.before = slow
    with PfSense(replace(target, timeout_seconds=0.4)) as driver:
        all_taken(driver.apply([route("192.168.10.0/24")]))


@pytest.mark.parametrize("body", [b"<html><body>pfSense - Login</body></html>", b"[]", b'{"code": 200}', b""])
def test_a_firewall_without_the_package_is_unreachable_and_says_what_to_install(body: bytes, tmp_path: Path) -> None:
    with web_page(body, tmp_path) as target, pytest.raises(Unreachable, match=r"pfSense-pkg-RESTAPI \(version 2\) is"):
        enter(target)


def test_plain_http_is_named(tmp_path: Path) -> None:
    with web_page(b"", tmp_path, tls=False) as target, pytest.raises(Unreachable, match="does not speak TLS"):
        enter(target)


# --- Secrets --------------------------------------------------------------------------------------


def everything_of(error: BaseException) -> str:
    """The error and all that hangs on it, as far as anything could print it."""
    said, seen = "", error
    while True:
        said += f"{seen!r} {seen} {vars(seen)}"
        deeper = seen.__cause__ or seen.__context__
        if deeper is None:
            return said
        seen = deeper


def test_a_hidden_key_is_neither_read_back_nor_told(
    target: Target, firewall: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    all_taken(put(target, tunnel("198.51.100.7", "192.168.10.0/24")))
    assert firewall.firewall.live["phase1s"][0]["pre_shared_key"] == TUNNEL_KEY
    firewall.firewall.expose_secrets = True  # a setting of the package; a careless person may have turned it on
    assert TUNNEL_KEY not in repr(look(target))
    assert TUNNEL_KEY not in repr(target)
    assert TUNNEL_KEY not in caplog.text
    assert KEY not in caplog.text


def test_no_error_carries_a_key(target: Target, firewall: Running) -> None:
    errors: list[DeviceError] = []
    with pytest.raises(SignInRefused) as refused:
        enter(replace(target, password="hunter2-hunter2"))
    errors.append(refused.value)

    def hang_up(request: Request) -> None:
        if request.method == "POST":
            raise ConnectionError

    firewall.before = hang_up
    with pytest.raises(Unreachable) as broken:
        put(target, tunnel("198.51.100.7", "192.168.10.0/24"))
    errors.append(broken.value)
    for error in errors:
        assert not {secret for secret in (KEY, TUNNEL_KEY, "hunter2") if secret in everything_of(error)}


def test_a_message_that_repeats_a_key_is_cleaned(target: Target, firewall: Running) -> None:
    def repeat(request: Request) -> None:
        if request.body and "pre_shared_key" in request.body:
            raise ApiError(400, "FIELD_INVALID_CHOICE", f"Field `x` cannot be {request.body['pre_shared_key']}")

    firewall.refuse = repeat
    way = tunnel("198.51.100.7", "192.168.10.0/24")
    assert "cannot be (hidden)" in str(put(target, way)[way.id])


def test_a_new_tunnel_needs_a_key_and_one_that_is_there_keeps_its_own(target: Target, firewall: Running) -> None:
    keyless, way = replace(target, tunnel_key=""), tunnel("198.51.100.7", "192.168.10.0/24")
    assert "no pre-shared key" in str(put(keyless, way)[way.id])
    assert firewall.firewall.config["phase1s"] == []
    all_taken(put(target, way))
    all_taken(put(keyless, tunnel("198.51.100.7", "192.168.11.0/24")))
    assert firewall.firewall.live["phase1s"][0]["pre_shared_key"] == TUNNEL_KEY


@contextmanager
def web_page(body: bytes, folder: Path, *, tls: bool = True) -> Iterator[Target]:
    """Something that is no REST API of pfSense: it answers everything with 200 and the same page."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None: ...

    certificate = self_signed(folder)
    server = HTTPServer(("127.0.0.1", 0), Page)
    if tls:
        import ssl

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.certificate_file, certificate.key_file)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield Target("fw-1", f"127.0.0.1:{server.server_port}", password="x", ca_pem=certificate.pem)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
