"""Tenants of a pod with an NSX manager: their networks take VNIs through the whole life, and no VLANs."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.roles import Role
from inventory.models import NsxManager, Pod, Vlan, VlanState, Vni, VniMove
from inventory.vni_allocation import NoCapacity, keep_hold
from tenants import networks, offboarding
from tenants.models import Network, NetworkRole, NetworkStatus, Tenant, TenantStatus
from tenants.onboarding import IntakeRefused, NetworkWish, lapse_expired_holds, withdraw
from tenants.placement import PodRoom, propose
from tenants.rooms import pod_rooms
from tenants.settling import settle
from tests.factories import make_nsx_manager, make_pod, make_switch, make_tenant
from tests.inventory.screens import client_of
from tests.tenants.asking import EXTRA, NOW, PRODUCTION, TEST, intake

pytestmark = pytest.mark.django_db


@pytest.fixture
def nsx() -> NsxManager:
    return make_nsx_manager()


@pytest.fixture
def pod(nsx: NsxManager) -> Pod:
    return make_pod(nsx=nsx)


def vnis(tenant: Tenant) -> list[tuple[int, str]]:
    return [(n.number, n.carrier.state) for n in tenant.networks.order_by("pk").select_related("vlan", "vni")]


def test_an_intake_holds_vnis_and_no_vlan(pod: Pod) -> None:
    tenant = intake(pod)
    assert vnis(tenant) == [(5000, VlanState.HELD), (5001, VlanState.HELD)]
    assert [n.port_group for n in tenant.networks.order_by("pk")] == [
        "Acme-failover-production-5000",
        "Acme-failover-test-5001",
    ]
    assert not Vlan.objects.filter(state=VlanState.HELD).exists()


def test_a_vlan_id_cannot_be_asked_for_there_and_the_field_says_so(pod: Pod) -> None:
    with pytest.raises(IntakeRefused) as refused:
        intake(pod, networks=[PRODUCTION, NetworkWish(NetworkRole.FAILOVER_TEST, 100)])
    assert list(refused.value.errors) == ["networks-1-vid"]
    assert "leave the VLAN ID empty" in str(refused.value)


def test_a_pool_that_is_used_up_refuses_the_intake_as_a_whole() -> None:
    with pytest.raises(NoCapacity, match="have 1 left, 2 asked for"):
        intake(make_pod(nsx=make_nsx_manager(last=5000)))
    assert not Tenant.objects.exists()
    assert not Vni.objects.exists()


def test_the_life_of_a_vni_follows_its_network(pod: Pod) -> None:
    tenant = intake(pod)
    keep_hold(Vni.objects.all())
    settle(tenant=tenant, by=None, now=NOW)
    assert {state for _, state in vnis(tenant)} == {VlanState.ALLOCATED}
    offboarding.begin(tenant=tenant, by=None, now=NOW)
    assert {state for _, state in vnis(tenant)} == {VlanState.RELEASING}
    offboarding.call_off(tenant=tenant, by=None)
    assert {state for _, state in vnis(tenant)} == {VlanState.ALLOCATED}
    offboarding.begin(tenant=tenant, by=None, now=NOW)
    settle(tenant=tenant, by=None, now=NOW)
    assert tenant.status == TenantStatus.DEPARTED
    ends = set(Vni.objects.values_list("state", "until"))
    assert ends == {(VlanState.QUARANTINED, NOW + timedelta(days=settings.QUARANTINE_DAYS))}


def test_what_was_in_quarantine_is_given_to_the_next_one_and_the_old_network_stays_as_history(pod: Pod) -> None:
    acme = intake(pod)
    keep_hold(Vni.objects.all())
    settle(tenant=acme, by=None, now=NOW)
    offboarding.begin(tenant=acme, by=None, now=NOW)
    settle(tenant=acme, by=None, now=NOW)

    soon, later = NOW + timedelta(days=1), NOW + timedelta(days=settings.QUARANTINE_DAYS)
    assert [number for number, _ in vnis(intake(pod, "Bolt", now=soon))] == [5002, 5003]
    assert [number for number, _ in vnis(intake(pod, "Cove", now=later))] == [5000, 5001]
    assert set(acme.networks.values_list("status", flat=True)) == {NetworkStatus.REMOVED}


def test_a_withdrawal_before_any_push_frees_the_vnis_at_once(pod: Pod) -> None:
    tenant = intake(pod)
    withdraw(tenant=tenant, by=None, now=NOW)
    assert {state for _, state in vnis(tenant)} == {VlanState.FREE}
    assert tenant.status == TenantStatus.WITHDRAWN


def test_holds_lapse_as_those_of_vlans_do(pod: Pod) -> None:
    tenant = intake(pod)
    assert lapse_expired_holds(now=NOW + timedelta(days=settings.HOLD_DAYS, seconds=-1)) == 0
    assert lapse_expired_holds(now=NOW + timedelta(days=settings.HOLD_DAYS)) == 2
    tenant.refresh_from_db()
    assert tenant.status == TenantStatus.WITHDRAWN
    assert VniMove.objects.filter(to_state=VlanState.FREE).count() == 2


def test_a_tenant_stays_with_what_its_networks_are_on(nsx: NsxManager) -> None:
    plain = make_pod()
    on_vlans = make_tenant("Old", pod=plain)
    Pod.objects.filter(pk=plain.pk).update(nsx=nsx)
    plain.refresh_from_db()
    on_vxlan = intake(plain, "New")

    assert not networks.add(tenant=on_vlans, wish=EXTRA, by=None, now=NOW).is_vxlan
    assert networks.add(tenant=on_vxlan, wish=EXTRA, by=None, now=NOW).is_vxlan


def test_a_pod_cannot_leave_its_manager_while_tenants_have_its_vnis(pod: Pod) -> None:
    intake(pod)
    typed = {"name": pod.name, "switch": pod.switch_id, "dvs": pod.dvs_id, "trunk_port": "po1", "version": 1}
    answer = client_of(Role.OPERATOR).post(f"/pods/{pod.slug}/edit/", {**typed, "nsx": ""})
    assert "a tenant has its VNIs on nsx-1" in answer.content.decode()
    withdraw(tenant=Tenant.objects.get(), by=None, now=NOW)
    answer = client_of(Role.OPERATOR, name="nils").post(f"/pods/{pod.slug}/edit/", {**typed, "nsx": ""})
    assert answer.status_code == 302


def test_a_network_is_on_a_vlan_or_on_a_vni_and_never_on_both_or_none(pod: Pod) -> None:
    network = intake(pod).networks.first()
    assert network is not None
    for change in ({"vlan": pod.switch.vlans.get(vid=100)}, {"vni": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Network.objects.filter(pk=network.pk).update(**change)


def test_a_vxlan_pod_is_proposed_only_where_no_switch_has_room(nsx: NsxManager) -> None:
    switch = make_switch(usable=(10, 12))
    make_pod("vlans", switch=switch)
    make_pod("vxlan", switch=switch, nsx=nsx)
    by_slug = {room.slug: room for room in pod_rooms()}
    assert (by_slug["vlans"].vnis_left, by_slug["vxlan"].vnis_left) == (None, 16_777_215 - 5000 + 1)
    first, then = propose(pod_rooms(), needed=3), propose(pod_rooms(), needed=4)
    assert first is not None
    assert then is not None
    assert (first.slug, then.slug) == ("vlans", "vxlan")
    assert "no open pod's core switch has 4 free VLANs" in then.reason
    assert propose([PodRoom("v", "v", "c", 100, 100, 0, vnis_left=3)], needed=4) is None


def test_numbers_that_came_back_count_as_room(pod: Pod) -> None:
    before = pod_rooms()[0].vnis_left
    withdraw(tenant=intake(pod), by=None, now=NOW)
    assert pod_rooms()[0].vnis_left == before


@pytest.fixture
def olga() -> Client:
    return client_of(Role.OPERATOR)


def test_the_tenants_page_speaks_of_vnis_and_segments(olga: Client, pod: Pod) -> None:
    intake(pod)
    page = olga.get("/tenants/acme/").content.decode()
    assert "Its VNIs are held" in page
    assert ">VNI</th>" in page
    assert ">Segment</th>" in page
    assert "History of its VNIs" in page
    assert "/nsx-managers/nsx-1/" in page
    assert "None" not in page


def test_the_list_counts_vnis_apart_and_finds_a_tenant_by_one(olga: Client, pod: Pod) -> None:
    intake(pod)
    intake(pod, "Bolt")
    page = olga.get("/tenants/?vni=5002").content.decode()
    assert "2 VNIs" in page
    assert "Bolt" in page
    assert "Acme" not in page


@pytest.mark.parametrize("page", ["offboard", "withdraw", "call-off"])
def test_the_pages_that_ask_speak_of_vnis(olga: Client, pod: Pod, page: str) -> None:
    intake(pod)
    answer = olga.get(f"/tenants/acme/{page}/")
    assert answer.status_code == 200
    assert "VLAN" not in answer.content.decode().partition("<main")[2].partition("</main")[0].replace("VLANs on", "")


def test_onboarding_on_screen_says_that_vnis_are_held(olga: Client, pod: Pod) -> None:
    intake(pod, networks=[PRODUCTION, TEST, EXTRA])
    network = Network.objects.get(role=NetworkRole.EXTRA)
    answer = olga.get(f"/tenants/acme/networks/{network.pk}/remove/")
    assert "on VNI 5002 is to be removed" in answer.content.decode()
