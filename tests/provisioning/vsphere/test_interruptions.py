"""Sessions that end, tasks that outlast their time, a vCenter that is restarted: found out, and none left open."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lab.independent import add_groups, group_named, signed_in, snapshot, vim
from lab.simulators import Simulator, Strict, vcsim
from provisioning.drivers.protocol import Change, ObjectId, Target, Unreachable
from provisioning.drivers.vsphere import VSphere, driver
from provisioning.drivers.vsphere.sdk import vmodl
from tests.provisioning.vsphere.conftest import target_of
from tests.provisioning.vsphere.groups import calls, closed, group
from tests.provisioning.vsphere.test_connection import open_sessions
from tests.services import wait_until

pytestmark = pytest.mark.lab


@pytest.fixture
def alone() -> Iterator[Simulator]:
    """A vCenter that a test may stop."""
    with vcsim(dvs=("dvs-a", "dvs-b")) as running:
        yield running


def end_session(content: Any, before: set[str]) -> str:
    """What a vCenter's administrator does: end the one session that was not there before."""
    (session,) = open_sessions(content) - before
    content.sessionManager.TerminateSession(sessionId=[session])
    return session


class EndedInMidRun(VSphere):
    """Its session is ended once, after it looked and before it writes."""

    end: Callable[[], Any] | None = None

    def _run(self, starts: Any) -> dict[ObjectId, Any]:
        end, self.end = self.end, None
        if end is not None:
            end()
        return super()._run(starts)


# --- Sessions -------------------------------------------------------------------------------------


def test_a_session_that_was_ended_is_opened_anew_and_closed_too(target: Target, other: Any) -> None:
    before = open_sessions(other)
    add_groups(other, "dvs-a", {"legacy": 12})
    with VSphere(target) as vsphere:
        ended = end_session(other, before)
        assert list(vsphere.read()) == [group("legacy")]
        assert len(open_sessions(other) - before - {ended}) == 1
    assert open_sessions(other) - {ended} == before


