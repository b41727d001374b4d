"""The portal's settings reach the driver of each platform, and a device's form offers it for core switches only."""

from typing import Any

import pytest

from provisioning.drivers.napalm import PLATFORMS, Napalm, Options
from provisioning.drivers.protocol import Target
from provisioning.drivers.registry import opener
from provisioning.forms import EditDeviceForm
from provisioning.models import Device, DeviceKind, DriverName
from provisioning.thumbprints import LOOKS


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_settings_reach_the_driver(name: str, settings: Any) -> None:
    settings.SWITCH_PARKING_VLAN, settings.SWITCH_CONFIRM_SECONDS = 4000, 90
    settings.SSH_KNOWN_HOSTS = ["/etc/portal/known_hosts"]
    driver = opener(name)(Target("core-1", "core-1.example.net"), [])
    assert isinstance(driver, Napalm)
    assert driver._platform is PLATFORMS[name]
    assert driver._options == Options(4000, 90, ("/etc/portal/known_hosts",))


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_driver_is_for_core_switches_only_and_shows_what_can_be_pinned(name: str) -> None:
    assert name in DriverName.values
    assert name in LOOKS
    form = EditDeviceForm({"driver": name, "version": 1}, instance=Device(kind=DeviceKind.VCENTER))
    assert "speaks to a core switch only" in form.errors["driver"][0]
