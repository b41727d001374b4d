"""The audit on drift's read, and of the portal's own data: what is kept, what is cleared, and at what cost."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inventory.models import DistributedSwitch, Pod, Vlan, VlanState
from provisioning import dispatch, drift, tasks
from provisioning.audit import auditing
from provisioning.audit.facts import Found, Owner
from provisioning.audit.recording import record
from provisioning.devices import ensure_firewall
from provisioning.drivers.protocol import DeviceError, Kind
from provisioning.models import Audit, AuditFinding, AuditRule, Device, DriftFinding, Severity, SimulatedDevice
from tenants.models import Network, NetworkStatus, Tenant, TenantStatus, WanKind
from tests.factories import make_management_network, make_pod, make_switch, make_tenant
from tests.provisioning.things import approved, carries, fault, make_devices, make_newcomer, put, take_away, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def live() -> Tenant:
    """A tenant that was pushed: its devices carry exactly what is intended."""
    make_management_network("172.31.0.0/24")
    tenant = make_newcomer()
    for third, network in enumerate(tenant.networks.all()):
        Network.objects.filter(pk=network.pk).update(prefix=f"10.0.{third}.0/24")
    approved(tenant)
    work()
    return Tenant.objects.get(pk=tenant.pk)


def told() -> list[tuple[str, str]]:
    return [(one.rule, one.subject) for one in AuditFinding.objects.order_by("pk")]


def check_all() -> None:
    for device in Device.objects.all():
        drift.check(device)


def test_devices_that_carry_what_is_intended_are_audited_and_clean(live: Tenant) -> None:
    check_all()
    auditing.audit_the_portal()
    assert told() == []
    assert Audit.objects.count() == Device.objects.count() + 1


def test_drift_check_finds_what_breaks_isolation_and_clears_it_once_it_is_mended(live: Tenant) -> None:
    vcenter = live.pod.dvs.vcenter.device
    key = f"{live.pod.dvs.name}/Acme-failover-production-100"
    group = carries(vcenter)[f"port group {key}"]
    put(vcenter, Kind.PORT_GROUP, key, **group | {"promiscuous": True})
    drift.check(vcenter)
    finding = AuditFinding.objects.get()
    assert (finding.rule, finding.severity, finding.device) == (AuditRule.PORT_POLICY, Severity.SERIOUS, vcenter)
    assert list(finding.tenants.all()) == [live]
    first = finding.first_seen_at

    put(vcenter, Kind.PORT_GROUP, key, **group | {"mac_changes": True})
    drift.check(vcenter)
    again = AuditFinding.objects.get()
    assert (again.pk, again.first_seen_at, again.severity) == (finding.pk, first, Severity.WARNING)

    put(vcenter, Kind.PORT_GROUP, key, **group)
    drift.check(vcenter)
    assert told() == []


def test_a_device_that_cannot_be_read_keeps_its_findings_and_its_date(live: Tenant) -> None:
    firewall = live.firewall
    take_away(firewall, Kind.TUNNEL, "198.51.100.7")
    drift.check(firewall)
    audited = Audit.objects.get(device=firewall).at
    assert told() == [(AuditRule.CLEAR_WAN, "tunnel 198.51.100.7")]
    fault(firewall, SimulatedDevice.Fault.UNREACHABLE)
    with pytest.raises(DeviceError):
        drift.check(firewall)
    assert Audit.objects.get(device=firewall).at == audited
    assert len(told()) == 1


def test_a_pass_before_our_rules_is_found_through_the_engine(live: Tenant) -> None:
    everything: dict[str, Any] = {
        "action": "pass",
        "direction": "in",
        "family": "inet",
        "protocol": "any",
        "ports": "",
        "description": "all",
        "source": "any",
        "destination": "any",
    }
    put(live.firewall, Kind.RULE, "vlan100/tracker-5", **everything)
    drift.check(live.firewall)
    assert told() == []  # our block comes before it
    take_away(live.firewall, Kind.RULE, "vlan100/10-no-management")
    drift.check(live.firewall)
    assert told() == [(AuditRule.MANAGEMENT_REACH, "rule vlan100/tracker-5")]


def test_what_became_live_while_the_device_was_read_is_judged_next_time(live: Tenant) -> None:
    firewall = live.firewall
    Network.objects.update(status=NetworkStatus.PLANNED)
    before = auditing.before_reading(firewall)
    Network.objects.update(status=NetworkStatus.LIVE)
    assert auditing.after_reading(firewall, {}, before) == []
    assert len(auditing.after_reading(firewall, {}, auditing.before_reading(firewall))) == 1


def test_another_tenants_vlan_on_a_firewall_names_both(live: Tenant) -> None:
    other = make_newcomer("Boreal", pod=live.pod, vids=(200, 201), subnets=())
    put(live.firewall, Kind.INTERFACE, "vlan200", vlan_id=200, description="x", address="")
    drift.check(live.firewall)
    finding = AuditFinding.objects.get()
    assert finding.rule == AuditRule.FOREIGN_VLAN
    assert {*finding.tenants.all()} == {live, other}


def test_a_management_vlan_on_a_tenants_port_group_is_found(live: Tenant) -> None:
    make_management_network("172.30.0.0/24", vid=10, name="storage")
    Vlan.objects.filter(switch=live.pod.switch, vid=11).update(state=VlanState.INFRASTRUCTURE)
    vcenter = live.pod.dvs.vcenter.device
    for vid in (10, 11):
        put(vcenter, Kind.PORT_GROUP, f"{live.pod.dvs.name}/Acme-extra-{vid}", vlan_id=vid)
    drift.check(vcenter)
    said = " ".join(AuditFinding.objects.values_list("says", flat=True))
    assert "the management network storage" in said
    assert "set aside for infrastructure" in said


def test_the_cost_of_an_audit_does_not_grow_with_the_tenants_or_the_findings(live: Tenant) -> None:
    vcenter = live.pod.dvs.vcenter.device
    group = {"vlan_id": 100, "promiscuous": True, "forged_transmits": False, "mac_changes": False}
    put(vcenter, Kind.PORT_GROUP, f"{live.pod.dvs.name}/odd-0", **group)
    drift.check(vcenter)
    few = queries_of(vcenter)
    for number in range(6):
        make_newcomer(f"Extra{number}", pod=live.pod, vids=[200 + 2 * number, 201 + 2 * number], subnets=())
        put(vcenter, Kind.PORT_GROUP, f"{live.pod.dvs.name}/odd-{number + 1}", **group)
    drift.check(vcenter)
    assert AuditFinding.objects.count() == 7
    assert queries_of(vcenter) == few
    assert few < 25


def queries_of(device: Device) -> int:
    before = auditing.before_reading(device)
    from provisioning.devices import read_one

    state = read_one(device)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        auditing.after_reading(device, state, before)
    return len(asked)


# --- The portal's own data ------------------------------------------------------------------------


def test_one_vlan_given_on_two_switches_that_share_a_distributed_switch_is_found() -> None:
    first = make_pod("pod-1")
    beside = make_pod("pod-2", switch=make_switch("core-b"))
    make_tenant("Acme", pod=first, vids=(100,))
    make_tenant("Boreal", pod=beside, vids=(100,), subnets=())
    assert auditing.audit_the_portal() == []  # two distributed switches: two networks of one number
    Pod.objects.filter(pk=beside.pk).update(dvs=first.dvs)
    (found,) = auditing.audit_the_portal()
    assert found.subject == "VLAN 100 of core-a and core-b"
    assert {tenant.name for tenant in found.tenants.all()} == {"Acme", "Boreal"}
    DistributedSwitch.objects.exclude(pk=first.dvs_id).delete()


def test_a_tenants_network_on_a_management_vlan_is_found_in_the_inventory() -> None:
    tenant = make_tenant(vids=(100,))
    make_management_network("172.31.0.0/24", vid=100, name="vmotion", pod=tenant.pod)
    (found,) = auditing.audit_the_portal()
    assert found.rule == AuditRule.MANAGEMENT_VLAN
    assert found.device is None


def test_the_database_refuses_a_bare_internet_wan_so_none_is_found() -> None:
    tenant = make_tenant()
    assert tenant.wan.kind == WanKind.IPSEC
    assert auditing.audit_the_portal() == []


def test_a_tenant_that_is_gone_is_not_judged_by_its_firewall() -> None:
    tenant = make_tenant()
    make_devices(tenant.pod)
    firewall = ensure_firewall(tenant)
    Tenant.objects.update(status=TenantStatus.DEPARTED)
    assert auditing.after_reading(firewall, {}) == []


# --- Keeping it -----------------------------------------------------------------------------------


def a_finding(subject: str = "dvs/a", *owners: Owner, severity: Severity = Severity.SERIOUS) -> Found:
    return Found(AuditRule.PORT_POLICY, subject, severity, f"{subject} is open.", {"promiscuous": True}, owners)


def test_what_is_found_again_keeps_its_first_date_and_its_row() -> None:
    tenant = make_tenant()
    device, _ = make_devices(tenant.pod)
    owner = Owner(tenant.pk, tenant.name)
    now = timezone.now()
    record(device, [a_finding("dvs/a", owner), a_finding("dvs/b", owner)], now=now)
    later = now + timedelta(hours=1)
    record(device, [a_finding("dvs/b", owner, severity=Severity.CRITICAL), a_finding("dvs/c")], now=later)
    kept, new = AuditFinding.objects.order_by("subject")
    assert (kept.subject, kept.first_seen_at, kept.severity) == ("dvs/b", now, Severity.CRITICAL)
    assert list(kept.tenants.all()) == [tenant]
    assert (new.subject, new.first_seen_at, new.tenants.count()) == ("dvs/c", later, 0)
    assert Audit.objects.get(device=device).at == later


def test_the_same_twice_is_stored_once_and_one_device_does_not_clear_another() -> None:
    tenant = make_tenant()
    one, other = make_devices(tenant.pod)
    for device in (one, other, None):
        record(device, [a_finding(), a_finding()], now=timezone.now())
    assert AuditFinding.objects.count() == 3
    record(None, [], now=timezone.now())
    assert {finding.device for finding in AuditFinding.objects.all()} == {one, other}


def test_a_tenant_that_was_deleted_meanwhile_is_left_out() -> None:
    device, _ = make_devices(make_pod())
    (row,) = record(device, [a_finding("dvs/a", Owner(987654, "Gone"))], now=timezone.now())
    assert row.tenants.count() == 0
    assert DriftFinding.objects.count() == 0


def test_the_hourly_read_of_every_device_audits_the_portals_own_data_too(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(dispatch, "send", lambda task, *args, **more: sent.append(task))
    tasks.check_drift_everywhere()
    assert sent == [dispatch.AUDIT_PORTAL]
    tasks.audit_portal()
    assert Audit.objects.get().device is None
