from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from provisioning.models.devices import Device
from tenants.models import Tenant


class AuditRule(models.TextChoices):
    """What the isolation audit looks for; the values are the names that filters and addresses use."""

    SHARED_VLAN = "shared-vlan", "VLAN of two tenants"
    FOREIGN_VLAN = "foreign-vlan", "another tenant's VLAN on a firewall"
    MANAGEMENT_VLAN = "management-vlan", "management VLAN at a tenant"
    PORT_POLICY = "port-policy", "port group lets machines pose or listen"
    TRUNK_ALL = "trunk-all", "trunk for more than its VLANs"
    MANAGEMENT_REACH = "management-reach", "way to the management networks past the ZCC"
    ZERTO_NAT = "zerto-nat", "address translation on Zerto's path"
    CLEAR_WAN = "clear-wan", "WAN without encryption"
    NOT_SEEN = "not-seen", "could not be judged"


class Severity(models.TextChoices):
    """Critical: tenants, or a tenant and the provider, can reach each other now, or traffic goes in the clear.
    Serious: one fault away from that, or Zerto does not work so. Warning: look at it."""

    CRITICAL = "critical", "critical"
    SERIOUS = "serious", "serious"
    WARNING = "warning", "warning"


class AuditFinding(models.Model):
    """A breach of isolation, as of the last audit of the device; without a device: of the portal's own data.

    ``subject``: what it is about, such as a port group. It stays the same from audit to audit, and so does
    ``first_seen_at``. ``evidence``: what was seen, as data; ``says``: the same in words.
    """

    device = models.ForeignKey(Device, null=True, on_delete=models.CASCADE, related_name="audit_findings")
    rule = models.CharField(max_length=20, choices=AuditRule.choices)
    subject = models.CharField(max_length=250)
    severity = models.CharField(max_length=8, choices=Severity.choices)
    says = models.TextField()
    evidence = models.JSONField(default=dict)
    tenants = models.ManyToManyField(Tenant, related_name="audit_findings")
    first_seen_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-first_seen_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(Coalesce("device", 0), "rule", "subject", name="one_audit_finding_per_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.get_rule_display()}: {self.subject}"


class Audit(models.Model):
    """When a device was last audited, or the portal's own data (no device). A device without one never was."""

    device = models.OneToOneField(Device, null=True, on_delete=models.CASCADE, related_name="audit")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                Coalesce("device", 0), condition=Q(device__isnull=True), name="one_audit_of_the_portals_own_data"
            ),
        ]

    def __str__(self) -> str:
        return f"audit of {self.device or 'the portal'}, {self.at}"
