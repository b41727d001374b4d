from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse

from provisioning.models.runs import Run
from tenants.models import Tenant


class HandOff(models.Model):
    """What stays a person's work once a tenant's networks are live: no documented call makes a ZORG or deploys a ZCC.

    ``customer_vras``, ``provider_vras``: how many replication appliances the port matrix is for. ``answers``: what each
    Zerto manager said at ``asked_at``, as ``{"manager", "good", "said"}``; ``confirmed_at``: all that were asked then
    saw the tenant's ZORG, and every network of its where they can tell.
    """

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="handoff")
    run = models.OneToOneField(Run, null=True, on_delete=models.SET_NULL, related_name="handoff")
    customer_vras = models.PositiveSmallIntegerField("customer's VRAs", default=1)
    provider_vras = models.PositiveSmallIntegerField("provider's VRAs", default=1)
    opened_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    answers = models.JSONField(default=list)
    confirmed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering: ClassVar = ["-opened_at", "-pk"]
        verbose_name = "hand-off"

    def __str__(self) -> str:
        return f"Hand-off of {self.tenant}"

    def get_absolute_url(self) -> str:
        return reverse("provisioning:handoff", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def waits(self) -> bool:
        """For a person: of a tenant that is gone there is nothing left to set up, closed or not."""
        return self.is_open and not self.tenant.is_gone


class HandOffTick(models.Model):
    """A person's word that one task of the worksheet is done. ``task``: its key there."""

    handoff = models.ForeignKey(HandOff, on_delete=models.CASCADE, related_name="ticks")
    task = models.CharField(max_length=20)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["handoff", "task"], name="one_tick_per_task"),
        ]

    def __str__(self) -> str:
        return f"{self.handoff}: {self.task} done"
