"""Restoring: plans for the tenants concerned, and no second one for a second click."""

from collections.abc import Iterable

import pytest

from provisioning.drift import check
from provisioning.drift.restoring import AT_ONCE, restore
from provisioning.drivers.protocol import Kind
from provisioning.models import DriftFinding, Plan, PlanStatus, Purpose, SimulatedDevice
from tests.factories import make_pod, make_switch, make_user
from tests.provisioning.drift.scenes import (
    accepted,
    live_tenant,
    lose_group,
    rename_vlan,
    stray,
    switch_of,
    vcenter_of,
)
from tests.provisioning.things import approved, carries, fault, plan_texts, put, take_away, work

pytestmark = pytest.mark.django_db


def every() -> Iterable[DriftFinding]:
    found: Iterable[DriftFinding] = DriftFinding.objects.all()
    return found


def test_one_plan_a_tenant_over_everything_that_differs_for_it() -> None:
    acme = live_tenant()
    bolt = live_tenant("Bolt", pod=acme.pod, vids=(200, 201))
    rename_vlan(acme)
    lose_group(acme, 101)
    lose_group(bolt, 200)
    stray(acme.pod, 999)
    check(vcenter_of(acme))
    restoring = restore(every(), by=make_user())
    assert {plan.tenant: plan_texts(plan) for plan in restoring.made} == {
        acme: ["10 change vlan 100", "20 create port_group dvs-pod-1/Acme-failover-test-101"],
        bolt: ["20 create port_group dvs-pod-1/Bolt-failover-production-200"],
    }
    assert {plan.purpose for plan in restoring.made} == {Purpose.RESTORE}
    assert not restoring.refused


def test_the_devices_that_tenants_share_are_read_once_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    from provisioning import devices
    from provisioning.drift import restoring as module

    acme = live_tenant()
    bolt = live_tenant("Bolt", pod=acme.pod, vids=(200, 201))
    lose_group(acme)
    lose_group(bolt, 200)
    read: list[str] = []

    def counted(of: Iterable[object]) -> object:
        of = list(of)
        read.extend(map(str, of))
        return devices.read_all(of)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "read_all", counted)
    monkeypatch.setattr("provisioning.planning.read_all", counted)
    assert len(restore(every(), by=make_user()).made) == 2
    assert sorted(read) == ["core-a", "fw-acme", "fw-bolt", "vc-pod-1"]


def test_a_second_click_finds_the_plan_that_waits_and_a_worse_drift_makes_another() -> None:
    tenant, olga = live_tenant(), make_user()
    rename_vlan(tenant)
    (plan,) = restore(every(), by=olga).made
    again = restore(every(), by=olga)
    assert (again.made, again.waiting) == ([], [plan])
    lose_group(tenant)
    (other,) = restore(every(), by=olga).made
    assert Plan.objects.get(status=PlanStatus.PROPOSED) == other


def test_restored_and_approved_it_is_put_back_and_read_back() -> None:
    tenant = live_tenant()
    rename_vlan(tenant)
    restore(every(), by=make_user())
    approved(tenant)
    work()
    assert carries(switch_of(tenant))["vlan 100"] == {"name": "Acme-failover-production-100"}
    assert not DriftFinding.objects.exists()


def test_what_was_accepted_can_be_restored() -> None:
    found = rename_vlan(live_tenant())
    accepted(found)
    assert len(restore([found], by=make_user()).made) == 1


def test_nobodys_objects_and_those_of_tenants_that_left_make_no_plan() -> None:
    tenant = live_tenant()
    stray(tenant.pod, 999)
    check(vcenter_of(tenant))
    restoring = restore(every(), by=make_user())
    assert (restoring.plans, restoring.refused) == ([], [])


def test_a_device_that_does_not_answer_is_told_for_its_tenants_and_keeps_no_other_waiting() -> None:
    acme, pod = live_tenant(), make_pod("pod-2", switch=make_switch("core-b"))
    bolt = live_tenant("Bolt", pod=pod)
    rename_vlan(acme)
    put(switch_of(bolt), Kind.VLAN, "101", name="renamed")
    check(switch_of(bolt))
    fault(switch_of(bolt), SimulatedDevice.Fault.UNREACHABLE)
    restoring = restore(every(), by=make_user())
    assert [plan.tenant for plan in restoring.made] == [acme]
    assert [reason.device for reason in restoring.refused] == ["Bolt, core-b"]


def test_so_many_tenants_a_click_and_the_rest_is_counted() -> None:
    first = live_tenant()
    for number in range(AT_ONCE):
        live_tenant(f"T{number}", pod=first.pod, vids=(200 + number,))
    for vid in (100, *range(200, 200 + AT_ONCE)):
        take_away(switch_of(first), Kind.TRUNK_VLAN, f"port-channel1/{vid}")
    check(switch_of(first))
    restoring = restore(every(), by=make_user())
    assert (len(restoring.made), restoring.left) == (AT_ONCE, 1)
    assert (len(restore(every(), by=make_user("otto")).made), restoring.left) == (1, 1)
