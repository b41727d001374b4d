from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.urls import reverse

from inventory.models.nsx import NsxManager
from inventory.models.records import Record
from inventory.models.switches import LAST_VLAN_ID, CoreSwitch
from inventory.prefixes import parse_prefix

# Where vSphere names are concerned, '/', '\' and '%' come back escaped by vSphere, so they are not let in.
VSPHERE_NAME = RegexValidator(
    r"^[A-Za-z0-9._-]{1,80}\Z", "Use letters, digits, dot, underscore and hyphen; 80 at most."
)


def validate_prefix(text: str) -> None:
    """Raises ValidationError with the reason when ``text`` is not an IP prefix such as 10.0.0.0/24."""
    try:
        parse_prefix(text)
    except ValueError as error:
        raise ValidationError(str(error)) from error


class VCenter(Record):
    """A vCenter. It carries at most 10,000 distributed port groups over all its DVS (VMware Configuration Maximums)."""

    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    address = models.CharField(max_length=255, help_text="Host name or address, with :port where it is not 443.")

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name = "vCenter"

    def __str__(self) -> str:
        return self.name


class DistributedSwitch(models.Model):
    """A distributed virtual switch (DVS) of a vCenter."""

    vcenter = models.ForeignKey(VCenter, on_delete=models.CASCADE, related_name="distributed_switches")
    name = models.CharField(max_length=80, validators=[VSPHERE_NAME])

    class Meta:
        ordering: ClassVar = ["vcenter__name", "name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["vcenter", "name"], name="one_dvs_name_per_vcenter")]

    def __str__(self) -> str:
        return f"{self.vcenter.name} / {self.name}"


class Pod(Record):
    """A block of the provider's infrastructure. It hangs off one core switch and shares that switch's VLANs.

    With an NSX manager its new tenants are placed on VXLAN: their networks take VNIs, and none of those VLANs.
    """

    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    switch = models.ForeignKey(CoreSwitch, on_delete=models.PROTECT, related_name="pods", verbose_name="core switch")
    dvs = models.ForeignKey(
        DistributedSwitch,
        on_delete=models.PROTECT,
        related_name="pods",
        verbose_name="distributed switch (DVS)",
    )
    trunk_port = models.CharField(
        max_length=60, help_text="The core switch's port that leads to this pod, such as port-channel11."
    )
    nsx = models.ForeignKey(
        NsxManager,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="pods",
        verbose_name="NSX manager",
        help_text="With one, new tenants are placed on VXLAN: their networks take VNIs in place of VLANs.",
    )
    accepts_tenants = models.BooleanField("takes new tenants", default=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("inventory:pod", args=[self.slug])


class NetworkPurpose(models.TextChoices):
    MANAGEMENT = "management", "management"
    TRANSIT = "transit", "ZCC / transit"


class ManagementNetwork(Record):
    """A prefix of the provider's own. No customer subnet may overlap it: Zerto components see no translated address."""

    name = models.CharField(max_length=60, unique=True)
    prefix = models.CharField(max_length=43, validators=[validate_prefix], help_text="Such as 10.0.0.0/22.")
    purpose = models.CharField(max_length=12, choices=NetworkPurpose.choices, default=NetworkPurpose.MANAGEMENT)
    pod = models.ForeignKey(
        Pod,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="management_networks",
        help_text="Empty: the whole provider.",
    )
    vid = models.PositiveSmallIntegerField(
        "VLAN ID", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(LAST_VLAN_ID)]
    )
    gateway = models.GenericIPAddressField(
        null=True, blank=True, help_text="The router's address in it: what every ZCC in a transit network is given."
    )
    zccs_from = models.GenericIPAddressField(
        "ZCC addresses from",
        null=True,
        blank=True,
        help_text="In a transit network: the first for new ZCCs, above those in use before. Empty: the tenth host.",
    )

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"
