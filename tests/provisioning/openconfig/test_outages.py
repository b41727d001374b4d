"""Locks of others, broken lines, restarts: nothing is half done, and nothing unconfirmed is taken for the truth."""

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from ncclient.manager import Manager

from lab.netconfd import Switch
from lab.netconfd.independent import trunk, vlans
from provisioning.drivers.openconfig import OpenConfig, Options
from provisioning.drivers.openconfig.faults import Busy
from provisioning.drivers.protocol import Change, Kind, ObjectId, Target, Unreachable
from tests.provisioning.openconfig.edits import edits

pytestmark = pytest.mark.lab

VLAN = Change(ObjectId(Kind.VLAN, "100"), {"name": "tenant-100"})
MEMBER = Change(ObjectId(Kind.TRUNK_VLAN, "Ethernet1/100"), {})
IMPATIENT = Options(lock_seconds=0.2)
PATIENT = Options(lock_seconds=30)


def at(words: bytes, action: Callable[[], bytes | None]) -> Callable[[bytes], bytes | None]:
    """Do this instead of passing on the first message with these words, and nothing after it."""
    met = False

    def on_message(message: bytes) -> bytes | None:
        nonlocal met
        if met or words not in message:
            return message
        met = True
        return action()

    return on_message


CONFIRMING = b"<nc:commit/>"


class TestLocks:
    def test_a_lock_of_another_session_is_told_with_the_session_and_is_transient(
        self, driver: OpenConfig, core: Switch, other: Manager
    ) -> None:
        driver.read()
        with (
            other.locked("candidate"),
            pytest.raises(Busy, match=rf"session {other.session_id} has locked it") as caught,
        ):
            driver.apply([VLAN])
        assert caught.value.transient
        assert "end that session" in str(caught.value)
        assert not edits(core.wire.messages)
        assert driver.apply([VLAN]) == {VLAN.id: None}

    def test_a_lock_that_is_given_back_in_time_is_waited_for(
        self, core: Switch, target: Target, other: Manager
    ) -> None:
        tries = threading.Semaphore(0)

        def count(message: bytes) -> bytes:
            if b"<nc:lock>" in message:
                tries.release()
            return message

        def give_back() -> None:
            for _ in range(3):
                tries.acquire()
            other.unlock("candidate")

        core.wire.on_message = count
        other.lock("candidate")
        giver = threading.Thread(target=give_back)
        giver.start()
        with OpenConfig(target, PATIENT) as driver:
            assert driver.apply([VLAN]) == {VLAN.id: None}
        giver.join()
        assert vlans(other) == {100: "tenant-100"}

    def test_the_lock_is_given_back_after_a_write_and_after_a_refusal(self, driver: OpenConfig, other: Manager) -> None:
        for change in (VLAN, Change(ObjectId(Kind.VLAN, "4070"), {"name": "kept"})):
            driver.apply([change])
            with other.locked("candidate"):
                pass

    def test_changes_that_somebody_has_not_committed_are_neither_committed_nor_thrown_away(
        self, driver: OpenConfig, other: Manager
    ) -> None:
        edit = (
            '<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">'
            '<interfaces xmlns="http://openconfig.net/yang/interfaces"><interface><name>Ethernet1</name>'
            "<config><description>half done</description></config></interface></interfaces></config>"
        )
        other.edit_config(edit, target="candidate")
        with pytest.raises(Busy, match="changes that somebody has not committed"):
            driver.apply([VLAN])
        assert driver.read()  # whoever edits a candidate does not keep us from reading
        assert "half done" in other.get_config("candidate").xml
        assert "half done" not in other.get_config("running").xml
        other.discard_changes()


