"""Writing on a vCenter that refuses: versions moved on, bad specifications in a batch, groups in use, privileges."""

from collections.abc import Iterator
from typing import Any

import pytest

from lab.independent import add_groups, group_named, signed_in, snapshot, vim, wait
from lab.simulators import Simulator, Strict, vcsim
from provisioning.drivers.protocol import Change, ObjectId, Outcomes, Refused, Target
from provisioning.drivers.vsphere import VSphere, driver
from provisioning.drivers.vsphere.sdk import vmodl
from tests.provisioning.vsphere.conftest import target_of
from tests.provisioning.vsphere.groups import calls, closed, group, plug_in

pytestmark = pytest.mark.lab


@pytest.fixture
def vsphere(target: Target, other: Any) -> Iterator[VSphere]:
    with VSphere(target) as opened:
        yield opened


@pytest.fixture(params=[False, True], ids=["half applied", "refused as a whole"])
def refusing(request: pytest.FixtureRequest, simulator: Simulator) -> Iterator[Simulator]:
    """A vCenter of each way to take a batch with a bad specification; vSphere's documentation promises neither."""
    with vcsim(dvs=("dvs-a", "dvs-b"), strict=Strict(whole=request.param)) as running:
        yield running


def refused(outcomes: Outcomes) -> dict[ObjectId, str]:
    return {one: str(error) for one, error in outcomes.items() if error is not None}


def give_ports(content: Any, name: str, ports: int) -> None:
    """Somebody else's change of a group, by its current version."""
    there = group_named(content, name)
    spec = vim.dvs.DistributedVirtualPortgroup.ConfigSpec
    wait(there.ReconfigureDVPortgroup_Task(spec=spec(configVersion=there.config.configVersion, numPorts=ports)))


# --- Versions -------------------------------------------------------------------------------------


def test_a_change_without_the_groups_version_or_with_an_old_one_is_refused_here(other: Any) -> None:
    add_groups(other, "dvs-a", {"legacy": 12})
    there = group_named(other, "legacy")
    spec = vim.dvs.DistributedVirtualPortgroup.ConfigSpec(numPorts=32)
    with pytest.raises(vim.fault.ConcurrentAccess):
        spec.configVersion = "0"
        wait(there.ReconfigureDVPortgroup_Task(spec=spec))
    with pytest.raises(vmodl.fault.InvalidArgument):
        spec.configVersion = None
        wait(there.ReconfigureDVPortgroup_Task(spec=spec))


def test_without_our_additions_the_library_refuses_none_of_this() -> None:
    """Were this to fail, the library would have become stricter, and what the docs say of it be out of date."""
    with vcsim(dvs=("dvs-a",), strict=None) as lenient, signed_in(lenient) as content:
        add_groups(content, "dvs-a", {"x" * 81: 5000, "used": 7})
        spec = vim.dvs.DistributedVirtualPortgroup.ConfigSpec(configVersion="0", name="used")
        wait(group_named(content, "used").ReconfigureDVPortgroup_Task(spec=spec))
        assert group_named(content, "used").config.defaultPortConfig is None  # which the change did not name
        plug_in(content, "used")
        wait(group_named(content, "used").Destroy_Task())
        assert "used" not in snapshot(content)


class Raced(VSphere):
    """Whenever it starts tasks, somebody else gives a group more ports in the same moment, ``times`` times."""

    content: Any
    name: str
    times: int
    ports = 32

    def _run(self, starts: Any) -> dict[ObjectId, Any]:
        if self.times:
            self.times, self.ports = self.times - 1, self.ports + 1
            give_ports(self.content, self.name, self.ports)
        return super()._run(starts)


def raced(target: Target, content: Any, name: str, *, times: int) -> Raced:
    vsphere = Raced(target)
    vsphere.content, vsphere.name, vsphere.times = content, name, times
    return vsphere


