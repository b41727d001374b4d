"""Pushing: all that waits for a device goes out in one session, is read back, and only then called done.

The unit of work is a device. Whoever holds its lease collects the ready steps of *all* open runs, reads the device
once, writes what is needed as one batch, reads it once more and tells each step what was found. States are committed
before and after the write, so a worker that is killed at any point leaves steps that the next one can judge: it
reads, compares, and finishes.
"""

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from django.db import InterfaceError, OperationalError, connection, models, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from provisioning import dispatch, leases, runs
from provisioning.devices import note_contact, open_driver
from provisioning.drivers.protocol import (
    Change,
    DeviceError,
    DeviceState,
    Driver,
    Kind,
    ObjectId,
)
from provisioning.holding import held_back, note_failure, note_success, why_held
from provisioning.models import Device, Run, RunStatus, Step, StepState
from provisioning.models.runs import BEGUN_RUNS, OPEN_STEPS, SETTLED_WELL
from provisioning.retries import MAX_ATTEMPTS, next_attempt

logger = logging.getLogger(__name__)

SESSION_STEPS = 1000  # steps that one batch takes at most, so that a run's progress is seen
FRESH_SECONDS = 5.0  # for so long, what was read back after one batch is what the next one finds
SAVED = ("state", "attempts", "not_before", "found", "read_back", "message", "started_at", "finished_at")


def ready_steps(now: datetime) -> QuerySet[Step]:
    """Steps that may be worked on now: those whose run is under way and whose lower stages are all settled well,
    and those that a worker left in the middle of writing, whatever became of their run. A run that is paused or
    cancelled begins no step. What a run undoes waits for its own lower stages only. Of one run on one device, what
    waits for another attempt keeps back what comes after it: a rule does not go before the alias that it names."""
    before = Step.objects.filter(run=OuterRef("run"), stage__lt=OuterRef("stage")).exclude(state__in=SETTLED_WELL)
    forward = Q(undoes=None, run__status=RunStatus.RUNNING, run__cancel="") & ~Q(Exists(before.filter(undoes=None)))
    back = Q(undoes__isnull=False, run__status=RunStatus.UNDOING) & ~Q(Exists(before.filter(undoes__isnull=False)))
    in_turn = Q(state=StepState.PENDING, run__paused_at=None) & (forward | back)
    due = Q(not_before__isnull=True) | Q(not_before__lte=now)
    waiting = Step.objects.filter(
        run=OuterRef("run"),
        device=OuterRef("device"),
        stage=OuterRef("stage"),
        position__lt=OuterRef("position"),
        state__in=OPEN_STEPS,
        not_before__gt=now,
    )
    return Step.objects.filter(due, ~Exists(waiting), in_turn | Q(state=StepState.WRITING))


def drain_device(device_id: int) -> None:
    """Do all that waits for the device, unless another worker is at it: that one looks again before it leaves."""
    while _has_work(device_id):
        lease = leases.take(device_id, now=timezone.now())
        if lease is None:
            return
        try:
            with leases.heartbeat(lease):
                _drain(lease)
        except leases.LeaseLost as lost:
            logger.warning("%s", lost)
            return
        finally:
            lease.release()


def _has_work(device_id: int) -> bool:
    now = timezone.now()
    if not ready_steps(now).filter(device_id=device_id).exists():
        return False
    return why_held(Device.objects.get(pk=device_id), now=now) is None


def _drain(lease: leases.Lease) -> None:
    device = Device.objects.select_related("vcenter").get(pk=lease.device_id)
    while steps := _next_batch(device):
        _session(device, steps, lease)


def _next_batch(device: Device) -> list[Step]:
    """What waits for the device now; nothing while it is held back."""
    steps = _collect(device)
    if steps:
        device.refresh_from_db()
    return [] if steps and why_held(device, now=timezone.now()) else steps


def _collect(device: Device) -> list[Step]:
    ready = ready_steps(timezone.now()).filter(device=device).select_related("operation", "run")
    return list(ready.order_by("stage", "run_id", "position")[:SESSION_STEPS])


@dataclass(slots=True)
class Sorted:
    """Steps by what the device's present state says about them."""

    to_write: list[Step] = field(default_factory=list)
    agreeing: list[Step] = field(default_factory=list)
    moved: list[Step] = field(default_factory=list)
    orphaned: list[Step] = field(default_factory=list)
    exhausted: list[Step] = field(default_factory=list)