class TestABrokenLine:
    def test_a_session_that_drops_before_the_confirmation_leaves_nothing(
        self, core: Switch, target: Target, other: Manager
    ) -> None:
        core.wire.on_message = at(CONFIRMING, lambda: None)
        with (
            pytest.raises(
                Unreachable, match="broke before the change was confirmed: the switch takes it back"
            ) as caught,
            OpenConfig(target) as driver,
        ):
            driver.apply([VLAN, MEMBER])
        assert caught.value.transient
        assert any(b"<nc:confirmed/>" in message for message in core.wire.messages)
        with OpenConfig(target, PATIENT) as driver:
            assert VLAN.id not in driver.read()
            assert set(driver.apply([VLAN, MEMBER]).values()) == {None}
        assert vlans(other) == {100: "tenant-100"}
        assert trunk(other, "Ethernet1") == ["100", "999"]

    def test_what_is_unconfirmed_is_not_read_as_the_truth_while_the_switch_still_waits(
        self, core: Switch, target: Target, other: Manager
    ) -> None:
        core.wire.on_message, core.wire.ghosts = at(CONFIRMING, lambda: None), True
        with pytest.raises(Unreachable), OpenConfig(target) as driver:
            driver.apply([VLAN])
        assert vlans(other) == {100: "tenant-100"}  # it runs, and will be taken back
        with OpenConfig(target, IMPATIENT) as driver, pytest.raises(Busy, match="has locked it"):
            driver.read()
        core.wire.ghosts = False
        core.wire.on_message = None
        core.wire.lay_ghosts()
        with OpenConfig(target, PATIENT) as driver:
            assert VLAN.id not in driver.read()

    def test_a_change_that_nobody_confirms_is_taken_back_in_time(
        self, core: Switch, target: Target, other: Manager
    ) -> None:
        core.wire.on_message, core.wire.ghosts = at(CONFIRMING, lambda: None), True
        with (
            pytest.raises(Unreachable, match="at the latest after 1 s"),
            OpenConfig(target, Options(confirm_seconds=1)) as driver,
        ):
            driver.apply([VLAN])
        quiet = threading.Event()
        for _ in range(20):  # netconfd looks at its clock only while nobody calls
            quiet.wait(1.5)
            if not vlans(other):
                break
        assert vlans(other) == {}

    @pytest.mark.parametrize("words", [b"edit-config", b"<nc:confirmed/>", b"<nc:unlock>", b"get-config"])
    def test_wherever_it_breaks_the_next_session_finds_all_or_nothing(
        self, core: Switch, target: Target, other: Manager, words: bytes
    ) -> None:
        core.wire.on_message = at(words, lambda: None)
        try:
            with OpenConfig(target) as driver:
                driver.apply([VLAN, MEMBER])
            broke = False
        except Unreachable as error:
            assert error.transient
            broke = True
        assert core.wire.all_closed()
        with OpenConfig(target, PATIENT) as driver:
            found = {VLAN.id, MEMBER.id} & driver.read().keys()
            assert found == (set() if broke else {VLAN.id, MEMBER.id})
            assert set(driver.apply([VLAN, MEMBER]).values()) == {None}

    def test_a_switch_that_does_not_answer_is_given_up_in_time(self, core: Switch, target: Target) -> None:
        core.wire.on_message = at(b"edit-config", lambda: b"")
        with (
            pytest.raises(Unreachable, match="did not answer in time"),
            OpenConfig(replace(target, timeout_seconds=0.1)) as driver,
        ):
            driver.apply([VLAN])
        assert core.wire.all_closed()


class TestARestart:
    def test_between_read_and_write_is_told_and_the_next_session_goes_on(self, core: Switch, target: Target) -> None:
        with OpenConfig(target) as driver:
            driver.apply([MEMBER])
        with pytest.raises(Unreachable) as caught, OpenConfig(target) as driver:
            driver.read()
            core.restart()
            driver.apply([VLAN])
        assert caught.value.transient
        assert core.wire.all_closed()
        with OpenConfig(target) as driver:
            assert MEMBER.id in driver.read()  # the switch keeps what was confirmed
            assert driver.apply([VLAN]) == {VLAN.id: None}

    def test_in_the_middle_of_a_confirmed_commit_is_told(self, core: Switch, target: Target) -> None:
        def restart() -> bytes:
            core.restart()
            return CONFIRMING

        core.wire.on_message = at(CONFIRMING, restart)
        with pytest.raises(Unreachable, match="read again before going on"), OpenConfig(target) as driver:
            driver.apply([VLAN, MEMBER])
        with OpenConfig(target, PATIENT) as driver:
            found = {VLAN.id, MEMBER.id} & driver.read().keys()
            assert len(found) in (0, 2)
            assert set(driver.apply([VLAN, MEMBER]).values()) == {None}

    def test_while_it_is_down_it_is_unreachable(self, core: Switch, target: Target) -> None:
        core.stop()
        try:
            with pytest.raises(Unreachable) as caught, OpenConfig(target):
                pass
            assert caught.value.transient
        finally:
            core.start()
