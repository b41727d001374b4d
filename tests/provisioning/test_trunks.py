"""A trunk's list: only entries are added or taken off, what was not named stays, and it never becomes empty."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.drivers.protocol import Refused
from provisioning.drivers.switches.trunks import (
    LastVlan,
    Trunk,
    TrunkEdit,
    adding,
    entries_of,
    removing,
    vids_of,
)

VIDS = st.integers(2, 60)
RANGES = st.tuples(VIDS, VIDS).map(lambda pair: f"{min(pair)}..{max(pair)}")
ENTRIES = st.lists(VIDS.map(str) | RANGES | st.sampled_from(["7.8", "3.*"]), max_size=8, unique=True)
SOME = st.sets(VIDS, max_size=12)


def trunk(*entries: str, mode: str = "TRUNK") -> Trunk:
    return Trunk("Ethernet1", "ethernet", mode, entries)


def result(edit: TrunkEdit) -> list[str]:
    """The list that a switch has after the edit."""
    kept = [entry for entry in edit.trunk.entries if entry not in edit.delete]
    return kept + [entry for entry in edit.merge if entry not in kept]


def carried(entries: list[str]) -> set[int]:
    return {vid for entry in entries for vid in vids_of(entry)}


@pytest.mark.parametrize(
    ("entry", "vids"),
    [("100", [100]), ("100..103", [100, 101, 102, 103]), (" 5 ", [5]), ("7.8", []), ("3.*", []), ("all", [])],
)
def test_an_entry_is_an_id_or_a_range(entry: str, vids: list[int]) -> None:
    assert list(vids_of(entry)) == vids


def test_one_vlan_of_a_range_is_taken_off_by_splitting_it() -> None:
    edit = removing(trunk("100..110", "999"), [105], parking_vlan=0)
    assert edit.delete == ("100..110",)
    assert edit.merge == ("100..104", "106..110")
    assert 105 not in edit.members_after


def test_the_last_vlan_is_refused_in_words_that_say_what_to_do() -> None:
    with pytest.raises(LastVlan, match="carries all VLANs: put a parking VLAN on the trunk"):
        removing(trunk("100"), [100], parking_vlan=0)


def test_the_last_vlan_makes_place_for_the_parking_vlan() -> None:
    edit = removing(trunk("100..101"), [100, 101], parking_vlan=4000)
    assert (edit.delete, edit.merge) == (("100..101",), ("4000",))


def test_the_parking_vlan_itself_cannot_be_what_is_left() -> None:
    with pytest.raises(LastVlan):
        removing(trunk("4000"), [4000], parking_vlan=4000)


def test_a_trunk_that_lists_nothing_is_refused_rather_than_narrowed_to_one_vlan() -> None:
    with pytest.raises(Refused, match="carries all of them, and the first entry would cut the others off"):
        adding(trunk(), [100])


@pytest.mark.parametrize(("mode", "words"), [("ACCESS", "in access mode"), ("", "not a switched port")])
def test_a_port_that_is_no_trunk_is_refused(mode: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        adding(trunk(mode=mode), [100])


@given(ENTRIES.filter(bool), SOME)
@settings(max_examples=150)
def test_adding_takes_nothing_off(entries: list[str], vids: set[int]) -> None:
    edit = adding(trunk(*entries), vids)
    assert edit.delete == ()
    assert carried(result(edit)) == carried(entries) | vids == edit.members_after
    assert carried(list(edit.merge)) == vids - carried(entries)


@given(ENTRIES.filter(bool), SOME, st.sampled_from([0, 4000]))
@settings(max_examples=300)
def test_taking_off_takes_off_just_that_and_never_leaves_an_empty_list(
    entries: list[str], vids: set[int], parking: int
) -> None:
    before = trunk(*entries)
    try:
        edit = removing(before, vids, parking_vlan=parking)
    except LastVlan:
        assert not parking
        assert before.members <= vids
        return
    after = result(edit)
    assert after
    assert carried(after) - {parking} == before.members - vids
    assert edit.members_after == carried(after)
    assert {entry for entry in entries if not vids_of(entry)} <= set(after)  # what we do not understand stays
    assert all(vids.intersection(vids_of(entry)) for entry in edit.delete)


@given(SOME)
def test_entries_say_the_same_as_the_vlans_they_were_made_of(vids: set[int]) -> None:
    entries = entries_of(vids)
    assert carried(entries) == vids
    assert len(entries) == sum(vid - 1 not in vids for vid in vids)
