"""A tenant's firewall, planned, approved, pushed and taken back through the engine, on the stand-in."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from inventory.models import ManagementNetwork
from lab.pfsense import Running
from lab.pfsense.server import KEY
from provisioning import drift
from provisioning.drivers.protocol import Kind, ObjectId
from provisioning.forms import NewDeviceForm
from provisioning.models import Device, DeviceKind, DriftKind, DriverName, RunStatus, TunnelKey
from provisioning.tunnel_keys import ensure_tunnel_key, tunnel_key_of
from tenants import offboarding
from tenants.models import Network, Tenant
from tests.provisioning.things import approved, lines, make_newcomer, plan_texts, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant(firewall: Running) -> Tenant:
    """A newcomer with two routed networks, an IPsec site, and a pfSense of its own."""
    ManagementNetwork.objects.create(name="mgmt", prefix="172.31.0.0/24")
    tenant = make_newcomer()
    for third, network in enumerate(tenant.networks.all()):
        Network.objects.filter(pk=network.pk).update(prefix=f"10.0.{third}.0/24")
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
    return tenant


def test_a_tenant_is_pushed_to_its_firewall_and_what_is_live_there_is_what_was_planned(
    tenant: Tenant, firewall: Running
) -> None:
    run = approved(tenant)
    work()
    run.refresh_from_db()
    assert run.status == RunStatus.SUCCEEDED, lines(run)
    live = firewall.firewall.live
    assert live == firewall.firewall.config
    assert [row["tag"] for row in live["vlans"]] == [100, 101]
    assert {row["name"]: row["address"] for row in live["aliases"]} == {
        "zcsp_customer": ["192.168.10.0/24"],
        "zcsp_machines": ["10.0.0.0/24"],
        "zcsp_management": ["172.31.0.0/24"],
        "zcsp_networks": ["10.0.0.0/24"],
        "zcsp_tests": ["10.0.1.0/24"],
        "zcsp_zerto": ["4007:4008", "9007:9008", "9071", "9081", "9082:9181"],
    }
    assert [row["network"] for row in live["routes"]] == ["192.168.10.0/24"]
    assert [row["remote_gateway"] for row in live["phase1s"]] == ["198.51.100.7"]
    assert [(row["localid_address"], row["remoteid_address"]) for row in live["phase2s"]] == [
        ("10.0.0.0", "192.168.10.0")  # and not the test network
    ]
    descriptions = [row["descr"] for row in live["rules"]]
    assert "zcsp wan/10-no-clear-traffic" in descriptions
    assert "zcsp vlan101/20-no-production" in descriptions
    assert drift.check(Device.objects.get(slug="fw-acme")) == []


def test_the_tunnels_key_reaches_the_firewall_and_shows_nowhere_else(tenant: Tenant, firewall: Running) -> None:
    run = approved(tenant)
    work()
    key = tunnel_key_of(tenant.pk)
    assert firewall.firewall.live["phase1s"][0]["pre_shared_key"] == key
    assert len(key) >= 40
    plan = run.plan
    operations = json.dumps([[op.before, op.after, op.key] for op in plan.operations.all()])
    steps = json.dumps([[step.found, step.read_back, step.message] for step in run.steps.all()])
    assert key not in operations + steps + lines(run) + repr(plan_texts(plan))
    assert key.encode() not in bytes(TunnelKey.objects.get().secret)


def test_a_key_is_made_once(tenant: Tenant) -> None:
    ensure_tunnel_key(tenant)
    first = tunnel_key_of(tenant.pk)
    ensure_tunnel_key(tenant)
    assert tunnel_key_of(tenant.pk) == first


def test_the_key_is_told_by_command_to_whoever_runs_the_portal(tenant: Tenant) -> None:
    with pytest.raises(CommandError, match="no tunnel key yet"):
        call_command("tunnel_key", "acme")
    with pytest.raises(CommandError, match="No present tenant is called nobody"):
        call_command("tunnel_key", "nobody")
    ensure_tunnel_key(tenant)
    told = StringIO()
    call_command("tunnel_key", "acme", stdout=told)
    assert told.getvalue().strip() == tunnel_key_of(tenant.pk)


def test_a_leaving_tenant_leaves_nothing_on_its_firewall(tenant: Tenant, firewall: Running) -> None:
    before = firewall.firewall.live
    approved(tenant)
    work()
    tenant.refresh_from_db()
    offboarding.begin(tenant=tenant, by=None, now=timezone.now())
    run = approved(tenant)
    work()
    run.refresh_from_db()
    assert run.status == RunStatus.SUCCEEDED, lines(run)
    assert firewall.firewall.live == firewall.firewall.config == before


def test_somebody_who_weakens_the_tunnel_is_found_out(tenant: Tenant, firewall: Running) -> None:
    approved(tenant)
    work()
    phase1 = firewall.firewall.config["phase1s"][0]
    phase1["encryption"] = [{**phase1["encryption"][0], "encryption_algorithm_name": "aes", "dhgroup": 2}]
    (finding,) = drift.check(Device.objects.get(slug="fw-acme"))
    assert finding.drift == DriftKind.CHANGED
    assert ObjectId(Kind(finding.kind), finding.key) == ObjectId(Kind.TUNNEL, "198.51.100.7")
    assert (finding.found or {})["deviates"] == ["another encryption in phase 1"]


def test_a_pfsense_stands_for_a_tenants_firewall_only(tenant: Tenant) -> None:
    form = NewDeviceForm({"name": "x", "kind": "core-switch", "driver": "pfsense", "address": "x", "tls": "verify"})
    assert "speaks to a tenant firewall only" in str(form.errors["driver"])
