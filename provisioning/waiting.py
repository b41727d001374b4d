"""What waits for a device: the runs, whose they are, how many steps, and when the next attempt is made."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q

from provisioning.holding import Held
from provisioning.models import Device, RunStatus, Step, StepState
from provisioning.models.runs import OPEN_STEPS


@dataclass(frozen=True, slots=True)
class Queued:
    """A run that has steps for the device. ``next``: not before then; None: as soon as a worker is free."""

    run_id: int
    status: str
    tenant: str
    tenant_slug: str
    steps: int
    writing: int
    next: datetime | None
    why: str


def queue_of(device: Device, *, held: Held | None, now: datetime) -> list[Queued]:
    """The runs that wait for the device, in the order in which they were approved. One query."""
    rows = (
        Step.objects.filter(device=device, state__in=OPEN_STEPS)
        .values(
            *("run_id", "run__status", "run__paused_at", "run__not_before", "run__message"),
            *("run__plan__tenant__name", "run__plan__tenant__slug"),
        )
        .annotate(
            steps=Count("pk"),
            writing=Count("pk", filter=Q(state=StepState.WRITING)),
            step_next=Min("not_before"),
            unhurried=Count("pk", filter=Q(not_before=None)),
        )
        .order_by("run_id")
    )
    return [_queued(row, held, now) for row in rows]


def _queued(row: dict[str, Any], held: Held | None, now: datetime) -> Queued:
    run_next = row["run__not_before"] if row["run__status"] == RunStatus.QUEUED else None
    step_next = None if row["unhurried"] else row["step_next"]
    moments = [moment for moment in (run_next, step_next, held.until if held else None) if moment and moment > now]
    return Queued(
        run_id=row["run_id"],
        status=row["run__status"],
        tenant=row["run__plan__tenant__name"],
        tenant_slug=row["run__plan__tenant__slug"],
        steps=row["steps"],
        writing=row["writing"],
        next=max(moments, default=None),
        why=_why(row, held, max(moments, default=None)),
    )


def _why(row: dict[str, Any], held: Held | None, next_attempt: datetime | None) -> str:
    """What keeps the steps, the strongest reason first."""
    if row["run__paused_at"]:
        return "the run is paused"
    if held:
        return "nothing is pushed to the device now"
    if next_attempt:
        return "waits to try again"
    if row["writing"]:
        return "is being written"
    return "waits for a worker" if row["run__status"] == RunStatus.QUEUED else "waits for its turn"
