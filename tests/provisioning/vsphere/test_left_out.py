"""What a read leaves out: port groups that NSX made on a distributed switch, and those that are gone by then."""

from types import SimpleNamespace
from typing import Any

import pytest

from provisioning.drivers.vsphere.collecting import _arranged, knows_nsx
from provisioning.drivers.vsphere.sdk import vim


@pytest.mark.parametrize(("version", "known"), [("6.7.3", False), ("7.0.0.0", True), ("8.0.2.0", True), ("", False)])
def test_what_backs_a_group_is_asked_from_vsphere_7_on(version: str, known: bool) -> None:
    assert knows_nsx(version) is known


def test_a_group_that_nsx_backs_is_left_out() -> None:
    switch = vim.DistributedVirtualSwitch("dvs-1")

    def group(name: str, **more: Any) -> tuple[Any, dict[str, Any]]:
        values = {"name": name, "config.defaultPortConfig": SimpleNamespace()}
        return vim.dvs.DistributedVirtualPortgroup(name), values | more

    groups = [
        group("Acme-failover-test-5000", **{"config.backingType": "nsx"}),
        group("Bolt-failover-test-100", **{"config.backingType": "standard"}),
        group("older"),
    ]
    found = [(switch, {"name": "dvs-a", "portgroup": [reference for reference, _ in groups]}), *groups]
    assert set(_arranged(found).groups) == {"dvs-a/Bolt-failover-test-100", "dvs-a/older"}


def test_a_group_that_vanishes_while_it_is_read_is_left_out() -> None:
    switch, gone = vim.DistributedVirtualSwitch("dvs-1"), vim.dvs.DistributedVirtualPortgroup("dvportgroup-1")
    assert not _arranged([(switch, {"name": "dvs-a", "portgroup": [gone]}), (gone, {})]).groups
