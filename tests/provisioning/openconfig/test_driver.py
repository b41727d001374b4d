"""VLANs and trunks on a real NETCONF server: batches, refusals, and what a switch must never be told."""

from collections.abc import Callable

import pytest
from ncclient.manager import Manager

from lab.netconfd import Switch
from lab.netconfd.independent import trunk, vlans, write
from provisioning.drivers.openconfig import OpenConfig, Options
from provisioning.drivers.protocol import Change, Kind, ObjectId, Refused, Target
from tests.provisioning.openconfig.edits import edits, operations

pytestmark = pytest.mark.lab


def vlan(vid: int, name: str = "") -> Change:
    return Change(ObjectId(Kind.VLAN, str(vid)), {"name": name or f"tenant-{vid}"})


def member(vid: int, port: str = "Ethernet1") -> Change:
    return Change(ObjectId(Kind.TRUNK_VLAN, f"{port}/{vid}"), {})


def told(error: object) -> str:
    assert isinstance(error, Refused)
    assert not error.transient
    return str(error)


class TestABatch:
    def test_four_thousand_vlans_and_their_place_on_a_trunk_are_one_edit(
        self, driver: OpenConfig, core: Switch, other: Manager
    ) -> None:
        vids = range(2, 4002)
        outcomes = driver.apply([change for vid in vids for change in (vlan(vid), member(vid))])
        assert set(outcomes.values()) == {None}
        assert len(outcomes) == 8000
        assert len(edits(core.wire.messages)) == 1
        assert vlans(other) == {vid: f"tenant-{vid}" for vid in vids}
        assert set(outcomes) <= driver.read().keys()

    def test_what_is_so_already_is_not_written(self, driver: OpenConfig, core: Switch, other: Manager) -> None:
        write(other, vlans={100: "tenant-100"}, add=["100"])
        assert set(driver.apply([vlan(100), member(100)]).values()) == {None}
        assert set(driver.remove([vlan(200).id, member(200).id, member(5, "Ethernet77").id]).values()) == {None}
        assert not edits(core.wire.messages)

    def test_a_vlan_and_its_place_on_trunks_go_together(self, driver: OpenConfig, core: Switch, other: Manager) -> None:
        write(other, vlans={100: "gone", 101: "stays"}, add=["100", "101"])
        ids = [vlan(100).id, member(100).id]
        assert driver.remove(ids) == dict.fromkeys(ids)
        assert len(edits(core.wire.messages)) == 1
        assert vlans(other) == {101: "stays"}
        assert trunk(other, "Ethernet1") == ["101", "999"]

    @pytest.mark.parametrize(
        ("bad", "words"),
        [
            (vlan(4070), "the switch keeps this VLAN for itself"),
            (vlan(300, "is this allowed?"), "the switch refuses: pattern match failed"),
        ],
    )
    def test_one_bad_vlan_does_not_sink_the_others(
        self, driver: OpenConfig, core: Switch, other: Manager, bad: Change, words: str
    ) -> None:
        good = [change for vid in range(100, 140) for change in (vlan(vid), member(vid))]
        vid = int(bad.id.key)
        outcomes = driver.apply([*good[:20], bad, member(vid), *good[20:]])
        assert words in told(outcomes[bad.id])
        assert "not done, because" in told(outcomes[member(vid).id])
        assert [outcomes[change.id] for change in good] == [None] * 80
        assert vlans(other).keys() == set(range(100, 140))
        assert str(vid) not in trunk(other, "Ethernet1")
        assert len(edits(core.wire.messages)) == 2  # the path in the error says which: no search is needed


class TestNames:
    def test_a_vlan_that_is_there_under_another_name_reads_with_that_name(
        self, driver: OpenConfig, other: Manager
    ) -> None:
        write(other, vlans={100: "legacy-voice"})
        assert driver.read()[ObjectId(Kind.VLAN, "100")] == {"name": "legacy-voice"}

    @pytest.mark.parametrize("name", ["", "x" * 33, "two\nlines", 7, None])
    def test_a_name_that_no_switch_takes_is_refused_before_anything_is_sent(
        self, driver: OpenConfig, core: Switch, name: str
    ) -> None:
        change = Change(ObjectId(Kind.VLAN, "100"), {"name": name})
        assert "1 to 32 printable characters" in told(driver.apply([change])[change.id])
        assert not edits(core.wire.messages)

    @pytest.mark.parametrize("key", ["0", "1", "4095", "0100", "-5", "x", "", "Ethernet1/12"])
    def test_an_id_that_is_no_tenants_is_refused(self, driver: OpenConfig, key: str) -> None:
        one = ObjectId(Kind.VLAN, key)
        told(driver.apply([Change(one, {"name": "a"})])[one])
        told(driver.remove([one])[one])

    def test_what_is_no_switchs_is_refused(self, driver: OpenConfig) -> None:
        one = ObjectId(Kind.PORT_GROUP, "dvs/group-5")
        assert "VLANs and VLANs on trunks only" in told(driver.apply([Change(one, {})])[one])


