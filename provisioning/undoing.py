"""Taking back what a run wrote: its own steps in reverse, each read back. What cannot be undone is left to a person."""

from collections.abc import Iterable
from datetime import datetime

from provisioning.models import OnCancel, Run, RunStatus, Step, StepState, Undone
from tenants.leftovers import hold_again, leave_to_removal

REVERSE = 100  # stages of the way back: 100 less the forward stage, so that the last written is undone first


def written(steps: Iterable[Step]) -> list[Step]:
    """The forward steps that may have changed their device: written and read back, or begun and failed."""
    return [
        step
        for step in steps
        if step.undoes_id is None
        and (step.state == StepState.DONE or (step.state == StepState.FAILED and step.started_at is not None))
    ]


def way_back(steps: Iterable[Step]) -> list[Step]:
    """Unsaved steps that lead each device back to what was found there. Pure."""
    return [
        Step(
            run_id=step.run_id,
            operation_id=step.operation_id,
            undoes=step,
            device_id=step.device_id,
            stage=REVERSE - step.stage,
            position=-step.position,
            before=step.goal if step.read_back is None else step.read_back,
            goal=step.found,
        )
        for step in steps
    ]


def ends_as(run: Run) -> RunStatus:
    """What a run that turned back is called in the end."""
    return RunStatus.CANCELLED if run.cancel else RunStatus.FAILED


def settle_what_is_left(run: Run, *, outcome: Undone, now: datetime) -> None:
    """Tell the tenant's networks: with nothing left on devices their VLANs are held anew; else they are releasing, and
    leave only once a removal was read back. Kept: as they are, held for good."""
    planned = run.plan.networks.get("present", [])
    if outcome in (Undone.ALL, Undone.NOTHING):
        hold_again(tenant=run.plan.tenant, networks=planned, now=now)
    elif outcome == Undone.PART:
        leave_to_removal(tenant=run.plan.tenant, networks=planned, by=run.cancelled_by or run.started_by, now=now)


def keeps(run: Run) -> bool:
    return run.cancel == OnCancel.KEEP
