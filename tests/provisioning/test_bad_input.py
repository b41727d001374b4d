"""Bad input is refused where it can be known, at the latest when the plan is made, in words that say what to do.

What is only half there on a device is no refusal: the plan shows it as a change.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from lab.openvswitch import BRIDGE, open_vswitch, why_not
from lab.pfsense import Running, serve
from lab.pfsense.server import KEY
from provisioning.drivers.protocol import Kind
from provisioning.models import Device, DeviceKind, DriverName, Plan, RunStatus
from provisioning.planning import PlanRefused, make_plan
from tenants.models import Network, Tenant, WanKind
from tests.factories import make_pod, make_user
from tests.provisioning.things import approved, lines, make_newcomer, plan_texts, put, work
from tests.tenants.test_screens import typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def running() -> Iterator[Running]:
    with serve() as one:
        yield one


def with_pfsense(running: Running, **changes: Any) -> Tenant:
    """A newcomer with two routed networks, an IPsec site, and a pfSense of its own."""
    tenant = make_newcomer()
    for third, network in enumerate(tenant.networks.order_by("vlan__vid")):
        Network.objects.filter(pk=network.pk).update(prefix=f"10.0.{third}.0/24")
    device = Device(
        name="fw-acme",
        slug="fw-acme",
        kind=DeviceKind.FIREWALL,
        driver=DriverName.PFSENSE,
        tenant=tenant,
        address=running.address,
        ca_pem=running.certificate.pem,
    )
    device.set_password(KEY)
    for name, value in changes.items():
        setattr(device, name, value)
    device.save()
    return tenant


def why_refused(tenant: Tenant) -> str:
    with pytest.raises(PlanRefused) as refused:
        make_plan(tenant=tenant, by=None)
    assert not Plan.objects.exists()
    return str(refused.value)


def changes_of(plan: Plan) -> dict[str, tuple[Any, Any]]:
    """Before and after of what is there but not as intended, by ``kind key``."""
    return {f"{op.kind} {op.key}": (op.before, op.after) for op in plan.operations.filter(action="change")}


# --- Signing in -----------------------------------------------------------------------------------


def test_wrong_credentials_are_refused_at_plan_time_with_where_to_correct_them(running: Running) -> None:
    tenant = with_pfsense(running)
    device = Device.objects.get(tenant=tenant)
    device.set_password("guess")
    device.save()
    why = why_refused(tenant)
    assert "fw-acme" in why
    assert "refuses the API key, or the user name and password: correct them on the device" in why
    assert "guess" not in why


def test_a_password_that_no_key_opens_any_more_is_refused_with_what_to_do(running: Running) -> None:
    tenant = with_pfsense(running, secret=b"gAAAA-of-another-key")
    assert "No key in CREDENTIAL_KEYS opens this secret: set it again" in why_refused(tenant)


def test_an_expired_certificate_is_refused_with_what_to_renew() -> None:
    with serve(expired=True) as old:
        why = why_refused(with_pfsense(old))
    assert "its certificate has expired. Renew it on the firewall" in why


def test_an_expired_certificate_that_was_compared_and_pinned_is_trusted() -> None:
    with serve(expired=True) as old:
        tenant = with_pfsense(old, ca_pem="", tls="pinned", thumbprint=old.certificate.thumbprint)
        assert make_plan(tenant=tenant, by=None).operations.filter(kind=Kind.TUNNEL).exists()


def test_a_device_whose_driver_this_release_lacks_is_refused_with_what_to_choose() -> None:
    tenant = make_newcomer()
    Device.objects.filter(kind="core-switch").update(driver="frobnicate")
    assert "this release has no driver called “frobnicate”: choose another one for it" in why_refused(tenant)


# --- What is in the way ---------------------------------------------------------------------------


def test_a_port_group_of_that_name_on_another_vlan_is_refused() -> None:
    tenant = make_newcomer()
    name = "dvs-pod-1/Acme-failover-test-101"
    put(Device.objects.get(kind="vcenter"), Kind.PORT_GROUP, name, vlan_id=77)
    assert f"Port group {name} is there already on VLAN 77, not 101" in why_refused(tenant)


def test_a_vlan_on_the_switch_under_another_name_is_refused() -> None:
    tenant = make_newcomer()
    put(Device.objects.get(kind="core-switch"), Kind.VLAN, "100", name="old-customer")
    why = why_refused(tenant)
    assert "VLAN 100 is there already under the name “old-customer”" in why
    assert "choose another VLAN ID" in why


def test_a_pfsense_without_the_ipsec_package_is_refused_for_a_tenant_that_needs_a_tunnel(running: Running) -> None:
    running.firewall.missing["/vpn/ipsec"] = "pfSense-pkg-ipsec"
    why = why_refused(with_pfsense(running))
    assert "a package is missing: install the IPsec package" in why
    assert "under System, Package Manager" in why


def test_a_pfsense_without_the_ipsec_package_serves_a_tenant_that_needs_no_tunnel(running: Running) -> None:
    running.firewall.missing["/vpn/ipsec"] = "pfSense-pkg-ipsec"
    tenant = with_pfsense(running)
    tenant.wan.kind, tenant.wan.remote_gateway = WanKind.MPLS, None
    tenant.wan.save()
    run = approved(tenant)
    work()
    run.refresh_from_db()
    assert run.status == RunStatus.SUCCEEDED, lines(run)


@pytest.mark.lab
@pytest.mark.parametrize(
    ("port", "told"),
    [
        ("eth7", "eth7: the switch has no such port (there: br0, eth1, eth9): correct the pod's trunk port."),
        ("eth9", "eth9 is in access mode: make it a trunk on the switch, or correct the pod's trunk port."),
    ],
)
def test_a_trunk_port_that_the_switch_does_not_have_is_refused_naming_those_it_has(port: str, told: str) -> None:
    if reason := why_not():
        pytest.skip(f"Open vSwitch cannot run here: {reason}")
    tenant = make_newcomer()
    type(tenant.pod).objects.update(trunk_port=port)
    with open_vswitch(trunks=("eth1",), access=("eth9",)) as switch:
        device = Device.objects.get(switch=tenant.pod.switch)
        device.driver, device.address, device.ca_pem = DriverName.OVS, switch.address, switch.ca_pem
        device.set_password(switch.client_pem)
        device.save()
        tenant.refresh_from_db()
        why = why_refused(tenant)
    assert told.replace("br0", BRIDGE) in why
    assert why.count(told.replace("br0", BRIDGE)) == 1  # once, not once a VLAN


# --- Half-configured devices ----------------------------------------------------------------------


def test_an_interface_that_is_assigned_but_switched_off_is_a_change_of_the_plan(running: Running) -> None:
    tenant = with_pfsense(running)
    approved(tenant)
    work()
    row = next(row for row in running.firewall.config["interfaces"] if str(row["descr"]).endswith("100"))
    row["enable"] = False
    changes = changes_of(make_plan(tenant=Tenant.objects.get(), by=None))
    before, after = changes["interface vlan100"]
    assert "deviates" in before
    assert "deviates" not in after


def test_phase_1_without_phase_2_is_a_change_of_the_plan(running: Running) -> None:
    tenant = with_pfsense(running)
    approved(tenant)
    work()
    running.firewall.config["phase2s"].clear()
    before, after = changes_of(make_plan(tenant=Tenant.objects.get(), by=None))["tunnel 198.51.100.7"]
    assert (before["remote_prefixes"], after["remote_prefixes"]) == ([], ["192.168.10.0/24"])


def test_a_half_configured_firewall_is_completed_by_the_run(running: Running) -> None:
    tenant = with_pfsense(running)
    approved(tenant)
    work()
    whole = {name: [*rows] for name, rows in running.firewall.config.items()}
    running.firewall.config["phase2s"].clear()
    run = approved(Tenant.objects.get())
    work()
    run.refresh_from_db()
    assert run.status == RunStatus.SUCCEEDED, lines(run)
    assert len(running.firewall.config["phase2s"]) == len(whole["phase2s"])
    assert make_plan(tenant=Tenant.objects.get(), by=None).operations.count() == 0


def test_a_vlan_without_its_place_on_the_trunk_lacks_only_that_in_the_plan() -> None:
    tenant = make_newcomer()
    put(Device.objects.get(kind="core-switch"), Kind.VLAN, "100", name="Acme-failover-production-100")
    plan = make_plan(tenant=tenant, by=None)
    assert "10 create vlan 100" not in plan_texts(plan)
    assert "10 create trunk_vlan port-channel1/100" in plan_texts(plan)


# --- Names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Acme/Leeds", "A" * 81])
def test_a_tenants_name_with_a_slash_or_81_characters_is_told_at_its_field(client: Client, name: str) -> None:
    make_pod()
    client.force_login(make_user("olga", Role.OPERATOR))
    answer = client.post(reverse("tenants:onboard"), typed(name=name))
    assert "2 to 50 letters, digits, hyphens or underscores" in " ".join(answer.context["form"].errors["name"])
    assert f'value="{name}"' in answer.content.decode()
    assert not Tenant.objects.exists()


@pytest.mark.parametrize(
    ("column", "row"),
    [
        ("tenant", "{name},pod-1,failover-production,300,,,,mpls,,,"),
        ("port_group", "Bolt,pod-1,failover-production,300,{name},,,mpls,,,"),
    ],
)
@pytest.mark.parametrize("name", ["a/b", "x" * 81])
def test_an_imported_name_with_a_slash_or_81_characters_is_told_by_its_line(
    tmp_path: Any, capsys: pytest.CaptureFixture[str], column: str, row: str, name: str
) -> None:
    make_pod()
    header = "tenant,pod,role,vlan,port_group,prefix,onboarded_on,wan,remote_gateway,customer_subnets,nat"
    file = tmp_path / "inventory.csv"
    file.write_text(f"{header}\n{row.format(name=name)}\n")
    with pytest.raises(CommandError):
        call_command("import_inventory", str(file), commit=True)
    told = capsys.readouterr().out
    assert "line 2: " in told
    assert f"{column}: " in told
    assert not Tenant.objects.exists()


@pytest.mark.parametrize("name", ["dvs/a", "d" * 81])
def test_a_distributed_switch_with_a_slash_or_81_characters_is_told_at_its_field(client: Client, name: str) -> None:
    client.force_login(make_user("olga", Role.OPERATOR))
    entry = {"name": "VC Leeds", "address": "vc.example.net", "dvs_names": name}
    form = client.post(reverse("inventory:vcenter_new"), entry).context["form"]
    assert "Use letters, digits, dot, underscore and hyphen; 80 at most" in " ".join(form.errors["dvs_names"])


@pytest.mark.parametrize(
    ("wrong", "field", "told"),
    [
        ({"driver": "frobnicate"}, "driver", "frobnicate is not one of the available choices"),
        ({"driver": "pfsense"}, "driver", "This driver speaks to a tenant firewall only"),
        ({"address": "https://vc.example.net"}, "address", "Leave out https://"),
        ({"address": "vc.example.net:99999"}, "address", "a number from 1 to 65535"),
        ({"name": "x" * 81}, "name", "at most 80 characters"),
    ],
)
def test_a_device_entry_that_cannot_be_right_is_told_at_its_field(
    client: Client, wrong: dict[str, str], field: str, told: str
) -> None:
    make_newcomer()
    device = Device.objects.get(kind="vcenter")
    client.force_login(make_user("root", Role.ADMIN))
    whole = {"name": device.name, "driver": "vsphere", "address": "vc.example.net", "tls": "verify"} | wrong
    form = client.post(
        reverse("provisioning:device_edit", args=[device.slug]), {**whole, "version": device.version}
    ).context["form"]
    assert told in " ".join(form.errors[field])
