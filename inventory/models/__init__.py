"""What the provider owns: core switches, pods, vCenters, NSX managers, management networks, every VLAN ID, and VNIs."""

from inventory.models.nsx import NsxManager
from inventory.models.pods import DistributedSwitch, ManagementNetwork, NetworkPurpose, Pod, VCenter
from inventory.models.switches import CoreSwitch, Platform, RangePurpose, VlanRange
from inventory.models.vlans import IN_USE, Vlan, VlanMove, VlanState
from inventory.models.vnis import Vni, VniMove, VniPool

__all__ = [
    "IN_USE",
    "CoreSwitch",
    "DistributedSwitch",
    "ManagementNetwork",
    "NetworkPurpose",
    "NsxManager",
    "Platform",
    "Pod",
    "RangePurpose",
    "VCenter",
    "Vlan",
    "VlanMove",
    "VlanRange",
    "VlanState",
    "Vni",
    "VniMove",
    "VniPool",
]
