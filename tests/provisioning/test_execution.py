"""Pushing, in this process: what a run does, tells and refuses, whatever the device does."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from inventory.models import Vlan
from provisioning import beginning, execution, leases, recovery, runs
from provisioning.approval import AlreadyDecided, ApprovalRefused, approve, reject
from provisioning.drivers.protocol import Kind, Refused, Unreachable
from provisioning.models import (
    Device,
    DeviceKind,
    Plan,
    PlanStatus,
    Run,
    RunStatus,
    SimulatedDevice,
    Step,
    StepState,
    Undone,
)
from provisioning.planning import make_plan
from tenants.models import NetworkStatus, TenantStatus
from tests.factories import make_user
from tests.provisioning.things import (
    add_network,
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


def states(run: Run) -> set[str]:
    return set(run.steps.values_list("state", flat=True))


def ended(run: Run) -> Run:
    run.refresh_from_db()
    assert not run.is_open
    return run


def begin_only(run: Run) -> None:
    beginning.begin(run.pk)


def test_a_run_pushes_all_reads_it_back_and_settles_the_tenant() -> None:
    tenant = make_newcomer()
    run = approved(tenant)
    work()

    assert ended(run).status == RunStatus.SUCCEEDED
    assert states(run) == {StepState.DONE}
    assert all(step.read_back == step.operation.after for step in run.steps.select_related("operation"))
    tenant.refresh_from_db()
    assert tenant.status == TenantStatus.ACTIVE
    assert {n.carrier.state for n in tenant.networks.select_related("vlan")} == {"allocated"}
    assert carries(tenant.pod.dvs.vcenter.device).keys() == {
        "port group dvs-pod-1/Acme-failover-production-100",
        "port group dvs-pod-1/Acme-failover-test-101",
    }


def test_a_removal_leaves_nothing_and_quarantines_the_vlans() -> None:
    tenant = make_newcomer()
    approved(tenant)
    work()
    for network in tenant.networks.select_related("vlan"):
        Vlan.objects.filter(networks=network).update(state="releasing")
    tenant.networks.update(status=NetworkStatus.REMOVING)
    type(tenant).objects.filter(pk=tenant.pk).update(status=TenantStatus.OFFBOARDING)
    tenant.refresh_from_db()
    run = approved(tenant)
    work()

    assert ended(run).status == RunStatus.SUCCEEDED
    for device in Device.objects.all():
        assert carries(device) == {}
    tenant.refresh_from_db()
    assert tenant.status == TenantStatus.DEPARTED
    assert {n.carrier.state for n in tenant.networks.select_related("vlan")} == {"quarantined"}


def test_stages_wait_for_one_another() -> None:
    run = approved(make_newcomer())
    begin_only(run)
    ready = execution.ready_steps(timezone.now())
    assert set(ready.values_list("stage", flat=True)) == {10}
    execution.drain_device(run.steps.filter(stage=10)[0].device_id)
    assert set(execution.ready_steps(timezone.now()).values_list("stage", flat=True)) == {20}


def test_two_runs_for_a_device_go_out_in_one_session() -> None:
    first = make_newcomer()
    second = make_newcomer("Bolt", pod=first.pod, vids=[200, 201])
    one, two = approved(first), approved(second)
    work()
    for run in (one, two):
        assert ended(run).status == RunStatus.SUCCEEDED
        assert "core-a: one session for 8 operations of 2 runs." in lines(run)
        assert "vc-pod-1: one session for 4 operations of 2 runs." in lines(run)


def test_a_run_that_fails_does_not_drag_its_neighbour_along() -> None:
    first = make_newcomer()
    second = make_newcomer("Bolt", pod=first.pod, vids=[200, 201])
    bad, good = approved(first), approved(second)
    begin_only(bad)
    put(first.pod.switch.device, Kind.VLAN, "100", name="printers")
    work()
    assert ended(bad).status == RunStatus.REFUSED
    assert ended(good).status == RunStatus.SUCCEEDED


def test_a_run_refuses_before_its_first_write_when_any_device_moved_since_the_plan() -> None:
    tenant = make_newcomer()
    run = approved(tenant)
    group = "dvs-pod-1/Acme-failover-test-101"
    put(tenant.pod.dvs.vcenter.device, Kind.PORT_GROUP, group, vlan_id=7)
    work()
    assert ended(run).status == RunStatus.REFUSED
    assert f"vc-pod-1: port group {group} is now vlan id 7" in run.message
    assert states(run) == {StepState.SKIPPED}
    assert carries(tenant.pod.switch.device) == {}
    assert {n.carrier.state for n in tenant.networks.select_related("vlan")} == {"held"}


def test_a_device_that_moves_in_the_middle_fails_the_run_and_says_what_was_found() -> None:
    tenant = make_newcomer()
    run = approved(tenant)
    begin_only(run)
    execution.drain_device(tenant.pod.switch.device.pk)
    put(tenant.pod.dvs.vcenter.device, Kind.PORT_GROUP, "dvs-pod-1/Acme-failover-test-101", vlan_id=7)
    work()
    assert ended(run).status == RunStatus.FAILED
    assert "The device moved since the plan was made" in run.message
    assert run.steps.get(state=StepState.FAILED).found == {"vlan_id": 7}
    assert states(run) == {StepState.DONE, StepState.FAILED, StepState.SKIPPED}


def test_what_is_there_already_is_not_written_again() -> None:
    tenant = make_newcomer()
    run = approved(tenant)
    put(tenant.pod.switch.device, Kind.TRUNK_VLAN, "port-channel1/100")
    work()
    assert ended(run).status == RunStatus.SUCCEEDED
    assert run.steps.get(operation__key="port-channel1/100").state == StepState.ALREADY


def test_a_refused_write_fails_the_run_at_once_and_its_vlans_are_held_as_after_intake() -> None:
    tenant = make_newcomer()
    fault(tenant.pod.switch.device, Fault.REFUSES)
    run = approved(tenant)
    work()
    assert ended(run).status == RunStatus.FAILED
    assert "refused to write vlan 100" in run.message
    assert {n.carrier.state for n in tenant.networks.select_related("vlan")} == {"held"}
    assert all(n.carrier.until for n in tenant.networks.select_related("vlan"))
    tenant.refresh_from_db()
    assert tenant.status == TenantStatus.ONBOARDING


def test_a_device_that_forgets_is_found_out_by_the_read_back() -> None:
    tenant = make_newcomer()
    fault(tenant.pod.switch.device, Fault.FORGETS)
    run = approved(tenant)
    work()
    assert ended(run).status == RunStatus.FAILED
    assert "reads back something else" in run.message


@pytest.mark.parametrize("how", [Fault.UNREACHABLE, Fault.BREAKS])
def test_a_passing_trouble_is_tried_again_after_a_pause(how: str) -> None:
    tenant = make_newcomer()
    run = approved(tenant)
    begin_only(run)
    fault(tenant.pod.switch.device, how)
    work()
    run.refresh_from_db()
    assert run.status == RunStatus.RUNNING
    waiting = run.steps.filter(stage=10)
    begun = 1 if how == Fault.BREAKS else 0
    assert all(step.attempts == begun and step.not_before for step in waiting if step.state != StepState.DONE)

    fault(tenant.pod.switch.device)
    due_now()
    work()
    assert ended(run).status == RunStatus.SUCCEEDED


def test_a_write_that_breaks_the_session_five_times_is_given_up_and_undone() -> None:
    tenant = make_newcomer()
    run = approved(tenant)
    begin_only(run)
    fault(tenant.pod.switch.device, Fault.BREAKS)
    run.refresh_from_db()
    while run.status == RunStatus.RUNNING:
        due_now()
        Device.objects.update(aside_until=None)
        work()
        run.refresh_from_db()
    assert run.status == RunStatus.UNDOING
    assert "Given up after 5 attempts" in run.message or "connection" in run.message
    fault(tenant.pod.switch.device)
    Device.objects.update(aside_until=None)
    due_now()
    work()
    assert (ended(run).status, run.undone) == (RunStatus.FAILED, Undone.ALL)
    assert carries(tenant.pod.switch.device) == {}


def test_a_device_that_does_not_answer_is_put_aside_and_the_run_waits_for_it() -> None:
    tenant = make_newcomer()
    run = approved(tenant)
    vcenter = tenant.pod.dvs.vcenter.device
    fault(vcenter, Fault.UNREACHABLE)
    for _ in range(8):
        due_now()
        work()
    run.refresh_from_db()
    vcenter.refresh_from_db()
    assert run.status == RunStatus.QUEUED
    assert "vc-pod-1: Put aside after 3 failures in a row" in run.message
    assert vcenter.aside_until
    assert carries(tenant.pod.switch.device) == {}

    fault(vcenter)
    Device.objects.update(aside_until=timezone.now())
    due_now()
    work()
    assert ended(run).status == RunStatus.SUCCEEDED
    vcenter.refresh_from_db()
    assert vcenter.failures == 0
    assert not vcenter.aside_until


def test_a_refused_password_ends_a_run_at_once() -> None:
    tenant = make_newcomer()
    run = approved(tenant)
    fault(tenant.pod.dvs.vcenter.device, Fault.SIGN_IN)
    work()
    assert ended(run).status == RunStatus.FAILED
    assert "refused the user name or password" in run.message


def test_a_step_left_in_the_middle_of_writing_is_read_and_finished() -> None:
    tenant = make_newcomer()
    run = approved(tenant)
    begin_only(run)
    Step.objects.filter(run=run, stage=10).update(state=StepState.WRITING, attempts=1, started_at=timezone.now())
    put(tenant.pod.switch.device, Kind.TRUNK_VLAN, "port-channel1/100")
    work()
    assert ended(run).status == RunStatus.SUCCEEDED
    step = run.steps.get(operation__key="port-channel1/100")
    assert (step.state, step.message) == (StepState.DONE, "An earlier attempt had written it.")


def test_a_step_left_writing_by_a_run_that_has_ended_is_told_and_not_written() -> None:
    tenant = make_newcomer()
    run = approved(tenant)
    begin_only(run)
    Step.objects.filter(run=run, stage=10).update(state=StepState.WRITING, attempts=1, started_at=timezone.now())
    runs.end(run.pk, RunStatus.FAILED, "another device refused", now=timezone.now())
    work()
    assert set(run.steps.filter(stage=10).values_list("state", flat=True)) == {StepState.FAILED}
    assert carries(tenant.pod.switch.device) == {}


def test_a_network_given_up_during_the_push_is_not_called_live() -> None:
    tenant = make_newcomer()
    run = approved(tenant)
    begin_only(run)
    type(tenant.networks.first().vlan).objects.filter(vid=101).update(state="releasing")  # type: ignore[union-attr]
    tenant.networks.filter(vlan__vid=101).update(status=NetworkStatus.REMOVING)
    add_network(tenant, 150)
    work()
    assert ended(run).status == RunStatus.SUCCEEDED
    assert dict(tenant.networks.values_list("vlan__vid", "status")) == {100: "live", 101: "removing", 150: "planned"}


def test_a_plan_without_operations_reads_again_and_settles() -> None:
    tenant = make_newcomer()
    approved(tenant)
    work()
    tenant.refresh_from_db()
    run = approved(tenant)
    assert not run.steps.exists()
    work()
    assert ended(run).status == RunStatus.SUCCEEDED


def test_a_plan_without_operations_is_refused_when_a_device_no_longer_agrees() -> None:
    tenant = make_newcomer()
    approved(tenant)
    work()
    tenant.refresh_from_db()
    run = approved(tenant)
    take_away(tenant.pod.switch.device, Kind.VLAN, "100")
    work()
    assert ended(run).status == RunStatus.REFUSED


def test_one_may_not_approve_ones_own_plan_unless_a_setting_allows_it(settings: Settings) -> None:
    olga = make_user("olga")
    plan = make_plan(tenant=make_newcomer(), by=olga)
    with pytest.raises(ApprovalRefused, match="somebody else approves it"):
        approve(plan=plan, plan_hash=plan.hash, by=olga)
    assert not Run.objects.exists()
    settings.ALLOW_SELF_APPROVAL = True
    run = approve(plan=plan, plan_hash=plan.hash, by=olga)
    assert run and run.status == RunStatus.QUEUED


def test_a_second_approval_makes_no_second_run() -> None:
    plan = make_plan(tenant=make_newcomer(), by=None)
    stale = Plan.objects.get(pk=plan.pk)
    approve(plan=plan, plan_hash=plan.hash, by=approver_of_tests())
    with pytest.raises(AlreadyDecided):
        approve(plan=stale, plan_hash=plan.hash, by=approver_of_tests())
    assert Run.objects.count() == 1


def test_an_approval_of_another_hash_or_of_a_changed_tenant_is_refused() -> None:
    tenant = make_newcomer()
    plan = make_plan(tenant=tenant, by=None)
    with pytest.raises(ApprovalRefused, match="not the one that you read"):
        approve(plan=plan, plan_hash="0" * 64, by=approver_of_tests())
    add_network(tenant, 150)
    with pytest.raises(ApprovalRefused, match="was changed since this plan was made"):
        approve(plan=plan, plan_hash=plan.hash, by=approver_of_tests())
    plan.refresh_from_db()
    assert plan.status == PlanStatus.PROPOSED


def test_a_rejected_plan_keeps_the_note_and_cannot_be_approved() -> None:
    plan = make_plan(tenant=make_newcomer(), by=None)
    reject(plan=plan, plan_hash=plan.hash, by=approver_of_tests(), note="wrong pod")
    plan.refresh_from_db()
    assert (plan.status, plan.decision_note) == (PlanStatus.REJECTED, "wrong pod")
    with pytest.raises(AlreadyDecided):
        approve(plan=plan, plan_hash=plan.hash, by=approver_of_tests())


def test_an_approval_takes_the_expiry_off_the_holds() -> None:
    tenant = make_newcomer()
    approved(tenant)
    assert {n.carrier.until for n in tenant.networks.select_related("vlan")} == {None}


def test_a_lease_has_one_holder_until_it_is_released_or_runs_out(settings: Settings) -> None:
    device = make_newcomer().pod.switch.device
    now = timezone.now()
    lease = leases.take(device.pk, now=now)
    assert lease is not None
    assert leases.take(device.pk, now=now) is None
    late = now + timedelta(seconds=settings.LEASE_SECONDS + 1)
    other = leases.take(device.pk, now=late)
    assert other is not None
    with pytest.raises(leases.LeaseLost):
        lease.must_hold()
    other.release()
    assert leases.take(device.pk, now=now) is not None


def test_a_leased_device_is_left_to_its_holder() -> None:
    run = approved(make_newcomer())
    begin_only(run)
    device_id = run.steps.filter(stage=10)[0].device_id
    lease = leases.take(device_id, now=timezone.now())
    assert lease
    execution.drain_device(device_id)
    assert states(run) == {StepState.PENDING}


def test_the_reaper_releases_a_dead_workers_lease_and_says_so(settings: Settings) -> None:
    run = approved(make_newcomer())
    begin_only(run)
    step = run.steps.filter(stage=10)[0]
    leases.take(step.device_id, now=timezone.now() - timedelta(seconds=settings.LEASE_SECONDS + 5))
    Step.objects.filter(pk=step.pk).update(state=StepState.WRITING, attempts=1)
    swept = recovery.sweep(now=timezone.now())
    assert (swept.released, swept.woken) == (1, 1)
    assert "showed no sign of life" in lines(run)


def test_the_sweeper_begins_a_run_whose_message_was_lost_and_ends_one_that_nobody_ended() -> None:
    run = approved(make_newcomer())
    assert recovery.sweep(now=timezone.now()).begun == 1
    begin_only(run)
    Step.objects.filter(run=run).update(state=StepState.ALREADY)
    assert recovery.sweep(now=timezone.now()).ended == 1
    assert ended(run).status == RunStatus.SUCCEEDED


def test_a_tenant_without_a_firewall_gets_a_simulated_one() -> None:
    tenant = make_newcomer()
    make_plan(tenant=tenant, by=None)
    firewall = Device.objects.get(tenant=tenant)
    assert (firewall.kind, firewall.is_simulated) == (DeviceKind.FIREWALL, True)


def test_what_waits_for_another_attempt_keeps_back_what_comes_after_it() -> None:
    run = approved(make_newcomer())
    begin_only(run)
    first, second, *_ = run.steps.filter(stage=10).order_by("position")
    Step.objects.filter(pk=first.pk).update(not_before=timezone.now() + timedelta(minutes=1))
    assert not execution.ready_steps(timezone.now()).filter(run=run).exists()
    due_now()
    assert execution.ready_steps(timezone.now()).filter(pk=second.pk).exists()


def test_a_refusal_of_what_rests_on_something_put_off_is_no_failure_yet() -> None:
    run = approved(make_newcomer())
    first, second = run.steps.filter(stage=10).order_by("position")[:2]
    first.attempts = second.attempts = 1
    now = timezone.now()
    execution._judge(first, {}, Unreachable("busy"), rests=False, now=now)
    execution._judge(second, {}, Refused("there is no such alias"), rests=True, now=now)
    assert (first.state, second.state) == (StepState.PENDING, StepState.PENDING)
    execution._judge(second, {}, Refused("there is no such alias"), rests=False, now=now)
    assert second.state == StepState.FAILED
