"""A switch that refuses a batch without saying which object is bad: the bad ones are found, the others written."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.drivers.openconfig import OpenConfig
from provisioning.drivers.openconfig.faults import BatchRefused, Complaint, blamed
from provisioning.drivers.protocol import Change, Kind, ObjectId, Refused, Target
from provisioning.drivers.switches.planning import ATTEMPTS, Prepared
from provisioning.drivers.switches.state import SwitchState
from provisioning.drivers.switches.trunks import Trunk


class Curt:
    """A session with a switch that keeps some VLANs for itself and says no more than no."""

    def __init__(self, bad: set[int]) -> None:
        self.bad = bad
        self.attempts = 0
        self.vlans: dict[int, str] = {}
        self.entries: tuple[str, ...] = ("999",)

    @contextmanager
    def locked(self) -> Iterator[None]:
        yield

    def look(self) -> SwitchState:
        return SwitchState(dict(self.vlans), {"e1": Trunk("e1", "ethernet", "TRUNK", self.entries)}, ["default"])

    def carry_out(self, prepared: Prepared) -> SwitchState:
        self.attempts += 1
        if self.bad & prepared.edit.vlans.keys():
            raise BatchRefused([Complaint("operation-failed", "", "no")])
        self.vlans |= prepared.edit.vlans
        for edit in prepared.edit.trunks:
            self.entries = tuple(entry for entry in self.entries if entry not in edit.delete) + edit.merge
        return self.look()


@given(st.sets(st.integers(100, 160), min_size=1), st.sets(st.integers(100, 160), max_size=3))
@settings(max_examples=60)
def test_exactly_the_bad_ones_are_refused(vids: set[int], bad: set[int]) -> None:
    curt = Curt(bad)
    driver = OpenConfig(Target("core-1", "core-1.example"))
    driver._open = curt  # type: ignore[assignment]
    changes = [Change(ObjectId(Kind.VLAN, str(vid)), {"name": f"v{vid}"}) for vid in sorted(vids)]
    changes += [Change(ObjectId(Kind.TRUNK_VLAN, f"e1/{vid}"), {}) for vid in sorted(vids)]
    outcomes = driver.apply(changes)
    refused = {int(one.key.rpartition("/")[2]) for one, error in outcomes.items() if isinstance(error, Refused)}
    assert refused == vids & bad
    assert len(outcomes) == 2 * len(vids)
    assert curt.vlans.keys() == vids - bad
    assert curt.look().trunks["e1"].members == (vids - bad) | {999}
    assert curt.attempts <= 1 + 2 * 6 * max(1, len(bad))  # halves, not one by one


def test_a_switch_that_refuses_everything_is_not_asked_for_ever() -> None:
    curt = Curt(set(range(2, 4001)))
    driver = OpenConfig(Target("core-1", "core-1.example"))
    driver._open = curt  # type: ignore[assignment]
    outcomes = driver.apply([Change(ObjectId(Kind.VLAN, str(vid)), {"name": f"v{vid}"}) for vid in range(2, 4001)])
    assert curt.attempts == ATTEMPTS
    assert len(outcomes) == 3999
    refused = [error for error in outcomes.values() if error and not error.transient]
    left = [error for error in outcomes.values() if error and error.transient]
    assert len(refused) > 20
    assert len(refused) + len(left) == 3999
    assert "not tried" in str(left[0])


@pytest.mark.parametrize(("tag", "transient"), [("in-use", True), ("access-denied", False)])
def test_what_is_no_one_vlans_fault_is_not_searched_for(
    tag: str, transient: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = []

    def refuse(self: Curt, prepared: Prepared) -> SwitchState:
        attempts.append(prepared)
        raise BatchRefused([Complaint(tag, "", "no")])

    monkeypatch.setattr(Curt, "carry_out", refuse)
    driver = OpenConfig(Target("core-1", "core-1.example"))
    driver._open = Curt(set())  # type: ignore[assignment]
    outcomes = driver.apply([Change(ObjectId(Kind.VLAN, str(vid)), {"name": "v"}) for vid in range(2, 50)])
    assert len(attempts) == 1
    assert {error.transient for error in outcomes.values() if error} == {transient}
    assert None not in outcomes.values()


def test_a_path_points_to_its_object() -> None:
    ids = [
        ObjectId(Kind.VLAN, "10"),
        ObjectId(Kind.TRUNK_VLAN, "Ethernet1/2/10"),
        ObjectId(Kind.TRUNK_VLAN, "Ethernet1/2/11"),
        ObjectId(Kind.TRUNK_VLAN, "Ethernet1/10"),
    ]

    def at(path: str) -> list[ObjectId]:
        return blamed(Complaint("invalid-value", path, ""), ids)

    assert at("/oc-netinst:vlans/oc-netinst:vlan[oc-netinst:vlan-id='10']/oc-netinst:config") == [ids[0]]
    assert at('/vlans/vlan[vlan-id = "10"]') == [ids[0]]
    assert at("/vlans/vlan[vlan-id=10]") == [ids[0]]
    interface = "/oc-if:interfaces/oc-if:interface[oc-if:name='Ethernet1/2']"
    assert at(interface) == ids[1:3]
    assert at(f"{interface}/oc-eth:ethernet/oc-vlan:trunk-vlans[.='11']") == [ids[2]]
    assert at(f"{interface}/oc-eth:ethernet/oc-vlan:trunk-vlans[.='5..20']") == ids[1:3]
    assert at("/vlans/vlan[vlan-id='77']") == []
    assert at("") == at("/oc-if:interfaces") == []
