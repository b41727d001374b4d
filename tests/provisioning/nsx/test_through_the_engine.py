"""A tenant on VXLAN, taken in, planned, approved, pushed, offboarded, and its VNIs used again, on the stand-in."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.roles import Role
from inventory.models import NsxManager, Pod, VlanState, Vni
from lab.nsx import Running
from lab.nsx.manager import BASE
from lab.nsx.server import PASSWORD, USERNAME
from provisioning import drift
from provisioning.devices import DeviceMissing, devices_of
from provisioning.models import Device, DeviceKind, DriftKind, DriverName, Plan, RunStatus
from provisioning.planning import PlanRefused, make_plan
from tenants import offboarding
from tenants.models import Tenant, TenantStatus
from tests.factories import make_nsx_manager, make_pod, make_tenant
from tests.inventory.screens import client_of
from tests.provisioning.things import approved, carries, fault, lines, make_devices, work
from tests.tenants.asking import intake

pytestmark = pytest.mark.django_db


def make_nsx_device(nsx: NsxManager, running: Running | None = None) -> Device:
    """A device for the manager: the stand-in where given, else a simulated one."""
    device = Device(name=nsx.name, slug=nsx.slug, kind=DeviceKind.NSX, nsx=nsx, driver=DriverName.SIMULATED)
    device.address = "nsx-1.simulated.invalid"
    if running:
        device.driver, device.address = DriverName.NSX, running.address
        device.username, device.ca_pem = USERNAME, running.certificate.pem
        device.set_password(PASSWORD)
    device.save()
    return device


@pytest.fixture
def manager() -> NsxManager:
    return make_nsx_manager()


@pytest.fixture
def pod(manager: NsxManager, nsx: Running) -> Pod:
    pod = make_pod(nsx=manager)
    make_nsx_device(manager, nsx)
    return pod


def push(tenant: Tenant) -> None:
    run = approved(tenant)
    work()
    run.refresh_from_db()
    assert run.status == RunStatus.SUCCEEDED, lines(run)


def segments(nsx: Running) -> dict[str, int]:
    return {name: segment["overlay_id"] for name, segment in nsx.manager.segments.items()}


def states() -> dict[int, str]:
    return dict(Vni.objects.values_list("number", "state"))


def test_a_tenant_goes_on_to_nsx_and_off_again_and_its_vnis_serve_the_next(pod: Pod, nsx: Running) -> None:
    acme = intake(pod, now=timezone.now())
    push(acme)
    acme.refresh_from_db()
    assert acme.status == TenantStatus.ACTIVE
    assert segments(nsx) == {"Acme-failover-production-5000": 5000, "Acme-failover-test-5001": 5001}
    assert states() == {5000: VlanState.ALLOCATED, 5001: VlanState.ALLOCATED}

    offboarding.begin(tenant=acme, by=None, now=timezone.now())
    push(acme)
    acme.refresh_from_db()
    assert acme.status == TenantStatus.DEPARTED
    assert segments(nsx) == {}
    assert states() == {5000: VlanState.QUARANTINED, 5001: VlanState.QUARANTINED}

    Vni.objects.update(until=timezone.now() - timedelta(seconds=1))
    bolt = intake(pod, "Bolt", now=timezone.now())
    push(bolt)
    assert segments(nsx) == {"Bolt-failover-production-5000": 5000, "Bolt-failover-test-5001": 5001}


def test_the_plan_names_segments_and_touches_no_switch_vcenter_or_firewall(pod: Pod) -> None:
    plan = make_plan(tenant=intake(pod), by=None)
    told = [(op.device.kind, op.kind, op.key, op.after) for op in plan.operations.order_by("position")]
    zone = pod.nsx.transport_zone_path if pod.nsx else ""
    assert told == [
        ("nsx", "segment", f"Acme-{role}-{vni}", {"vni": vni, "transport_zone": zone, "gateway": "", "ours": True})
        for role, vni in (("failover-production", 5000), ("failover-test", 5001))
    ]


def test_the_pages_of_plan_and_preparation_say_what_a_person_does_by_hand(pod: Pod) -> None:
    olga: Client = client_of(Role.OPERATOR)
    tenant = intake(pod)
    assert "network card of its firewall" in olga.get("/provisioning/tenants/acme/plan/").content.decode()
    plan = make_plan(tenant=tenant, by=None)
    page = olga.get(plan.get_absolute_url()).content.decode()
    assert "network card of its firewall" in page
    assert "VNI 5000" in page
    assert "our tag borne" in page


def test_a_manager_without_a_device_is_named(manager: NsxManager) -> None:
    with pytest.raises(DeviceMissing, match="NSX manager nsx-1"):
        devices_of(intake(make_pod(nsx=manager)))


def test_a_tenant_on_vlans_in_the_same_pod_is_pushed_as_before(pod: Pod) -> None:
    tenant = make_tenant("Old", pod=pod)
    make_devices(pod)
    assert set(devices_of(tenant)) == {DeviceKind.CORE_SWITCH, DeviceKind.VCENTER}


def test_a_segment_of_that_id_without_our_tag_is_refused_at_plan_time(pod: Pod, nsx: Running) -> None:
    tenant = intake(pod)
    foreign = {"transport_zone_path": "/infra/tz", "overlay_id": 77}
    nsx.manager.call("PUT", f"{BASE}/Acme-failover-test-5001", foreign, {})
    with pytest.raises(PlanRefused, match="without our tag: it is not ours to change"):
        make_plan(tenant=tenant, by=None)


def test_a_vni_that_another_segment_has_is_refused_at_plan_time(pod: Pod, nsx: Running) -> None:
    tenant = intake(pod)
    nsx.manager.call("PUT", f"{BASE}/web", {"transport_zone_path": "/infra/tz", "overlay_id": 5001}, {})
    with pytest.raises(PlanRefused, match="Segment web uses VNI 5001 already"):
        make_plan(tenant=tenant, by=None)
    assert not Plan.objects.exists()


def test_a_segment_in_use_keeps_the_vni_releasing_and_says_what_to_do(pod: Pod, nsx: Running) -> None:
    acme = intake(pod, now=timezone.now())
    push(acme)
    nsx.manager.attached["Acme-failover-test-5001"] = 1
    offboarding.begin(tenant=acme, by=None, now=timezone.now())
    run = approved(acme)
    work()
    run.refresh_from_db()
    assert run.status == RunStatus.FAILED
    assert "take the network cards of virtual machines" in lines(run)
    assert set(states().values()) == {VlanState.RELEASING}


def test_drift_finds_what_was_changed_and_what_is_missing_on_the_manager(pod: Pod, nsx: Running) -> None:
    push(intake(pod, now=timezone.now()))
    device = Device.objects.get(kind=DeviceKind.NSX)
    assert drift.check(device) == []
    del nsx.manager.segments["Acme-failover-production-5000"]
    nsx.manager.call("PATCH", f"{BASE}/Acme-failover-test-5001", {"connectivity_path": "/infra/tier-1s/other"}, {})
    found = {finding.key: finding.drift for finding in drift.check(device)}
    assert found == {
        "Acme-failover-production-5000": DriftKind.MISSING,
        "Acme-failover-test-5001": DriftKind.CHANGED,
    }


def test_the_simulated_driver_carries_segments_too_and_a_failed_push_is_undone(manager: NsxManager) -> None:
    device = make_nsx_device(manager)
    acme = intake(make_pod(nsx=manager), now=timezone.now())
    fault(device, "refuses")
    run = approved(acme)
    work()
    run.refresh_from_db()
    assert run.status == RunStatus.FAILED
    assert set(states().values()) == {VlanState.HELD}
    fault(device)
    push(acme)
    assert "segment Acme-failover-test-5001" in carries(device)