class TestTrunks:
    def test_entries_are_added_one_by_one_and_the_list_is_never_sent(
        self, driver: OpenConfig, core: Switch, other: Manager
    ) -> None:
        write(other, add=["12", "300..310"])
        driver.apply([member(100), member(305), member(500)])
        (edit,) = edits(core.wire.messages)
        assert list(operations(edit)) == [("merge", "trunk-vlans", "100"), ("merge", "trunk-vlans", "500")]
        assert set(trunk(other, "Ethernet1")) == {"12", "100", "300..310", "500", "999"}

    def test_a_range_reads_as_its_vlans(self, driver: OpenConfig, other: Manager) -> None:
        write(other, add=["100..103"])
        found = {one.key for one in driver.read() if one.key.startswith("Ethernet1/") and one.key.count("/") == 1}
        assert found == {"Ethernet1/100", "Ethernet1/101", "Ethernet1/102", "Ethernet1/103", "Ethernet1/999"}

    def test_one_of_a_range_is_taken_off_and_the_others_stay(
        self, driver: OpenConfig, core: Switch, other: Manager
    ) -> None:
        write(other, add=["100..110"])
        assert driver.remove([member(105).id]) == {member(105).id: None}
        (edit,) = edits(core.wire.messages)
        assert set(operations(edit)) == {
            ("delete", "trunk-vlans", "100..110"),
            ("merge", "trunk-vlans", "100..104"),
            ("merge", "trunk-vlans", "106..110"),
        }
        assert set(trunk(other, "Ethernet1")) == {"100..104", "106..110", "999"}

    def test_the_last_vlan_stays_and_so_does_the_vlan_itself(self, driver: OpenConfig, other: Manager) -> None:
        write(other, vlans={100: "a", 101: "b"}, add=["100", "101"], take_off=["999"])
        ids = [vlan(100).id, member(100).id, vlan(101).id, member(101).id]
        outcomes = driver.remove(ids)
        assert "the trunk's last VLAN, and a trunk without a list carries all VLANs" in told(outcomes[member(101).id])
        assert "it stays, because a trunk still carries it" in told(outcomes[vlan(101).id])
        assert (outcomes[vlan(100).id], outcomes[member(100).id]) == (None, None)
        assert trunk(other, "Ethernet1") == ["101"]
        assert vlans(other) == {101: "b"}

    def test_a_parking_vlan_takes_the_place_of_the_last_one(self, target: Target, other: Manager) -> None:
        write(other, add=["100"], take_off=["999"])
        with OpenConfig(target, Options(parking_vlan=4000)) as driver:
            assert driver.remove([member(100).id]) == {member(100).id: None}
            assert trunk(other, "Ethernet1") == ["4000"]
            assert member(4000).id not in driver.read()
            assert driver.apply([member(101)]) == {member(101).id: None}
            assert driver.remove([member(101).id]) == {member(101).id: None}
            assert "the parking VLAN" in told(driver.remove([member(4000).id])[member(4000).id])
        assert trunk(other, "Ethernet1") == ["4000"]

    def test_a_trunk_that_carries_all_is_read_as_such_and_not_touched(
        self, driver: OpenConfig, core: Switch, other: Manager
    ) -> None:
        write(other, take_off=["999"])
        assert ObjectId(Kind.TRUNK_VLAN, "Ethernet1/all") in driver.read()
        assert "without a list, so carrying all VLANs: Ethernet1" in driver.facts().details
        assert "cut the others off" in told(driver.apply([member(100)])[member(100).id])
        assert "carries all of them" in told(driver.remove([member(100).id])[member(100).id])
        assert not edits(core.wire.messages)

    @pytest.mark.parametrize(
        ("port", "words"),
        [("Ethernet77", "no such port .*Ethernet1/2/3.*correct the pod's trunk port"), ("Ethernet9", "in access mode")],
    )
    def test_a_port_that_is_not_there_or_no_trunk_is_refused_and_the_rest_is_done(
        self, driver: OpenConfig, other: Manager, port: str, words: str
    ) -> None:
        outcomes = driver.apply([vlan(100), member(100), member(100, port)])
        with pytest.raises(Refused, match=words):
            raise outcomes[member(100, port).id] or AssertionError
        assert (outcomes[vlan(100).id], outcomes[member(100).id]) == (None, None)
        assert "100" in trunk(other, "Ethernet1")


