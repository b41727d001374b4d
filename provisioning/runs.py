"""A run's own life: its look at every device before the first write, its stages, and how it ends."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from inventory.allocation import MoveRefused
from provisioning import dispatch
from provisioning.devices import devices_of, read_all
from provisioning.drivers.protocol import DeviceError, DeviceState, Kind, ObjectId
from provisioning.intent import facts_about, intended
from provisioning.models import Device, DriftFinding, LogLine, Plan, Run, RunStatus, Step, StepState
from provisioning.models.runs import OPEN_STEPS, SETTLED_WELL
from provisioning.planning import draft
from provisioning.retries import MAX_ATTEMPTS, next_attempt
from tenants.life import TenantMoveRefused
from tenants.models import Network, NetworkStatus, Tenant
from tenants.settling import settle

Answers = Mapping[Device, DeviceState | DeviceError]


def log(run_ids: Iterable[int], text: str, *, level: str = "info") -> None:
    LogLine.objects.bulk_create([LogLine(run_id=id, text=text[:500], level=level) for id in sorted(set(run_ids))])


def lock_open(run_ids: Iterable[int]) -> set[int]:
    """Lock these runs, by ascending id, and say which are still under way. Call it inside a transaction."""
    locked = Run.objects.select_for_update().filter(pk__in=set(run_ids)).order_by("pk")
    return {run.pk for run in locked if run.status == RunStatus.RUNNING}


def queued(now: datetime) -> list[Run]:
    due = Q(not_before__isnull=True) | Q(not_before__lte=now)
    runs = Run.objects.filter(due, status=RunStatus.QUEUED).order_by("pk")
    return list(runs.select_related("plan__tenant__pod__switch", "plan__tenant__pod__dvs__vcenter"))


def begin(run_id: int) -> None:
    """Look at every device of the run before its first write, and set it going, or refuse it.

    All runs that are queued at this moment are begun together: each device is read once for all of them, however
    many there are. A message for a run that was begun in such company finds nothing to do.
    """
    now = timezone.now()
    waiting = queued(now)
    if run_id not in {run.pk for run in waiting}:
        return
    devices = {run.pk: _devices_concerned(run.plan) for run in waiting}
    answers = read_all({d.pk: d for group in devices.values() for d in group}.values())
    for run in waiting:
        _begin_one(run, {device: answers[device] for device in devices[run.pk]}, now=now)


def _devices_concerned(plan: Plan) -> list[Device]:
    """Those that the plan writes to; all of the tenant's where it found nothing to write."""
    named = list(Device.objects.filter(operations__plan=plan).distinct().select_related("vcenter"))
    return named or list(devices_of(plan.tenant).values())


def _begin_one(run: Run, answers: Answers, *, now: datetime) -> None:
    errors = {device: answer for device, answer in answers.items() if isinstance(answer, DeviceError)}
    if errors:
        return _put_off(run, errors, now=now)
    states = {device: answer for device, answer in answers.items() if not isinstance(answer, DeviceError)}
    moved = what_moved(run.plan, states)
    with transaction.atomic():
        # Compare and swap: two workers may have looked at the same time.
        to = RunStatus.REFUSED if moved else RunStatus.RUNNING
        if not Run.objects.filter(pk=run.pk, status=RunStatus.QUEUED).update(status=to, started_at=now):
            return None
        if moved:
            return end(run.pk, RunStatus.REFUSED, "; ".join(moved), now=now)
        log([run.pk], f"Every device is as the plan found it ({', '.join(d.name for d in states)}). Begun.")
    return advance(run.pk)


def what_moved(plan: Plan, states: Mapping[Device, DeviceState]) -> list[str]:
    """What is neither as the plan found it nor as the plan wants it, in words."""
    by_id = {device.pk: state for device, state in states.items()}
    operations = list(plan.operations.select_related("device"))
    if not operations:
        return _no_longer_agrees(plan, states)
    moved = []
    for op in operations:
        there = by_id[op.device_id].get(ObjectId(Kind(op.kind), op.key))
        if there not in (op.before, op.after):
            moved.append(f"{op.device}: {Kind(op.kind).replace('_', ' ')} {op.key} is now {_in_words(there)}")
    return moved


def _no_longer_agrees(plan: Plan, states: Mapping[Device, DeviceState]) -> list[str]:
    devices = devices_of(plan.tenant)
    by_device = {device.pk: state for device, state in states.items()}
    present = {kind: by_device[device.pk] for kind, device in devices.items()}
    differences = draft(devices, intended(facts_about(plan.tenant)), present)
    return [f"{op.kind.replace('_', ' ')} {op.key} no longer agrees" for op in differences]


def _in_words(attributes: object) -> str:
    if attributes is None:
        return "gone"
    if isinstance(attributes, dict) and attributes:
        return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in attributes.items())
    return "there"


