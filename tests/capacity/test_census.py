"""What is gathered from the rows: who counts where, and from when to when."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from capacity import census
from capacity.planning.ceiling import LimitKind
from inventory.models import Vlan, VlanState
from tenants.models import Network, NetworkStatus, Tenant, TenantStatus
from tests.capacity.believable import fill, small_pod
from tests.factories import make_pod, make_switch, make_tenant

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)


def test_a_switch_counts_the_tenants_of_all_its_pods() -> None:
    switch = make_switch(usable=(100, 599))
    fill(make_pod("pod-1", switch=switch), tenants=4, onboarded_on=date(2026, 1, 5))
    fill(make_pod("pod-2", switch=switch), tenants=3, onboarded_on=date(2026, 2, 5), first_vid=200)

    (report,) = census.reports(today=TODAY)

    assert (report.ceiling.customers, report.ceiling.networks, report.ceiling.observed) == (7, 21, 3.0)
    assert (report.ceiling.counts.allocated, report.ceiling.counts.free) == (21, 479)
    assert (report.ceiling.theoretical, report.ceiling.practical) == (100, 75)
    assert [(row.pod.name, row.tenants, row.networks) for row in report.pods] == [("pod-1", 4, 12), ("pod-2", 3, 9)]
    assert report.months[0].first == date(2026, 1, 1)
    assert report.months[-1].count == 7


def test_who_is_gone_no_longer_counts_but_stays_in_the_curve() -> None:
    pod = small_pod("core-a")
    gone, *_ = fill(pod, tenants=2, onboarded_on=date(2026, 1, 5))
    Tenant.objects.filter(pk=gone.pk).update(status=TenantStatus.DEPARTED, departed_on=date(2026, 6, 1))
    Network.objects.filter(tenant=gone).update(status=NetworkStatus.REMOVED, removed_on=date(2026, 6, 1))

    (report,) = census.reports(today=TODAY)

    assert (report.ceiling.customers, report.ceiling.networks) == (1, 3)
    assert [(m.first.month, m.count) for m in report.months if m.net] == [(1, 2), (6, 1)]
    assert [(m.first.month, m.count) for m in report.vlan_months if m.net] == [(1, 6), (6, 3)]
    assert census.network_flows([pod.switch.pk], today=TODAY) == {
        pod.switch.pk: ({date(2026, 1, 1): 6}, {date(2026, 6, 1): 3})
    }


def test_a_tenant_being_onboarded_is_a_customer_but_not_in_the_curve_yet() -> None:
    make_tenant(pod=small_pod("core-a"), status=TenantStatus.ONBOARDING, onboarded_on=None)
    (report,) = census.reports(today=TODAY)
    assert (report.ceiling.customers, report.months, report.undated) == (1, (), 1)


def test_an_archived_switch_is_left_out_unless_it_is_asked_for() -> None:
    switch = make_switch()
    switch.archive()
    assert census.reports(today=TODAY) == []
    assert [r.switch for r in census.reports(today=TODAY, also=switch)] == [switch]


def test_a_vcenter_of_two_switches_is_filled_by_both() -> None:
    first = small_pod("core-a")
    second = make_pod("pod-b", switch=make_switch("core-b", usable=(100, 599)))
    second.dvs = first.dvs
    second.save()
    fill(first, tenants=2, onboarded_on=date(2026, 1, 5))
    fill(second, tenants=3, onboarded_on=date(2026, 1, 5))
    for report in census.reports(today=TODAY):
        assert [(v.port_groups, sorted(v.switches)) for v in report.vcenters] == [(15, ["core-a", "core-b"])]
        assert {limit.kind for limit in report.ceiling.limits} == {LimitKind.USABLE_IDS, LimitKind.PORT_GROUPS}


def test_a_hold_that_lapses_soon_is_told_and_one_that_a_push_keeps_is_not() -> None:
    now = timezone.now()
    pod = small_pod("core-a")
    soon = make_tenant("Soon", pod=pod, vids=(100, 101), status=TenantStatus.ONBOARDING, onboarded_on=None)
    kept = make_tenant("Kept", pod=pod, vids=(102, 103), status=TenantStatus.ONBOARDING, onboarded_on=None)
    later = make_tenant("Later", pod=pod, vids=(104, 105), status=TenantStatus.ONBOARDING, onboarded_on=None)
    Network.objects.update(status=NetworkStatus.PLANNED)
    for tenant, until in ((soon, now + timedelta(days=1)), (kept, None), (later, now + timedelta(days=9))):
        Vlan.objects.filter(networks__tenant=tenant).update(state=VlanState.HELD, until=until)

    (hold,) = census.lapsing_holds(until=now + timedelta(days=3))

    assert (hold.tenant, hold.vlans, hold.until) == (soon, 2, now + timedelta(days=1))
