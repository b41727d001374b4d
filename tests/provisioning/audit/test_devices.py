"""The audit of parts that speak their own language: a stand-in pfSense over TLS, vcsim, a real Open vSwitch.

Each is clean first, then broken by somebody else behind the portal's back.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from inventory.models import DistributedSwitch, Pod
from lab.independent import signed_in, switch_named, vim, wait
from lab.openvswitch import PARKED, open_vswitch
from lab.openvswitch import why_not as no_open_vswitch
from lab.pfsense import Running, serve
from lab.pfsense.server import KEY
from lab.simulators import Simulator, vcsim
from lab.simulators import why_not as no_vcsim
from provisioning import drift
from provisioning.models import AuditFinding, AuditRule, Device, DeviceKind, DriverName, Severity
from tenants.models import Network, Tenant, WanConnection, WanKind
from tests.factories import make_management_network, make_pod, make_tenant
from tests.provisioning.things import approved, make_newcomer, work

pytestmark = [pytest.mark.django_db]


def checked(device: Device) -> list[tuple[str, str]]:
    drift.check(device)
    return [(one.rule, one.severity) for one in AuditFinding.objects.filter(device=device).order_by("rule", "subject")]


# --- pfSense (the stand-in) -----------------------------------------------------------------------


@pytest.fixture
def firewall() -> Iterator[Running]:
    with serve() as running:
        yield running


def pushed(firewall: Running, *, wan: WanKind = WanKind.IPSEC) -> Device:
    """A tenant whose pfSense carries what is intended, pushed by the engine."""
    make_management_network("172.31.0.0/24")
    tenant = make_newcomer()
    for third, network in enumerate(tenant.networks.all()):
        Network.objects.filter(pk=network.pk).update(prefix=f"10.0.{third}.0/24")
    if wan != WanKind.IPSEC:
        WanConnection.objects.update(kind=wan, remote_gateway=None)
    device = Device(
        name="fw-acme",
        slug="fw-acme",
        kind=DeviceKind.FIREWALL,
        driver=DriverName.PFSENSE,
        tenant=tenant,
        address=firewall.address,
        ca_pem=firewall.certificate.pem,
    )
    device.set_password(KEY)
    device.save()
    approved(Tenant.objects.get(pk=tenant.pk))
    work()
    return Device.objects.get(pk=device.pk)


def call(firewall: Running, method: str, path: str, **fields: Any) -> None:
    firewall.firewall.call(method, path, fields)


def test_on_a_pfsense_what_a_person_adds_is_found_where_it_decides(firewall: Running) -> None:
    device = pushed(firewall)
    assert checked(device) == []
    by_hand = {"type": "pass", "ipprotocol": "inet46", "source": "any", "destination": "any", "descr": "by hand"}
    shown = next(row for row in firewall.firewall.config["interfaces"] if row["if"] == "vmx1.100")["descr"]
    call(firewall, "POST", "/firewall/rule", interface=[shown], **by_hand)
    assert checked(device) == []  # at the end of its interface: our block decides before it
    call(firewall, "POST", "/firewall/rule", interface=["WAN", "enc0"], floating=True, quick=True, **by_hand)
    assert checked(device) == [(AuditRule.MANAGEMENT_REACH, Severity.CRITICAL)]
    call(firewall, "PATCH", "/firewall/rule", id=len(firewall.firewall.config["rules"]) - 1, disabled=True)
    assert checked(device) == []
    rules = firewall.firewall.config["rules"]
    rules.insert(0, rules.pop(-2))  # the first of the two, dragged to the top
    assert checked(device) == [(AuditRule.MANAGEMENT_REACH, Severity.CRITICAL)]
    assert AuditFinding.objects.get().evidence["places"] == ["vlan100"]


def test_on_a_pfsense_a_tunnel_that_goes_or_stops_encrypting_is_found(firewall: Running) -> None:
    device = pushed(firewall)
    firewall.firewall.config["phase2s"][0]["encryption_algorithm_option"] = [{"name": "null", "keylen": None}]
    assert checked(device) == [(AuditRule.CLEAR_WAN, Severity.CRITICAL)]
    assert "does not encrypt" in AuditFinding.objects.get().says
    call(firewall, "DELETE", "/vpn/ipsec/phase2", id=0)
    call(firewall, "DELETE", "/vpn/ipsec/phase1", id=0)
    assert checked(device) == [(AuditRule.CLEAR_WAN, Severity.SERIOUS)]
    assert "is not on the firewall" in AuditFinding.objects.get().says


def test_on_a_pfsense_nat_in_the_tunnel_is_found_and_outbound_nat_at_the_wan_is_not(firewall: Running) -> None:
    device = pushed(firewall)
    outbound = {"source": "10.0.0.0/24", "destination": "any", "target": "203.0.113.2"}
    call(firewall, "PATCH", "/firewall/nat/outbound/mode", mode="hybrid")
    call(firewall, "POST", "/firewall/nat/outbound/mapping", interface="WAN", **outbound)
    assert checked(device) == []
    call(firewall, "POST", "/firewall/nat/outbound/mapping", interface="enc0", **outbound)
    assert checked(device) == [(AuditRule.ZERTO_NAT, Severity.SERIOUS)]
    firewall.firewall.denied = {"/firewall/nat"}
    assert checked(device) == [(AuditRule.NOT_SEEN, Severity.WARNING)]


def test_on_a_pfsense_over_mpls_automatic_nat_is_found_once_the_exemption_is_gone(firewall: Running) -> None:
    device = pushed(firewall, wan=WanKind.MPLS)
    assert checked(device) == []
    call(firewall, "PATCH", "/firewall/nat/outbound/mode", mode="automatic")  # as pfSense is installed
    assert checked(device) == [(AuditRule.ZERTO_NAT, Severity.SERIOUS)]
    call(firewall, "PATCH", "/firewall/nat/outbound/mode", mode="hybrid")
    assert checked(device) == []
    call(firewall, "DELETE", "/firewall/nat/outbound/mapping", id=0)
    assert checked(device) == [(AuditRule.ZERTO_NAT, Severity.SERIOUS)]


# --- vSphere (vcsim) ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    if reason := no_vcsim():
        pytest.skip(f"vcsim cannot be built here: {reason}")
    with vcsim(dvs=("dvs-a",)) as running:
        yield running


def group_of(name: str, vlan: Any, **policy: bool) -> Any:
    types = vim.dvs.VmwareDistributedVirtualSwitch
    named = {"allowPromiscuous": False, "forgedTransmits": False, "macChanges": False} | policy
    ports = types.VmwarePortConfigPolicy(
        vlan=vlan, macManagementPolicy=types.MacManagementPolicy(inherited=False, **named)
    )
    return vim.dvs.DistributedVirtualPortgroup.ConfigSpec(
        name=name, type="earlyBinding", numPorts=8, defaultPortConfig=ports
    )


def one(vid: int) -> Any:
    return vim.dvs.VmwareDistributedVirtualSwitch.VlanIdSpec(vlanId=vid, inherited=False)


def many(first: int, last: int) -> Any:
    run = vim.NumericRange(start=first, end=last)
    return vim.dvs.VmwareDistributedVirtualSwitch.TrunkVlanSpec(vlanId=[run], inherited=False)


def test_on_a_vcenter_what_another_tool_makes_is_found(simulator: Simulator) -> None:
    pod = make_pod()
    DistributedSwitch.objects.filter(pk=pod.dvs_id).update(name="dvs-a")
    pod = Pod.objects.get(pk=pod.pk)
    make_tenant("Acme", pod=pod, vids=(100,))
    make_tenant("Boreal", pod=pod, vids=(200,), subnets=())
    make_management_network("172.31.0.0/24", vid=10)
    device = Device(
        name="vc",
        slug="vc",
        kind=DeviceKind.VCENTER,
        driver=DriverName.VSPHERE,
        vcenter=pod.dvs.vcenter,
        address=simulator.address,
        username=simulator.username,
        ca_pem=simulator.ca_pem,
    )
    device.set_password(simulator.password)
    device.save()

    def add(*groups: Any) -> list[tuple[str, str]]:
        with signed_in(simulator) as content:
            wait(switch_named(content, "dvs-a").AddDVPortgroup_Task(spec=list(groups)))
        return checked(device)

    own = group_of("Acme-failover-production-100", one(100)), group_of("Boreal-failover-production-200", one(200))
    assert add(*own, group_of("mgmt", one(10), allowPromiscuous=True), group_of("spare", many(300, 400))) == []
    assert add(group_of("sniffer", one(200), allowPromiscuous=True)) == [(AuditRule.PORT_POLICY, Severity.SERIOUS)]
    found = add(
        group_of("Acme-extra-200", one(200)),
        group_of("Acme-extra-10", one(10)),
        group_of("wide", many(0, 4094)),
    )
    assert found == [
        (AuditRule.MANAGEMENT_VLAN, Severity.CRITICAL),
        (AuditRule.PORT_POLICY, Severity.SERIOUS),
        (AuditRule.SHARED_VLAN, Severity.CRITICAL),
        (AuditRule.TRUNK_ALL, Severity.SERIOUS),
    ]


# --- A core switch (Open vSwitch) -----------------------------------------------------------------


@pytest.mark.lab
def test_on_a_real_switch_a_trunk_without_a_list_is_found() -> None:
    if reason := no_open_vswitch():
        pytest.skip(f"Open vSwitch cannot run here: {reason}")
    pod = make_pod()
    Pod.objects.filter(pk=pod.pk).update(trunk_port="eth1")
    with open_vswitch(trunks=("eth1", "eth2"), access=("eth9",)) as running:
        device = Device(
            name="core",
            slug="core",
            kind=DeviceKind.CORE_SWITCH,
            driver=DriverName.OVS,
            switch=pod.switch,
            address=running.address,
            ca_pem=running.ca_pem,
        )
        device.set_password(running.client_pem)
        device.save()
        assert checked(device) == []
        running.run("clear", "port", "eth2", "trunks")
        assert checked(device) == [(AuditRule.TRUNK_ALL, Severity.WARNING)]
        running.run("clear", "port", "eth1", "trunks")
        assert checked(device) == [(AuditRule.TRUNK_ALL, Severity.SERIOUS), (AuditRule.TRUNK_ALL, Severity.WARNING)]
        assert "leads to pod pod-1" in AuditFinding.objects.get(severity=Severity.SERIOUS).says
        running.run("set", "port", "eth1", f"trunks={PARKED}")
        running.run("set", "port", "eth2", f"trunks={PARKED}")
        assert checked(device) == []