def id_of(step: Step) -> ObjectId:
    return ObjectId(Kind(step.operation.kind), step.operation.key)


def found_on(state: DeviceState, step: Step) -> dict[str, object] | None:
    attributes = state.get(id_of(step))
    return None if attributes is None else dict(attributes)


def sort_out(steps: Iterable[Step], state: DeviceState) -> Sorted:
    """What each step needs, judged by what the device carries. Pure.

    What was found before the write is kept: a step that an earlier worker was writing is read, not found, anew.
    """
    sorted_ = Sorted()
    for step in steps:
        there = step.read_back = found_on(state, step)
        if step.state == StepState.PENDING:
            step.found = there
        if there == step.goal:
            sorted_.agreeing.append(step)
        elif step.run.status not in BEGUN_RUNS:
            sorted_.orphaned.append(step)  # left in the middle of writing, and its run has ended meanwhile
        elif there == step.before and step.attempts >= MAX_ATTEMPTS:
            sorted_.exhausted.append(step)  # worker after worker ended while writing this
        elif there == step.before:
            sorted_.to_write.append(step)
        else:
            sorted_.moved.append(step)
    return sorted_


def _session(device: Device, batch: list[Step], lease: leases.Lease) -> None:
    """One session with the device for all of these steps, and for what comes up for it meanwhile; every error ends as
    a step's truth."""
    attempts = _attempts(batch)
    try:
        with open_driver(device) as driver:
            state, read_at = driver.read(), time.monotonic()
            note_contact({device: state}, now=timezone.now())
            while batch:
                if to_write := _begin(device, sort_out(batch, state), lease):
                    state, read_at = _write(device, driver, to_write, lease), time.monotonic()
                note_success(device.pk)
                _advance_all(batch)
                batch = _next_batch(device)
                attempts = _attempts(batch)
                if batch and time.monotonic() - read_at > FRESH_SECONDS:
                    state, read_at = driver.read(), time.monotonic()
    except DeviceError as error:
        note_contact({device: error}, now=timezone.now())
        if error.transient:
            note_failure(device.pk, now=timezone.now())
        _tell_of_a_broken_session(attempts, error)
    except (leases.LeaseLost, OperationalError, InterfaceError):
        raise  # our own database is away: nothing can be told now, and the lease runs out for the next worker
    except Exception as error:
        logger.exception("Unexpected error while pushing to %s", device)
        _tell_of_a_broken_session(attempts, DeviceError(f"Unexpected error ({type(error).__name__}): see the log."))
    _advance_all(batch)


def _attempts(batch: Iterable[Step]) -> dict[int, int]:
    return {step.pk: step.attempts for step in batch}


def _advance_all(batch: Iterable[Step]) -> None:
    """Take the runs of these steps further, then wake each device once, however many of them wait for it."""
    with dispatch.together():
        for run_id in sorted({step.run_id for step in batch}):
            runs.advance(run_id)


def _begin(device: Device, sorted_: Sorted, lease: leases.Lease) -> list[Step]:
    """Commit what is known before the write, and which steps are being written. Returns those."""
    now = timezone.now()
    lease.must_hold()
    for step in sorted_.agreeing:
        interrupted = step.state == StepState.WRITING
        step.state = StepState.DONE if interrupted else StepState.ALREADY
        step.message = "An earlier attempt had written it." if interrupted else ""
        step.finished_at = now
    for step in sorted_.moved:
        step.message = "The device moved since the plan was made."
    for step in sorted_.orphaned:
        step.message = "The run ended before this was written."
    for step in sorted_.exhausted:
        step.message = f"Given up after {step.attempts} attempts that never came to an end."
    failed = [*sorted_.moved, *sorted_.orphaned, *sorted_.exhausted]
    for step in failed:
        step.state, step.finished_at = StepState.FAILED, now
    with transaction.atomic():
        open_runs = runs.lock_writable(step.run_id for step in sorted_.to_write)
        moved = {step.run_id for step in sorted_.moved}
        to_write = [s for s in sorted_.to_write if s.run_id in open_runs and s.run_id not in moved]
        for step in to_write:
            step.state, step.message = StepState.WRITING, ""
            step.attempts += 1
            step.started_at = step.started_at or now
        save([*sorted_.agreeing, *failed, *to_write])
        _log_session(device, to_write)
    return to_write


def _log_session(device: Device, steps: Sequence[Step]) -> None:
    run_ids = {step.run_id for step in steps}
    shared = f" of {len(run_ids)} runs" if len(run_ids) > 1 else ""
    things = f"{len(steps)} operation{'' if len(steps) == 1 else 's'}"
    runs.log(run_ids, f"{device}: one session for {things}{shared}.")


