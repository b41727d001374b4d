"""The NSX driver keeps the contract of every driver."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from lab.nsx import Manager, serve
from provisioning.drivers.nsx import Nsx
from provisioning.drivers.protocol import Attributes, Driver, ObjectId
from tests.provisioning.driver_contract import DriverContract
from tests.provisioning.nsx.conftest import put, segment, target_of


@pytest.mark.parametrize("page_size", [1000, 2], ids=["one page", "many pages"])
class TestContract(DriverContract):
    @pytest.fixture(autouse=True)
    def on_a_manager_in_use(self, page_size: int) -> Iterator[None]:
        with serve(Manager(page_size=page_size)) as running:
            self.target = target_of(running)
            put(self.target, segment("Bolt-failover-test-9000", 9000))
            foreign = {"transport_zone_path": "/infra/tz", "overlay_id": 70000, "display_name": "web"}
            running.manager.call("PUT", "/policy/api/v1/infra/segments/web", foreign, {})
            yield

    def open(self) -> Driver:
        return Nsx(self.target)

    def open_with_wrong_password(self) -> Driver:
        return Nsx(replace(self.target, password="guess"))

    def open_where_nothing_answers(self) -> Driver:
        return Nsx(replace(self.target, address="127.0.0.1:1"))

    def thing(self, number: int) -> tuple[ObjectId, dict[str, Any]]:
        change = segment(f"Acme-extra-{5000 + number}", 5000 + number)
        return change.id, dict(change.after)

    def changed(self, attributes: Attributes) -> dict[str, Any]:
        return {**attributes, "gateway": "/infra/tier-1s/gw-1"}
