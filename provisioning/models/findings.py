from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from inventory.models import Vlan
from provisioning.models.acceptances import DriftAcceptance
from provisioning.models.devices import Device
from tenants.models import Tenant


class DriftKind(models.TextChoices):
    MISSING = "missing", "missing on the device"
    CHANGED = "changed", "changed on the device"
    UNKNOWN = "unknown", "on the device, intended by nobody"
    LEAKED = "leaked", "on the device, its VLAN released or never given out"


class FindingQuerySet(models.QuerySet["DriftFinding"]):
    def open(self, *, now: datetime) -> "FindingQuerySet":
        """What asks for a hand: not accepted, or accepted until a moment that has passed."""
        return self.exclude(_in_force(now))

    def accepted(self, *, now: datetime) -> "FindingQuerySet":
        return self.filter(_in_force(now))

    def leaking(self) -> "FindingQuerySet":
        """Whatever keeps a VLAN on a device that is free or resting here, a changed port group included."""
        return self.filter(vlan__isnull=False)


def _in_force(now: datetime) -> Q:
    return Q(acceptance__isnull=False, acceptance__ended_at__isnull=True, acceptance__until__gt=now)


class DriftFinding(models.Model):
    """A difference between intent and a device, as of the last look at that device.

    A look keeps the row of what it finds again. ``vlan``: the VLAN that this object keeps on the device though it is
    free or resting here. ``tenant``: whose object it is; of what leaked, who had the VLAN last. ``acceptance``: who
    accepted it exactly so, if somebody did.
    """

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="findings")
    tenant = models.ForeignKey(Tenant, null=True, on_delete=models.CASCADE, related_name="findings")
    drift = models.CharField(max_length=8, choices=DriftKind.choices)
    kind = models.CharField(max_length=12)
    key = models.CharField(max_length=200)
    intended = models.JSONField(null=True)
    found = models.JSONField(null=True)
    vlan = models.ForeignKey(Vlan, null=True, on_delete=models.SET_NULL, related_name="leaking")
    acceptance = models.ForeignKey(DriftAcceptance, null=True, on_delete=models.SET_NULL, related_name="findings")
    first_seen_at = models.DateTimeField()

    objects: Any = FindingQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["device", "drift", "key"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["device", "kind", "key"], name="one_finding_per_object"),
        ]

    def __str__(self) -> str:
        return f"{self.device}: {self.kind} {self.key} {self.get_drift_display()}"


class Leak(models.Model):
    """A VLAN that was free or resting here while a device carried it: from when to when, and whose it was last.

    While it lasts nobody is given the VLAN: a free one is unclaimed, and a quarantine has no end.
    """

    vlan = models.ForeignKey(Vlan, on_delete=models.CASCADE, related_name="leaks")
    was = models.CharField(max_length=15)
    tenant = models.ForeignKey(Tenant, null=True, on_delete=models.SET_NULL, related_name="+")
    found_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-found_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["vlan"], condition=Q(ended_at__isnull=True), name="one_present_leak_per_vlan"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vlan} leaked"
