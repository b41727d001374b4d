"""The portal's settings reach the driver."""

from typing import Any

from provisioning.drivers.ovs import OpenVSwitch
from provisioning.drivers.protocol import Target
from provisioning.drivers.registry import opener


def test_the_parking_vlan_reaches_the_driver(settings: Any) -> None:
    settings.SWITCH_PARKING_VLAN = 4000
    driver = opener("ovs")(Target("core-1", "core-1.example.net"), [])
    assert isinstance(driver, OpenVSwitch)
    assert driver._parking_vlan == 4000
