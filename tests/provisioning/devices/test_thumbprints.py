"""What a device shows is fetched without trusting it, compared by a person, and only then pinned."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from inventory.secrets import encrypt
from lab.pfsense import Running, serve
from lab.pfsense.server import KEY
from provisioning.models import Device, DriverName
from provisioning.planning import make_plan
from provisioning.thumbprints import LOOKS, shown_by
from tests.factories import make_user
from tests.provisioning.things import make_newcomer

pytestmark = pytest.mark.django_db


@pytest.fixture
def firewall() -> Iterator[Running]:
    with serve() as running:
        yield running


@pytest.fixture
def device(firewall: Running) -> Device:
    """The entry of a tenant's firewall, whose certificate nobody vouches for."""
    tenant = make_newcomer()
    make_plan(tenant=tenant, by=None)
    device = Device.objects.get(tenant=tenant)
    device.driver, device.address, device.secret = DriverName.PFSENSE, firewall.address, encrypt(KEY)
    device.save()
    return device


def test_what_it_shows_is_seen_without_signing_in(device: Device, firewall: Running) -> None:
    shown = shown_by(device)
    assert shown
    assert shown.thumbprint == firewall.certificate.thumbprint
    assert "issued by itself" in shown.details
    assert not firewall.requests


def test_every_driver_of_a_real_device_knows_how_to_look() -> None:
    assert set(LOOKS) == set(DriverName) - {DriverName.SIMULATED}


def test_a_device_that_is_away_or_simulated_shows_nothing(device: Device) -> None:
    device.address = "127.0.0.1:1"
    assert shown_by(device) is None
    device.driver = DriverName.SIMULATED
    assert shown_by(device) is None


def test_from_a_certificate_that_is_not_trusted_to_one_that_was_compared_and_pinned(
    client: Client, device: Device, firewall: Running
) -> None:
    client.force_login(make_user("root", Role.ADMIN))
    test = reverse("provisioning:device_test", args=[device.slug])
    tested = client.post(test).content.decode()
    assert "not vouched for" in tested
    assert firewall.certificate.thumbprint in tested
    assert "Compare the SHA-256 thumbprint with what the device itself says" in tested

    pin = reverse("provisioning:device_pin", args=[device.slug])
    typed = {"thumbprint": firewall.certificate.thumbprint, "version": device.version}
    assert "Compare it on the device first" in client.post(pin, typed).content.decode()
    assert Device.objects.get(pk=device.pk).tls == "verify"

    for _ in range(2):  # a double click changes nothing
        assert client.post(pin, {**typed, "compared": "on"}).status_code == 302
    stored = Device.objects.get(pk=device.pk)
    assert (stored.tls, stored.version) == ("pinned", device.version + 1)
    assert "The connection works" in client.post(test).content.decode()


def test_a_pin_of_a_device_that_somebody_else_saved_meanwhile_is_not_kept(
    client: Client, device: Device, firewall: Running
) -> None:
    client.force_login(make_user("root", Role.ADMIN))
    typed = {"thumbprint": firewall.certificate.thumbprint, "version": device.version, "compared": "on"}
    Device.objects.update(version=device.version + 1)
    answer = client.post(reverse("provisioning:device_pin", args=[device.slug]), typed, follow=True)
    assert "Somebody else saved this device meanwhile" in answer.content.decode()
    assert Device.objects.get(pk=device.pk).tls == "verify"
