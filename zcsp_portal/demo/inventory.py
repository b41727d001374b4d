"""Writes what the demo provider owns, and every VLAN ID in the state that its history left it in."""

from dataclasses import dataclass
from ipaddress import ip_network

from inventory.models import (
    CoreSwitch,
    DistributedSwitch,
    ManagementNetwork,
    Pod,
    RangePurpose,
    VCenter,
    Vlan,
    VlanRange,
    VlanState,
)
from inventory.models.switches import FIRST_VLAN_ID, LAST_VLAN_ID
from inventory.ranges import add_platform_ranges, base_state, spans_of
from zcsp_portal.demo.company import DOMAIN, MANAGEMENT_NETWORKS, SWITCHES, VCENTERS, DemoSwitch
from zcsp_portal.demo.replay import Standing


@dataclass(frozen=True, slots=True)
class Owned:
    """The rows made, by name."""

    switches: dict[str, CoreSwitch]
    vcenters: dict[str, VCenter]
    pods: dict[str, Pod]


def write_inventory() -> Owned:
    """Core switches with their ranges, vCenters, a DVS and a pod each, and the provider's own networks."""
    switches = {switch.name: _write_switch(switch) for switch in SWITCHES}
    vcenters = {name: VCenter.objects.create(name=name, slug=name, address=f"{name}.{DOMAIN}") for name in VCENTERS}
    pods = {}
    for switch in SWITCHES:
        for pod in switch.pods:
            pods[pod.name] = Pod.objects.create(
                name=pod.name,
                slug=pod.name,
                switch=switches[switch.name],
                dvs=DistributedSwitch.objects.create(vcenter=vcenters[pod.vcenter], name=f"dvs-{pod.name}"),
                trunk_port=pod.trunk_port,
                accepts_tenants=pod.accepts_tenants,
            )
    ManagementNetwork.objects.bulk_create(
        ManagementNetwork(
            name=n.name,
            prefix=n.prefix,
            purpose=n.purpose,
            pod=pods.get(n.pod),
            vid=n.vid,
            gateway=str(ip_network(n.prefix)[1]),
        )
        for n in MANAGEMENT_NETWORKS
    )
    return Owned(switches, vcenters, pods)


def _write_switch(switch: DemoSwitch) -> CoreSwitch:
    row = CoreSwitch.objects.create(
        name=switch.name, slug=switch.name, platform=switch.platform, site=switch.site, **switch.limits
    )
    add_platform_ranges(row)
    VlanRange.objects.bulk_create(
        VlanRange(switch=row, purpose=RangePurpose.INFRASTRUCTURE, first=first, last=last, reason=reason)
        for first, last, reason in switch.infrastructure
    )
    return row


def usable_ids(switch: CoreSwitch) -> list[int]:
    """What tenants may have, ascending: the switch's ranges decide."""
    spans = spans_of(switch)
    return [vid for vid in range(FIRST_VLAN_ID, LAST_VLAN_ID + 1) if base_state(vid, spans) == VlanState.FREE]


def write_vlans(switch: CoreSwitch, standing: dict[int, Standing]) -> dict[int, Vlan]:
    """A row for each of the 4,094 IDs; those that no history touched rest as the ranges say."""
    spans = spans_of(switch)
    rows = []
    for vid in range(FIRST_VLAN_ID, LAST_VLAN_ID + 1):
        stands = standing.get(vid) or Standing(base_state(vid, spans))
        rows.append(Vlan(switch=switch, vid=vid, state=stands.state, until=stands.until, label=stands.label))
    return {row.vid: row for row in Vlan.objects.bulk_create(rows, batch_size=2000)}