def _put_off(run: Run, errors: Mapping[Device, DeviceError], *, now: datetime) -> None:
    """Nothing was written yet: try again later, or end the run where that will not help."""
    text = "; ".join(str(error) for error in errors.values())[:400]
    attempts = run.attempts + 1
    if attempts >= MAX_ATTEMPTS or not all(error.transient for error in errors.values()):
        with transaction.atomic():
            if lock_queued(run.pk):
                end(run.pk, RunStatus.FAILED, text, now=now)
        return
    Run.objects.filter(pk=run.pk, status=RunStatus.QUEUED).update(
        attempts=attempts, not_before=next_attempt(attempts, now=now), message=text
    )
    log([run.pk], f"{text} Attempt {attempts} of {MAX_ATTEMPTS}; will be tried again.", level="warning")


def lock_queued(run_id: int) -> bool:
    return Run.objects.select_for_update().filter(pk=run_id, status=RunStatus.QUEUED).first() is not None


def advance(run_id: int) -> None:
    """Go on to the next stage, or end the run, by what its steps say. Doing it twice changes nothing."""
    now = timezone.now()
    try:
        with transaction.atomic():
            if run_id in lock_open([run_id]):
                _advance(run_id, now=now)
    except (MoveRefused, TenantMoveRefused) as error:
        with transaction.atomic():
            if run_id in lock_open([run_id]):
                text = f"The devices agree with the plan, but the tenant could not be settled: {error}"
                end(run_id, RunStatus.FAILED, text, now=now)


def _advance(run_id: int, *, now: datetime) -> None:
    steps = list(Step.objects.filter(run_id=run_id).select_related("operation", "device").order_by("stage", "pk"))
    failed = [step for step in steps if step.state == StepState.FAILED]
    if failed:
        return _end_badly(run_id, steps, failed, now=now)
    open_ = [step for step in steps if step.state in OPEN_STEPS]
    if not open_:
        return _succeed(run_id, now=now)
    stage = open_[0].stage
    for device_id in sorted({step.device_id for step in open_ if step.stage == stage}):
        dispatch.after_commit(dispatch.DRAIN_DEVICE, device_id)
    return None


def _end_badly(run_id: int, steps: list[Step], failed: list[Step], *, now: datetime) -> None:
    """A device that moved before anything was written is a refusal; anything else a failure."""
    first = failed[0]
    reason = f"{first.device}: {first.operation}: {first.message}"
    untouched = all(step.started_at is None and step.attempts == 0 for step in steps)
    end(run_id, RunStatus.REFUSED if untouched else RunStatus.FAILED, reason, now=now)


def end(run_id: int, status: RunStatus, message: str, *, now: datetime) -> None:
    """End the run without success. VLANs stay as they are: held for good, or releasing, until a plan succeeds or the
    tenant is withdrawn. A step that is being written right now is told by whoever writes it."""
    Step.objects.filter(run_id=run_id, state=StepState.PENDING).update(state=StepState.SKIPPED, finished_at=now)
    Run.objects.filter(pk=run_id).update(status=status, message=message[:500], finished_at=now)
    log([run_id], f"{status.label}: {message}", level="error")


def _succeed(run_id: int, *, now: datetime) -> None:
    """Every step was read back: settle the networks that this plan was about, and only those."""
    run = Run.objects.select_related("plan__tenant", "started_by").get(pk=run_id)
    unsettled = Step.objects.filter(run=run).exclude(state__in=SETTLED_WELL)
    if unsettled.exists():
        raise RuntimeError(f"Run {run_id} has steps that were not read back.")
    Run.objects.filter(pk=run_id).update(status=RunStatus.SUCCEEDED, finished_at=now, message="")
    tenant = Tenant.objects.select_for_update().get(pk=run.plan.tenant_id)
    settle(tenant=tenant, by=run.started_by, now=now, networks=_still_meant(run.plan))
    for op in run.plan.operations.all():
        DriftFinding.objects.filter(device_id=op.device_id, kind=op.kind, key=op.key).delete()
    log([run_id], "Everything was read back and agrees. Succeeded.")


def _still_meant(plan: Plan) -> list[int]:
    """The plan's networks that are still meant as they were: one given up during the push is not called live."""
    present = Q(pk__in=plan.networks.get("present", []), status=NetworkStatus.PLANNED)
    absent = Q(pk__in=plan.networks.get("absent", []), status=NetworkStatus.REMOVING)
    return list(Network.objects.filter(present | absent).values_list("pk", flat=True))


def without_open_steps() -> list[int]:
    """Runs whose steps are all told but which nobody ended: a worker was killed right there."""
    open_steps = Step.objects.filter(state__in=OPEN_STEPS).values("run_id")
    return list(
        Run.objects.filter(status=RunStatus.RUNNING)
        .exclude(pk__in=open_steps)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
