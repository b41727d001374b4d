"""How a run begins: a look at every device before the first write, and a refusal where one moved since the plan."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from provisioning import dispatch, looks, runs
from provisioning.devices import devices_of, read_all
from provisioning.drivers.protocol import Attributes, DeviceError, DeviceState, Kind, ObjectId
from provisioning.facts import facts_about
from provisioning.holding import held_back
from provisioning.intent import intended
from provisioning.models import Device, Operation, Plan, Run, RunStatus, Step
from provisioning.planning import draft


def queued(now: datetime) -> list[Run]:
    return list(looks.waiting_in(RunStatus.QUEUED, now))


def begin(run_id: int) -> None:
    """Look at every device of the run before its first write, and set it going, or refuse it.

    Runs that are queued at this moment are begun together: each device is read once for all of them.
    """
    now = timezone.now()
    waiting = looks.claim(run_id, RunStatus.QUEUED, now=now)
    devices = {run.pk: _devices_concerned(run.plan) for run in waiting}
    everybody = {d.pk: d for group in devices.values() for d in group}
    held = held_back(everybody.values(), now=now)
    answers = read_all(device for pk, device in everybody.items() if pk not in held)
    looks.note_answers(answers, now=now)
    with dispatch.together():
        for run in waiting:
            if reasons := [f"{device}: {held[device.pk].reason}" for device in devices[run.pk] if device.pk in held]:
                looks.wait(run, reasons, now=now)
            else:
                _begin_one(run, {device: answers[device] for device in devices[run.pk]}, now=now)
    looks.send_for_the_next(dispatch.BEGIN_RUN, RunStatus.QUEUED)


def _devices_concerned(plan: Plan) -> list[Device]:
    """Those that the plan writes to; all of the tenant's where it found nothing to write."""
    named = list(Device.objects.filter(operations__plan=plan).distinct().select_related("vcenter"))
    return named or list(devices_of(plan.tenant).values())


def _begin_one(run: Run, answers: looks.Answers, *, now: datetime) -> None:
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
            _note_on_steps(run, states)
            return runs.end(run.pk, RunStatus.REFUSED, "; ".join(moved), now=now)
        runs.log([run.pk], f"Every device is as the plan found it ({', '.join(d.name for d in states)}). Begun.")
    return runs.advance(run.pk)


def what_moved(plan: Plan, states: Mapping[Device, DeviceState]) -> list[str]:
    """What is neither as the plan found it nor as the plan wants it, in words."""
    operations = list(plan.operations.select_related("device"))
    if not operations:
        return _no_longer_agrees(plan, states)
    return [
        f"{op.device}: {Kind(op.kind).replace('_', ' ')} {op.key} is now {looks.in_words(there)}"
        for op, there in _moved(operations, states)
    ]


def _moved(
    operations: Iterable[Operation], states: Mapping[Device, DeviceState]
) -> Iterator[tuple[Operation, Attributes | None]]:
    by_id = {device.pk: state for device, state in states.items()}
    for op in operations:
        there = by_id[op.device_id].get(ObjectId(Kind(op.kind), op.key))
        if there not in (op.before, op.after):
            yield op, there


def _note_on_steps(run: Run, states: Mapping[Device, DeviceState]) -> None:
    """What each object is now, on the steps that were never begun for it: a message has no room for many."""
    steps = {step.operation_id: step for step in Step.objects.filter(run=run).select_related("operation__device")}
    moved = []
    for op, there in _moved([step.operation for step in steps.values()], states):
        step = steps[op.pk]
        step.found = None if there is None else dict(there)
        step.message = f"It moved since the plan: it is now {looks.in_words(there)}."[:500]
        moved.append(step)
    Step.objects.bulk_update(moved, ["found", "message"], batch_size=200)


def _no_longer_agrees(plan: Plan, states: Mapping[Device, DeviceState]) -> list[str]:
    devices = devices_of(plan.tenant)
    by_device = {device.pk: state for device, state in states.items()}
    present = {kind: by_device[device.pk] for kind, device in devices.items()}
    differences = draft(devices, intended(facts_about(plan.tenant)), present)
    return [f"{op.kind.replace('_', ' ')} {op.key} no longer agrees" for op in differences]


def _put_off(run: Run, errors: Mapping[Device, DeviceError], *, now: datetime) -> None:
    """Nothing was written yet: try again later, or end the run where that will not help."""
    if all(error.transient for error in errors.values()):
        return looks.put_off(run, list(errors.values()), now=now)
    with transaction.atomic():
        if looks.lock_in(run.pk, RunStatus.QUEUED):
            runs.end(run.pk, RunStatus.FAILED, looks.joined(errors.values()), now=now)
    return None