def test_a_session_that_ends_before_a_write_loses_and_repeats_nothing(
    target: Target, other: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = open_sessions(other)
    add_groups(other, "dvs-a", {"old": 12, "going": 13})
    counted = calls(other, monkeypatch)
    ended = set()
    with EndedInMidRun(target) as vsphere:
        vsphere.read()
        vsphere.end = lambda: ended.add(end_session(other, before))
        changes = [Change(group("old"), closed(44)), *(Change(group(f"t-{vid}"), closed(vid)) for vid in range(2, 12))]
        assert set(vsphere.apply(changes).values()) == {None}
        vsphere.end = lambda: ended.add(end_session(other, before | ended))
        assert vsphere.remove([group("going")]) == {group("going"): None}
        assert vsphere.read() == {change.id: change.after for change in changes}
    assert len(ended) == 2
    assert counted.count("AddDVPortgroup_Task") == 2  # the one that was refused, and the one that was taken
    assert open_sessions(other) - ended == before


@pytest.mark.parametrize("broken", ["read", "apply", "remove"])
def test_whatever_breaks_inside_leaves_no_session_behind(
    target: Target, other: Any, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    before = open_sessions(other)
    monkeypatch.setattr(VSphere, "_look" if broken == "read" else f"_{broken}", fail)
    with pytest.raises(ZeroDivisionError), VSphere(target) as vsphere:
        getattr(vsphere, broken)(*([] if broken == "read" else [[]]))
    assert open_sessions(other) == before


# --- Time -----------------------------------------------------------------------------------------


def test_a_task_that_outlasts_its_time_is_told_and_what_it_did_in_the_end_is_found_rather_than_done_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(driver, "PATIENCE", 0.02)  # of 20 s
    changes = [Change(group(f"t-{vid}"), closed(vid)) for vid in range(2, 12)]
    slow = Strict(slow_tasks={"AddDVPortgroup_Task": 2000}, stubborn=True)
    with vcsim(dvs=("dvs-a",), strict=slow) as running, signed_in(running) as other:
        before = open_sessions(other)
        with (
            pytest.raises(Unreachable, match=r"did not finish within 0\.4 s: read the device again") as told,
            VSphere(target_of(running)) as vsphere,
        ):
            vsphere.apply(changes)
        assert told.value.transient
        assert open_sessions(other) == before
        wait_until(lambda: "t-2" in snapshot(other), what="the task to end after all")

        counted = calls(other, monkeypatch)
        with VSphere(target_of(running)) as vsphere:
            assert vsphere.apply(changes) == {change.id: None for change in changes}
        assert not [name for name in counted if name.endswith("_Task")]


def test_a_task_that_outlasts_its_time_is_called_off_so_that_it_writes_nothing_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(driver, "PATIENCE", 0.02)  # of 20 s
    slow = Strict(slow_tasks={"AddDVPortgroup_Task": 120_000})
    with vcsim(dvs=("dvs-a",), strict=slow) as running, signed_in(running) as other:
        with pytest.raises(Unreachable, match="did not finish"), VSphere(target_of(running)) as vsphere:
            vsphere.apply([Change(group("t-2"), closed(2))])
        task = [one for one in other.taskManager.recentTask if one.info.descriptionId.endswith("addDVPortgroup")][-1]
        assert isinstance(task.info.error, vmodl.fault.RequestCanceled)
        with pytest.raises(vim.fault.InvalidState):
            task.CancelTask()  # once is enough


def test_slow_tasks_within_their_time_are_waited_for() -> None:
    slow = Strict(slow_tasks={"AddDVPortgroup_Task": 150, "ReconfigureDVPortgroup_Task": 150, "Destroy_Task": 150})
    one = group("t-2")
    with vcsim(dvs=("dvs-a",), strict=slow) as running, VSphere(target_of(running)) as vsphere:
        assert vsphere.apply([Change(one, closed(2))]) == {one: None}
        assert vsphere.apply([Change(one, closed(3))]) == {one: None}
        assert vsphere.read() == {one: closed(3)}
        assert vsphere.remove([one]) == {one: None}
        assert vsphere.read() == {}


# --- Restarts -------------------------------------------------------------------------------------


def until_it_answers(call: Callable[[], Any]) -> Any:
    """As a run does: what is transient is tried again, a few times."""
    for _ in range(3):
        try:
            return call()
        except Unreachable:
            continue
    return call()


def test_a_vcenter_that_was_restarted_is_signed_in_to_again_and_written_from_what_is_there_now(
    alone: Simulator,
) -> None:
    changes = [Change(group(f"t-{vid}"), closed(vid)) for vid in range(2, 12)]
    with VSphere(target_of(alone)) as vsphere:
        vsphere.apply(changes[:5])
        assert len(vsphere.read()) == 5
        alone.stop()
        with pytest.raises(Unreachable, match=r"hung up|cannot be reached"):
            vsphere.read()
        alone.start()

        assert set(until_it_answers(lambda: vsphere.apply(changes)).values()) == {None}

        assert vsphere.read() == {change.id: change.after for change in changes}
        assert vsphere.remove([changes[0].id, group("never")]) == {changes[0].id: None, group("never"): None}
    with signed_in(alone) as other:
        assert group_named(other, "t-3").config.configVersion == "1"
        assert open_sessions(other) == {other.sessionManager.currentSession.key}


def test_a_vcenter_that_goes_away_between_look_and_write_is_unreachable_and_written_once_it_is_back(
    alone: Simulator,
) -> None:
    changes = [Change(group(f"t-{vid}"), closed(vid)) for vid in range(2, 12)]
    with EndedInMidRun(target_of(alone)) as vsphere:
        vsphere.end = alone.stop
        with pytest.raises(Unreachable) as told:
            vsphere.apply(changes)
        assert told.value.transient
    alone.start()
    with VSphere(target_of(alone)) as vsphere:
        assert vsphere.read() == {}
        assert set(vsphere.apply(changes).values()) == {None}
        assert vsphere.read() == {change.id: change.after for change in changes}
