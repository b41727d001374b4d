from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from provisioning.models.devices import Device
from provisioning.models.plans import Operation, Plan


class RunStatus(models.TextChoices):
    QUEUED = "queued", "queued"
    RUNNING = "running", "running"
    CHECKING = "checking", "checking the whole"
    UNDOING = "undoing", "undoing what it wrote"
    SUCCEEDED = "succeeded", "succeeded"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"
    REFUSED = "refused", "refused: a device moved since the plan"


OPEN_RUNS = (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.CHECKING, RunStatus.UNDOING)
BEGUN_RUNS = (RunStatus.RUNNING, RunStatus.CHECKING, RunStatus.UNDOING)


class OnCancel(models.TextChoices):
    """What becomes of what a run wrote before it was cancelled."""

    UNDO = "undo", "undone"
    KEEP = "keep", "kept"


class Undone(models.TextChoices):
    """What became of what a run wrote before it ended badly."""

    NOTHING = "", "nothing was written"
    ALL = "all", "all of it was undone, and read back"
    PART = "part", "some of it could not be undone"
    KEPT = "kept", "it was kept"


class Run(models.Model):
    """The execution of one approved plan, and of nothing else.

    ``attempts`` and ``not_before`` are about the looks at all of its devices: before the first write, and after the
    last (``checking``).
    ``paused_at``: no step begins until it is resumed. ``cancel``: no step begins any more; what was written is undone
    or kept. ``undone``: what became of it, once the run has ended badly.
    """

    plan = models.OneToOneField(Plan, on_delete=models.PROTECT, related_name="run")
    status = models.CharField(max_length=10, choices=RunStatus.choices, default=RunStatus.QUEUED)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField("all devices read once more", null=True)
    finished_at = models.DateTimeField(null=True)
    message = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    paused_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    cancel = models.CharField(max_length=4, choices=OnCancel.choices, blank=True)
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    undone = models.CharField(max_length=4, choices=Undone.choices, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["status"], name="run_by_status")]

    def __str__(self) -> str:
        return f"Run {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("provisioning:run", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_RUNS


class StepState(models.TextChoices):
    """``writing`` is recorded before the device is told, ``done`` only after it was read back."""

    PENDING = "pending", "waiting"
    WRITING = "writing", "writing"
    DONE = "done", "done, read back"
    ALREADY = "already", "was there already"
    FAILED = "failed", "failed"
    SKIPPED = "skipped", "not attempted"


SETTLED_WELL = (StepState.DONE, StepState.ALREADY)
OPEN_STEPS = (StepState.PENDING, StepState.WRITING)


class Step(models.Model):
    """One operation of a run, or its undoing, told truly: what was found before, what was read back after.

    ``before`` and ``goal``: the object's attributes as the device is expected to carry them, and as it shall
    (None: not there). Forward they are the operation's own. An undoing step (``undoes``) goes back to what was found,
    in the reverse order: its stage and position are those of the forward step, counted from the other end.
    Device, stage and position are here so that the pending work of a device is one indexed look-up.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps")
    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="steps")
    undoes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="undoing")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="steps")
    stage = models.PositiveSmallIntegerField()
    position = models.IntegerField(default=0)
    before = models.JSONField(null=True)
    goal = models.JSONField(null=True)
    state = models.CharField(max_length=10, choices=StepState.choices, default=StepState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    found = models.JSONField(null=True)
    read_back = models.JSONField(null=True)
    message = models.CharField(max_length=500, blank=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["run", "stage", "position"]
        indexes: ClassVar = [models.Index(fields=["device", "state"], name="step_by_device_and_state")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["operation"], condition=Q(undoes__isnull=True), name="one_forward_step_per_operation"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation} ({self.state})"


class LogLine(models.Model):
    """A line of a run's log, for the person who watches it."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="log")
    at = models.DateTimeField(auto_now_add=True)
    level = models.CharField(max_length=7, default="info")
    text = models.CharField(max_length=500)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.text
