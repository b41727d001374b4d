"""Translations that the simulator cannot show: what a change sends, and vSphere's faults in plain words."""

from typing import Any

import pytest

from provisioning.drivers.protocol import Json
from provisioning.drivers.vsphere.faults import told
from provisioning.drivers.vsphere.port_groups import attributes_of, changed_group, differs
from provisioning.drivers.vsphere.sdk import vim, vmodl

dvs = vim.dvs.VmwareDistributedVirtualSwitch


def flag(value: bool) -> Any:
    return vim.BoolPolicy(value=value, inherited=False)


def test_a_change_names_the_version_it_was_made_for_and_says_nothing_of_what_it_does_not_change() -> None:
    spec = changed_group("41", {"vlan_id": 6, "forged_transmits": True})

    assert spec.configVersion == "41"
    assert (spec.name, spec.numPorts, spec.description, spec.autoExpand, spec.policy) == (None,) * 5
    assert (spec.defaultPortConfig.uplinkTeamingPolicy, spec.defaultPortConfig.securityPolicy) == (None, None)
    assert attributes_of(spec.defaultPortConfig) == {
        "vlan_id": 6,
        "promiscuous": False,
        "forged_transmits": True,
        "mac_changes": False,
    }


def test_the_older_form_of_the_security_policy_is_read_where_its_successor_is_not_set() -> None:
    older = dvs.SecurityPolicy(allowPromiscuous=flag(True), macChanges=flag(True), forgedTransmits=flag(False))
    newer = dvs.MacManagementPolicy(allowPromiscuous=False, inherited=False)
    config = dvs.VmwarePortConfigPolicy(vlan=dvs.VlanIdSpec(vlanId=5), securityPolicy=older)
    assert attributes_of(config)["promiscuous"] is True
    config.macManagementPolicy = newer
    assert attributes_of(config)["promiscuous"] is False


@pytest.mark.parametrize(
    ("found", "wanted", "differ"),
    [(1, 1, False), (1, True, True), (0, False, True), (None, False, True), (["5"], 5, True)],
)
def test_values_are_compared_with_their_type(found: Json, wanted: Json, differ: bool) -> None:
    assert differs({"x": found}, {"x": wanted}) is differ


@pytest.mark.parametrize(
    ("fault", "words", "transient"),
    [
        (vim.fault.ConcurrentAccess(), "read the device again", True),
        (vmodl.fault.ManagedObjectNotFound(), "read the device again", True),
        (vim.fault.ResourceInUse(), "move what is plugged into it", False),
        (vim.fault.InvalidName(), "choose another", False),
        (vim.fault.DuplicateName(), "rename one of them", False),
        (vim.fault.NoPermission(privilegeId="DVPortgroup.Create"), "privilege DVPortgroup.Create", False),
        (vmodl.fault.InvalidArgument(invalidProperty="spec.defaultPortConfig.vlan"), "carries one VLAN ID", False),
        (vmodl.fault.InvalidArgument(invalidProperty="spec.numPorts"), "does not take spec.numPorts", False),
        (vmodl.fault.InvalidArgument(msg="no such thing"), "does not take the specification: no such thing", False),
        (vmodl.fault.NotSupported(msg="not here"), "refuses: not here", False),
        (vim.fault.DvsFault(), "refuses: DvsFault", False),
    ],
)
def test_a_fault_names_the_object_and_says_what_to_do(fault: Any, words: str, transient: bool) -> None:
    error = told(fault, key="dvs-a/Acme")
    assert str(error).startswith("dvs-a/Acme: ")
    assert words in str(error)
    assert error.transient is transient


def test_a_fault_on_hosts_says_why_the_first_of_them_refused() -> None:
    host = vim.fault.DvsOperationBulkFault.FaultOnHost(
        host=vim.HostSystem("host-1"), fault=vim.fault.DvsFault(msg="no memory")
    )
    assert "refused on some hosts: no memory" in str(told(vim.fault.DvsOperationBulkFault(hostFault=[host]), key="x"))
