from datetime import date
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from inventory.models import CoreSwitch, Pod

LEAST_VLANS = 2  # a customer needs failover-production and failover-test
MOST_CUSTOMERS = 1_000
MOST_VLANS = 4_000


class ContractState(models.TextChoices):
    """Open: still to come. Taken in: its onboarding began, so its VLANs are held and stand in the live figures."""

    OPEN = "open", "open"
    TAKEN_IN = "taken in", "taken in"
    CANCELLED = "cancelled", "cancelled"


class Contract(models.Model):
    """A signed contract whose customers have not been taken in yet: demand that is known.

    ``customers`` and ``vlans`` are those still to come, ``vlans`` for all of them together. ``version`` rises by one
    with every saved edit, so that two people never overwrite each other unseen.
    """

    customer = models.CharField(max_length=80)
    switch = models.ForeignKey(
        CoreSwitch, on_delete=models.PROTECT, related_name="contracts", verbose_name="core switch"
    )
    pod = models.ForeignKey(Pod, null=True, blank=True, on_delete=models.PROTECT, related_name="contracts")
    customers = models.PositiveIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(MOST_CUSTOMERS)]
    )
    vlans = models.PositiveIntegerField(
        "VLANs", validators=[MinValueValidator(LEAST_VLANS), MaxValueValidator(MOST_VLANS)]
    )
    starts_on = models.DateField("start date")
    signed_on = models.DateField("signed on")
    signed_by = models.CharField("signed by", max_length=80)
    note = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=ContractState.choices, default=ContractState.OPEN, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering: ClassVar = ["starts_on", "customer", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(customers__gte=1), name="contract_has_a_customer"),
            models.CheckConstraint(
                condition=Q(vlans__gte=F("customers") * LEAST_VLANS), name="contract_has_two_vlans_a_customer"
            ),
        ]

    def __str__(self) -> str:
        return self.customer

    def get_absolute_url(self) -> str:
        return reverse("capacity:contract_edit", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state == ContractState.OPEN

    def is_overdue(self, *, today: date) -> bool:
        """Its start has passed and it was not taken in."""
        return self.is_open and self.starts_on < today
