"""The page of the isolation audit: what it says, to whom, and that what was not read is not called clean."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.roles import Role
from provisioning import attention, drift
from provisioning.audit.facts import Found, Owner
from provisioning.audit.recording import record
from provisioning.drivers.protocol import Kind
from provisioning.models import Audit, AuditFinding, AuditRule, Device, Severity, SimulatedDevice
from tenants.models import Tenant
from tests.factories import make_tenant, make_user
from tests.provisioning.things import fault, make_devices, put

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Tenant:
    tenant = make_tenant()
    make_devices(tenant.pod)
    return tenant


def signed_in(client: Client, *roles: Role) -> None:
    client.force_login(make_user("olga", *roles))


def page(client: Client, name: str = "audit", query: str = "") -> str:
    response = client.get(reverse(f"provisioning:{name}") + query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def store(tenant: Tenant, severity: Severity, subject: str = "dvs/a") -> AuditFinding:
    found = Found(
        AuditRule.PORT_POLICY, subject, severity, f"{subject} is open.", {"promiscuous": True}, [owner(tenant)]
    )
    (row,) = record(tenant.pod.dvs.vcenter.device, [found], now=timezone.now())
    return row


def owner(tenant: Tenant) -> Owner:
    return Owner(tenant.pk, tenant.name)


def test_what_was_never_read_is_not_audited_and_not_clean(client: Client, acme: Tenant) -> None:
    signed_in(client, Role.NOC)
    shown = page(client)
    assert "Nothing was audited yet" in shown
    assert "0 of 1 audited" in shown
    assert shown.count("not audited</span>") == 4  # the vCenter, the core switch, the inventory, a tenant's firewall
    assert "1 active tenant without a device entry for its firewall" in shown
    assert "Nothing was found" not in shown
    assert page(client, "audit_devices").count("not audited</span>") == 2


def test_a_clean_audit_says_how_many_rules_were_asked_on_how_many_devices(client: Client, acme: Tenant) -> None:
    signed_in(client, Role.NOC)
    drift.check(acme.pod.switch.device)
    assert "9 rules were asked on 1 of 2 devices" in page(client)
    assert "What was not audited is not clean." in page(client)


def test_a_finding_is_shown_with_its_evidence_advice_device_and_tenant(client: Client, acme: Tenant) -> None:
    vcenter = acme.pod.dvs.vcenter.device
    policy = {"promiscuous": True, "forged_transmits": False, "mac_changes": False}
    put(vcenter, Kind.PORT_GROUP, f"{acme.pod.dvs.name}/Acme-failover-production-100", vlan_id=100, **policy)
    drift.check(vcenter)
    signed_in(client, Role.NOC)
    shown = page(client)
    assert "1 finding<" in shown
    assert "promiscuous mode is allowed" in shown
    assert "<dt>promiscuous</dt><dd>yes</dd>" in shown
    assert "Reject all three on the port group" in shown
    assert vcenter.get_absolute_url() in shown
    assert acme.get_absolute_url() in shown


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("?severity=serious", True),
        ("?severity=critical", False),
        ("?rule=port-policy", True),
        ("?rule=trunk-all", False),
        ("?tenant=acm", True),
        ("?tenant=boreal", False),
        ("?device=vc-", True),
        ("?device=core", False),
    ],
)
def test_findings_are_narrowed(client: Client, acme: Tenant, query: str, seen: bool) -> None:
    store(acme, Severity.SERIOUS)
    signed_in(client, Role.NOC)
    shown = page(client, query=query)
    assert ("dvs/a is open." in shown) is seen
    assert ("No such finding" in shown) is not seen


def test_the_tenants_panel_and_what_needs_a_hand_tell_of_it(client: Client, acme: Tenant) -> None:
    signed_in(client, Role.NOC)
    store(acme, Severity.WARNING)
    assert not attention.attention(Tenant.objects.all(), now=timezone.now()).breaches
    store(acme, Severity.CRITICAL)
    assert attention.attention(Tenant.objects.all(), now=timezone.now()).breaches == 1
    assert "1 finding</a> of the isolation audit is critical or serious" in page(client, "attention")
    panel = client.get(reverse("provisioning:tenant_panel", args=[acme.slug])).content.decode()
    assert "dvs/a is open." in panel


def test_an_operator_audits_a_device_at_once_and_is_told_what_came_of_it(client: Client, acme: Tenant) -> None:
    signed_in(client, Role.OPERATOR)
    device = acme.pod.switch.device
    url = reverse("provisioning:audit_device", args=[device.slug])
    for _ in range(2):  # a second click changes nothing
        shown = client.post(url, follow=True).content.decode()
        assert f"{device} was audited: nothing found." in shown
    assert Audit.objects.get().device == device
    fault(device, SimulatedDevice.Fault.UNREACHABLE)
    assert "was not audited: " in client.post(url, follow=True).content.decode()


def test_audit_now_audits_the_inventory_and_says_whether_devices_are_read(client: Client, acme: Tenant) -> None:
    signed_in(client, Role.OPERATOR)
    shown = client.post(reverse("provisioning:audit_all"), follow=True).content.decode()
    assert "The inventory was audited." in shown
    assert Audit.objects.filter(device=None).count() == 1


def test_a_noc_reads_and_starts_nothing(client: Client, acme: Tenant) -> None:
    signed_in(client, Role.NOC)
    assert "Audit now" not in page(client)
    for url in (reverse("provisioning:audit_all"), reverse("provisioning:audit_device", args=["x"])):
        assert client.post(url).status_code == 403
    signed_out = Client()
    signed_out.force_login(make_user("cust", Role.CUSTOMER))
    assert signed_out.get(reverse("provisioning:audit")).status_code == 403


def test_the_pages_cost_the_same_however_much_is_found(
    client: Client, acme: Tenant, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    found = [Found(AuditRule.PORT_POLICY, f"dvs/{n}", Severity.SERIOUS, "open", {}, [owner(acme)]) for n in range(60)]
    record(acme.pod.dvs.vcenter.device, found, now=timezone.now())
    signed_in(client, Role.NOC)
    for name in ("audit", "audit_devices"):
        with django_assert_max_num_queries(12):
            page(client, name)
    assert Device.objects.count() == 2
