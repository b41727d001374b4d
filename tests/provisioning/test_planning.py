"""Plans: what they list, in which order, what they refuse, and what their hash is over."""

import pytest
from django.utils import timezone

from provisioning.devices import DeviceMissing
from provisioning.drivers.protocol import Kind, ObjectId
from provisioning.facts import facts_about
from provisioning.intent import NetworkFacts, TenantFacts, fingerprint, intended, vlan_name
from provisioning.models import Device, DeviceKind, Operation, PlanStatus, Purpose, SimulatedDevice
from provisioning.planning import PlanRefused, make_plan, stored_hash
from tenants.models import NetworkStatus, Tenant, TenantStatus
from tests.factories import make_pod, make_tenant
from tests.provisioning.things import approved, fault, make_devices, make_newcomer, plan_texts, put, work

pytestmark = pytest.mark.django_db
Fault = SimulatedDevice.Fault


def a_tenant(*networks: NetworkFacts, leaving: bool = False) -> TenantFacts:
    return TenantFacts(
        1, "Acme", "dvs-1", "po1", networks, ("192.168.2.0/24", "192.168.1.0/24"), "198.51.100.7", leaving
    )


def network(vid: int, status: str = NetworkStatus.LIVE) -> NetworkFacts:
    return NetworkFacts(vid, vid, f"Acme-extra-{vid}", status)


def test_a_network_is_a_vlan_a_trunk_membership_a_port_group_and_an_interface() -> None:
    intent = intended(a_tenant(network(100)))
    assert set(map(str, intent[DeviceKind.CORE_SWITCH].present)) == {"vlan 100", "trunk vlan po1/100"}
    assert intent[DeviceKind.VCENTER].present == {
        ObjectId(Kind.PORT_GROUP, "dvs-1/Acme-extra-100"): {
            "vlan_id": 100,
            "promiscuous": False,
            "forged_transmits": False,
            "mac_changes": False,
        }
    }
    assert {"interface vlan100", "tunnel 198.51.100.7"} <= set(map(str, intent[DeviceKind.FIREWALL].present))


def test_a_removing_network_is_wanted_absent_and_routes_stay_for_those_that_stay() -> None:
    intent = intended(a_tenant(network(100), network(101, NetworkStatus.REMOVING)))
    assert set(map(str, intent[DeviceKind.CORE_SWITCH].absent)) == {"vlan 101", "trunk vlan po1/101"}
    assert set(map(str, intent[DeviceKind.FIREWALL].absent)) == {"interface vlan101"}


def test_a_leaving_tenant_without_networks_wants_its_routes_and_tunnel_gone() -> None:
    firewall = intended(a_tenant(network(101, NetworkStatus.REMOVING), leaving=True))[DeviceKind.FIREWALL]
    assert not firewall.present
    assert {"route 192.168.1.0/24", "tunnel 198.51.100.7", "interface vlan101"} <= set(map(str, firewall.absent))


def test_a_long_vlan_name_keeps_its_id_so_that_two_never_bear_the_same() -> None:
    long = [NetworkFacts(vid, vid, f"{'A' * 50}-extra-{vid}", NetworkStatus.LIVE) for vid in (100, 101)]
    names = [vlan_name(n) for n in long]
    assert [len(name) for name in names] == [32, 32]
    assert len(set(names)) == 2


def test_a_plan_lists_every_operation_from_the_switch_to_the_firewall() -> None:
    plan = make_plan(tenant=make_newcomer(vids=[100]), by=None)
    assert plan.purpose == Purpose.ONBOARD
    assert plan_texts(plan) == [
        "10 create vlan 100",
        "10 create trunk_vlan port-channel1/100",
        "20 create port_group dvs-pod-1/Acme-failover-production-100",
        "30 create interface vlan100",
        "30 create alias zcsp_customer",
        "30 create rule wan/10-no-clear-traffic",
        "30 create rule wan/20-no-clear-traffic",
        "30 create route 192.168.10.0/24",
        "30 create tunnel 198.51.100.7",
    ]


def test_a_removal_goes_backwards() -> None:
    tenant = make_newcomer(vids=[100])
    approved(tenant)
    work()
    tenant.networks.update(status=NetworkStatus.REMOVING)
    Tenant.objects.filter(pk=tenant.pk).update(status="offboarding")
    tenant.refresh_from_db()
    texts = plan_texts(make_plan(tenant=tenant, by=None))
    assert texts[0].startswith("40 remove tunnel")
    assert texts[-3:] == [
        "50 remove port_group dvs-pod-1/Acme-failover-production-100",
        "60 remove trunk_vlan port-channel1/100",
        "60 remove vlan 100",
    ]


