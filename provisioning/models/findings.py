from typing import ClassVar

from django.db import models

from provisioning.models.devices import Device
from tenants.models import Tenant


class DriftKind(models.TextChoices):
    MISSING = "missing", "missing on the device"
    CHANGED = "changed", "changed on the device"
    UNKNOWN = "unknown", "on the device, intended by nobody"


class DriftFinding(models.Model):
    """A difference between intent and a device, as of the last look at that device. Each look replaces them all."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="findings")
    tenant = models.ForeignKey(Tenant, null=True, on_delete=models.CASCADE, related_name="findings")
    drift = models.CharField(max_length=8, choices=DriftKind.choices)
    kind = models.CharField(max_length=12)
    key = models.CharField(max_length=200)
    intended = models.JSONField(null=True)
    found = models.JSONField(null=True)
    first_seen_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["device", "drift", "key"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["device", "kind", "key"], name="one_finding_per_object"),
        ]

    def __str__(self) -> str:
        return f"{self.device}: {self.kind} {self.key} {self.get_drift_display()}"
