"""A run's own life once it has begun: its stages, its way back, and how it ends."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from inventory.allocation import MoveRefused
from provisioning import dispatch, handoff, undoing
from provisioning.models import DriftFinding, LogLine, Plan, Run, RunStatus, Step, StepState, Undone
from provisioning.models.runs import BEGUN_RUNS, OPEN_STEPS, SETTLED_WELL
from tenants.life import TenantMoveRefused
from tenants.models import Network, NetworkStatus, Tenant
from tenants.settling import settle


def log(run_ids: Iterable[int], text: str, *, level: str = "info") -> None:
    LogLine.objects.bulk_create([LogLine(run_id=id, text=text[:500], level=level) for id in sorted(set(run_ids))])


def lock_open(run_ids: Iterable[int]) -> set[int]:
    """Lock these runs, by ascending id, and say which are still under way. Call it inside a transaction."""
    return {run.pk for run in _locked(run_ids) if run.status in BEGUN_RUNS}


def lock_writable(run_ids: Iterable[int]) -> set[int]:
    """Lock these runs, and say which may begin a write: under way, not paused, and not cancelled meanwhile."""
    return {
        run.pk
        for run in _locked(run_ids)
        if run.paused_at is None
        and (run.status == RunStatus.UNDOING or (run.status == RunStatus.RUNNING and not run.cancel))
    }


def _locked(run_ids: Iterable[int]) -> list[Run]:
    return list(Run.objects.select_for_update().filter(pk__in=set(run_ids)).order_by("pk"))


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
    """What most runs go through, with no more read than it takes: a push of hundreds comes here thousands of times."""
    run = Run.objects.select_related("plan", "started_by").get(pk=run_id)
    steps = list(Step.objects.filter(run=run).values_list("stage", "state", "device_id"))
    states = {state for _stage, state, _device in steps}
    if run.status == RunStatus.UNDOING or run.cancel or StepState.FAILED in states:
        return _go_back(run_id, now=now)
    if states & set(OPEN_STEPS):
        stage = min(stage for stage, state, _device in steps if state in OPEN_STEPS)
        return _wake_devices(device for at, state, device in steps if at == stage and state in OPEN_STEPS)
    if StepState.DONE in states and run.checked_at is None:
        return _have_checked(run)
    return _succeed(run, now=now)


def _go_back(run_id: int, *, now: datetime) -> None:
    run = Run.objects.select_related("plan__tenant", "started_by", "cancelled_by").get(pk=run_id)
    steps = list(Step.objects.filter(run=run).select_related("operation", "device").order_by("stage", "pk"))
    if run.status == RunStatus.UNDOING:
        return _go_on_undoing(run, [step for step in steps if step.undoes_id is not None], now=now)
    failed = [step for step in steps if step.state == StepState.FAILED]
    return _turn_back(run, steps, failed, now=now)


def _wake(open_steps: Sequence[Step]) -> None:
    """The devices of the stage that is next; ``open_steps`` are ordered by stage."""
    stage = open_steps[0].stage
    _wake_devices(step.device_id for step in open_steps if step.stage == stage)


def _wake_devices(device_ids: Iterable[int]) -> None:
    for device_id in sorted(set(device_ids)):
        dispatch.after_commit(dispatch.DRAIN_DEVICE, device_id)


def _have_checked(run: Run) -> None:
    """All is written: what one step read back, a later one or somebody else may have undone. See ``proving``."""
    if run.status == RunStatus.RUNNING:
        Run.objects.filter(pk=run.pk).update(status=RunStatus.CHECKING, attempts=0, not_before=None, message="")
        log([run.pk], "All is written. Reading every device once more.")
        dispatch.after_commit(dispatch.CHECK_RUN, run.pk)


def _turn_back(run: Run, steps: list[Step], failed: list[Step], *, now: datetime) -> None:
    """Write nothing further. Once no write is under way, take back what was written, or keep it where that was
    chosen. A device that moved before anything was written is a refusal."""
    Step.objects.filter(run=run, state=StepState.PENDING).update(state=StepState.SKIPPED, finished_at=now)
    if writing := [step for step in steps if step.state == StepState.WRITING]:
        return _wake(writing)  # they are read and told first
    reason = _why_it_ended(run, failed)
    done = undoing.written(steps)
    if not done:
        untouched = failed and all(step.started_at is None and step.attempts == 0 for step in steps)
        return end(run.pk, RunStatus.REFUSED if untouched else undoing.ends_as(run), reason, now=now)
    if undoing.keeps(run):
        return end(run.pk, RunStatus.CANCELLED, reason, undone=Undone.KEPT, now=now)
    back = Step.objects.bulk_create(undoing.way_back(done))
    Run.objects.filter(pk=run.pk).update(status=RunStatus.UNDOING, message=reason[:500])
    log([run.pk], f"{reason} Taking back {len(back)} operation{'' if len(back) == 1 else 's'}.", level="warning")
    return _wake(sorted(back, key=lambda step: step.stage))


def _why_it_ended(run: Run, failed: list[Step]) -> str:
    if failed:
        return f"{failed[0].device}: {failed[0].operation}: {failed[0].message}"
    return f"Cancelled by {run.cancelled_by}."


def _go_on_undoing(run: Run, back: list[Step], *, now: datetime) -> None:
    """A step that cannot be undone ends the way back: what was written before it may rest on it."""
    failed = [step for step in back if step.state == StepState.FAILED]
    if failed:
        Step.objects.filter(run=run, state=StepState.PENDING).update(state=StepState.SKIPPED, finished_at=now)
    open_ = [step for step in back if step.state in OPEN_STEPS and not (failed and step.state == StepState.PENDING)]
    if open_:
        return _wake(open_)
    left = [step for step in back if step.state not in SETTLED_WELL]
    if not left:
        text = f"{run.message} All that was written was undone, and read back."
        return end(run.pk, undoing.ends_as(run), text, undone=Undone.ALL, now=now)
    names = ", ".join(f"{step.device}: {step.operation.kind.replace('_', ' ')} {step.operation.key}" for step in left)
    return end(run.pk, undoing.ends_as(run), f"{run.message} Not undone: {names}", undone=Undone.PART, now=now)


def end(run_id: int, status: RunStatus, message: str, *, undone: Undone = Undone.NOTHING, now: datetime) -> None:
    """End the run without success, and tell the tenant's networks what is left of it on devices."""
    Step.objects.filter(run_id=run_id, state=StepState.PENDING).update(state=StepState.SKIPPED, finished_at=now)
    Run.objects.filter(pk=run_id).update(
        status=status, message=message[:500], finished_at=now, undone=undone, paused_at=None
    )
    log([run_id], f"{status.label}: {message}", level="error")
    run = Run.objects.select_related("plan__tenant", "started_by", "cancelled_by").get(pk=run_id)
    undoing.settle_what_is_left(run, outcome=undone, now=now)


