"""What a person may do to a run that is under way: pause it, resume it, cancel it."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from provisioning import dispatch, runs
from provisioning.models import OnCancel, Run, RunStatus, Step, StepState
from provisioning.models.runs import OPEN_STEPS


class ControlRefused(Exception):
    """The run is not at a point where this can be done; the message says why."""


def pause(*, run: Run, by: User) -> None:
    """Begin no further step until the run is resumed; a batch that is being written ends. Twice changes nothing."""
    with transaction.atomic():
        now = _locked(run)
        if not now.is_open:
            raise ControlRefused(f"The run has ended: it is {now.get_status_display()}.")
        if now.paused_at is None:
            Run.objects.filter(pk=run.pk).update(paused_at=timezone.now(), paused_by=by)
            runs.log([run.pk], f"Paused by {by}.", level="warning")


def resume(*, run: Run, by: User) -> None:
    with transaction.atomic():
        now = _locked(run)
        if now.paused_at is None:
            return
        Run.objects.filter(pk=run.pk).update(paused_at=None, paused_by=None)
        runs.log([run.pk], f"Resumed by {by}.")
        dispatch.after_commit(dispatch.CHECK_RUN if now.status == RunStatus.CHECKING else dispatch.BEGIN_RUN, run.pk)
        for device_id in (
            Step.objects.filter(run=run, state__in=OPEN_STEPS).values_list("device_id", flat=True).distinct()
        ):
            dispatch.after_commit(dispatch.DRAIN_DEVICE, device_id)


def cancel(*, run: Run, by: User, written: OnCancel) -> None:
    """Write nothing further; what was written is undone or kept, as chosen.

    A batch that is on its way to a device at this moment is read back first. Raises ControlRefused for a run that
    has ended, or that takes its writes back already.
    """
    with transaction.atomic():
        now = _locked(run)
        if not now.is_open:
            raise ControlRefused(f"The run has ended: it is {now.get_status_display()}.")
        if now.status == RunStatus.UNDOING or now.cancel:
            raise ControlRefused("The run is being taken back already.")
        Run.objects.filter(pk=run.pk).update(cancel=written, cancelled_by=by, paused_at=None, paused_by=None)
        what = "what was written is undone" if written == OnCancel.UNDO else "what was written is kept"
        runs.log([run.pk], f"Cancelled by {by}: nothing further is written, {what}.", level="warning")
        if now.status == RunStatus.QUEUED:
            runs.end(run.pk, RunStatus.CANCELLED, f"Cancelled by {by} before it began.", now=timezone.now())
            return
        pending = Step.objects.filter(run=run, state=StepState.PENDING)
        pending.update(state=StepState.SKIPPED, finished_at=timezone.now())
    runs.advance(run.pk)


def _locked(run: Run) -> Run:
    return Run.objects.select_for_update().get(pk=run.pk)
