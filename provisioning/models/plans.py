from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse

from provisioning.models.devices import Device
from tenants.models import Tenant


class Purpose(models.TextChoices):
    ONBOARD = "onboard", "onboard"
    CHANGE = "change", "change"
    OFFBOARD = "offboard", "offboard"
    RESTORE = "restore", "restore what drifted"


class PlanStatus(models.TextChoices):
    PROPOSED = "proposed", "waiting for approval"
    APPROVED = "approved", "approved"
    REJECTED = "rejected", "rejected"
    SUPERSEDED = "superseded", "replaced by a newer plan"


class Plan(models.Model):
    """The stored difference between what is intended for a tenant and what the devices said when it was made.

    ``hash`` is over every operation with its before and after; an approval names it, and only that is pushed.
    ``intent_hash`` is over what was intended when it was made: an approval is refused once the tenant wants something
    else. ``networks``: the ids of the networks that shall be there (``present``) and that shall not (``absent``).
    ``needs_two``: it touches or removes so much that two people approve it.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="plans")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    status = models.CharField(max_length=10, choices=PlanStatus.choices, default=PlanStatus.PROPOSED)
    hash = models.CharField(max_length=64)
    intent_hash = models.CharField(max_length=64)
    networks = models.JSONField(default=dict)
    made_at = models.DateTimeField(auto_now_add=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    decision_note = models.CharField(max_length=200, blank=True)
    needs_two = models.BooleanField("needs a second approver", default=False)
    first_approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    first_approved_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-made_at", "-id"]

    def __str__(self) -> str:
        return f"Plan {self.pk}: {self.get_purpose_display()} {self.tenant}"

    def get_absolute_url(self) -> str:
        return reverse("provisioning:plan", args=[self.pk])


class Action(models.TextChoices):
    CREATE = "create", "create"
    CHANGE = "change", "change"
    REMOVE = "remove", "remove"


class Operation(models.Model):
    """One object on one device, as it was and as it shall be. Lower stages come first; within one, devices run
    side by side."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="operations")
    position = models.PositiveIntegerField()
    stage = models.PositiveSmallIntegerField()
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="operations")
    action = models.CharField(max_length=6, choices=Action.choices)
    kind = models.CharField(max_length=12)
    key = models.CharField(max_length=200)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        ordering: ClassVar = ["plan", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "position"], name="one_operation_per_position"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.kind} {self.key}"