def _succeed(run: Run, *, now: datetime) -> None:
    """Every step was read back: settle the networks that this plan was about, and only those."""
    if Step.objects.filter(run=run).exclude(state__in=SETTLED_WELL).exists():
        raise RuntimeError(f"Run {run.pk} has steps that were not read back.")
    Run.objects.filter(pk=run.pk).update(status=RunStatus.SUCCEEDED, finished_at=now, message="")
    tenant = Tenant.objects.select_for_update().get(pk=run.plan.tenant_id)
    settle(tenant=tenant, by=run.started_by, now=now, networks=_still_meant(run.plan))
    _forget_drift(run.plan)
    handoff.open_for(run, tenant, now=now)
    log([run.pk], "Everything was read back and agrees. Succeeded.")


def _forget_drift(plan: Plan) -> None:
    """What the plan was about agrees now."""
    settled = set(plan.operations.values_list("device_id", "kind", "key"))
    found = DriftFinding.objects.filter(device__in={device for device, _kind, _key in settled})
    over = [pk for pk, *what in found.values_list("pk", "device_id", "kind", "key") if tuple(what) in settled]
    if over:
        DriftFinding.objects.filter(pk__in=over).delete()


def _still_meant(plan: Plan) -> list[int]:
    """The plan's networks that are still meant as they were: one given up during the push is not called live."""
    present = Q(pk__in=plan.networks.get("present", []), status=NetworkStatus.PLANNED)
    absent = Q(pk__in=plan.networks.get("absent", []), status=NetworkStatus.REMOVING)
    return list(Network.objects.filter(present | absent).values_list("pk", flat=True))


def without_open_steps() -> list[int]:
    """Runs whose steps are all told but which nobody took further: a worker was killed right there."""
    open_steps = Step.objects.filter(state__in=OPEN_STEPS).values("run_id")
    judged = ~Q(status=RunStatus.CHECKING) | Q(checked_at__isnull=False) | ~Q(cancel="")
    return list(
        Run.objects.filter(judged, status__in=BEGUN_RUNS)
        .exclude(pk__in=open_steps)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
