import secrets
from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from capacity.planning.whatif import Event, Kind, WhatIf
from inventory.models import CoreSwitch


def unguessable_slug() -> str:
    """The address of a scenario: to share by link, and not to be found by counting."""
    return secrets.token_hex(8)


class EventKind(models.TextChoices):
    BATCH = Kind.BATCH.value, "customers come"
    DEPARTURE = Kind.DEPARTURE.value, "customers leave"
    NEW_SWITCH_POD = Kind.NEW_SWITCH_POD.value, "new pod behind a new core switch"
    SAME_SWITCH_POD = Kind.SAME_SWITCH_POD.value, "new pod on the same core switch"
    VXLAN = Kind.VXLAN.value, "VXLAN"


class Scenario(models.Model):
    """A saved what-if, always reckoned on top of the live data of the day. No switch: the whole provider.

    ``version`` rises with every edit, so that of two people who edit at once the second is told.
    """

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=32, unique=True, default=unguessable_slug, editable=False)
    switch = models.ForeignKey(CoreSwitch, null=True, blank=True, on_delete=models.CASCADE, related_name="scenarios")
    growth = models.DecimalField(
        max_digits=4,
        decimal_places=2,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(10))],
    )
    vlans_per_tenant = models.DecimalField(
        "VLANs per customer",
        max_digits=4,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(2)), MaxValueValidator(Decimal(100))],
    )
    practical_percent = models.PositiveSmallIntegerField(
        "practical ceiling, % of the theoretical",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    made_at = models.DateTimeField(auto_now_add=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    changed_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering: ClassVar = ["-changed_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(growth__gte=0, growth__lte=10), name="scenario_growth_0_10"),
            models.CheckConstraint(
                condition=Q(practical_percent=None) | Q(practical_percent__gte=1, practical_percent__lte=100),
                name="scenario_percent_1_100",
            ),
            models.CheckConstraint(
                condition=Q(vlans_per_tenant=None) | Q(vlans_per_tenant__gte=2, vlans_per_tenant__lte=100),
                name="scenario_vlans_2_100",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("capacity:scenario", args=[self.slug])

    def what_if(self) -> WhatIf:
        """What it supposes, as a value. Prefetch ``events`` for many."""
        return WhatIf(
            growth=float(self.growth),
            vlans_per_tenant=None if self.vlans_per_tenant is None else float(self.vlans_per_tenant),
            practical_percent=self.practical_percent,
            events=tuple(event.value() for event in self.events.all()),
        )


class ScenarioEvent(models.Model):
    """One event of a scenario, in the order in which it was typed."""

    scenario = models.ForeignKey(Scenario, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=16, choices=EventKind.choices)
    on = models.DateField()
    customers = models.PositiveIntegerField(default=0)
    vlans = models.PositiveIntegerField("VLANs", null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=[Kind.BATCH.value, Kind.DEPARTURE.value], customers__gte=1)
                | Q(
                    kind__in=[Kind.NEW_SWITCH_POD.value, Kind.SAME_SWITCH_POD.value, Kind.VXLAN.value],
                    customers=0,
                ),
                name="scenario_event_customers",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.on}"

    def value(self) -> Event:
        return Event(Kind(self.kind), self.on, self.customers, self.vlans)
