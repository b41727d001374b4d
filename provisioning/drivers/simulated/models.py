from typing import ClassVar

from django.db import models


class SimulatedDevice(models.Model):
    """A pretended device, found by its address. What it carries changes only through its driver.

    ``fault``: empty, or how it misbehaves (see ``Fault``), for tests and for showing what an error looks like.
    ``write_delay_ms``: how long each single write takes. ``refused_key``: the one object whose writing it refuses.
    ``keeps_record``: it notes when each batch began and ended, so that two at once would show.
    """

    class Fault(models.TextChoices):
        NONE = "", "none"
        UNREACHABLE = "unreachable", "does not answer"
        SIGN_IN = "sign-in", "refuses the password"
        CERTIFICATE = "certificate", "shows a certificate that nobody vouches for"
        REFUSES = "refuses", "refuses every write"
        BREAKS = "breaks", "breaks the connection in the middle of a batch"
        FORGETS = "forgets", "takes every write and keeps none"

    address = models.CharField(max_length=255, unique=True)
    fault = models.CharField(max_length=12, choices=Fault.choices, blank=True, default=Fault.NONE)
    refused_key = models.CharField(max_length=200, blank=True)
    write_delay_ms = models.PositiveIntegerField(default=0)
    keeps_record = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.address


class SimulatedObject(models.Model):
    """One object that a pretended device carries."""

    device = models.ForeignKey(SimulatedDevice, on_delete=models.CASCADE, related_name="carried")
    kind = models.CharField(max_length=12)
    key = models.CharField(max_length=200)
    attributes = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["device", "kind", "key"], name="one_simulated_object_of_a_key"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class SimulatedBatch(models.Model):
    """One batch that was written to a pretended device. ``ended_at`` is empty while it is written, or if it broke."""

    device = models.ForeignKey(SimulatedDevice, on_delete=models.CASCADE, related_name="batches")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    objects_written = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.objects_written} objects on {self.device}"
