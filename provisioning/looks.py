"""A run looks at its devices twice, before its first write and after its last: what both looks share.

Who does it, what becomes of a device that does not answer, and of one that gets no work for the moment.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from provisioning import dispatch, runs
from provisioning.drivers.protocol import DeviceError, DeviceState
from provisioning.holding import note_failure, note_success
from provisioning.models import Device, Run, RunStatus
from provisioning.retries import MAX_ATTEMPTS, next_attempt

LOOKED_AT_TOGETHER = 200  # runs whose devices are read in one go
LOOK_AGAIN = timedelta(seconds=30)  # at a run whose device gets no work for the moment

Answers = Mapping[Device, DeviceState | DeviceError]


def waiting_in(status: RunStatus, now: datetime) -> QuerySet[Run]:
    """The runs whose devices are due to be looked at: before the first write (queued), after the last (checking)."""
    due = Q(not_before__isnull=True) | Q(not_before__lte=now)
    return Run.objects.filter(due, status=status, paused_at=None, cancel="").order_by("pk")


def claim(run_id: int, status: RunStatus, *, now: datetime) -> list[Run]:
    """The runs that wait for a look at their devices, put off for the length of a lease, so that no other worker looks
    for them too. Empty where somebody has taken this one: a message for it finds nothing to do."""
    skip = connection.features.has_select_for_update_skip_locked
    with transaction.atomic():
        keys = waiting_in(status, now).select_for_update(skip_locked=skip).values_list("pk", flat=True)
        mine = list(keys[:LOOKED_AT_TOGETHER])
        if run_id not in mine:
            return []
        Run.objects.filter(pk__in=mine).update(not_before=now + timedelta(seconds=settings.LEASE_SECONDS))
    claimed = Run.objects.filter(pk__in=mine).order_by("pk")
    return list(claimed.select_related("plan__tenant__pod__switch", "plan__tenant__pod__dvs__vcenter"))


def send_for_the_next(task: str, status: RunStatus) -> None:
    """Where more wait than are looked at together, wake a worker for the others."""
    if (run := waiting_in(status, timezone.now()).first()) is not None:
        dispatch.send(task, run.pk)


def note_answers(answers: Answers, *, now: datetime) -> None:
    """A device that does not answer counts as failing; one that does is well again."""
    for device, answer in answers.items():
        if not isinstance(answer, DeviceError):
            note_success(device.pk)
        elif answer.transient:
            note_failure(device.pk, now=now)


def wait(run: Run, reasons: Sequence[str], *, now: datetime) -> None:
    """A device gets no work now: the run stays as it is, and says why."""
    text = "; ".join(reasons)[:500]
    if run.message != text:
        runs.log([run.pk], f"Waits. {text}", level="warning")
    Run.objects.filter(pk=run.pk, status=run.status).update(message=text, not_before=now + LOOK_AGAIN)


def put_off(run: Run, errors: Sequence[DeviceError], *, now: datetime) -> None:
    """Look at the devices again later. A trouble that may pass never ends a run: after a few attempts its device is
    put aside, and the run waits for it."""
    text, attempts = joined(errors), run.attempts + 1
    Run.objects.filter(pk=run.pk, status=run.status).update(
        attempts=attempts, not_before=next_attempt(min(attempts, MAX_ATTEMPTS), now=now), message=text
    )
    runs.log([run.pk], f"{text} Attempt {attempts}; will be tried again.", level="warning")


def lock_in(run_id: int, status: RunStatus) -> bool:
    """Lock the run, and say whether it still stands so."""
    return Run.objects.select_for_update().filter(pk=run_id, status=status).first() is not None


def joined(errors: Iterable[DeviceError]) -> str:
    return "; ".join(map(str, errors))[:400]


def in_words(attributes: object) -> str:
    if attributes is None:
        return "gone"
    if isinstance(attributes, dict) and attributes:
        return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in attributes.items())
    return "there"
