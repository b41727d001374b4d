"""Taking a tenant in: everything or nothing; and giving it up, at once or by way of a removal."""

from datetime import timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.conf import settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inventory.allocation import NoCapacity, VlanNotFree, keep_hold
from inventory.models import Vlan, VlanMove, VlanState
from tenants.models import Network, NetworkRole, Tenant, TenantStatus, WanConnection, WanKind
from tenants.onboarding import IntakeRefused, NetworkWish, WanWish, lapse_expired_holds, withdraw
from tenants.settling import settle
from tenants.tasks import lapse_expired_holds_task
from tests.factories import make_management_network, make_pod, make_switch, make_tenant, make_user
from tests.tenants.asking import EXTRA, NOW, PRODUCTION, TEST, intake

pytestmark = pytest.mark.django_db


def nothing_was_done() -> bool:
    rows = (Tenant.objects, Network.objects, WanConnection.objects, VlanMove.objects)
    return not any(row.exists() for row in rows) and not Vlan.objects.filter(state=VlanState.HELD).exists()


def test_a_tenant_is_taken_in_with_its_vlans_held_and_its_networks_planned() -> None:
    olga = make_user("olga")
    tenant = intake(make_pod(), by=olga, contact=" ops@acme.example ")

    assert (tenant.status, tenant.slug, tenant.contact) == (TenantStatus.ONBOARDING, "acme", "ops@acme.example")
    networks = list(tenant.networks.select_related("vlan"))
    assert [(n.role, n.number, n.port_group, n.status) for n in networks] == [
        ("failover-production", 2, "Acme-failover-production-2", "planned"),
        ("failover-test", 3, "Acme-failover-test-3", "planned"),
    ]
    assert {(n.carrier.state, n.carrier.until) for n in networks} == {
        ("held", NOW + timedelta(days=settings.HOLD_DAYS))
    }
    assert {(m.by, m.why) for m in VlanMove.objects.all()} == {(olga, "onboarding of Acme")}
    assert str(tenant.wan.remote_gateway) == "198.51.100.7"
    assert [subnet.prefix for subnet in tenant.customer_subnets.all()] == ["192.168.10.0/24"]


def test_the_audit_log_has_every_row_that_was_made_and_who_made_it() -> None:
    olga = make_user("olga")
    intake(make_pod(), by=olga)
    entries = LogEntry.objects.filter(actor=olga).select_related("content_type")
    assert sorted(entry.content_type.model for entry in entries) == [
        "customersubnet", "network", "network", "tenant", "wanconnection",
    ]  # fmt: skip


def test_the_networks_get_the_ids_they_asked_for_in_whatever_order() -> None:
    wishes = [PRODUCTION, NetworkWish(NetworkRole.FAILOVER_TEST, vid=900), EXTRA, NetworkWish(NetworkRole.EXTRA, vid=2)]
    tenant = intake(make_pod(), networks=wishes)
    by_id = [n.number for n in tenant.networks.select_related("vlan").order_by("pk")]
    assert by_id == [3, 900, 4, 2]


def test_only_an_ipsec_vpn_keeps_a_gateway() -> None:
    assert intake(make_pod(), wan=WanWish(WanKind.MPLS, "198.51.100.7", nat=False)).wan.remote_gateway is None


def test_everything_wrong_is_told_at_once_by_field() -> None:
    pod = make_pod()
    make_management_network("10.0.0.0/22")
    with pytest.raises(IntakeRefused) as refused:
        intake(
            pod,
            name="Acme & Sons",
            networks=[NetworkWish(NetworkRole.FAILOVER_PRODUCTION, vid=7, prefix="10.0.1.0/24")],
            wan=WanWish(WanKind.INTERNET, None, nat=True),
            customer_subnets=["10.0.0.0/24"],
        )
    assert set(refused.value.errors) == {"name", "nat", "wan", "customer_subnets", "networks", "networks-0-prefix"}
    assert nothing_was_done()


def test_a_management_prefix_of_another_pod_does_not_stand_in_the_way_and_an_archived_one_neither() -> None:
    switch = make_switch()
    pod, other = make_pod("pod-1", switch=switch), make_pod("pod-2", switch=switch)
    make_management_network("192.168.10.0/25", pod=other)
    make_management_network("192.168.10.128/25", archived_at=timezone.now())
    assert intake(pod)
    with pytest.raises(IntakeRefused, match="overlaps the provider's management"):
        intake(other, name="Bolt")


@pytest.mark.parametrize("name", ["Acme", "ACME", "acme"])
def test_a_present_name_is_refused_in_any_case(name: str) -> None:
    pod = make_pod()
    make_tenant("Acme", pod=pod)
    with pytest.raises(IntakeRefused) as refused:
        intake(pod, name=name)
    assert "here already" in refused.value.errors["name"][0]


