from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from inventory.models.records import Record

FIRST_VLAN_ID = 1
LAST_VLAN_ID = 4094


class Platform(models.TextChoices):
    """The operating system of a core switch; it decides which IDs the platform takes for itself."""

    NXOS = "nxos", "Cisco NX-OS"
    IOSXE = "iosxe", "Cisco IOS-XE"
    EOS = "eos", "Arista EOS"
    JUNOS = "junos", "Juniper Junos"
    AOSCX = "aoscx", "Aruba AOS-CX"
    OTHER = "other", "Other"


class CoreSwitch(Record):
    """One 802.1Q domain. Every VLAN limit is per core switch, however many pods share it."""

    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    platform = models.CharField(max_length=10, choices=Platform.choices)
    site = models.CharField(max_length=80, blank=True)
    practical_percent = models.PositiveSmallIntegerField(
        "practical ceiling, % of the theoretical",
        default=75,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="600 of 800 customers is 75 %.",
    )
    vlans_per_tenant = models.PositiveSmallIntegerField(
        "VLANs to plan per customer", default=5, validators=[MinValueValidator(2), MaxValueValidator(100)]
    )
    max_active_vlans = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    max_stp_instances = models.PositiveIntegerField(
        "max spanning-tree instances", null=True, blank=True, validators=[MinValueValidator(1)]
    )
    max_logical_ports = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="VLANs times trunks, at most."
    )
    trunks = models.PositiveIntegerField(
        "trunks that carry tenant VLANs", null=True, blank=True, validators=[MinValueValidator(1)]
    )

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name_plural = "core switches"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("capacity:switch", args=[self.slug])


class RangePurpose(models.TextChoices):
    USABLE = "usable", "usable"
    RESERVED = "reserved", "reserved by the platform"
    INFRASTRUCTURE = "infrastructure", "infrastructure"


class VlanRange(models.Model):
    """A run of VLAN IDs of one switch with a purpose. With no usable range at all, 2–4094 is usable."""

    switch = models.ForeignKey(CoreSwitch, on_delete=models.CASCADE, related_name="ranges")
    purpose = models.CharField(max_length=15, choices=RangePurpose.choices)
    first = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(FIRST_VLAN_ID), MaxValueValidator(LAST_VLAN_ID)]
    )
    last = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(FIRST_VLAN_ID), MaxValueValidator(LAST_VLAN_ID)]
    )
    reason = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering: ClassVar = ["first"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(first__lte=F("last")), name="vlan_range_runs_upwards"),
            models.CheckConstraint(
                condition=Q(first__gte=FIRST_VLAN_ID, last__lte=LAST_VLAN_ID), name="vlan_range_in_1_4094"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first}–{self.last} {self.get_purpose_display()}"
