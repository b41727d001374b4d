"""Port groups through the driver, looked at with another session: what is read, created, changed, removed, refused."""

from collections.abc import Iterator
from typing import Any

import pytest

from lab.independent import add_groups, group_named, snapshot, switch_named, vim, wait
from provisioning.drivers.protocol import Change, Json, Kind, ObjectId, Refused, Target
from provisioning.drivers.vsphere import VSphere
from tests.provisioning.vsphere.groups import calls, closed, group, plug_in

pytestmark = pytest.mark.lab

dvs_types = vim.dvs.VmwareDistributedVirtualSwitch


@pytest.fixture
def vsphere(target: Target, other: Any) -> Iterator[VSphere]:
    with VSphere(target) as opened:
        yield opened


def add(content: Any, name: str, vlan: Any) -> None:
    config = dvs_types.VmwarePortConfigPolicy(vlan=vlan)
    spec = vim.dvs.DistributedVirtualPortgroup.ConfigSpec(name=name, numPorts=1, defaultPortConfig=config)
    wait(switch_named(content, "dvs-a").AddDVPortgroup_Task(spec=[spec]))


# --- Reading --------------------------------------------------------------------------------------


def test_what_another_tool_made_is_read_as_it_is(vsphere: VSphere, other: Any) -> None:
    add_groups(other, "dvs-a", {"legacy": 12})
    assert vsphere.read() == {group("legacy"): {**closed(12), "forged_transmits": True}}


def test_a_trunk_a_private_vlan_and_no_vlan_are_never_taken_for_a_vlan_id(vsphere: VSphere, other: Any) -> None:
    ranges = [vim.NumericRange(start=0, end=99), vim.NumericRange(start=200, end=200)]
    add(other, "trunk", dvs_types.TrunkVlanSpec(vlanId=ranges))
    add(other, "private", dvs_types.PvlanSpec(pvlanId=300))
    add(other, "untagged", dvs_types.VlanIdSpec(vlanId=0))

    vlans = {one.key: found["vlan_id"] for one, found in vsphere.read().items()}

    assert vlans == {"dvs-a/trunk": ["0-99", "200"], "dvs-a/private": "private 300", "dvs-a/untagged": 0}


def test_a_policy_that_vsphere_does_not_tell_is_unknown_rather_than_closed(vsphere: VSphere, other: Any) -> None:
    add(other, "bare", dvs_types.VlanIdSpec(vlanId=5))
    assert vsphere.read()[group("bare")] == {
        "vlan_id": 5,
        "promiscuous": None,
        "forged_transmits": None,
        "mac_changes": None,
    }


def test_names_come_back_as_they_were_typed(vsphere: VSphere, other: Any) -> None:
    add(other, "a%2fb%5cc%25d", dvs_types.VlanIdSpec(vlanId=5))
    assert list(vsphere.read()) == [group("a/b\\c%d")]


def test_uplink_groups_are_left_out(vsphere: VSphere, other: Any) -> None:
    assert any("DVUplinks" in name for name in snapshot(other))
    assert vsphere.read() == {}


def test_only_the_switches_that_were_named_are_reported(target: Target, other: Any) -> None:
    add_groups(other, "dvs-a", {"on-a": 5})
    add_groups(other, "dvs-b", {"on-b": 6})
    with VSphere(target, ["dvs-b"]) as vsphere:
        assert list(vsphere.read()) == [group("on-b", "dvs-b")]


