from typing import ClassVar

from django.db import models
from django.db.models import Q

from inventory.models import Vlan
from inventory.models.pods import VSPHERE_NAME, validate_prefix
from tenants.models.tenants import Tenant


class NetworkRole(models.TextChoices):
    FAILOVER_PRODUCTION = "failover-production", "failover-production"
    FAILOVER_TEST = "failover-test", "failover-test"
    REPLICATION = "replication", "replication"
    EXTRA = "extra", "extra"


REQUIRED_ROLES = (NetworkRole.FAILOVER_PRODUCTION, NetworkRole.FAILOVER_TEST)


class NetworkStatus(models.TextChoices):
    PLANNED = "planned", "planned"
    LIVE = "live", "live"
    REMOVING = "removing", "removing"
    REMOVED = "removed", "removed"


class Network(models.Model):
    """A tenant's VLAN: its role, its port group on the pod's DVS, and the dates of its life.

    A VLAN has at most one network that is not removed; removed ones stay as history.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="networks")
    role = models.CharField(max_length=20, choices=NetworkRole.choices)
    vlan = models.ForeignKey(Vlan, on_delete=models.PROTECT, related_name="networks")
    port_group = models.CharField(max_length=80, validators=[VSPHERE_NAME])
    prefix = models.CharField(max_length=43, blank=True, validators=[validate_prefix])
    status = models.CharField(max_length=10, choices=NetworkStatus.choices, default=NetworkStatus.PLANNED)
    live_on = models.DateField(null=True, blank=True)
    removed_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["tenant", "vlan__vid"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["vlan"],
                condition=~Q(status=NetworkStatus.REMOVED),
                name="one_present_network_per_vlan",
            ),
        ]

    def __str__(self) -> str:
        return self.port_group


def port_group_name(*, tenant: str, role: str, vid: int) -> str:
    """The name that our own port groups bear: ``Tenant-role-vid``; at most 80 characters by construction."""
    return f"{tenant}-{role}-{vid}"
