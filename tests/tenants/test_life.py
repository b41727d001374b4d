"""After the intake: settling a push, further networks, offboarding, calling it off, adoption."""

from datetime import date, timedelta

import pytest
from django.conf import settings

from inventory.allocation import VlanNotFree, keep_hold
from inventory.models import Vlan, VlanState
from tenants import networks, offboarding
from tenants.adoption import adopt
from tenants.life import TenantMoveRefused
from tenants.models import NetworkRole, NetworkStatus, Tenant, TenantStatus
from tenants.onboarding import IntakeRefused, NetworkWish, lapse_expired_holds, withdraw
from tenants.settling import settle
from tests.factories import make_pod, make_switch, make_tenant
from tests.tenants.asking import EXTRA, NOW, intake

pytestmark = pytest.mark.django_db


def states(tenant: Tenant) -> list[tuple[str, str]]:
    return list(tenant.networks.order_by("vlan__vid").values_list("status", "vlan__state"))


def test_a_settled_onboarding_is_live_allocated_and_dated() -> None:
    tenant = intake(make_pod())
    keep_hold(Vlan.objects.filter(networks__tenant=tenant))
    settle(tenant=tenant, by=None, now=NOW)
    assert (tenant.status, tenant.onboarded_on) == (TenantStatus.ACTIVE, date(2026, 3, 2))
    assert states(tenant) == [("live", "allocated")] * 2
    assert {n.live_on for n in tenant.networks.all()} == {date(2026, 3, 2)}
    assert not Vlan.objects.filter(networks__tenant=tenant, until__isnull=False).exists()


def test_settling_twice_changes_nothing() -> None:
    tenant = intake(make_pod())
    settle(tenant=tenant, by=None, now=NOW)
    settle(tenant=tenant, by=None, now=NOW + timedelta(days=3))
    tenant.refresh_from_db()
    assert tenant.onboarded_on == date(2026, 3, 2)


def test_a_network_added_after_the_devices_were_read_is_not_settled_with_the_rest() -> None:
    tenant = intake(make_pod())
    read_back = [n.pk for n in tenant.networks.all()]
    networks.add(tenant=tenant, wish=EXTRA, by=None, now=NOW)
    settle(tenant=tenant, by=None, now=NOW, networks=read_back)
    assert states(tenant) == [("live", "allocated"), ("live", "allocated"), ("planned", "held")]


def test_an_offboarding_keeps_the_vlans_until_the_devices_were_read_back() -> None:
    tenant = make_tenant()
    offboarding.begin(tenant=tenant, by=None, now=NOW)
    assert tenant.status == TenantStatus.OFFBOARDING
    assert states(tenant) == [("removing", "releasing")] * 2

    settle(tenant=tenant, by=None, now=NOW)
    tenant.refresh_from_db()
    assert (tenant.status, tenant.departed_on) == (TenantStatus.DEPARTED, date(2026, 3, 2))
    assert states(tenant) == [("removed", "quarantined")] * 2
    until = NOW + timedelta(days=settings.QUARANTINE_DAYS)
    assert {v.until for v in Vlan.objects.filter(networks__tenant=tenant)} == {until}


def test_an_offboarding_frees_at_once_what_was_never_pushed() -> None:
    tenant = make_tenant()
    networks.add(tenant=tenant, wish=NetworkWish(NetworkRole.EXTRA, vid=200), by=None, now=NOW)
    offboarding.begin(tenant=tenant, by=None, now=NOW)
    assert states(tenant) == [("removing", "releasing"), ("removing", "releasing"), ("removed", "free")]


def test_called_off_the_tenant_is_as_before() -> None:
    tenant = make_tenant()
    offboarding.begin(tenant=tenant, by=None, now=NOW)
    offboarding.call_off(tenant=tenant, by=None)
    tenant.refresh_from_db()
    assert tenant.status == TenantStatus.ACTIVE
    assert states(tenant) == [("live", "allocated")] * 2


def test_a_withdrawal_of_what_never_went_live_cannot_be_called_off() -> None:
    tenant = intake(make_pod())
    keep_hold(Vlan.objects.filter(networks__tenant=tenant))
    withdraw(tenant=tenant, by=None, now=NOW)
    with pytest.raises(TenantMoveRefused, match="never went live"):
        offboarding.call_off(tenant=tenant, by=None)


@pytest.mark.parametrize("status", [s for s in TenantStatus if s != TenantStatus.ACTIVE])
def test_only_an_active_tenant_is_offboarded(status: TenantStatus) -> None:
    tenant = make_tenant(status=status)
    with pytest.raises(TenantMoveRefused, match=f"Acme is {status}: you cannot offboard it"):
        offboarding.begin(tenant=tenant, by=None, now=NOW)


@pytest.mark.parametrize("status", [s for s in TenantStatus if s != TenantStatus.ONBOARDING])
def test_only_an_onboarding_is_withdrawn(status: TenantStatus) -> None:
    with pytest.raises(TenantMoveRefused):
        withdraw(tenant=make_tenant(status=status), by=None, now=NOW)


