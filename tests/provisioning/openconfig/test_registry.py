"""The portal's settings reach the driver, and a device's form takes a host key's fingerprint as OpenSSH shows it."""

import base64
import hashlib
from typing import Any

import pytest

from provisioning.drivers.openconfig import OpenConfig, Options
from provisioning.drivers.protocol import Target
from provisioning.drivers.registry import opener
from provisioning.forms import EditDeviceForm
from provisioning.models import Device, DeviceKind, DriverName
from zcsp_portal.environment import parking_vlan


def test_the_settings_reach_the_driver(settings: Any) -> None:
    settings.SWITCH_NETWORK_INSTANCE = "tenants"
    settings.SWITCH_PARKING_VLAN = 4000
    settings.SWITCH_LOCK_SECONDS, settings.SWITCH_CONFIRM_SECONDS = 3, 40
    settings.SSH_KNOWN_HOSTS = ["/etc/portal/known_hosts"]
    driver = opener("openconfig")(Target("core-1", "core-1.example.net"), [])
    assert isinstance(driver, OpenConfig)
    assert driver._options == Options("tenants", 4000, 3, 40, ("/etc/portal/known_hosts",))


@pytest.mark.parametrize("text", ["1", "4095", "-1", "none", "2.5"])
def test_what_cannot_park_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="2 to 4094, or 0 for none"):
        parking_vlan(text)


def test_none_and_every_tenants_id_can_park() -> None:
    assert [parking_vlan(text) for text in ("0", "2", "4094")] == [0, 2, 4094]


def test_a_fingerprint_as_openssh_shows_it_is_kept_as_digits() -> None:
    digest = hashlib.sha256(b"a host key").digest()
    shown = "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
    device = Device(kind=DeviceKind.CORE_SWITCH)
    data = {"driver": DriverName.OPENCONFIG, "tls": "pinned", "thumbprint": shown, "address": "core-1:830"}
    form = EditDeviceForm({**data, "version": 1}, instance=device)
    form.is_valid()
    assert form.cleaned_data["thumbprint"] == digest.hex()
    assert "driver" not in form.errors


def test_the_driver_is_for_core_switches_only() -> None:
    form = EditDeviceForm({"driver": DriverName.OPENCONFIG, "version": 1}, instance=Device(kind=DeviceKind.VCENTER))
    assert "speaks to a core switch only" in form.errors["driver"][0]
