"""The last look: what was read back step by step must still hold when everything is written."""

from datetime import timedelta

import pytest
from django.utils import timezone

from provisioning import beginning, control, execution, proving, recovery
from provisioning.drivers.protocol import Kind
from provisioning.models import Device, OnCancel, Run, RunStatus, SimulatedDevice, StepState, Undone
from tests.provisioning.things import (
    approved,
    approver_of_tests,
    carries,
    due_now,
    fault,
    lines,
    make_newcomer,
    put,
    take_away,
    work,
)

pytestmark = pytest.mark.django_db
Fault = SimulatedDevice.Fault


def written(run: Run) -> Run:
    """Everything is written and read back; the last look is still to come."""
    beginning.begin(run.pk)
    while devices := execution.devices_with_ready_steps(timezone.now()):
        for device_id in devices:
            execution.drain_device(device_id)
    run.refresh_from_db()
    assert run.status == RunStatus.CHECKING
    return run


def looked_at(run: Run) -> Run:
    proving.check(run.pk)
    run.refresh_from_db()
    return run


def test_a_run_succeeds_only_after_a_last_look_at_every_device() -> None:
    run = written(approved(make_newcomer()))
    assert set(run.steps.values_list("state", flat=True)) == {StepState.DONE}
    assert run.finished_at is None
    assert looked_at(run).status == RunStatus.SUCCEEDED
    assert run.checked_at


def test_what_a_device_forgot_meanwhile_fails_the_run_which_takes_the_rest_back() -> None:
    tenant = make_newcomer()
    switch = tenant.pod.switch.device
    run = written(approved(tenant))
    take_away(switch, Kind.VLAN, "100")  # as a switch does that restarts from what it saved before
    looked_at(run)
    assert run.status == RunStatus.UNDOING
    assert "Was written and read back; at the last look it was gone." in run.message
    work()
    run.refresh_from_db()
    assert (run.status, run.undone) == (RunStatus.FAILED, Undone.ALL)
    assert carries(switch) == {}
    assert {network.carrier.state for network in tenant.networks.select_related("vlan")} == {"held"}


def test_what_somebody_else_changed_meanwhile_is_told_as_it_is_now() -> None:
    tenant = make_newcomer()
    run = written(approved(tenant))
    put(tenant.pod.switch.device, Kind.VLAN, "101", name="mine")
    assert "at the last look it was name mine" in looked_at(run).message


def test_a_device_that_does_not_answer_is_looked_at_again_later() -> None:
    tenant = make_newcomer()
    run = written(approved(tenant))
    fault(tenant.pod.switch.device, Fault.UNREACHABLE)
    assert looked_at(run).status == RunStatus.CHECKING
    assert "does not answer" in run.message
    assert proving.awaiting_proof(timezone.now()) == []  # not at once
    fault(tenant.pod.switch.device)
    due_now()
    assert looked_at(run).status == RunStatus.SUCCEEDED


def test_a_device_that_is_put_aside_is_waited_for() -> None:
    tenant = make_newcomer()
    run = written(approved(tenant))
    later = timezone.now() + timedelta(minutes=5)
    Device.objects.filter(pk=tenant.pod.switch.device.pk).update(aside_until=later, failures=3, last_error="no answer")
    assert looked_at(run).status == RunStatus.CHECKING
    assert "Put aside after 3 failures" in run.message


def test_a_device_that_refuses_the_last_look_ends_the_run_and_what_was_written_is_kept() -> None:
    tenant = make_newcomer()
    run = written(approved(tenant))
    fault(tenant.pod.switch.device, Fault.SIGN_IN)
    assert (looked_at(run).status, run.undone) == (RunStatus.FAILED, Undone.KEPT)
    assert "the last look was refused" in lines(run)
    assert {network.carrier.state for network in tenant.networks.select_related("vlan")} == {"held"}


def test_a_lost_message_for_the_last_look_is_sent_again_by_the_sweeper() -> None:
    run = written(approved(make_newcomer()))
    assert recovery.sweep(now=timezone.now()).checked == 1
    assert looked_at(run).status == RunStatus.SUCCEEDED
    assert recovery.sweep(now=timezone.now()).checked == 0


def test_a_worker_killed_after_the_last_look_leaves_a_run_that_the_sweeper_ends() -> None:
    run = written(approved(make_newcomer()))
    Run.objects.filter(pk=run.pk).update(checked_at=timezone.now())
    assert recovery.sweep(now=timezone.now()).ended == 1
    run.refresh_from_db()
    assert run.status == RunStatus.SUCCEEDED


def test_a_run_cancelled_before_its_last_look_takes_everything_back() -> None:
    tenant = make_newcomer()
    run = written(approved(tenant))
    control.cancel(run=run, by=approver_of_tests(), written=OnCancel.UNDO)
    work()
    run.refresh_from_db()
    assert (run.status, run.undone) == (RunStatus.CANCELLED, Undone.ALL)
    assert carries(tenant.pod.switch.device) == {}


def test_many_runs_are_looked_at_together() -> None:
    first = make_newcomer()
    others = [make_newcomer(f"T{n}", pod=first.pod, vids=[200 + 2 * n, 201 + 2 * n]) for n in range(3)]
    waiting = [approved(tenant) for tenant in (first, *others)]
    for run in waiting:
        beginning.begin(run.pk)
    while devices := execution.devices_with_ready_steps(timezone.now()):
        for device_id in devices:
            execution.drain_device(device_id)
    proving.check(waiting[0].pk)
    for run in waiting:
        run.refresh_from_db()
        assert run.status == RunStatus.SUCCEEDED


def test_a_plan_without_a_write_needs_no_second_look() -> None:
    tenant = make_newcomer()
    approved(tenant)
    work()
    run = approved(tenant)
    beginning.begin(run.pk)
    run.refresh_from_db()
    assert run.status == RunStatus.SUCCEEDED
