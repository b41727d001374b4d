"""The vSphere driver keeps the contract of every driver, on a simulated vCenter that others use too."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from lab.independent import add_groups
from provisioning.drivers.protocol import Driver, Target
from provisioning.drivers.vsphere import VSphere
from tests.provisioning.driver_contract import DriverContract

pytestmark = pytest.mark.lab


class TestContract(DriverContract):
    dvs = "dvs-a"

    @pytest.fixture(autouse=True)
    def on_a_vcenter_in_use(self, target: Target, other: Any) -> Iterator[None]:
        add_groups(other, "dvs-a", {"legacy-12": 12})
        self.target = target
        yield

    def open(self) -> Driver:
        return VSphere(self.target, [self.dvs])

    def open_with_wrong_password(self) -> Driver:
        return VSphere(replace(self.target, password="guess"), [self.dvs])

    def open_where_nothing_answers(self) -> Driver:
        return VSphere(replace(self.target, address="127.0.0.1:1"), [self.dvs])
