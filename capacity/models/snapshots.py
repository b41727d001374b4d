from typing import ClassVar

from django.db import models

from capacity.planning.ceiling import Bounds, Ceiling, Counts, VCenterRoom, ceiling
from inventory.models import CoreSwitch, RangePurpose
from inventory.ranges import Span


class Snapshot(models.Model):
    """One core switch as it stood at the end of a day (midnight in TIME_ZONE): the inputs of its ceiling, not results.

    Written once and never changed: what is edited later in tenants, switches or dates does not reach back into it.
    ``exact``: read from the rows themselves; otherwise rebuilt from dated records, and ``notes`` say what that leaves
    out. Names are those of the day.
    """

    switch = models.ForeignKey(CoreSwitch, on_delete=models.CASCADE, related_name="snapshots")
    day = models.DateField()
    exact = models.BooleanField()
    taken_at = models.DateTimeField()
    name = models.CharField(max_length=60)
    customers = models.PositiveIntegerField()
    networks = models.PositiveIntegerField()
    bounds = models.JSONField()
    spans = models.JSONField()
    counts = models.JSONField()
    vcenters = models.JSONField()
    pods = models.JSONField()
    roles = models.JSONField()
    notes = models.JSONField(default=list)

    objects: ClassVar["models.Manager[Snapshot]"] = models.Manager()  # said aloud for the type checker

    class Meta:
        ordering: ClassVar = ["-day", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "switch"], name="one_snapshot_of_a_switch_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.name} at the end of {self.day}"

    @property
    def ceiling(self) -> Ceiling:
        """The ceiling of the day, by the arithmetic of now."""
        return ceiling(
            bounds=Bounds(**self.bounds),
            spans=[Span(RangePurpose(purpose), *rest) for purpose, *rest in self.spans],
            counts=Counts(**self.counts),
            customers=self.customers,
            networks=self.networks,
            vcenters=self.rooms,
        )

    @property
    def rooms(self) -> tuple[VCenterRoom, ...]:
        return tuple(VCenterRoom(name, used, tuple(switches)) for name, used, switches in self.vcenters)
