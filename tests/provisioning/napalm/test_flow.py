"""How a batch is written: one candidate, confirmed only when it reads back right, and what happens when it does not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from napalm.base.mock import MockDriver

from provisioning.drivers.napalm import EOS, IOS, JUNOS, NXOS, PLATFORMS, Napalm, Options, Platform
from provisioning.drivers.napalm.faults import Busy
from provisioning.drivers.protocol import Change, DeviceError, Kind, ObjectId, Refused, Unreachable
from tests.provisioning.napalm.switches import TARGET, Switch, driver_of

PORT = "Ethernet1"
EVERYWHERE = pytest.mark.parametrize("platform", PLATFORMS.values(), ids=PLATFORMS.keys())
REVERTING = pytest.mark.parametrize("platform", [EOS, IOS, JUNOS], ids=["eos", "ios", "junos"])


def vlan(vid: int, name: str = "") -> Change:
    return Change(ObjectId(Kind.VLAN, str(vid)), {"name": name or f"v{vid}"})


def on_trunk(vid: int, port: str = PORT) -> Change:
    return Change(ObjectId(Kind.TRUNK_VLAN, f"{port}/{vid}"), {})


def network(*vids: int) -> list[Change]:
    return [*map(vlan, vids), *map(on_trunk, vids)]


def in_use(platform: Platform, **fields: Any) -> Switch:
    return Switch(platform, trunks={PORT: {12, 300}}, **fields)


def apply(switch: Switch, *changes: Change, parking_vlan: int = 0) -> dict[ObjectId, DeviceError | None]:
    with driver_of(switch, parking_vlan=parking_vlan) as driver:
        return dict(driver.apply(changes))


def remove(switch: Switch, *changes: Change, parking_vlan: int = 0) -> dict[ObjectId, DeviceError | None]:
    with driver_of(switch, parking_vlan=parking_vlan) as driver:
        return dict(driver.remove([change.id for change in changes]))


def written(switch: Switch) -> list[str]:
    return [call for call in switch.calls if "config" in call or "commit" in call or call == "rollback"]


# --- When all goes well ---------------------------------------------------------------------------


@REVERTING
def test_a_batch_is_one_candidate_confirmed_after_the_read_back(platform: Platform) -> None:
    switch = in_use(platform)
    outcomes = apply(switch, *network(*range(100, 150)))
    assert set(outcomes.values()) == {None}
    assert len(switch.texts) == 1
    steps = switch.calls[switch.calls.index("load_merge_candidate") :]
    assert steps[:3] == ["load_merge_candidate", "compare_config", "commit_config"]
    assert steps.index("get_config") < steps.index("confirm_commit")
    assert switch.trunks[PORT] == {12, 300, *range(100, 150)}


def test_nxos_has_no_confirmation_and_is_read_back_all_the_same() -> None:
    switch = in_use(NXOS)
    assert set(apply(switch, *network(100)).values()) == {None}
    steps = switch.calls[switch.calls.index("load_merge_candidate") :]
    assert steps == ["load_merge_candidate", "compare_config", "commit_config", "get_vlans", "get_config"]


@EVERYWHERE
def test_what_is_as_wanted_already_is_not_sent(platform: Platform) -> None:
    switch = in_use(platform)
    assert set(apply(switch, vlan(12, "legacy"), on_trunk(300)).values()) == {None}
    assert switch.texts == []


@EVERYWHERE
def test_a_vlan_of_another_name_is_renamed(platform: Platform) -> None:
    switch = in_use(platform)
    assert set(apply(switch, vlan(12, "acme-prod")).values()) == {None}
    assert switch.vlans[12] == "acme-prod"
    assert switch.trunks[PORT] == {12, 300}


def test_how_long_a_switch_waits_is_in_whole_minutes() -> None:
    assert [Options(confirm_seconds=seconds).revert_seconds for seconds in (1, 60, 61, 180)] == [60, 60, 120, 180]


# --- The last VLAN of a trunk ---------------------------------------------------------------------


@pytest.mark.parametrize("platform", [EOS, NXOS, IOS], ids=["eos", "nxos", "ios"])
def test_a_trunk_that_loses_its_last_vlan_carries_none(platform: Platform) -> None:
    switch = in_use(platform)
    assert set(remove(switch, on_trunk(12), on_trunk(300)).values()) == {None}
    assert switch.trunks[PORT] == set()
    with driver_of(switch) as driver:
        assert ObjectId(Kind.TRUNK_VLAN, f"{PORT}/all") not in driver.read()


def test_the_last_vlan_of_a_junos_trunk_stays_without_a_parking_vlan() -> None:
    switch = in_use(JUNOS)
    outcomes = remove(switch, on_trunk(12), on_trunk(300))
    assert [error is None for error in outcomes.values()] == [True, False]
    assert switch.trunks[PORT] == {300}


def test_a_junos_trunk_keeps_the_parking_vlan_which_is_not_reported() -> None:
    switch = in_use(JUNOS)
    assert set(remove(switch, on_trunk(12), on_trunk(300), parking_vlan=4000).values()) == {None}
    assert switch.trunks[PORT] == {4000}
    with driver_of(switch, parking_vlan=4000) as driver:
        assert not [one for one in driver.read() if one.kind == Kind.TRUNK_VLAN]


@EVERYWHERE
def test_a_trunk_without_a_list_is_told_and_left_alone(platform: Platform) -> None:
    switch = Switch(platform, trunks={PORT: None})
    with driver_of(switch) as driver:
        assert ObjectId(Kind.TRUNK_VLAN, f"{PORT}/all") in driver.read()
    outcomes = apply(switch, on_trunk(100)) | remove(switch, on_trunk(12))
    assert all("lists no VLAN, so it carries all of them" in str(error) for error in outcomes.values())
    assert switch.texts == []


# --- Refusals -------------------------------------------------------------------------------------


@EVERYWHERE
@pytest.mark.parametrize("quotes", [True, False], ids=["named", "unnamed"])
def test_exactly_the_refused_vlan_is_refused_and_the_rest_is_written(platform: Platform, quotes: bool) -> None:
    switch = in_use(platform, refuses={103}, quotes=quotes)
    outcomes = apply(switch, *network(*range(100, 108)))
    refused = {str(one) for one, error in outcomes.items() if error is not None}
    assert refused == {"vlan 103", f"trunk vlan {PORT}/103"}
    assert switch.trunks[PORT] == {12, 300, *range(100, 108)} - {103}
    assert len(switch.texts) == 2 if quotes else len(switch.texts) <= 8


@EVERYWHERE
def test_a_vlan_that_does_not_read_back_is_taken_back_and_the_rest_is_written(platform: Platform) -> None:
    switch = in_use(platform, ignores={103})
    outcomes = apply(switch, *map(vlan, range(100, 108)))
    bad = {one: str(error) for one, error in outcomes.items() if error is not None}
    assert list(bad) == [ObjectId(Kind.VLAN, "103")]
    assert "is not there. The change was taken back" in bad[ObjectId(Kind.VLAN, "103")]
    assert switch.vlans.keys() == {1, 12, *range(100, 108)} - {103}
    assert not switch.pending


def test_vlans_that_no_roll_back_reaches_are_taken_back_one_by_one() -> None:
    switch = in_use(IOS, ignores={103}, keeps_vlans=True)
    outcomes = apply(switch, *map(vlan, [100, 103]))
    assert [error is None for error in outcomes.values()] == [True, False]
    assert "no vlan 100" in switch.texts
    assert switch.vlans.keys() == {1, 12, 100}


@EVERYWHERE
def test_a_switch_that_harms_others_is_rolled_back_and_left_alone(platform: Platform) -> None:
    switch = in_use(platform)

    def lose() -> None:
        switch.trunks[PORT] = {100}  # as if 'add' had been left out
        switch.members.clear()

    switch.meddle = lose
    outcomes = apply(switch, *network(100))
    assert all("lost VLAN 12, 300, which nobody asked for" in str(error) for error in outcomes.values())
    assert switch.trunks[PORT] == {12, 300}
    assert "rollback" in switch.calls
    assert "confirm_commit" not in switch.calls


@EVERYWHERE
@pytest.mark.parametrize("name", ["a\nno vlan 12", "a;reload", 'a"b', "a b", "a?", "x" * 33])
def test_a_name_that_could_be_another_line_is_never_sent(platform: Platform, name: str) -> None:
    switch = in_use(platform)
    (error,) = apply(switch, vlan(100, name)).values()
    assert isinstance(error, Refused)
    assert switch.texts == []


@EVERYWHERE
def test_a_port_that_is_not_there_is_refused_and_the_others_named(platform: Platform) -> None:
    switch = in_use(platform)
    (error,) = apply(switch, on_trunk(100, "Ethernet7\n shutdown")).values()
    assert "the switch has no such port" in str(error)
    assert PORT in str(error)


def test_a_name_that_another_vlan_has_is_refused_on_junos() -> None:
    switch = in_use(JUNOS)
    outcomes = apply(switch, vlan(100, "legacy"), on_trunk(100), vlan(101), vlan(102, "twin"), vlan(103, "twin"))
    told = {one.key: str(error) for one, error in outcomes.items() if error is not None}
    assert told.keys() == {"100", f"{PORT}/100", "103"}
    assert "VLAN 12 has the name 'legacy' on this switch" in told["100"]
    assert switch.vlans == {1: "default", 12: "legacy", 101: "v101", 102: "twin"}


# --- Locks, broken sessions, time -----------------------------------------------------------------


@EVERYWHERE
def test_a_lock_of_another_session_is_transient_and_blames_nobody(platform: Platform) -> None:
    switch = in_use(platform, locked=True)
    outcomes = apply(switch, *network(100, 101))
    assert all(isinstance(error, Busy) and error.transient for error in outcomes.values())
    assert all("another session holds its configuration" in str(error) for error in outcomes.values())
    assert switch.calls.count("load_merge_candidate") == 1


@REVERTING
def test_while_a_change_waits_for_its_confirmation_nothing_is_taken_for_the_truth(platform: Platform) -> None:
    switch = in_use(platform, pending=True)
    with driver_of(switch) as driver, pytest.raises(Busy, match="waits there for its confirmation"):
        driver.read()


@REVERTING
@pytest.mark.parametrize("method", ["commit_config", "confirm_commit"])
def test_a_session_that_breaks_leaves_a_change_that_the_switch_takes_back(platform: Platform, method: str) -> None:
    switch = in_use(platform, breaks_in=method)
    with pytest.raises(Unreachable, match="takes back by itself what was not confirmed, at the latest after 60 s"):
        apply(switch, *network(100))
    assert switch.pending
    switch.expire()
    assert switch.copy() == in_use(platform).copy()


def test_a_confirmation_that_is_refused_is_told_and_nothing_more_is_written() -> None:
    switch = in_use(EOS, refuses_to_confirm=True)
    with pytest.raises(Refused, match="refuses: not now"):
        apply(switch, *network(100, 101))
    assert len(switch.texts) == 1
    switch.expire()
    assert switch.copy() == in_use(EOS).copy()


def test_nxos_takes_nothing_back_by_itself_and_says_so() -> None:
    with pytest.raises(Unreachable, match="takes nothing back by itself"):
        apply(in_use(NXOS, breaks_in="commit_config"), *network(100))


@REVERTING
def test_a_change_that_the_switch_took_back_before_we_confirmed_is_no_success(platform: Platform) -> None:
    switch = in_use(platform)
    real_look = platform.look
    looks: list[Any] = []

    def slow(driver: Any) -> Any:
        found = real_look(driver)
        looks.append(found)
        if switch.pending:
            switch.expire()
        return found

    slow_platform = Platform(platform.name, platform.connect, slow, platform.render, platform.refusals)
    with (
        Napalm(TARGET, slow_platform, connect=connect_to(switch)) as driver,
        pytest.raises(Busy, match="raise SWITCH_CONFIRM_SECONDS"),
    ):
        driver.apply(network(100))
    assert switch.copy() == in_use(platform).copy()


def connect_to(switch: Switch) -> Callable[..., Any]:
    return driver_of(switch)._connect


# --- NAPALM's mock driver as it is ----------------------------------------------------------------


def test_the_flow_on_napalms_mock_driver_with_its_files(tmp_path: Path) -> None:
    """Every answer is a file that the mock reads: what is asked, how often and in which order is the mock's to say."""
    before = "interface Ethernet1\n   switchport mode trunk\n   switchport trunk allowed vlan 12\n"
    vlans = {"1": {"name": "default", "interfaces": []}}
    answers: dict[str, Any] = {
        "get_vlans.1": vlans,
        "get_config.1": {"running": before},
        "load_merge_candidate.1": {},
        "compare_config.1": {"diff": "+vlan 100\n+   name acme-prod"},
        "commit_config.1": {},
        "get_vlans.2": vlans | {"100": {"name": "acme-prod", "interfaces": []}},
        "get_config.2": {"running": before.replace("vlan 12", "vlan 12,100")},
        "confirm_commit.1": {},
    }
    for name, answer in answers.items():
        (tmp_path / name).write_text(json.dumps(answer))
    mocks: list[Any] = []

    def connect(target: Any, options: Options) -> Any:
        mocks.append(MockDriver(target.address, target.username, target.password, 20, {"path": str(tmp_path)}))
        return mocks[-1]

    with Napalm(TARGET, EOS, connect=connect) as driver:
        outcomes = driver.apply([vlan(100, "acme-prod"), on_trunk(100)])
        assert mocks[0].opened
    assert set(outcomes.values()) == {None}
    assert mocks[0].calls == {
        "get_vlans": 2,
        "get_config": 2,
        "load_merge_candidate": 1,
        "compare_config": 1,
        "commit_config": 1,
        "confirm_commit": 1,
    }
    assert not mocks[0].opened
