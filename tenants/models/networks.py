from typing import ClassVar

from django.db import models
from django.db.models import Q

from inventory.models import Vlan, Vni
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
    """A tenant's network: its role, its VLAN or VNI, its port group or segment, and the dates of its life.

    It is on a VLAN of the pod's core switch, or, for a tenant that is placed on VXLAN, on a VNI of the pod's NSX
    manager; never on both. Either has at most one network that is not removed; removed ones stay as history.
    ``port_group``: the port group's name on the pod's DVS; on VXLAN the segment's, and its ID.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="networks")
    role = models.CharField(max_length=20, choices=NetworkRole.choices)
    vlan = models.ForeignKey(Vlan, null=True, blank=True, on_delete=models.PROTECT, related_name="networks")
    vni = models.ForeignKey(Vni, null=True, blank=True, on_delete=models.PROTECT, related_name="networks")
    port_group = models.CharField(max_length=80, validators=[VSPHERE_NAME])
    prefix = models.CharField(max_length=43, blank=True, validators=[validate_prefix])
    status = models.CharField(max_length=10, choices=NetworkStatus.choices, default=NetworkStatus.PLANNED)
    live_on = models.DateField(null=True, blank=True)
    removed_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["tenant", "vlan__vid", "vni__number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["vlan"],
                condition=~Q(status=NetworkStatus.REMOVED),
                name="one_present_network_per_vlan",
            ),
            models.UniqueConstraint(
                fields=["vni"],
                condition=~Q(status=NetworkStatus.REMOVED),
                name="one_present_network_per_vni",
            ),
            models.CheckConstraint(
                condition=Q(vlan__isnull=False, vni__isnull=True) | Q(vlan__isnull=True, vni__isnull=False),
                name="network_is_on_a_vlan_or_a_vni",
            ),
        ]

    def __str__(self) -> str:
        return self.port_group

    @property
    def is_vxlan(self) -> bool:
        return self.vni_id is not None

    @property
    def carrier(self) -> Vlan | Vni:
        """The VLAN or VNI that it is on. As text it says which: “VLAN 12”, “VNI 5000”."""
        carrier = self.vlan or self.vni
        assert carrier is not None  # a constraint of the table
        return carrier

    @property
    def number(self) -> int:
        """The VLAN ID or the VNI."""
        carrier = self.carrier
        return carrier.vid if isinstance(carrier, Vlan) else carrier.number


def port_group_name(*, tenant: str, role: str, vid: int) -> str:
    """The name that our own port groups and segments bear: ``Tenant-role-vid`` or ``-vni``; at most 80 characters by
    construction (50, 19 and 8, and two hyphens)."""
    return f"{tenant}-{role}-{vid}"
