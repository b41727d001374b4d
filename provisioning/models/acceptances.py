from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from provisioning.models.devices import Device


class AcceptanceEnd(models.TextChoices):
    """Why an acceptance is no longer in force."""

    TAKEN_BACK = "taken-back", "taken back"
    EXPIRED = "expired", "its time was over"
    CHANGED = "changed", "the device, or what is intended, changed since"
    AGREES = "agrees", "the device carries what is intended again"


class DriftAcceptance(models.Model):
    """A person's word that a difference may stay as it is, for a reason and until a day.

    It is about exactly what was seen (``drift``, ``intended``, ``found``): anything else there is a finding again.
    Those that ended stay, as the record of who let it be.
    """

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="acceptances")
    kind = models.CharField(max_length=12)
    key = models.CharField(max_length=200)
    drift = models.CharField(max_length=8)
    intended = models.JSONField(null=True)
    found = models.JSONField(null=True)
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    end = models.CharField(max_length=10, choices=AcceptanceEnd.choices, blank=True)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["device", "kind", "key"],
                condition=Q(ended_at__isnull=True),
                name="one_acceptance_in_force_per_object",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.device}: {self.kind} {self.key} accepted: {self.reason}"
