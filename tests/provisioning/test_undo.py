"""A run that fails or is cancelled takes back what it wrote, and proves it; what it cannot is left to a person."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from provisioning import beginning, control, execution
from provisioning.drivers.protocol import Kind
from provisioning.models import (
    Device,
    OnCancel,
    Run,
    RunStatus,
    SimulatedDevice,
    Step,
    StepState,
    Undone,
)
from tenants.models import Tenant, TenantStatus
from tests.provisioning.things import (
    approved,
    approver_of_tests,
    carries,
    due_now,
    fault,
    leaving,
    lines,
    make_newcomer,
    put,
    work,
)

pytestmark = pytest.mark.django_db
Fault = SimulatedDevice.Fault


def refuse(device: Device, key: str) -> None:
    SimulatedDevice.objects.update_or_create(address=device.address, defaults={"refused_key": key})


def world() -> dict[str, dict[str, Any]]:
    """What every device carries."""
    return {device.name: carries(device) for device in Device.objects.order_by("name")}


def ended(run: Run) -> Run:
    run.refresh_from_db()
    assert not run.is_open, run.message
    return run


def vlans(tenant: Tenant) -> set[str]:
    return {network.carrier.state for network in tenant.networks.select_related("vlan")}


def live_tenant() -> Tenant:
    tenant = make_newcomer()
    approved(tenant)
    work()
    tenant.refresh_from_db()
    return tenant


def each_operation(run: Run) -> Iterator[tuple[Device, str]]:
    for step in run.steps.select_related("operation__device").order_by("position"):
        yield step.operation.device, step.operation.key


def test_whichever_write_fails_the_devices_are_as_before_and_the_vlans_held_anew() -> None:
    """Fail each step in turn; an offending object is told by the run's message."""
    tenant = make_newcomer()
    neighbour = make_newcomer("Bolt", pod=tenant.pod, vids=[200, 201])
    approved(neighbour)
    work()
    count = approved(tenant).steps.count()
    Run.objects.filter(plan__tenant=tenant).update(status=RunStatus.CANCELLED)
    Step.objects.filter(run__plan__tenant=tenant).update(state=StepState.SKIPPED)
    before = world()
    for number in range(count):
        run = approved(tenant)
        device, key = list(each_operation(run))[number]
        refuse(device, key)
        work()
        refuse(device, "")
        assert (ended(run).status, run.undone in (Undone.ALL, Undone.NOTHING)) == (RunStatus.FAILED, True), key
        assert "refused to write" in run.message
        assert key in run.message
        assert world() == before, key
        assert vlans(tenant) == {"held"}
        assert all(network.carrier.until for network in tenant.networks.select_related("vlan"))
    again = approved(tenant)
    work()
    assert ended(again).status == RunStatus.SUCCEEDED


def test_whichever_removal_fails_all_is_put_back_and_the_vlans_stay_releasing() -> None:
    tenant = leaving(live_tenant())
    before = world()
    count = approved(tenant).steps.count()
    Run.objects.filter(plan__tenant=tenant, status=RunStatus.QUEUED).update(status=RunStatus.CANCELLED)
    for number in range(count):
        run = approved(tenant)
        device, key = list(each_operation(run))[number]
        refuse(device, key)
        work()
        refuse(device, "")
        assert ended(run).status == RunStatus.FAILED, key
        assert world() == before, key
        assert vlans(tenant) == {"releasing"}
    run = approved(tenant)
    work()
    assert ended(run).status == RunStatus.SUCCEEDED


def test_what_was_there_before_the_run_is_not_undone() -> None:
    tenant = make_newcomer()
    switch = tenant.pod.switch.device
    run = approved(tenant)
    beginning.begin(run.pk)
    step = run.steps.get(operation__kind=Kind.VLAN, operation__key="100")
    assert step.goal
    put(switch, Kind.VLAN, "100", **step.goal)  # somebody wrote the same, meanwhile
    refuse(switch, "101")
    work()
    assert ended(run).undone == Undone.ALL
    assert carries(switch) == {"vlan 100": step.goal}


