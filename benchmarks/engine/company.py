"""A provider with one core switch (netconfd), one vCenter (vcsim), and a list of customers to import."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lab.netconfd import Switch
from lab.simulators import Simulator
from provisioning.models import Device, DeviceKind, DriverName

DVS, TRUNK = "dvs-bench", "port-channel1"
ROLES = ("failover-production", "failover-test", "replication", "extra", "extra")
FIRST_VID, PARKED = 2, 999


@dataclass(frozen=True, slots=True)
class Wanted:
    """A network on the provider's list."""

    tenant: str
    role: str
    vid: int


def wanted(tenants: int) -> Iterator[Wanted]:
    """Five networks each, VLANs in a row; the one that every trunk carries from the start is left out."""
    vids = (vid for vid in range(FIRST_VID, 4095) if vid != PARKED)
    for number in range(tenants):
        for role in ROLES:
            yield Wanted(f"Heron{number:03}", role, next(vids))


def write_list(path: Path, *, tenants: int) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["tenant", "pod", "role", "vlan", "onboarded_on", "wan", "remote_gateway", "customer_subnets"])
        for network in wanted(tenants):
            number = int(network.tenant[-3:])
            wan = [
                "2025-03-01",
                "ipsec",
                f"198.51.{100 + number // 250}.{number % 250 + 1}",
                f"172.20.{number % 250}.0/24",
            ]
            writer.writerow([network.tenant, "pod-1", network.role, network.vid, *wan])


def set_up(core: Switch, simulator: Simulator) -> None:
    """What an administrator enters: switch, pod, vCenter, and how the portal signs in."""
    from inventory.models import CoreSwitch, DistributedSwitch, Pod, VCenter, Vlan, VlanState  # noqa: PLC0415
    from inventory.ranges import apply_ranges  # noqa: PLC0415

    switch = CoreSwitch.objects.create(name="core-1", slug="core-1", site="bench")
    apply_ranges(switch, by=None)
    Vlan.objects.filter(switch=switch, vid=PARKED).update(state=VlanState.INFRASTRUCTURE)
    vcenter = VCenter.objects.create(name="vc-1", slug="vc-1", address=simulator.address)
    dvs = DistributedSwitch.objects.create(vcenter=vcenter, name=DVS)
    Pod.objects.create(name="pod-1", slug="pod-1", switch=switch, dvs=dvs, trunk_port=TRUNK)
    device = Device(name="core-1", slug="core-1", kind=DeviceKind.CORE_SWITCH, driver=DriverName.OPENCONFIG)
    device.switch, device.address, device.username = switch, core.address, core.username
    device.tls, device.thumbprint = "pinned", core.host_key_fingerprint
    device.set_password(core.password)
    device.save()
    device = Device(name="vc-1", slug="vc-1", kind=DeviceKind.VCENTER, driver=DriverName.VSPHERE)
    device.vcenter, device.address, device.username = vcenter, simulator.address, simulator.username
    device.ca_pem = simulator.ca_pem
    device.set_password(simulator.password)
    device.save()