def test_a_name_lost_to_another_request_between_check_and_insert_is_told_at_the_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pod = make_pod()
    intake(pod, name="Acme")
    monkeypatch.setattr("tenants.onboarding._look_up", lambda name: type("N", (), {"is_present": False, "slug": "z"}))
    with pytest.raises(IntakeRefused) as refused:
        intake(pod, name="ACME")
    assert list(refused.value.errors) == ["name"]
    assert Vlan.objects.filter(state=VlanState.HELD).count() == 2


def test_the_name_of_a_departed_tenant_is_free_again_under_a_new_address() -> None:
    pod = make_pod()
    make_tenant("Acme", pod=pod, status=TenantStatus.DEPARTED)
    assert intake(pod, name="Acme").slug == "acme-2"


def test_a_tenant_never_gets_an_address_that_a_page_has() -> None:
    assert intake(make_pod(), name="Unclaimed").slug == "unclaimed-2"


@pytest.mark.parametrize("closed", [{"accepts_tenants": False}, {"archived_at": NOW}])
def test_a_closed_or_archived_pod_is_refused(closed: dict[str, Any]) -> None:
    with pytest.raises(IntakeRefused) as refused:
        intake(make_pod(**closed))
    assert list(refused.value.errors) == ["pod"]


def test_a_full_switch_refuses_and_nothing_is_half_done() -> None:
    with pytest.raises(NoCapacity):
        intake(make_pod(switch=make_switch(usable=(10, 10))))
    assert nothing_was_done()


def test_a_wanted_id_that_is_not_free_refuses_and_nothing_is_half_done() -> None:
    wishes = [PRODUCTION, NetworkWish(NetworkRole.FAILOVER_TEST, vid=5)]
    with pytest.raises(VlanNotFree, match="VLAN 5 is reserved"):
        intake(make_pod(switch=make_switch(usable=(10, 20))), networks=wishes)
    assert nothing_was_done()


def test_an_intake_takes_the_same_few_queries_for_two_networks_and_for_ten() -> None:
    from django.db import connection

    pod = make_pod()
    intake(pod, name="First")  # content types are cached from here on
    counts = []
    for name, extra in (("Two", 0), ("Ten", 8)):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            intake(pod, name=name, networks=[PRODUCTION, TEST, *[EXTRA] * extra])
        counts.append(len([q for q in queries if "SAVEPOINT" not in q["sql"]]))
    assert counts[0] == counts[1]
    assert counts[0] <= 10


def test_withdrawn_before_a_push_the_vlans_are_free_at_once() -> None:
    tenant = intake(make_pod())
    withdraw(tenant=tenant, by=None, now=NOW)
    tenant.refresh_from_db()
    assert tenant.status == TenantStatus.WITHDRAWN
    assert set(tenant.networks.values_list("status", "vlan__state")) == {("removed", "free")}


def test_withdrawn_after_a_push_began_the_vlans_wait_for_the_devices() -> None:
    tenant = intake(make_pod())
    keep_hold(Vlan.objects.filter(networks__tenant=tenant))
    withdraw(tenant=tenant, by=None, now=NOW)
    assert tenant.status == TenantStatus.OFFBOARDING
    assert set(tenant.networks.values_list("status", "vlan__state")) == {("removing", "releasing")}

    settle(tenant=tenant, by=None, now=NOW)
    assert tenant.status == TenantStatus.WITHDRAWN
    assert set(tenant.networks.values_list("status", "vlan__state")) == {("removed", "quarantined")}


def test_a_hold_lapses_on_its_date_and_takes_the_onboarding_with_it() -> None:
    tenant = intake(make_pod())
    end = NOW + timedelta(days=settings.HOLD_DAYS)

    assert lapse_expired_holds(now=end - timedelta(seconds=1)) == 0
    assert lapse_expired_holds(now=end) == 2

    tenant.refresh_from_db()
    assert tenant.status == TenantStatus.WITHDRAWN
    assert set(tenant.networks.values_list("status", "vlan__state")) == {("removed", "free")}
    assert VlanMove.objects.filter(why="hold for Acme lapsed").count() == 2


def test_a_hold_that_a_push_took_over_does_not_lapse() -> None:
    tenant = intake(make_pod())
    keep_hold(Vlan.objects.filter(networks__tenant=tenant))
    assert lapse_expired_holds(now=NOW + timedelta(days=999)) == 0


def test_a_held_vlan_of_no_network_lapses_too() -> None:
    Vlan.objects.filter(switch=make_switch(), vid=50).update(state=VlanState.HELD, until=NOW)
    assert lapse_expired_holds_task() == 1
    assert Vlan.objects.get(vid=50).state == VlanState.FREE