def test_the_way_back_is_the_way_there_reversed() -> None:
    tenant = make_newcomer()
    run = approved(tenant)
    refuse(Device.objects.get(tenant=tenant), "198.51.100.7")
    work()
    back = run.steps.filter(undoes__isnull=False).select_related("undoes").order_by("stage", "position")
    there = run.steps.filter(undoes=None).exclude(state=StepState.SKIPPED).order_by("-stage", "-position")
    assert [step.operation_id for step in back] == [step.operation_id for step in there]
    pairs = [(step, step.undoes) for step in back if step.undoes]
    assert {step.state for step, undone in pairs if undone.state == StepState.DONE} == {StepState.DONE}
    assert {step.state for step, undone in pairs if undone.state == StepState.FAILED} == {StepState.ALREADY}
    assert all(step.read_back == step.goal == undone.found for step, undone in pairs)


def stuck() -> tuple[Tenant, Run]:
    """The firewall refuses, and on the way back the vCenter refuses to give a port group up."""
    tenant = make_newcomer()
    run = approved(tenant)
    beginning.begin(run.pk)
    refuse(Device.objects.get(tenant=tenant), "198.51.100.7")
    vcenter = tenant.pod.dvs.vcenter.device
    for device in (tenant.pod.switch.device, vcenter):
        execution.drain_device(device.pk)
    refuse(vcenter, "dvs-pod-1/Acme-failover-test-101")
    work()
    return tenant, run


def test_what_cannot_be_undone_is_listed_and_its_vlans_are_releasing() -> None:
    tenant, run = stuck()
    assert (ended(run).status, run.undone) == (RunStatus.FAILED, Undone.PART)
    assert "Not undone: " in run.message
    assert "vc-pod-1: port group dvs-pod-1/Acme-failover-test-101" in run.message
    tenant.refresh_from_db()
    assert (tenant.status, vlans(tenant)) == (TenantStatus.OFFBOARDING, {"releasing"})
    assert "vlan 101" in carries(tenant.pod.switch.device), "a VLAN stays while something still uses it"


def test_what_could_not_be_undone_leaves_by_a_removal_and_then_the_vlans_are_free_to_rest() -> None:
    tenant, _ = stuck()
    refuse(tenant.pod.dvs.vcenter.device, "")
    removal = approved(tenant)
    work()
    assert ended(removal).status == RunStatus.SUCCEEDED
    assert all(not there for there in world().values())
    tenant.refresh_from_db()
    assert (tenant.status, vlans(tenant)) == (TenantStatus.WITHDRAWN, {"quarantined"})


def test_an_active_tenant_loses_only_the_network_that_could_not_be_undone() -> None:
    from tests.provisioning.things import add_network

    tenant = live_tenant()
    add_network(tenant, 150)
    run = approved(tenant)
    beginning.begin(run.pk)
    execution.drain_device(tenant.pod.switch.device.pk)
    fault(tenant.pod.dvs.vcenter.device, Fault.REFUSES)
    refuse(tenant.pod.switch.device, "150")
    work()
    tenant.refresh_from_db()
    assert (ended(run).undone, tenant.status) == (Undone.PART, TenantStatus.ACTIVE)
    states = {n.number: (n.status, n.carrier.state) for n in tenant.networks.select_related("vlan")}
    assert states == {100: ("live", "allocated"), 101: ("live", "allocated"), 150: ("removing", "releasing")}


def test_an_object_that_somebody_changed_meanwhile_is_left_to_a_person() -> None:
    tenant = make_newcomer()
    run = approved(tenant)
    beginning.begin(run.pk)
    switch = tenant.pod.switch.device
    execution.drain_device(switch.pk)
    put(switch, Kind.VLAN, "100", name="printers")
    fault(tenant.pod.dvs.vcenter.device, Fault.REFUSES)
    work()
    assert ended(run).undone == Undone.PART
    assert carries(switch)["vlan 100"] == {"name": "printers"}


def half_way() -> tuple[Tenant, Run]:
    tenant = make_newcomer()
    run = approved(tenant)
    beginning.begin(run.pk)
    execution.drain_device(tenant.pod.switch.device.pk)
    assert carries(tenant.pod.switch.device)
    return tenant, run


def test_cancelled_and_undone_nothing_further_is_written_and_the_devices_are_as_before() -> None:
    tenant, run = half_way()
    control.cancel(run=run, by=approver_of_tests(), written=OnCancel.UNDO)
    work()
    assert (ended(run).status, run.undone) == (RunStatus.CANCELLED, Undone.ALL)
    assert all(not there for there in world().values())
    assert vlans(tenant) == {"held"}