def test_what_somebody_else_changed_since_the_read_is_kept_beside_our_change(
    vsphere: VSphere, other: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_groups(other, "dvs-a", {"legacy": 12})
    vsphere.read()
    give_ports(other, "legacy", 32)
    counted = calls(other, monkeypatch)

    assert refused(vsphere.apply([Change(group("legacy"), closed(44))])) == {}

    assert counted.count("ReconfigureDVPortgroup_Task") == 1
    assert group_named(other, "legacy").config.numPorts == 32
    assert vsphere.read() == {group("legacy"): closed(44)}


def test_what_somebody_else_changes_in_the_same_moment_is_kept_and_ours_is_made_upon_it(
    target: Target, other: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_groups(other, "dvs-a", {"legacy": 12, "calm": 13})
    counted = calls(other, monkeypatch)
    with raced(target, other, "legacy", times=1) as vsphere:
        outcomes = vsphere.apply([Change(group("legacy"), closed(44)), Change(group("calm"), closed(45))])
        state = vsphere.read()

    assert refused(outcomes) == {}
    assert counted.count("ReconfigureDVPortgroup_Task") == 1 + 2 + 1  # theirs, both of ours, the overtaken one again
    assert group_named(other, "legacy").config.numPorts == 33
    assert state == {group("legacy"): closed(44), group("calm"): closed(45)}


def test_what_somebody_else_changed_of_what_we_were_to_change_is_left_to_a_new_plan(
    vsphere: VSphere, other: Any
) -> None:
    add_groups(other, "dvs-a", {"legacy": 12})
    vsphere.read()
    there = group_named(other, "legacy")
    spec = vim.dvs.DistributedVirtualPortgroup.ConfigSpec(configVersion=there.config.configVersion)
    vlan = vim.dvs.VmwareDistributedVirtualSwitch.VlanIdSpec(vlanId=13, inherited=False)
    spec.defaultPortConfig = vim.dvs.VmwareDistributedVirtualSwitch.VmwarePortConfigPolicy(vlan=vlan)
    wait(there.ReconfigureDVPortgroup_Task(spec=spec))

    outcomes = vsphere.apply([Change(group("legacy"), closed(44))])

    error = outcomes[group("legacy")]
    assert error is not None and error.transient
    assert "somebody else changed it in the same moment: read the device again" in str(error)
    assert vsphere.read()[group("legacy")]["vlan_id"] == 13


def test_a_group_that_somebody_keeps_changing_is_given_up_after_a_few_attempts(
    target: Target, other: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_groups(other, "dvs-a", {"busy": 12, "calm": 13})
    counted = calls(other, monkeypatch)
    with raced(target, other, "busy", times=99) as vsphere:
        outcomes = vsphere.apply([Change(group("busy"), closed(44)), Change(group("calm"), closed(45))])

    error = outcomes[group("busy")]
    assert error is not None and error.transient
    assert outcomes[group("calm")] is None
    theirs = ours = driver.CHANGE_ATTEMPTS
    assert counted.count("ReconfigureDVPortgroup_Task") == theirs + ours + 1


# --- Bad specifications in a batch ----------------------------------------------------------------


@pytest.mark.parametrize("vid", [4095, 5000])
def test_a_vlan_that_the_vcenter_refuses_is_told_and_fails_none_of_its_batch(
    refusing: Simulator, monkeypatch: pytest.MonkeyPatch, vid: int
) -> None:
    monkeypatch.setattr(driver, "refuse_unwritable", lambda attributes: None)  # or it would never get there
    changes = [Change(group(f"t-{n}"), closed(vid if n in {5, 11} else n)) for n in range(2, 22)]
    with VSphere(target_of(refusing)) as vsphere:
        told = refused(vsphere.apply(changes))
        assert set(told) == {group("t-5"), group("t-11")}
        assert all(
            "does not take that VLAN: a port group carries one VLAN ID, 1 to 4094" in why for why in told.values()
        )
        assert vsphere.read() == {one.id: one.after for one in changes if one.id not in told}


def test_a_vlan_that_the_vcenter_refuses_to_change_to_is_told_and_fails_none_of_its_batch(
    vsphere: VSphere, other: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "refuse_unwritable", lambda attributes: None)
    add_groups(other, "dvs-a", {"bad": 12, "good": 13})
    told = refused(vsphere.apply([Change(group("bad"), closed(5000)), Change(group("good"), closed(44))]))
    assert list(told) == [group("bad")]
    assert "1 to 4094. Choose another" in told[group("bad")]
    assert {one.key: found["vlan_id"] for one, found in vsphere.read().items()} == {"dvs-a/bad": 12, "dvs-a/good": 44}


def test_a_name_that_is_taken_elsewhere_after_the_read_fails_alone(refusing: Simulator) -> None:
    changes = [Change(group(f"t-{vid}"), closed(vid)) for vid in range(2, 22)]
    with signed_in(refusing) as other, VSphere(target_of(refusing)) as vsphere:
        vsphere.read()
        add_groups(other, "dvs-b", {"t-9": 1234})

        told = refused(vsphere.apply(changes))

        assert list(told) == [group("t-9")]
        assert "another network of that name" in told[group("t-9")]
        assert "rename one of them" in told[group("t-9")]
        state = dict(vsphere.read())
    assert state.pop(group("t-9", "dvs-b"))["vlan_id"] == 1234
    assert state == {one.id: one.after for one in changes if one.id not in told}


def test_what_a_half_applied_batch_left_is_counted_and_not_written_again(
    refusing: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "refuse_unwritable", lambda attributes: None)
    with signed_in(refusing) as other, VSphere(target_of(refusing)) as vsphere:
        counted = calls(other, monkeypatch)
        told = refused(vsphere.apply([Change(group("good"), closed(9)), Change(group("bad"), closed(5000))]))
        assert list(told) == [group("bad")]
        assert "ReconfigureDVPortgroup_Task" not in counted
        assert list(vsphere.read()) == [group("good")]


# --- Removing -------------------------------------------------------------------------------------


def test_a_group_that_was_plugged_into_after_we_looked_stays_and_the_machine_is_named(
    target: Target, other: Any
) -> None:
    machines: list[Any] = []

    class PluggedIn(VSphere):
        def _run(self, starts: Any) -> dict[ObjectId, Any]:
            machines.append(plug_in(other, "used"))
            return super()._run(starts)

    add_groups(other, "dvs-a", {"used": 2, "unused": 3, "unused-too": 4})
    with PluggedIn(target) as vsphere:
        told = refused(vsphere.remove([group("unused"), group("used"), group("unused-too")]))
        left = list(vsphere.read())
    (machine,) = machines
    name = machine.name
    wait(machine.PowerOffVM_Task())
    wait(machine.Destroy_Task())
    assert left == [group("used")]
    assert told == {
        group("used"): f"dvs-a/used: 1 virtual machine is plugged into it ({name}): move them to another network, then "
        "try again."
    }


# --- Privileges -----------------------------------------------------------------------------------


def test_each_privilege_that_the_account_lacks_is_named() -> None:
    denied = ("DVPortgroup.Create", "DVPortgroup.Modify", "DVPortgroup.Delete")
    with vcsim(dvs=("dvs-a",), strict=Strict(denied=denied[:1])) as running, VSphere(target_of(running)) as vsphere:
        (why,) = refused(vsphere.apply([Change(group("new"), closed(9))])).values()
    assert why == "dvs-a/new: the account lacks the privilege DVPortgroup.Create: grant it on the vCenter."
    with vcsim(dvs=("dvs-a",), strict=Strict(denied=denied[1:])) as running, VSphere(target_of(running)) as vsphere:
        assert refused(vsphere.apply([Change(group("there"), closed(9))])) == {}
        (why,) = refused(vsphere.apply([Change(group("there"), closed(10))])).values()
        assert "lacks the privilege DVPortgroup.Modify" in why
        (why,) = refused(vsphere.remove([group("there")])).values()
        assert "lacks the privilege DVPortgroup.Delete" in why


def test_a_refusal_is_not_tried_again_by_itself(vsphere: VSphere) -> None:
    error = vsphere.apply([Change(group("x", "dvs-z"), closed(9))])[group("x", "dvs-z")]
    assert isinstance(error, Refused)
    assert not error.transient