def test_a_tenant_that_changed_in_the_meantime_is_judged_by_what_it_is_now() -> None:
    tenant = make_tenant()
    Tenant.objects.filter(pk=tenant.pk).update(status=TenantStatus.DEPARTED)
    with pytest.raises(TenantMoveRefused, match="is departed"):
        offboarding.begin(tenant=tenant, by=None, now=NOW)


def test_one_more_network_is_planned_on_the_id_asked_for() -> None:
    network = networks.add(
        tenant=make_tenant(),
        wish=NetworkWish(NetworkRole.REPLICATION, vid=300, prefix="172.16.0.0/24"),
        by=None,
        now=NOW,
    )
    assert (network.number, network.status, network.prefix) == (300, NetworkStatus.PLANNED, "172.16.0.0/24")
    assert network.carrier.state == VlanState.HELD


def test_a_second_replication_network_and_an_overlapping_prefix_are_refused_by_field() -> None:
    tenant = make_tenant(vids=(100, 101, 102))
    wish = NetworkWish(NetworkRole.REPLICATION, prefix="192.168.10.0/25")
    with pytest.raises(IntakeRefused) as refused:
        networks.add(tenant=tenant, wish=wish, by=None, now=NOW)
    assert set(refused.value.errors) == {"networks", "networks-0-prefix"}


def test_a_taken_id_is_refused_for_a_further_network() -> None:
    with pytest.raises(VlanNotFree, match="VLAN 100 is allocated"):
        networks.add(tenant=make_tenant(), wish=NetworkWish(NetworkRole.EXTRA, vid=100), by=None, now=NOW)


def test_a_departed_tenant_gets_no_network() -> None:
    with pytest.raises(TenantMoveRefused):
        networks.add(tenant=make_tenant(status=TenantStatus.DEPARTED), wish=EXTRA, by=None, now=NOW)


def test_a_further_network_that_was_never_pushed_lapses_alone() -> None:
    tenant = make_tenant()
    networks.add(tenant=tenant, wish=NetworkWish(NetworkRole.EXTRA, vid=200), by=None, now=NOW)
    assert lapse_expired_holds(now=NOW + timedelta(days=settings.HOLD_DAYS)) == 1
    assert states(tenant) == [("live", "allocated"), ("live", "allocated"), ("removed", "free")]
    tenant.refresh_from_db()
    assert tenant.status == TenantStatus.ACTIVE


def test_a_live_network_is_removed_by_way_of_a_push_and_a_planned_one_at_once() -> None:
    tenant = make_tenant(vids=(100, 101, 102))
    live = networks.remove(network=tenant.networks.get(vlan__vid=102), by=None, now=NOW)
    planned = networks.add(tenant=tenant, wish=EXTRA, by=None, now=NOW)
    assert (live.status, live.carrier.state) == (NetworkStatus.REMOVING, VlanState.RELEASING)
    assert networks.remove(network=planned, by=None, now=NOW).carrier.state == VlanState.FREE


def test_a_failover_network_is_not_removed_and_none_twice() -> None:
    tenant = make_tenant(vids=(100, 101, 102))
    with pytest.raises(TenantMoveRefused, match="Offboard the tenant instead"):
        networks.remove(network=tenant.networks.get(vlan__vid=100), by=None, now=NOW)
    replication = tenant.networks.get(vlan__vid=102)
    networks.remove(network=replication, by=None, now=NOW)
    with pytest.raises(TenantMoveRefused, match="being removed"):
        networks.remove(network=replication, by=None, now=NOW)


def unclaimed(vid: int = 500, label: str = "acme_old_prod") -> Vlan:
    Vlan.objects.filter(vid=vid).update(state=VlanState.UNCLAIMED, label=label)
    return Vlan.objects.filter(vid=vid).earliest("pk")


def test_an_adopted_vlan_is_a_live_network_under_the_name_it_was_found_with() -> None:
    tenant = make_tenant()
    network = adopt(vlan=unclaimed(), tenant=tenant, role=NetworkRole.REPLICATION, by=None, now=NOW)
    network.refresh_from_db()
    assert (network.port_group, network.status, network.live_on) == ("acme_old_prod", "live", date(2026, 3, 2))
    assert (network.carrier.state, network.vlan and network.vlan.label) == (VlanState.ALLOCATED, "")


def test_adoption_refuses_another_switch_a_second_role_and_a_vlan_that_is_no_longer_unclaimed() -> None:
    tenant = make_tenant()
    vlan = unclaimed()
    with pytest.raises(TenantMoveRefused, match="failover-test network already"):
        adopt(vlan=vlan, tenant=tenant, role=NetworkRole.FAILOVER_TEST, by=None, now=NOW)
    elsewhere = make_tenant("Bolt", pod=make_pod("pod-2", switch=make_switch("core-b")))
    with pytest.raises(TenantMoveRefused, match="behind core-b"):
        adopt(vlan=vlan, tenant=elsewhere, role=NetworkRole.EXTRA, by=None, now=NOW)
    adopt(vlan=vlan, tenant=tenant, role=NetworkRole.EXTRA, by=None, now=NOW)
    with pytest.raises(TenantMoveRefused, match="only an unclaimed VLAN"):
        adopt(vlan=vlan, tenant=tenant, role=NetworkRole.EXTRA, by=None, now=NOW)
