"""What the provider owns: core switches, pods, vCenters, management networks, and every VLAN ID."""

from inventory.models.pods import DistributedSwitch, ManagementNetwork, NetworkPurpose, Pod, VCenter
from inventory.models.switches import CoreSwitch, Platform, RangePurpose, VlanRange
from inventory.models.vlans import IN_USE, Vlan, VlanMove, VlanState

__all__ = [
    "IN_USE",
    "CoreSwitch",
    "DistributedSwitch",
    "ManagementNetwork",
    "NetworkPurpose",
    "Platform",
    "Pod",
    "RangePurpose",
    "VCenter",
    "Vlan",
    "VlanMove",
    "VlanRange",
    "VlanState",
]