class TestReadBack:
    """What reads back otherwise than it was told is taken back."""

    @staticmethod
    def doing_otherwise(told: bytes, done: bytes) -> Callable[[bytes], bytes]:
        return lambda message: message.replace(told, done)

    @pytest.mark.parametrize("hidden", [(), (b"confirmed-commit:1.1",)])
    def test_an_object_that_reads_back_wrong_is_refused_and_the_others_are_written(
        self, core: Switch, target: Target, other: Manager, hidden: tuple[bytes, ...]
    ) -> None:
        core.wire.hidden = hidden
        core.wire.on_message = self.doing_otherwise(b"<name>long-name</name>", b"<name>long</name>")
        with OpenConfig(target) as driver:
            outcomes = driver.apply([vlan(100, "long-name"), member(100), vlan(101), member(101)])
        assert "reads back as 'long'. The change was taken back" in told(outcomes[vlan(100).id])
        assert "not done, because" in told(outcomes[member(100).id])
        assert (outcomes[vlan(101).id], outcomes[member(101).id]) == (None, None)
        assert vlans(other) == {101: "tenant-101"}
        assert trunk(other, "Ethernet1") == ["101", "999"]
        assert any(b"cancel-commit" in message for message in core.wire.messages) == (not hidden)

    def test_a_switch_that_takes_others_off_the_trunk_is_rolled_back_and_left_alone(
        self, driver: OpenConfig, core: Switch, other: Manager
    ) -> None:
        write(other, add=["12"])
        entry = b'<trunk-vlans nc:operation="merge">100</trunk-vlans>'
        core.wire.on_message = self.doing_otherwise(
            entry, entry + b'<trunk-vlans nc:operation="delete">12</trunk-vlans>'
        )
        outcomes = driver.apply([vlan(100), member(100)])
        for error in outcomes.values():
            assert "Ethernet1 lost VLAN 12, which nobody asked for. The change was taken back" in told(error)
        assert trunk(other, "Ethernet1") == ["12", "999"]
        assert vlans(other) == {}

    def test_a_switch_that_does_not_go_back_is_told_of(self, driver: OpenConfig, core: Switch, other: Manager) -> None:
        core.wire.on_message = lambda message: message.replace(b"long-name", b"long").replace(
            b"<nc:cancel-commit/>", b"<nc:commit/>"
        )
        with pytest.raises(Refused, match="did not take the change back when told to: look at vlan 100"):
            driver.apply([vlan(100, "long-name")])


class TestWhatTheSwitchLacks:
    @pytest.mark.parametrize(
        ("hidden", "words"),
        [
            ((b"candidate:1.0",), "offers no candidate configuration over NETCONF"),
            ((b"confirmed-commit:1.0", b"confirmed-commit:1.1"), "no confirmed commit.*turn that on"),
        ],
    )
    def test_it_is_refused_when_it_is_opened_and_the_session_is_closed(
        self, core: Switch, target: Target, hidden: tuple[bytes, ...], words: str
    ) -> None:
        core.wire.hidden = hidden
        with pytest.raises(Refused, match=words), OpenConfig(target):
            pass
        assert core.wire.all_closed()

    def test_a_network_instance_that_is_not_there_is_named_with_those_that_are(self, target: Target) -> None:
        with OpenConfig(target, Options(network_instance="tenants")) as driver:
            with pytest.raises(Refused, match=r"no network instance 'tenants' \(there: default\)"):
                driver.read()
            with pytest.raises(Refused, match="SWITCH_NETWORK_INSTANCE"):
                driver.apply([vlan(100)])
