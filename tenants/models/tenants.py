from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse

from inventory.models import Pod

# Customers type the ZORG's name into the self-service portal: no special characters. Its length leaves
# room for the role and the VLAN ID in a port group's name of at most 80 characters.
validate_zorg_name = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9_-]{1,49}\Z",
    "Zerto takes no special characters in a ZORG name: use 2 to 50 letters, digits, hyphens or underscores, "
    "starting with a letter or digit.",
)


class TenantStatus(models.TextChoices):
    ONBOARDING = "onboarding", "onboarding"
    ACTIVE = "active", "active"
    OFFBOARDING = "offboarding", "offboarding"
    DEPARTED = "departed", "departed"
    WITHDRAWN = "withdrawn", "withdrawn"


GONE = (TenantStatus.DEPARTED, TenantStatus.WITHDRAWN)


class Tenant(models.Model):
    """One customer: a Zerto Organization (ZORG), placed in one pod.

    ``onboarded_on`` and ``departed_on`` date its life as a customer; both feed the trend.
    Withdrawn: taken in and given up before it ever went live.
    """

    name = models.CharField("ZORG name", max_length=50, validators=[validate_zorg_name])
    slug = models.SlugField(max_length=60, unique=True)
    pod = models.ForeignKey(Pod, on_delete=models.PROTECT, related_name="tenants")
    status = models.CharField(max_length=12, choices=TenantStatus.choices, default=TenantStatus.ONBOARDING)
    created_at = models.DateTimeField(auto_now_add=True)
    onboarded_on = models.DateField(null=True, blank=True)
    departed_on = models.DateField(null=True, blank=True)
    contact = models.CharField(max_length=120, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("name"), condition=~Q(status__in=GONE), name="one_present_tenant_of_a_name"),
        ]
        indexes: ClassVar = [models.Index(fields=["pod", "status"], name="tenant_by_pod_and_status")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("tenants:tenant", args=[self.slug])

    @property
    def is_gone(self) -> bool:
        return self.status in GONE
