"""How a Zerto manager is trusted and reached, and what is said when it is not."""

import threading

import pytest
from django.test import override_settings

from lab.zerto import Running, serve
from lab.zerto.server import Hangup, Request
from provisioning.drivers.protocol import CertificateNotTrusted, Unreachable
from provisioning.zerto import read_back
from tests.provisioning.zerto.managers import make_zerto_manager, manager_of

pytestmark = pytest.mark.django_db


def test_an_unknown_certificate_is_not_trusted_and_no_password_sent(running: Running) -> None:
    with pytest.raises(CertificateNotTrusted, match="pin it"):
        read_back(manager_of(running, ca_pem=""), zorg="Acme")
    assert not running.requests


def test_a_pinned_certificate_is_trusted_and_another_is_not(running: Running) -> None:
    manager = manager_of(running, ca_pem="", tls="pinned", thumbprint=running.certificate.thumbprint)
    assert read_back(manager, zorg="Acme").zorg
    running.requests.clear()
    manager.thumbprint = "00" * 32
    with pytest.raises(CertificateNotTrusted, match="not the pinned one"):
        read_back(manager, zorg="Acme")
    assert not running.requests


def test_an_expired_certificate_and_anothers_name_are_told() -> None:
    with serve(expired=True) as running, pytest.raises(CertificateNotTrusted, match="expired"):
        read_back(manager_of(running, name="a"), zorg="Acme")
    with serve(name="other.example.net") as running, pytest.raises(CertificateNotTrusted):
        read_back(manager_of(running, name="b"), zorg="Acme")


def test_nothing_that_answers_is_unreachable_and_says_what_to_check() -> None:
    with pytest.raises(Unreachable, match="check the address, the port and the network"):
        read_back(make_zerto_manager(), zorg="Acme")


def test_a_broken_connection_is_unreachable(zvm: Running) -> None:
    def before(request: Request) -> None:
        if request.path == "/v1/zorgs":
            raise Hangup

    zvm.before = before
    with pytest.raises(Unreachable):
        read_back(manager_of(zvm), zorg="Acme")


@override_settings(DEVICE_TIMEOUT_SECONDS=0.2)
def test_a_slow_manager_is_given_up_after_the_time_out(zvm: Running) -> None:
    released = threading.Event()

    def before(request: Request) -> None:
        if request.path == "/v1/zorgs":
            released.wait()

    zvm.before = before
    try:
        with pytest.raises(Unreachable, match="did not answer in time"):
            read_back(manager_of(zvm), zorg="Acme")
    finally:
        released.set()
