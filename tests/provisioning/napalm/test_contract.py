"""The NAPALM driver keeps the contract of every driver, on each platform, on a switch that others use too.

The switch is a stand-in with state behind NAPALM's mock driver: it shows that the driver's flow is right, not that a
vendor's command line does as its manual says.
"""

from dataclasses import replace
from typing import Any

import pytest

from provisioning.drivers.napalm import PLATFORMS
from provisioning.drivers.protocol import Attributes, Driver, Kind, ObjectId
from tests.provisioning.driver_contract import DriverContract
from tests.provisioning.napalm.switches import TARGET, Switch, driver_of

TRUNK = "Ethernet1"


@pytest.mark.parametrize("platform", PLATFORMS.values(), ids=PLATFORMS.keys())
class OnASwitchInUse(DriverContract):
    @pytest.fixture(autouse=True)
    def on_a_switch_in_use(self, platform: Any) -> None:
        self.switch = Switch(platform, trunks={TRUNK: {12, *range(300, 311)}, "Ethernet2": {12}})

    def open(self) -> Driver:
        return driver_of(self.switch)

    def open_with_wrong_password(self) -> Driver:
        return driver_of(self.switch, replace(TARGET, password="guess"))

    def open_where_nothing_answers(self) -> Driver:
        return driver_of(self.switch, replace(TARGET, address="127.0.0.1:1"))


class TestVlans(OnASwitchInUse):
    def thing(self, number: int) -> tuple[ObjectId, dict[str, Any]]:
        return ObjectId(Kind.VLAN, str(100 + number)), {"name": f"contract-{number}"}

    def changed(self, attributes: Attributes) -> dict[str, Any]:
        return {"name": f"{attributes['name']}-new"}


class TestVlansOnTrunks(OnASwitchInUse):
    def thing(self, number: int) -> tuple[ObjectId, dict[str, Any]]:
        return ObjectId(Kind.TRUNK_VLAN, f"{TRUNK}/{100 + number}"), {}

    def changed(self, attributes: Attributes) -> dict[str, Any]:
        return {}  # it is a member or it is not
