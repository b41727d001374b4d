"""The exact lines that each platform is sent, and that nothing else can be sent."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.drivers.napalm import EOS, IOS, JUNOS, NXOS, Platform
from provisioning.drivers.napalm.found import Found
from provisioning.drivers.napalm.reading import junos_trunks, junos_vlans, statements_in
from provisioning.drivers.napalm.rendering import (
    CLI_LINES,
    JUNOS_LINES,
    LONGEST_LINE,
    Unsafe,
    bad_name,
    checked,
    cli_text,
)
from provisioning.drivers.switches.state import Edit, SwitchState
from provisioning.drivers.switches.trunks import Trunk, TrunkEdit, adding, removing
from tests.provisioning.napalm.switches import vids_in

CLI = pytest.mark.parametrize("platform", [EOS, NXOS, IOS], ids=["eos", "nxos", "ios"])
PORTS = {"eos": "Port-Channel1", "nxos": "port-channel1", "ios": "GigabitEthernet1/0/1"}


def trunk(*entries: str, port: str = "Ethernet1/1") -> Trunk:
    return Trunk(port, "", "TRUNK", ("none", *entries))


def sent(platform: Platform, edit: Edit, found: Found | None = None) -> list[str]:
    return platform.render(edit, found or Found(SwitchState({}, {}, ()))).split("\n")


@CLI
def test_new_vlans_and_their_place_on_a_trunk(platform: Platform) -> None:
    edit = Edit({100: "acme-prod", 101: "acme-test"}, (), (adding(trunk("12"), [100, 101, 200]),))
    assert sent(platform, edit) == [
        "vlan 100",
        " name acme-prod",
        " exit",
        "vlan 101",
        " name acme-test",
        " exit",
        "interface Ethernet1/1",
        " switchport trunk allowed vlan add 100-101,200",
        " exit",
    ]


@CLI
def test_vlans_leave_the_trunk_before_they_go(platform: Platform) -> None:
    edit = Edit({}, (100, 101, 102, 300), (removing(trunk("12", "100..102"), [100, 101], parking_vlan=0),))
    assert sent(platform, edit) == [
        "interface Ethernet1/1",
        " switchport trunk allowed vlan remove 100-101",
        " exit",
        "no vlan 100-102,300",
    ]


@CLI
def test_a_trunk_that_loses_its_last_vlan_lists_none(platform: Platform) -> None:
    edit = Edit({}, (), (removing(trunk("100..101"), [100, 101], parking_vlan=0),))
    assert sent(platform, edit) == ["interface Ethernet1/1", " switchport trunk allowed vlan none", " exit"]


@CLI
def test_long_lists_are_split_below_the_line_limit(platform: Platform) -> None:
    vids = range(100, 1100, 2)
    lines = sent(platform, Edit({}, (), (adding(trunk("12"), vids),)))
    assert max(map(len, lines)) <= LONGEST_LINE
    adds = [line.removeprefix(" switchport trunk allowed vlan add ") for line in lines[1:-1]]
    assert len(adds) > 1
    assert set().union(*map(vids_in, adds)) == set(vids)


@given(st.sets(st.integers(2, 4094), min_size=1), st.sets(st.integers(2, 4094), min_size=1))
def test_no_edit_ever_writes_a_list_without_add_or_remove(carried: set[int], wanted: set[int]) -> None:
    start = trunk(*map(str, carried))
    for edit in (adding(start, wanted), removing(start, wanted, parking_vlan=0)):
        lines = cli_text(Edit({}, (), (edit,)), Found(SwitchState({}, {}, ()))).split("\n")
        after = set(carried)
        for line in (line for line in lines if " allowed vlan " in line):
            how, _, listed = line.removeprefix(" switchport trunk allowed vlan ").partition(" ")
            vids = vids_in(listed) if listed else set()
            after = {"add": after | vids, "remove": after - vids, "none": set()}[how]
        assert after == edit.members_after


@pytest.mark.parametrize(
    "line",
    [
        " switchport trunk allowed vlan 100",
        " switchport trunk allowed vlan 100-200",
        " switchport trunk allowed vlan all",
        " switchport trunk allowed vlan except 100",
        " switchport trunk allowed vlan",
        " no switchport trunk allowed vlan",
        "default interface Ethernet1",
        "no interface Ethernet1",
        "vlan 100-200",
        " name a b",
        " name a;reload",
        " name a\x0breload",
        " name a\u2028reload",
        " name a\rreload",
        " name ?",
        " name ٣",
        "vlan ١٠٠",
        "",
    ],
)
def test_a_line_that_the_renderer_never_writes_is_not_sent(line: str) -> None:
    with pytest.raises(Unsafe, match="not sent to a switch"):
        checked(f"interface Ethernet1\n{line}\n exit", CLI_LINES, emptied=["Ethernet1"])


def test_none_is_for_trunks_that_the_edit_empties_only() -> None:
    text = "interface Ethernet1\n switchport trunk allowed vlan none"
    assert checked(text, CLI_LINES, emptied=["Ethernet1"]) == text
    with pytest.raises(Unsafe, match="Ethernet1: its list of VLANs is not emptied"):
        checked(text, CLI_LINES, emptied=["Ethernet2"])


def test_a_name_that_slipped_through_is_stopped_at_the_text() -> None:
    with pytest.raises(Unsafe):
        sent(EOS, Edit({100: "a\n switchport trunk allowed vlan 1"}, (), ()))
    with pytest.raises(Unsafe):
        sent(JUNOS, Edit({100: "a vlan-id 1"}, (), ()))


@pytest.mark.parametrize("name", ["acme-prod", "A.b_c-1", "_x", "7", "a" * 32])
def test_names_that_are_fine(name: str) -> None:
    assert not bad_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "a" * 33, "a b", 'a"b', "a'b", "a\nb", "a\n", "a\rb", "a;b", "a|b", "a!b", "a?b", "a{b", "-a", "ä", "a\x85b"],
)
def test_names_that_could_be_taken_for_something_else(name: str) -> None:
    assert bad_name(name)


# --- Junos ----------------------------------------------------------------------------------------

JUNOS_CONFIG = """\
set vlans acme-prod vlan-id 100
set vlans acme-test vlan-id 101
set vlans legacy vlan-id 12
set interfaces ae0 unit 0 family ethernet-switching interface-mode trunk
set interfaces ae0 unit 0 family ethernet-switching vlan members acme-prod
set interfaces ae0 unit 0 family ethernet-switching vlan members 101
set interfaces ae0 unit 0 family ethernet-switching vlan members 300-310
"""


def junos_found() -> Found:
    statements = statements_in(JUNOS_CONFIG)
    names, lists = junos_vlans(statements)
    trunks, words = junos_trunks(statements, names)
    return Found(SwitchState(names, trunks, ()), words, lists)


MEMBERS = "interfaces ae0 unit 0 family ethernet-switching vlan members"


def test_junos_new_vlans_and_their_place_on_a_trunk() -> None:
    found = junos_found()
    edit = Edit({200: "beta-prod", 201: "beta-test"}, (), (adding(found.state.trunks["ae0"], [200, 201]),))
    assert sent(JUNOS, edit, found) == [
        "set vlans beta-prod vlan-id 200",
        "set vlans beta-test vlan-id 201",
        f"set {MEMBERS} 200-201",
    ]


def test_junos_takes_single_members_off_as_the_configuration_writes_them() -> None:
    found = junos_found()
    edit = Edit({}, (100,), (removing(found.state.trunks["ae0"], [100, 305], parking_vlan=0),))
    assert sent(JUNOS, edit, found) == [
        f"set {MEMBERS} 300-304",
        f"set {MEMBERS} 306-310",
        f"delete {MEMBERS} acme-prod",
        f"delete {MEMBERS} 300-310",
        "delete vlans acme-prod",
    ]


def test_junos_trunk_keeps_the_parking_vlan() -> None:
    found = junos_found()
    gone = [100, 101, *range(300, 311)]
    edit = Edit({}, (), (removing(found.state.trunks["ae0"], gone, parking_vlan=4000),))
    assert sent(JUNOS, edit, found) == [
        f"set {MEMBERS} 4000",
        f"delete {MEMBERS} acme-prod",
        f"delete {MEMBERS} 101",
        f"delete {MEMBERS} 300-310",
    ]


def test_junos_renames_and_points_the_trunk_to_the_id() -> None:
    assert sent(JUNOS, Edit({100: "acme-new"}, (), ()), junos_found()) == [
        "rename vlans acme-prod to acme-new",
        f"set {MEMBERS} 100",
        f"delete {MEMBERS} acme-prod",
    ]


@pytest.mark.parametrize(
    "line",
    [
        f"delete {MEMBERS}",
        f"delete {MEMBERS} all",
        f"set {MEMBERS} all",
        "delete interfaces ae0 unit 0 family ethernet-switching vlan",
        "delete interfaces ae0",
        "delete vlans",
        "set vlans a vlan-id 1; commit",
        "run request system reboot",
    ],
)
def test_junos_never_deletes_the_whole_statement(line: str) -> None:
    with pytest.raises(Unsafe):
        checked(line, JUNOS_LINES)


def test_what_a_junos_trunk_would_be_left_with_is_never_nothing() -> None:
    start = junos_found().state.trunks["ae0"]
    every = sorted(start.members)
    for size in (1, 2):
        for gone in itertools.combinations(every, size):
            edit: TrunkEdit = removing(start, gone, parking_vlan=0)
            assert edit.members_after == start.members - set(gone)