def test_cancelled_and_kept_what_was_written_stays_and_the_vlans_are_held_for_good() -> None:
    tenant, run = half_way()
    there = world()
    control.cancel(run=run, by=approver_of_tests(), written=OnCancel.KEEP)
    work()
    assert (ended(run).status, run.undone) == (RunStatus.CANCELLED, Undone.KEPT)
    assert world() == there
    assert {(n.carrier.state, n.carrier.until) for n in tenant.networks.select_related("vlan")} == {("held", None)}
    assert "Cancelled by ann: nothing further is written, what was written is kept." in lines(run)


def test_cancelled_before_it_began_nothing_is_ever_written() -> None:
    tenant = make_newcomer()
    run = approved(tenant)
    control.cancel(run=run, by=approver_of_tests(), written=OnCancel.UNDO)
    work()
    assert ended(run).status == RunStatus.CANCELLED
    assert all(not there for there in world().values())
    assert set(run.steps.values_list("state", flat=True)) == {StepState.SKIPPED}


def test_a_batch_under_way_when_the_run_is_cancelled_is_read_back_and_then_undone() -> None:
    tenant = make_newcomer()
    run = approved(tenant)
    beginning.begin(run.pk)
    first = run.steps.get(operation__kind=Kind.VLAN, operation__key="100")
    Step.objects.filter(pk=first.pk).update(state=StepState.WRITING, attempts=1, started_at=timezone.now())
    assert first.goal
    put(tenant.pod.switch.device, Kind.VLAN, "100", **first.goal)  # a worker has just written it
    control.cancel(run=run, by=approver_of_tests(), written=OnCancel.UNDO)
    run.refresh_from_db()
    assert run.is_open
    work()
    assert (ended(run).status, run.undone) == (RunStatus.CANCELLED, Undone.ALL)
    assert carries(tenant.pod.switch.device) == {}


def test_a_write_that_a_cancelled_run_had_collected_already_is_not_begun() -> None:
    tenant = make_newcomer()
    run = approved(tenant)
    beginning.begin(run.pk)
    switch = tenant.pod.switch.device
    steps = execution._collect(switch)
    control.cancel(run=run, by=approver_of_tests(), written=OnCancel.UNDO)
    from provisioning import leases

    lease = leases.take(switch.pk, now=timezone.now())
    assert lease
    execution._session(switch, steps, lease)
    lease.release()
    assert carries(switch) == {}
    assert set(run.steps.values_list("state", flat=True)) == {StepState.SKIPPED}


def test_a_paused_run_begins_nothing_until_it_is_resumed() -> None:
    _, run = half_way()
    by = approver_of_tests()
    control.pause(run=run, by=by)
    control.pause(run=run, by=by)
    there = world()
    work()
    assert world() == there
    run.refresh_from_db()
    assert (run.is_open, run.paused_by) == (True, by)
    control.resume(run=run, by=by)
    work()
    assert ended(run).status == RunStatus.SUCCEEDED
    assert lines(run).count("Paused by ann.") == 1


def test_a_run_that_has_ended_or_turns_back_takes_no_orders() -> None:
    _, run = half_way()
    by = approver_of_tests()
    control.cancel(run=run, by=by, written=OnCancel.UNDO)
    with pytest.raises(control.ControlRefused, match="taken back already"):
        control.cancel(run=run, by=by, written=OnCancel.KEEP)
    work()
    with pytest.raises(control.ControlRefused, match="has ended"):
        control.pause(run=run, by=by)
    with pytest.raises(control.ControlRefused, match="has ended"):
        control.cancel(run=run, by=by, written=OnCancel.KEEP)


def test_an_undoing_that_a_device_interrupts_goes_on_when_it_is_back() -> None:
    tenant, run = half_way()
    control.cancel(run=run, by=approver_of_tests(), written=OnCancel.UNDO)
    fault(tenant.pod.switch.device, Fault.UNREACHABLE)
    work()
    run.refresh_from_db()
    assert run.status == RunStatus.UNDOING
    fault(tenant.pod.switch.device)
    due_now()
    work()
    assert (ended(run).status, run.undone) == (RunStatus.CANCELLED, Undone.ALL)
