"""The OpenConfig driver keeps the contract of every driver, on a real NETCONF server that others use too."""

from dataclasses import replace
from typing import Any

import pytest
from ncclient.manager import Manager

from lab.netconfd.independent import write
from provisioning.drivers.openconfig import OpenConfig
from provisioning.drivers.protocol import Attributes, Driver, Kind, ObjectId, Target
from tests.provisioning.driver_contract import DriverContract

pytestmark = pytest.mark.lab


class OnASwitchInUse(DriverContract):
    @pytest.fixture(autouse=True)
    def on_a_switch_in_use(self, target: Target, other: Manager) -> None:
        write(other, vlans={12: "legacy"}, add=["12", "300..310"])
        self.target = target

    def open(self) -> Driver:
        return OpenConfig(self.target)

    def open_with_wrong_password(self) -> Driver:
        return OpenConfig(replace(self.target, password="guess"))

    def open_where_nothing_answers(self) -> Driver:
        return OpenConfig(replace(self.target, address="127.0.0.1:1"))


class TestVlans(OnASwitchInUse):
    def thing(self, number: int) -> tuple[ObjectId, dict[str, Any]]:
        return ObjectId(Kind.VLAN, str(100 + number)), {"name": f"contract-{number}"}

    def changed(self, attributes: Attributes) -> dict[str, Any]:
        return {"name": f"{attributes['name']}-new"}


@pytest.mark.parametrize("port", ["Ethernet1", "Ethernet1/2/3", "Port-Channel1"])
class TestVlansOnTrunks(OnASwitchInUse):
    @pytest.fixture(autouse=True)
    def on(self, port: str) -> None:
        self.port = port

    def thing(self, number: int) -> tuple[ObjectId, dict[str, Any]]:
        return ObjectId(Kind.TRUNK_VLAN, f"{self.port}/{100 + number}"), {}

    def changed(self, attributes: Attributes) -> dict[str, Any]:
        return {}  # it is a member or it is not
