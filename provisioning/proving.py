"""The last look: once a run has written everything, all of its devices are read once more, and only then it succeeded.

A step is read back right after its write. What holds then need not hold when the last step is done: a device that
restarted meanwhile may have forgotten, and somebody else may have taken it away.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from provisioning import dispatch, looks, runs
from provisioning.devices import read_all
from provisioning.drivers.protocol import DeviceError, DeviceState
from provisioning.execution import found_on, save
from provisioning.holding import rests
from provisioning.models import Run, RunStatus, Step, StepState, Undone
from provisioning.models.runs import SETTLED_WELL


def awaiting_proof(now: datetime) -> list[Run]:
    return list(looks.waiting_in(RunStatus.CHECKING, now))


def check(run_id: int) -> None:
    """Read the devices of runs that wait for their last look, each device once for all of them, and judge."""
    now = timezone.now()
    waiting = looks.claim(run_id, RunStatus.CHECKING, now=now)
    steps = {run.pk: _steps_of(run) for run in waiting}
    devices = {step.device_id: step.device for of_run in steps.values() for step in of_run}
    resting = {pk: rest for pk, device in devices.items() if (rest := rests(device, now=now))}
    answers = read_all(device for pk, device in devices.items() if pk not in resting)
    looks.note_answers(answers, now=now)
    by_id = {device.pk: answer for device, answer in answers.items()}
    for run in waiting:
        concerned = {step.device_id for step in steps[run.pk]}
        if reasons := [f"{devices[pk]}: {resting[pk].reason}" for pk in sorted(concerned & resting.keys())]:
            looks.wait(run, reasons, now=now)
        else:
            _judge(run, steps[run.pk], {pk: by_id[pk] for pk in concerned}, now=now)
    looks.send_for_the_next(dispatch.CHECK_RUN, RunStatus.CHECKING)


def _steps_of(run: Run) -> list[Step]:
    steps = Step.objects.filter(run=run, undoes=None, state__in=SETTLED_WELL)
    return list(steps.select_related("operation", "device__vcenter").order_by("stage", "position"))


def _judge(run: Run, steps: Sequence[Step], answers: Mapping[int, DeviceState | DeviceError], *, now: datetime) -> None:
    errors = [answer for answer in answers.values() if isinstance(answer, DeviceError)]
    if errors and all(error.transient for error in errors):
        return looks.put_off(run, errors, now=now)
    with transaction.atomic():
        if not looks.lock_in(run.pk, RunStatus.CHECKING):
            return None
        if errors:
            text = f"All was written and read back; the last look was refused: {'; '.join(map(str, errors))}"
            return runs.end(run.pk, RunStatus.FAILED, text, undone=Undone.KEPT, now=now)
        states = {pk: answer for pk, answer in answers.items() if not isinstance(answer, DeviceError)}
        lost = no_longer_so(steps, states)
        for step in lost:
            step.state, step.finished_at = StepState.FAILED, now
            step.message = f"Was written and read back; at the last look it was {looks.in_words(step.read_back)}."[:500]
        save(lost)
        if not lost:
            Run.objects.filter(pk=run.pk).update(checked_at=now)
    return runs.advance(run.pk)


def no_longer_so(steps: Sequence[Step], states: Mapping[int, DeviceState]) -> list[Step]:
    """The steps whose object is not as it shall be, with what was found noted on them."""
    lost = []
    for step in steps:
        there = found_on(states[step.device_id], step)
        if there != step.goal:
            step.read_back = there
            lost.append(step)
    return lost