def test_a_new_plan_replaces_the_one_that_waits_and_has_the_same_hash_for_the_same_operations() -> None:
    tenant = make_newcomer()
    old, new = make_plan(tenant=tenant, by=None), make_plan(tenant=tenant, by=None)
    old.refresh_from_db()
    assert old.status == PlanStatus.SUPERSEDED
    assert new.status == PlanStatus.PROPOSED
    assert old.hash == new.hash == stored_hash(new)


def test_the_hash_is_over_every_value_of_every_operation() -> None:
    plan = make_plan(tenant=make_newcomer(), by=None)
    Operation.objects.filter(plan=plan, kind=Kind.PORT_GROUP).update(after={"vlan_id": 999})
    assert stored_hash(plan) != plan.hash


def test_the_fingerprint_changes_with_what_is_wanted() -> None:
    one, other = intended(a_tenant(network(100))), intended(a_tenant(network(101)))
    assert fingerprint(one) != fingerprint(other)
    assert fingerprint(one) == fingerprint(intended(a_tenant(network(100))))


def test_a_vlan_of_somebody_else_on_the_switch_is_refused_in_words() -> None:
    tenant = make_newcomer(vids=[100])
    put(tenant.pod.switch.device, Kind.VLAN, "100", name="printers")
    with pytest.raises(PlanRefused, match="VLAN 100 is there already under the name “printers”") as refused:
        make_plan(tenant=tenant, by=None)
    assert [reason.device for reason in refused.value.reasons] == ["core-a"]
    assert not tenant.plans.exists()


@pytest.mark.parametrize(
    ("name", "vid", "words"),
    [("Acme-failover-production-100", 7, "on VLAN 7, not 100"), ("somebody", 100, "uses VLAN 100 already")],
)
def test_a_port_group_in_the_way_is_refused_in_words(name: str, vid: int, words: str) -> None:
    tenant = make_newcomer(vids=[100])
    put(tenant.pod.dvs.vcenter.device, Kind.PORT_GROUP, f"dvs-pod-1/{name}", vlan_id=vid)
    with pytest.raises(PlanRefused, match=words):
        make_plan(tenant=tenant, by=None)


def test_what_is_live_is_ours_and_is_put_back_by_a_restore_plan() -> None:
    pod = make_pod()
    make_devices(pod)
    tenant = make_tenant(pod=pod, vids=(100, 101))
    put(pod.switch.device, Kind.VLAN, "100", name="printers")
    plan = make_plan(tenant=tenant, by=None, purpose=Purpose.RESTORE)
    assert "10 change vlan 100" in plan_texts(plan)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (Fault.UNREACHABLE, "does not answer"),
        (Fault.SIGN_IN, "refused the user name or password"),
        (Fault.CERTIFICATE, "nobody vouches for"),
    ],
)
def test_a_device_that_cannot_be_read_is_told_and_nothing_is_lost(how: str, words: str) -> None:
    tenant = make_newcomer()
    vcenter = tenant.pod.dvs.vcenter.device
    fault(vcenter, how)
    with pytest.raises(PlanRefused, match=words) as refused:
        make_plan(tenant=tenant, by=None)
    assert refused.value.retry
    assert [n.carrier.state for n in tenant.networks.select_related("vlan")] == ["held", "held"]
    vcenter.refresh_from_db()
    assert words in vcenter.last_error


def test_a_missing_device_entry_says_what_to_add_where() -> None:
    tenant = make_newcomer()
    Device.objects.filter(vcenter__isnull=False).delete()
    with pytest.raises(DeviceMissing, match="no device entry for vCenter vc-pod-1: an administrator adds it"):
        make_plan(tenant=tenant, by=None)


def test_no_plan_is_made_while_a_run_is_under_way_or_when_the_tenant_is_gone() -> None:
    tenant = make_newcomer()
    approved(tenant)
    with pytest.raises(PlanRefused, match="has a run under way"):
        make_plan(tenant=tenant, by=None)
    gone = make_tenant("Gone", pod=tenant.pod, vids=(300, 301), status=TenantStatus.DEPARTED)
    with pytest.raises(PlanRefused, match="there is nothing to push"):
        make_plan(tenant=gone, by=None)


def test_facts_leave_out_removed_networks() -> None:
    tenant = make_newcomer()
    tenant.networks.filter(vlan__vid=100).update(status=NetworkStatus.REMOVED, removed_on=timezone.localdate())
    assert [n.vid for n in facts_about(tenant).networks] == [101]
