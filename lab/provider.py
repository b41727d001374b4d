"""A provider that was there before the portal: its inventory, 500 port groups on its vCenter, its list of customers.

Deterministic; every name is made up.
"""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group

from accounts.models import User
from accounts.roles import Role
from inventory.models import CoreSwitch, DistributedSwitch, ManagementNetwork, Platform, Pod, VCenter
from inventory.ranges import add_platform_ranges, apply_ranges
from lab.independent import add_groups
from lab.simulators import Simulator
from provisioning.models import Device, DeviceKind, DriverName

POD_SWITCHES = ("dvs-pod-1", "dvs-pod-2")  # two pods behind one core switch
MATCHED = 150  # customers of the list whose two port groups are on the vCenter already
UNMATCHED = 150  # customers of the list who have none there yet
FOREIGN = 200  # port groups that are nobody's on the list
FIRST_VID = {"matched": 100, "foreign": 600, "unmatched": 1000}
ROLES = ("failover-production", "failover-test")


@dataclass(frozen=True, slots=True)
class Provider:
    """What the portal knows of it, and two people: one who onboards, one who approves."""

    switch: CoreSwitch
    pods: tuple[Pod, ...]
    vcenter: Device
    operator: User
    approver: User


@dataclass(frozen=True, slots=True)
class Customer:
    """A line of the provider's list: its pod, and the VLAN of each role."""

    name: str
    pod: int
    vlans: dict[str, int]


def customers() -> list[Customer]:
    """The 300 on the list. The first 150 have their port groups on the vCenter."""
    known = [_customer(f"Kestrel{n:03}", n, FIRST_VID["matched"]) for n in range(MATCHED)]
    return known + [_customer(f"Merlin{n:03}", n, FIRST_VID["unmatched"]) for n in range(UNMATCHED)]


def _customer(name: str, number: int, first: int) -> Customer:
    vlans = {role: first + 2 * number + offset for offset, role in enumerate(ROLES)}
    return Customer(name, number % len(POD_SWITCHES), vlans)


def existing_groups() -> dict[str, dict[str, int]]:
    """The 500: for each distributed switch, VLAN ID by name. Two in five follow nobody's naming."""
    groups: dict[str, dict[str, int]] = {dvs: {} for dvs in POD_SWITCHES}
    for customer in customers()[:MATCHED]:
        for role, vid in customer.vlans.items():
            groups[POD_SWITCHES[customer.pod]][f"{customer.name}-{role}-{vid}"] = vid
    for number in range(FOREIGN):
        vid = FIRST_VID["foreign"] + number
        groups[POD_SWITCHES[number % 2]][f"LEGACY_dmz_{vid:04}"] = vid
    return groups


def fill(content: Any) -> None:
    """Create the 500 in a session that is not the portal's."""
    for dvs, groups in existing_groups().items():
        add_groups(content, dvs, groups)


def set_up(simulator: Simulator) -> Provider:
    """What an administrator enters first: switch, pods, vCenter, devices with their sign-in, people."""
    switch = CoreSwitch.objects.create(name="core-1", slug="core-1", platform=Platform.NXOS, site="lab")
    add_platform_ranges(switch)
    apply_ranges(switch, by=None)
    vcenter = VCenter.objects.create(name="vc-1", slug="vc-1", address=simulator.address)
    pods = tuple(
        Pod.objects.create(
            name=f"pod-{number}",
            slug=f"pod-{number}",
            switch=switch,
            dvs=DistributedSwitch.objects.create(vcenter=vcenter, name=name),
            trunk_port=f"port-channel{number}",
        )
        for number, name in enumerate(POD_SWITCHES, 1)
    )
    ManagementNetwork.objects.create(name="management", prefix="10.0.0.0/22")
    Device.objects.create(
        name="core-1",
        slug="core-1",
        kind=DeviceKind.CORE_SWITCH,
        driver=DriverName.SIMULATED,
        switch=switch,
        address="core-1.simulated.invalid",
    )
    people = [_person("olga", Role.OPERATOR), _person("anna", Role.APPROVER)]
    return Provider(switch, pods, _vcenter_device(vcenter, simulator), *people)


def _vcenter_device(vcenter: VCenter, simulator: Simulator) -> Device:
    device = Device(
        name="vc-1",
        slug="vc-1",
        kind=DeviceKind.VCENTER,
        driver=DriverName.VSPHERE,
        vcenter=vcenter,
        address=simulator.address,
        username=simulator.username,
        ca_pem=simulator.ca_pem,
    )
    device.set_password(simulator.password)
    device.save()
    return device


def _person(name: str, role: Role) -> User:
    user = User.objects.create_user(username=name)
    user.groups.set([Group.objects.get_or_create(name=role.value)[0]])
    return user


def write_list(path: Path) -> None:
    """The provider's list of customers as the CSV file that the portal imports: a line a network."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["tenant", "pod", "role", "vlan", "onboarded_on", "wan", "remote_gateway", "customer_subnets"])
        for number, customer in enumerate(customers()):
            whole = ["2025-03-01", "ipsec", f"198.51.100.{number % 250 + 1}", f"172.20.{number % 250}.0/24"]
            for role, vid in customer.vlans.items():
                writer.writerow([customer.name, f"pod-{customer.pod + 1}", role, vid, *whole])