def test_reading_costs_the_same_number_of_calls_whatever_is_there(
    vsphere: VSphere, other: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = calls(other, monkeypatch)
    vsphere.read()
    of_none = len(counted)
    add_groups(other, "dvs-a", {f"legacy-{vid}": vid for vid in range(2, 302)})
    counted.clear()
    assert len(vsphere.read()) == 300
    assert len(counted) == of_none


# --- Creating -------------------------------------------------------------------------------------


def test_created_groups_bind_early_grow_by_themselves_and_are_closed(vsphere: VSphere, other: Any) -> None:
    assert vsphere.apply([Change(group("Acme-failover-test-7"), closed(7))]) == {group("Acme-failover-test-7"): None}

    config = group_named(other, "Acme-failover-test-7").config
    assert (config.type, config.numPorts, config.autoExpand) == ("earlyBinding", 8, True)
    assert (config.defaultPortConfig.vlan.vlanId, config.defaultPortConfig.vlan.inherited) == (7, False)
    policy = config.defaultPortConfig.macManagementPolicy
    assert (policy.allowPromiscuous, policy.forgedTransmits, policy.macChanges) == (False, False, False)
    assert config.distributedVirtualSwitch.name == "dvs-a"


def test_many_are_created_in_batches_and_read_back_equal(
    vsphere: VSphere, other: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = [Change(group(f"t-{vid}"), closed(vid)) for vid in range(2, 252)]
    counted = calls(other, monkeypatch)

    outcomes = vsphere.apply(changes)

    assert set(outcomes.values()) == {None}
    assert counted.count("AddDVPortgroup_Task") == 3
    assert vsphere.read() == {change.id: change.after for change in changes}


def test_applying_what_is_there_writes_nothing(vsphere: VSphere, other: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    changes = [Change(group(f"t-{vid}"), closed(vid)) for vid in range(2, 12)]
    vsphere.apply(changes)
    counted = calls(other, monkeypatch)

    assert set(vsphere.apply(changes).values()) == {None}

    assert not [name for name in counted if name.endswith("_Task")]


def test_a_name_taken_on_another_switch_of_the_folder_fails_alone_and_says_where_it_is(
    vsphere: VSphere, other: Any
) -> None:
    add_groups(other, "dvs-b", {"t-50": 1234})
    changes = [Change(group(f"t-{vid}"), closed(vid)) for vid in range(2, 102)]

    outcomes = vsphere.apply(changes)

    assert [one for one, error in outcomes.items() if error] == [group("t-50")]
    assert isinstance(outcomes[group("t-50")], Refused)
    assert "another port group of that name already, on the switch dvs-b" in str(outcomes[group("t-50")])
    state = vsphere.read()
    assert all(state[change.id] == change.after for change in changes if change.id != group("t-50"))
    assert state[group("t-50", "dvs-b")]["vlan_id"] == 1234


def test_one_that_another_session_made_in_the_meantime_is_brought_to_what_is_wanted(
    vsphere: VSphere, other: Any
) -> None:
    vsphere.read()
    add_groups(other, "dvs-a", {"t-5": 999})

    outcomes = vsphere.apply([Change(group(f"t-{vid}"), closed(vid)) for vid in range(2, 12)])

    assert set(outcomes.values()) == {None}
    assert vsphere.read()[group("t-5")] == closed(5)


@pytest.mark.parametrize("vid", [0, 4095, 5000, -1, True, "7", None, ["1-5"]])
def test_a_vlan_that_a_tenants_group_cannot_carry_is_refused_and_spoils_no_other(vsphere: VSphere, vid: Json) -> None:
    outcomes = vsphere.apply([Change(group("bad"), closed(vid)), Change(group("good"), closed(9))])

    assert "1 to 4094" in str(outcomes[group("bad")])
    assert list(vsphere.read()) == [group("good")]


@pytest.mark.parametrize("name", ["a/b", "a%b", "a\\b", "x" * 81, ""])
def test_a_name_that_vsphere_would_not_keep_is_refused(vsphere: VSphere, name: str) -> None:
    outcomes = vsphere.apply([Change(group(name), closed(9))])
    assert "cannot be a port group" in str(outcomes[group(name)])
    assert vsphere.read() == {}


def test_a_missing_switch_is_refused_and_those_that_exist_are_named(vsphere: VSphere) -> None:
    outcomes = vsphere.apply([Change(group("x", "dvs-z"), closed(9)), Change(group("y"), closed(9))])
    assert "no distributed switch dvs-z. There: dvs-a, dvs-b" in str(outcomes[group("x", "dvs-z")])
    assert outcomes[group("y")] is None


def test_what_a_vcenter_does_not_carry_is_refused(vsphere: VSphere) -> None:
    vlan = ObjectId(Kind.VLAN, "7")
    assert "port groups only" in str(vsphere.apply([Change(vlan, {"name": "x"})])[vlan])


# --- Changing -------------------------------------------------------------------------------------


def test_a_change_touches_vlan_and_policy_and_leaves_the_rest_and_the_others(vsphere: VSphere, other: Any) -> None:
    add_groups(other, "dvs-a", {"legacy": 12, "bystander": 13})
    before, bystander = group_named(other, "legacy"), snapshot(other)["bystander"]
    reference, key = before._moId, before.key

    assert vsphere.apply([Change(group("legacy"), closed(44))]) == {group("legacy"): None}

    after = group_named(other, "legacy")
    assert (after._moId, after.key) == (reference, key)
    assert (after.config.numPorts, after.config.autoExpand, after.config.type) == (16, True, "earlyBinding")
    assert vsphere.read()[group("legacy")] == closed(44)
    assert snapshot(other)["bystander"] == bystander


def test_one_that_vanishes_before_it_is_changed_is_told_as_overtaken(vsphere: VSphere, other: Any) -> None:
    add_groups(other, "dvs-a", {"here": 12, "gone": 13})
    vsphere.read()
    wait(group_named(other, "gone").Destroy_Task())

    outcomes = vsphere.apply([Change(group("here"), closed(2)), Change(group("gone"), closed(3))])

    assert outcomes[group("here")] is None
    error = outcomes[group("gone")]
    assert error is not None and error.transient
    assert "read the device again" in str(error)


# --- Removing -------------------------------------------------------------------------------------


def test_removed_groups_are_gone_and_others_stay(vsphere: VSphere, other: Any) -> None:
    add_groups(other, "dvs-a", {f"t-{vid}": vid for vid in range(2, 72)})
    going = [group(f"t-{vid}") for vid in range(2, 62)]

    assert vsphere.remove(going) == dict.fromkeys(going)

    assert set(vsphere.read()) == {group(f"t-{vid}") for vid in range(62, 72)}


def test_removing_what_is_gone_already_is_fine(vsphere: VSphere, other: Any) -> None:
    add_groups(other, "dvs-a", {"t-2": 2})
    vsphere.read()
    wait(group_named(other, "t-2").Destroy_Task())

    assert vsphere.remove([group("t-2"), group("never")]) == {group("t-2"): None, group("never"): None}


def test_a_group_with_machines_plugged_in_is_not_removed(vsphere: VSphere, other: Any) -> None:
    add_groups(other, "dvs-b", {"used": 2, "unused": 3})
    machine = plug_in(other, "used")
    try:
        used, unused = group("used", "dvs-b"), group("unused", "dvs-b")
        outcomes = vsphere.remove([used, unused])
        assert "1 virtual machine is plugged into it" in str(outcomes[used])
        assert outcomes[unused] is None
        assert list(vsphere.read()) == [used]
    finally:
        wait(machine.PowerOffVM_Task())
        wait(machine.Destroy_Task())
