"""A small provider on real parts: a core switch, a vCenter, a firewall for each tenant; and what is really on them.

What the parts carry is asked with clients that share no code with the drivers.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import pytest

from inventory.models import ManagementNetwork, Pod, Vlan, VlanState
from lab import independent, netconfd, openvswitch, pfsense, simulators
from lab.netconfd import independent as netconf
from lab.pfsense.server import KEY
from provisioning import drift
from provisioning.intent import NetworkFacts, vlan_name
from provisioning.models import Device, DeviceKind, DriverName
from tenants.models import Network, NetworkStatus, Tenant
from tests.factories import make_pod
from tests.provisioning.things import make_devices, make_newcomer

TRUNK = "port-channel1"  # what the factories give a pod
OPENCONFIG, OVS = DriverName.OPENCONFIG, DriverName.OVS


@dataclass(slots=True)
class World:
    """``carried``: by device, what it really carries, doubles included. ``parts``: by device, what runs there;
    ``parts_closed``: what ends it."""

    pod: Pod
    stack: ExitStack
    carried: dict[str, Callable[[], list[str]]] = field(default_factory=dict)
    parts: dict[str, object] = field(default_factory=dict)
    parts_closed: dict[str, Callable[[], None]] = field(default_factory=dict)

    def newcomer(self, number: int) -> Tenant:
        """A tenant in onboarding with two routed networks, an IPsec site and a firewall of its own."""
        vids = (100 + 2 * number, 101 + 2 * number)
        tenant = make_newcomer(f"Tenant{number}", pod=self.pod, vids=vids, subnets=[f"192.168.{number}.0/24"])
        for third, network in enumerate(tenant.networks.order_by("vlan__vid")):
            Network.objects.filter(pk=network.pk).update(prefix=f"10.{number}.{third}.0/24")
        self._give_firewall(tenant)
        return tenant

    def _give_firewall(self, tenant: Tenant) -> None:
        running = self.stack.enter_context(pfsense.serve())
        device = Device(name=f"fw-{tenant.slug}", slug=f"fw-{tenant.slug}", kind=DeviceKind.FIREWALL, tenant=tenant)
        device.driver, device.address, device.ca_pem = DriverName.PFSENSE, running.address, running.certificate.pem
        device.set_password(KEY)
        device.save()
        self.parts[device.slug] = running
        self.carried[device.slug] = lambda: _on_firewall(running)

    def meet_vcenter(self, running: simulators.Simulator) -> None:
        """This one is the vCenter from now on."""
        slug = self.pod.dvs.vcenter.device.slug
        self.parts[slug] = running
        self.carried[slug] = lambda: _on_vcenter(running)

    def complaints(self) -> list[str]:
        """Where what is really carried, and what the database says is live, are not the same."""
        live = Network.objects.filter(status=NetworkStatus.LIVE).select_related("vlan", "tenant__firewall")
        wanted: dict[str, list[str]] = {slug: [] for slug in self.carried}
        for network in live:
            assert network.vlan
            facts = NetworkFacts(network.pk, network.vlan.vid, network.port_group, network.status)
            wanted[self.pod.switch.device.slug].append(f"{facts.vid} {vlan_name(facts)}")
            wanted[self.pod.dvs.vcenter.device.slug].append(f"{facts.vid} {facts.port_group}")
            wanted[network.tenant.firewall.slug].append(f"{facts.vid}")
        found = {slug: sorted(carried()) for slug, carried in self.carried.items()}
        unlike = [
            f"{slug}: {found[slug]}, not {sorted(wanted[slug])}"
            for slug in found
            if found[slug] != sorted(wanted[slug])
        ]
        return unlike + [str(finding) for device in Device.objects.all() for finding in drift.check(device)]


def _on_firewall(running: pfsense.Running) -> list[str]:
    live = running.firewall.live
    for name, rows in live.items():
        described = [row["descr"] for row in rows if str(row.get("descr", "")).startswith("zcsp ")]
        assert len(described) == len(set(described)), f"{name} twice: {described}"
    return [str(row["tag"]) for row in live["vlans"]]


@contextmanager
def world(*, switch: DriverName = OPENCONFIG) -> Iterator[World]:
    """Skips the test, with the reason, where a part cannot run."""
    with ExitStack() as stack:
        ManagementNetwork.objects.create(name="management", prefix="172.31.0.0/24")
        pod = make_pod()
        make_devices(pod)
        # What every trunk of the lab carries from the start, so that its list is never empty.
        Vlan.objects.filter(switch=pod.switch, vid=openvswitch.PARKED).update(state=VlanState.INFRASTRUCTURE)
        here = World(pod, stack)
        try:
            (_give_openconfig if switch == OPENCONFIG else _give_ovs)(here)
            _give_vcenter(here)
        except simulators.CannotRun as reason:
            pytest.skip(str(reason))
        yield here


def _give_openconfig(here: World) -> None:
    running = here.stack.enter_context(netconfd.switch(ports=(), bundles=(TRUNK,)))
    device = here.pod.switch.device
    device.driver, device.address, device.username = OPENCONFIG, running.address, running.username
    device.tls, device.thumbprint = "pinned", running.host_key_fingerprint
    device.set_password(running.password)
    device.save()
    here.parts[device.slug] = running
    here.carried[device.slug] = lambda: _on_netconfd(running)


def _on_netconfd(running: netconfd.Switch) -> list[str]:
    with netconf.signed_in(running) as session:
        names, entries = netconf.vlans(session), netconf.trunk(session, TRUNK)
    members = [vid for entry in entries for vid in _span(entry) if vid != 999]
    assert sorted(members) == sorted(names), f"the trunk carries {members}, the VLANs are {names}"
    return [f"{vid} {name}" for vid, name in names.items()]


def _span(entry: str) -> range:
    first, _, last = entry.partition("..")
    return range(int(first), int(last or first) + 1)


def _give_ovs(here: World) -> None:
    running = here.stack.enter_context(openvswitch.open_vswitch(trunks=(TRUNK,)))
    device = here.pod.switch.device
    device.driver, device.address, device.ca_pem = OVS, running.address, running.ca_pem
    device.set_password(running.client_pem)
    device.save()
    here.parts[device.slug] = running
    here.carried[device.slug] = lambda: _on_ovs(running)


def _on_ovs(running: openvswitch.OpenSwitch) -> list[str]:
    """A VLAN on it is a trunk's member; the names are notes that the driver keeps beside."""
    networks = Network.objects.select_related("vlan").exclude(vlan=None)
    names = {network.vlan.vid: network for network in networks if network.vlan}
    found = []
    for vid in running.trunk(TRUNK) - {openvswitch.PARKED}:
        network = names[vid]
        facts = NetworkFacts(network.pk, vid, network.port_group, network.status)
        found.append(f"{vid} {vlan_name(facts)}")
    return found


def _give_vcenter(here: World) -> None:
    own = here.stack.enter_context(ExitStack())
    running = own.enter_context(simulators.vcsim(dvs=(here.pod.dvs.name,)))
    device = here.pod.dvs.vcenter.device
    device.driver, device.address, device.username = DriverName.VSPHERE, running.address, running.username
    device.ca_pem = running.ca_pem
    device.set_password(running.password)
    device.save()
    here.parts_closed[device.slug] = own.close
    here.meet_vcenter(running)


def _on_vcenter(running: simulators.Simulator) -> list[str]:
    with independent.signed_in(running) as content:
        groups = independent.everything(content, independent.vim.dvs.DistributedVirtualPortgroup)
        return [f"{one.config.defaultPortConfig.vlan.vlanId} {one.name}" for one in groups if not one.tag]
