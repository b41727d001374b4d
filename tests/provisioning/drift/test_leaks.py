"""Leaked VLANs: found on switches and vCenters, named, and never given out while a device carries them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inventory.allocation import NoCapacity, VlanNotFree, claim, end_quarantines
from inventory.models import Vlan, VlanMove, VlanState
from provisioning.discovery import discover
from provisioning.drift import check
from provisioning.drivers.protocol import Kind
from provisioning.models import DriftFinding, DriftKind, Leak, RunStatus, SimulatedDevice
from tenants.models import Network, NetworkStatus, Tenant
from tenants.networks import remove
from tests.factories import make_pod, make_switch, make_tenant
from tests.provisioning.drift.scenes import finding, had_once, live_tenant, state, stray, switch_of, vcenter_of
from tests.provisioning.things import approved, fault, make_devices, put, take_away, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    pod = make_pod(switch=make_switch(usable=(100, 109)))
    make_devices(pod)
    return make_tenant(pod=pod, vids=())


def test_a_claim_after_the_check_never_gets_a_vlan_that_a_device_carries(tenant: Tenant) -> None:
    put(switch_of(tenant), Kind.VLAN, "100", name="old-customer")
    stray(tenant.pod, 101)
    put(switch_of(tenant), Kind.TRUNK_VLAN, "port-channel1/102")
    check(switch_of(tenant))
    check(vcenter_of(tenant))

    until = timezone.now() + timedelta(days=1)
    got = claim(switch=tenant.pod.switch, count=7, until=until, by=None, why="test")

    assert [vlan.vid for vlan in got] == [103, 104, 105, 106, 107, 108, 109]
    with pytest.raises(NoCapacity):
        claim(switch=tenant.pod.switch, count=1, until=until, by=None, why="test")
    with pytest.raises(VlanNotFree):
        claim(switch=tenant.pod.switch, wanted=[100], until=until, by=None, why="test")
    assert set(DriftFinding.objects.values_list("drift", "kind", "key")) == {
        (DriftKind.LEAKED, Kind.VLAN, "100"),
        (DriftKind.LEAKED, Kind.PORT_GROUP, "dvs-pod-1/stray"),
        (DriftKind.LEAKED, Kind.TRUNK_VLAN, "port-channel1/102"),
    }


def test_a_free_leaked_vlan_is_unclaimed_under_the_name_it_was_found_with_and_recorded_so(tenant: Tenant) -> None:
    stray(tenant.pod, 101, name="legacy-dmz")
    check(vcenter_of(tenant))
    vlan = Vlan.objects.get(vid=101)
    assert (vlan.state, vlan.label) == (VlanState.UNCLAIMED, "legacy-dmz")
    assert VlanMove.objects.get(vlan=vlan).why == "leaked: free here, and vc-pod-1 carries it"


def test_a_leak_names_who_had_the_vlan_last(tenant: Tenant) -> None:
    had_once(tenant, 104)
    other = make_tenant("Bolt", pod=tenant.pod, vids=())
    later = had_once(other, 104)
    Network.objects.filter(pk=later.pk).update(removed_on=timezone.localdate() + timedelta(days=1))
    put(switch_of(tenant), Kind.VLAN, "104", name="Acme-extra-104")
    (found,) = check(switch_of(tenant))
    assert (found.drift, found.tenant, found.vlan and found.vlan.vid) == (DriftKind.LEAKED, other, 104)
    assert Leak.objects.get().tenant == other


def test_a_quarantine_does_not_end_before_the_leak_and_begins_anew_after_it(tenant: Tenant) -> None:
    had_once(tenant, 104)
    put(switch_of(tenant), Kind.TRUNK_VLAN, "port-channel1/104")
    check(switch_of(tenant))
    far = timezone.now() + timedelta(days=4000)
    assert end_quarantines(now=far) == 0
    assert state(104) == VlanState.QUARANTINED

    take_away(switch_of(tenant), Kind.TRUNK_VLAN, "port-channel1/104")
    assert check(switch_of(tenant)) == []
    until = Vlan.objects.get(vid=104).until
    assert until is not None
    assert timezone.now() + timedelta(days=29) < until < timezone.now() + timedelta(days=31)
    assert Leak.objects.get().ended_at is not None


def test_a_leak_that_every_device_reads_gone_frees_the_vlan_again(tenant: Tenant) -> None:
    put(switch_of(tenant), Kind.VLAN, "100", name="x")
    stray(tenant.pod, 100)
    check(switch_of(tenant))
    check(vcenter_of(tenant))
    assert DriftFinding.objects.filter(drift=DriftKind.LEAKED).count() == 2  # the vCenter's is told though unclaimed
    take_away(switch_of(tenant), Kind.VLAN, "100")
    check(switch_of(tenant))
    assert state(100) == VlanState.UNCLAIMED
    take_away(vcenter_of(tenant), Kind.PORT_GROUP, "dvs-pod-1/stray")
    check(vcenter_of(tenant))
    assert state(100) == VlanState.FREE
    assert not Leak.objects.filter(ended_at=None).exists()


def test_a_device_that_does_not_answer_ends_no_leak(tenant: Tenant) -> None:
    from provisioning.drift import check_quietly

    put(switch_of(tenant), Kind.VLAN, "100", name="x")
    check(switch_of(tenant))
    fault(switch_of(tenant), SimulatedDevice.Fault.UNREACHABLE)
    check_quietly(switch_of(tenant))
    assert state(100) == VlanState.UNCLAIMED
    assert DriftFinding.objects.get().drift == DriftKind.LEAKED


def test_a_discovery_of_the_vcenter_frees_nothing_that_leaks_on_the_switch(tenant: Tenant) -> None:
    put(switch_of(tenant), Kind.VLAN, "100", name="x")
    stray(tenant.pod, 108, name="known")
    check(switch_of(tenant))
    discover(device=vcenter_of(tenant), by=None, now=timezone.now())
    assert state(100) == VlanState.UNCLAIMED


def test_what_a_discovery_marked_unclaimed_is_no_leak(tenant: Tenant) -> None:
    stray(tenant.pod, 100)
    discover(device=vcenter_of(tenant), by=None, now=timezone.now())
    assert check(vcenter_of(tenant)) == []


def test_a_port_group_that_moved_onto_a_free_vlan_is_changed_and_takes_that_vlan_away(tenant: Tenant) -> None:
    pod = tenant.pod
    mover = live_tenant("Mover", pod=pod, vids=(100, 101))
    name = mover.networks.get(vlan__vid=100).port_group
    stray(pod, 109, name=name)
    check(vcenter_of(mover))
    found = finding(name)
    assert (found.drift, found.tenant, found.vlan and found.vlan.vid) == (DriftKind.CHANGED, mover, 109)
    assert state(109) == VlanState.UNCLAIMED
    assert state(100) == VlanState.ALLOCATED

    approved(mover)
    work()
    assert check(vcenter_of(mover)) == []
    assert state(109) == VlanState.FREE


def test_a_vlan_claimed_while_the_device_was_read_is_no_leak(tenant: Tenant) -> None:
    from provisioning.drift.checking import judged, look_at
    from provisioning.drift.storing import store

    put(switch_of(tenant), Kind.VLAN, "100", name="x")
    look = look_at(switch_of(tenant))
    differences = judged(look)
    claim(switch=tenant.pod.switch, wanted=[100], until=timezone.now() + timedelta(days=1), by=None, why="test")
    store(look.device, differences, wanted=look.wanted, now=look.at)
    assert state(100) == VlanState.HELD
    assert DriftFinding.objects.get().drift == DriftKind.UNKNOWN


def test_a_release_whose_run_failed_and_that_nothing_will_remove_any_more_leaks() -> None:
    tenant = live_tenant(vids=(100, 101, 102))
    remove(network=tenant.networks.get(vlan__vid=102), by=None, now=timezone.now())
    assert check(switch_of(tenant)) == []  # nobody made a plan yet: behind, and no leak
    fault(switch_of(tenant), SimulatedDevice.Fault.REFUSES)
    run = approved(tenant)
    assert check(switch_of(tenant)) == []  # under way
    work()
    run.refresh_from_db()
    assert run.status == RunStatus.FAILED
    fault(switch_of(tenant))
    found = check(switch_of(tenant))
    assert {(one.drift, one.kind, one.tenant) for one in found} == {
        (DriftKind.LEAKED, Kind.VLAN, tenant),
        (DriftKind.LEAKED, Kind.TRUNK_VLAN, tenant),
    }
    assert state(102) == VlanState.RELEASING
    approved(tenant)
    work()
    assert check(switch_of(tenant)) == []
    assert tenant.networks.get(vlan__vid=102).status == NetworkStatus.REMOVED


def test_trunks_that_lead_to_no_pod_and_ranges_that_somebody_opened_wide_take_no_vlan_away() -> None:
    pod = make_pod()
    make_devices(pod)
    tenant = make_tenant(pod=pod, vids=())
    had_once(tenant, 150)
    device = switch_of(tenant)
    put(device, Kind.TRUNK_VLAN, "uplink1/99")
    put(device, Kind.TRUNK_VLAN, "port-channel1/all")
    put(device, Kind.VLAN, "140", name="x")
    for vid in range(100, 320):
        put(device, Kind.TRUNK_VLAN, f"port-channel1/{vid}")
    found = {(one.drift, one.kind, one.key): one for one in check(device)}
    assert found.keys() == {
        (DriftKind.LEAKED, Kind.VLAN, "140"),
        (DriftKind.LEAKED, Kind.TRUNK_VLAN, "port-channel1/140"),  # it is on the switch, so this trunk carries it
        (DriftKind.LEAKED, Kind.TRUNK_VLAN, "port-channel1/150"),  # it was a tenant's
        (DriftKind.UNKNOWN, Kind.TRUNK_VLAN, "port-channel1/others"),
    }
    wide = found[DriftKind.UNKNOWN, Kind.TRUNK_VLAN, "port-channel1/others"]
    assert wide.found == {"vlans_nobody_has": "100-139, 141-149, 151-319"}
    assert state(99) == state(100) == VlanState.FREE


def test_a_strange_port_group_on_a_tenants_vlan_is_unknown_and_no_leak() -> None:
    tenant = live_tenant()
    stray(tenant.pod, 100, name="shadow")
    (found,) = check(vcenter_of(tenant))
    assert (found.drift, found.vlan) == (DriftKind.UNKNOWN, None)
    assert state(100) == VlanState.ALLOCATED


@pytest.mark.parametrize("away", [VlanState.RESERVED, VlanState.INFRASTRUCTURE])
def test_what_is_set_aside_may_be_on_a_device(tenant: Tenant, away: VlanState) -> None:
    Vlan.objects.filter(vid=100).update(state=away)
    put(switch_of(tenant), Kind.VLAN, "100", name="x")
    put(switch_of(tenant), Kind.TRUNK_VLAN, "port-channel1/100")
    stray(tenant.pod, 100)
    assert check(switch_of(tenant)) == check(vcenter_of(tenant)) == []
