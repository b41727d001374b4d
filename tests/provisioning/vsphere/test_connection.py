"""Signing in: verification stays on, and each way to fail says which it was and what to do."""

import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from lab.certificates import Certificate, self_signed
from lab.independent import vim
from lab.simulators import Simulator, vcsim
from provisioning.drivers.protocol import (
    CertificateNotTrusted,
    Change,
    Kind,
    ObjectId,
    SignInRefused,
    Target,
    Unreachable,
)
from provisioning.drivers.tls import host_and_port
from provisioning.drivers.vsphere import VSphere
from tests.provisioning.vsphere.conftest import target_of

pytestmark = pytest.mark.lab


def enter(target: Target) -> None:
    with VSphere(target):
        pass


def open_sessions(content: Any) -> set[str]:
    """The sessions that signed in and not yet out: the simulator keeps no list, but records both as events."""
    event = vim.event
    kinds = ["UserLoginSessionEvent", "UserLogoutSessionEvent"]
    collector = content.eventManager.CreateCollectorForEvents(event.EventFilterSpec(eventTypeId=kinds))
    collector.SetCollectorPageSize(1000)
    found = collector.latestPage
    collector.DestroyCollector()
    signed_in = {one.sessionId for one in found if isinstance(one, event.UserLoginSessionEvent)}
    return signed_in - {one.sessionId for one in found if isinstance(one, event.UserLogoutSessionEvent)}


def test_the_authority_that_was_given_vouches_for_the_certificate(target: Target) -> None:
    with VSphere(target) as driver:
        facts = driver.facts()
    assert facts.version == "7.0.3"
    assert "distributed switches: dvs-a, dvs-b" in facts.details


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(target: Target) -> None:
    with pytest.raises(CertificateNotTrusted, match=r"not vouched for .*pin it"):
        enter(replace(target, ca_pem=""))


def test_an_expired_certificate_is_not_trusted_unless_it_is_the_pinned_one() -> None:
    with vcsim(dvs=("dvs-a",), expired=True) as old:
        with pytest.raises(CertificateNotTrusted, match=r"its certificate has expired\. Renew it on the vCenter"):
            enter(target_of(old))
        enter(target_of(old, ca_pem="", tls="pinned", thumbprint=old.thumbprint))


def test_a_certificate_for_another_name_is_not_trusted(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path, name="vc.example.net", address="192.0.2.1")
    with web_server(certificate, b"") as address, pytest.raises(CertificateNotTrusted, match=r"127\.0\.0\.1"):
        enter(Target("vc-1", address, ca_pem=certificate.pem))


def test_the_pinned_certificate_is_trusted_without_an_authority(target: Target, simulator: Simulator) -> None:
    enter(replace(target, ca_pem="", tls="pinned", thumbprint=simulator.thumbprint))
    enter(replace(target, ca_pem="", tls="pinned", thumbprint=simulator.thumbprint.replace(":", "").lower()))


def test_another_certificate_than_the_pinned_is_refused_even_where_an_authority_vouches(
    target: Target, simulator: Simulator
) -> None:
    wrong = "00:" * 31 + "00"
    with pytest.raises(CertificateNotTrusted, match=re.escape(simulator.thumbprint)):
        enter(replace(target, tls="pinned", thumbprint=wrong))


@pytest.mark.parametrize("thumbprint", ["", "abc", "00" * 20])
def test_a_pin_that_is_no_sha256_thumbprint_is_named_before_anything_is_sent(thumbprint: str) -> None:
    with pytest.raises(CertificateNotTrusted, match="64 hexadecimal digits"):
        enter(Target("vc-1", "127.0.0.1:1", tls="pinned", thumbprint=thumbprint))


def test_an_authority_that_is_no_certificate_is_named() -> None:
    with pytest.raises(CertificateNotTrusted, match="paste it as PEM"):
        enter(Target("vc-1", "127.0.0.1:1", ca_pem="rubbish"))


@pytest.mark.parametrize("wrong", [{"password": "guess"}, {"username": "somebody"}, {"password": ""}])
def test_a_wrong_user_name_or_password_is_refused(target: Target, wrong: dict[str, Any]) -> None:
    with pytest.raises(SignInRefused, match="user name or the password"):
        enter(replace(target, **wrong))


def test_the_password_is_in_no_message(target: Target) -> None:
    with pytest.raises(SignInRefused) as refused:
        enter(replace(target, password="hunter2-hunter2"))
    assert "hunter2" not in repr(refused.value)


def test_nothing_listening_is_unreachable(target: Target) -> None:
    with pytest.raises(Unreachable, match="cannot be reached") as unreachable:
        enter(replace(target, address="127.0.0.1:1"))
    assert unreachable.value.transient


@pytest.mark.parametrize("address", ["", "127.0.0.1:99999", "vc example:443:1"])
def test_what_is_no_address_is_unreachable_with_a_word_on_how_to_write_it(address: str) -> None:
    with pytest.raises(Unreachable, match="write a host name"):
        enter(Target("vc-1", address))


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("vc.example.net", ("vc.example.net", 443)),
        ("vc.example.net:8443", ("vc.example.net", 8443)),
        ("[2001:db8::1]:8443", ("2001:db8::1", 8443)),
        ("2001:db8::1", ("2001:db8::1", 443)),
    ],
)
def test_addresses_are_read_as_people_write_them(address: str, meant: tuple[str, int]) -> None:
    assert host_and_port(address) == meant


def test_something_else_than_a_vcenter_is_unreachable(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    for body in (b"<html><body><p>Hello</p></body></html>", b"not even markup"):
        with (
            web_server(certificate, body) as address,
            pytest.raises(Unreachable, match="not as a vCenter"),
        ):
            enter(Target("vc-1", address, "a", "b", ca_pem=certificate.pem))


def test_the_session_is_signed_out_on_leaving_whatever_happened_inside(target: Target, other: Any) -> None:
    before = open_sessions(other)
    with pytest.raises(ZeroDivisionError), VSphere(target):
        assert len(open_sessions(other)) == len(before) + 1
        raise ZeroDivisionError
    assert open_sessions(other) == before


def test_a_call_that_takes_too_long_is_unreachable_and_the_vcenter_takes_the_next(simulator: Simulator) -> None:
    one = Change(ObjectId(Kind.PORT_GROUP, "dvs-a/Acme-failover-test-7"), {"vlan_id": 7})
    with vcsim(dvs=("dvs-a",), delays={"AddDVPortgroup_Task": 3000}) as slow:
        with (
            pytest.raises(Unreachable, match="did not answer within 1 s"),
            VSphere(target_of(slow, timeout_seconds=1.0)) as driver,
        ):
            driver.apply([one])
        with VSphere(target_of(slow)) as driver:
            driver.read()


@contextmanager
def web_server(certificate: Certificate, body: bytes) -> Iterator[str]:
    """An HTTPS server that answers everything with 200 and the same page."""

    class Page(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Page)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate_file, certificate.key_file)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