def _write(device: Device, driver: Driver, steps: list[Step], lease: leases.Lease) -> DeviceState:
    """Write the batch, read the device back, and commit what it says. Returns what it carries now."""
    lease.must_hold()
    changes = [Change(id_of(s), s.goal) for s in steps if s.goal is not None]
    removals = [id_of(s) for s in steps if s.goal is None]
    outcomes: dict[ObjectId, DeviceError | None] = {}
    if changes:
        outcomes |= driver.apply(changes)
    if removals:
        outcomes |= driver.remove(removals)
    state = driver.read()
    now = timezone.now()
    put_off: set[int] = set()  # runs of which something waits for another attempt
    for step in steps:
        _judge(step, state, outcomes.get(id_of(step)), rests=step.run_id in put_off, now=now)
        if step.state == StepState.PENDING:
            put_off.add(step.run_id)
    save(steps)
    done = sum(step.state == StepState.DONE for step in steps)
    runs.log({s.run_id for s in steps}, f"{device}: read back, {done} of {len(steps)} as intended.")
    return state


def _judge(step: Step, state: DeviceState, error: DeviceError | None, *, rests: bool, now: datetime) -> None:
    """The read-back decides, whatever the device answered to the write. ``rests``: on something of the same run that
    waits for another attempt, which may be why this one was refused."""
    step.read_back = found_on(state, step)
    if step.read_back == step.goal:
        step.state, step.finished_at, step.not_before = StepState.DONE, now, None
    elif error is not None:
        _put_off_or_fail(step, error, back_to=StepState.PENDING, transient=error.transient or rests, now=now)
    else:
        step.state, step.finished_at = StepState.FAILED, now
        step.message = "The device took the write, but reads back something else."


def _put_off_or_fail(step: Step, error: DeviceError, *, back_to: StepState, transient: bool, now: datetime) -> None:
    step.message = str(error)[:500]
    if transient and step.attempts < MAX_ATTEMPTS:
        step.state, step.not_before = back_to, next_attempt(step.attempts, now=now)
    else:
        step.state, step.finished_at = StepState.FAILED, now


def _tell_of_a_broken_session(attempts_before: dict[int, int], error: DeviceError) -> None:
    """The session ended before the read-back. A step that was being written stays so: the next session will read
    what became of it. One that never began waits for the device, however long: that is no failure of its own."""
    now = timezone.now()
    fresh = Step.objects.select_related("operation", "run").in_bulk(attempts_before)
    left = [step for step in fresh.values() if step.state in (StepState.PENDING, StepState.WRITING)]
    for step in left:
        if step.attempts == attempts_before[step.pk] and error.transient:
            step.message, step.not_before = str(error)[:500], next_attempt(1, now=now)
        else:
            _put_off_or_fail(step, error, back_to=StepState(step.state), transient=error.transient, now=now)
    save(left)
    trouble = "will be tried again" if error.transient else "given up"
    runs.log({step.run_id for step in left}, f"{error} ({trouble})", level="warning")


def save(steps: Sequence[Step]) -> None:
    """Store what was found out about the steps: one statement for all of them, for a session has thousands, and the
    ORM's bulk update spends its time on building the SQL."""
    fields = [cast("models.Field[Any, Any]", Step._meta.get_field(name)) for name in SAVED]
    columns = ", ".join(f"{name} = %s" for name in SAVED)
    sql = f"UPDATE {Step._meta.db_table} SET {columns} WHERE id = %s"  # noqa: S608 - our own names
    rows = [[*(f.get_db_prep_save(getattr(step, f.attname), connection) for f in fields), step.pk] for step in steps]
    if rows:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(sql, rows)


def devices_with_ready_steps(now: datetime) -> list[int]:
    """The devices that have work, no live lease, and nothing that holds them back."""
    free = Q(lease_owner="") | Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    waiting = list(Device.objects.filter(free, pk__in=ready_steps(now).values("device_id")).order_by("pk"))
    held = held_back(waiting, now=now) if waiting else {}
    return [device.pk for device in waiting if device.pk not in held]


def open_runs_on(device: Device) -> QuerySet[Run]:
    """The runs that still have something to do on the device."""
    return Run.objects.filter(steps__device=device, steps__state__in=[StepState.PENDING, StepState.WRITING]).distinct()
