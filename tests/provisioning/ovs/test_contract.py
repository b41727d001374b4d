"""The Open vSwitch driver keeps the contract of every driver, on a real one that others use too."""

from dataclasses import replace
from typing import Any

import pytest

from lab.openvswitch import BRIDGE, OpenSwitch
from provisioning.drivers.ovs import OpenVSwitch
from provisioning.drivers.protocol import Attributes, Driver, Kind, ObjectId, Target
from tests.provisioning.driver_contract import DriverContract

pytestmark = pytest.mark.lab


class OnASwitchInUse(DriverContract):
    @pytest.fixture(autouse=True)
    def on_a_switch_in_use(self, core: OpenSwitch, target: Target) -> None:
        core.run("set", "port", "eth1", "trunks=12,300,999")
        core.run("set", "bridge", BRIDGE, "external_ids:somebody=else")
        self.core, self.target = core, target

    def open(self) -> Driver:
        return OpenVSwitch(self.target)

    def open_with_wrong_password(self) -> Driver:
        return OpenVSwitch(replace(self.target, password=self.core.stranger_pem))

    def open_where_nothing_answers(self) -> Driver:
        return OpenVSwitch(replace(self.target, address="127.0.0.1:1"))


class TestVlans(OnASwitchInUse):
    def thing(self, number: int) -> tuple[ObjectId, dict[str, Any]]:
        return ObjectId(Kind.VLAN, str(100 + number)), {"name": f"contract-{number}"}

    def changed(self, attributes: Attributes) -> dict[str, Any]:
        return {"name": f"{attributes['name']}-new"}


class TestVlansOnTrunks(OnASwitchInUse):
    def thing(self, number: int) -> tuple[ObjectId, dict[str, Any]]:
        return ObjectId(Kind.TRUNK_VLAN, f"eth1/{100 + number}"), {}

    def changed(self, attributes: Attributes) -> dict[str, Any]:
        return {}  # it is a member or it is not
