from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from provisioning.models.devices import Device


class Stop(models.Model):
    """The stop switch of one device, or of all (no device): nothing is pushed until it is lifted. Lifted ones stay."""

    device = models.ForeignKey(Device, null=True, blank=True, on_delete=models.CASCADE, related_name="stops")
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-at"]
        constraints: ClassVar = [
            # All pushing (no device) counts as device 0: a NULL would be unlike every other NULL.
            models.UniqueConstraint(
                Coalesce("device", 0), condition=Q(lifted_at__isnull=True), name="one_stop_in_force_per_device"
            ),
        ]

    def __str__(self) -> str:
        return f"stop of {self.device or 'all pushing'}: {self.reason}"


class WindowKind(models.TextChoices):
    CLOSED = "closed", "closed: nothing is pushed"
    OPEN = "open", "open: changes are pushed"


class MaintenanceWindow(models.Model):
    """A span of time for one device, or for all (no device).

    Closed: somebody works on the device, nothing is pushed. Open: when a device that is changed in windows only
    (``Device.only_in_windows``) takes its changes.
    """

    device = models.ForeignKey(Device, null=True, blank=True, on_delete=models.CASCADE, related_name="windows")
    kind = models.CharField(max_length=6, choices=WindowKind.choices, default=WindowKind.CLOSED)
    starts_at = models.DateTimeField("from")
    ends_at = models.DateTimeField("until")
    reason = models.CharField(max_length=200)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering: ClassVar = ["starts_at"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="window_ends_after_it_starts"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.reason}"
