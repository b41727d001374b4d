"""The past of a switch as the forecast takes it: complete months, newcomers' sizes, growth apart from arrivals."""

from datetime import date

import pytest
from pytest_django.fixtures import DjangoAssertNumQueries

from capacity.history import demands, flows
from capacity.planning.demand import Flow, Known
from inventory.models import Pod
from tenants.models import Network, NetworkRole, NetworkStatus, Tenant, TenantStatus
from tests.capacity.believable import fill, small_pod
from tests.factories import make_tenant

pytestmark = pytest.mark.django_db
TODAY = date(2026, 5, 20)


def months_of(pod: Pod) -> list[Flow]:
    return list(demands(today=TODAY, planned={pod.switch_id: 5})[pod.switch_id].months)


def leave(tenant: Tenant, on: date) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(status=TenantStatus.DEPARTED, departed_on=on)
    tenant.networks.update(status=NetworkStatus.REMOVED, removed_on=on)


def add_network(tenant: Tenant, vid: int, live_on: date) -> Network:
    return Network.objects.create(
        tenant=tenant,
        role=NetworkRole.EXTRA,
        vlan=tenant.pod.switch.vlans.get(vid=vid),
        port_group=f"{tenant.name}-{vid}",
        status=NetworkStatus.LIVE,
        live_on=live_on,
    )


def test_every_complete_month_is_there_and_the_one_that_runs_is_not() -> None:
    pod = small_pod("core-a")
    fill(pod, tenants=2, onboarded_on=date(2026, 2, 10))
    fill(pod, tenants=1, onboarded_on=date(2026, 4, 30), first_vid=200)
    fill(pod, tenants=4, onboarded_on=date(2026, 5, 2), first_vid=300)
    assert months_of(pod) == [
        Flow(date(2026, 2, 1), came=2, left=0),
        Flow(date(2026, 3, 1), came=0, left=0),
        Flow(date(2026, 4, 1), came=1, left=0),
    ]


def test_a_newcomers_first_vlans_are_its_size_and_later_ones_are_growth() -> None:
    pod = small_pod("core-a")
    tenant = make_tenant("Acme", pod=pod, vids=(100, 101, 102), onboarded_on=date(2026, 2, 10))
    make_tenant("Beta", pod=pod, vids=(110, 111), onboarded_on=date(2026, 3, 1))
    add_network(tenant, 120, date(2026, 3, 15))
    add_network(tenant, 121, date(2026, 3, 16))

    demand = demands(today=TODAY, planned={pod.switch_id: 5})[pod.switch_id]

    assert demand.sizes == (2, 3)
    assert [(flow.first.month, flow.came, flow.grown) for flow in demand.months] == [(2, 1, 0), (3, 1, 2), (4, 0, 0)]


def test_who_leaves_takes_its_vlans_along_and_who_stays_may_give_some_back() -> None:
    pod = small_pod("core-a")
    gone, staying = fill(pod, tenants=2, onboarded_on=date(2026, 1, 10))
    leave(gone, date(2026, 3, 31))
    Network.objects.filter(pk=staying.networks.all()[0].pk).update(
        status=NetworkStatus.REMOVED, removed_on=date(2026, 4, 1)
    )
    assert [(flow.came, flow.left, flow.shed) for flow in months_of(pod)] == [
        (2, 0, 0),
        (0, 0, 0),
        (0, 1, 0),
        (0, 0, 1),
    ]


def test_what_a_leaver_had_given_back_before_was_shed_then() -> None:
    pod = small_pod("core-a")
    (tenant,) = fill(pod, tenants=1, onboarded_on=date(2026, 1, 10))
    first = tenant.networks.all()[0]
    leave(tenant, date(2026, 4, 10))
    Network.objects.filter(pk=first.pk).update(removed_on=date(2026, 2, 10))
    assert [(flow.left, flow.shed) for flow in months_of(pod)] == [(0, 0), (0, 1), (0, 0), (1, 0)]


def test_without_a_past_every_newcomer_takes_what_is_planned() -> None:
    pod = small_pod("core-a")
    make_tenant("Held", pod=pod, status=TenantStatus.ONBOARDING, onboarded_on=None)
    demand = demands(today=TODAY, planned={pod.switch_id: 4})[pod.switch_id]
    assert (demand.months, demand.sizes, demand.planned_size) == ((), (), 4)


def test_what_is_dated_later_than_today_has_not_happened_yet() -> None:
    pod = small_pod("core-a")
    fill(pod, tenants=1, onboarded_on=date(2026, 4, 1))
    fill(pod, tenants=1, onboarded_on=date(2026, 6, 1), first_vid=200)
    demand = demands(today=TODAY, planned={pod.switch_id: 5})[pod.switch_id]
    assert ([flow.came for flow in demand.months], demand.sizes) == ([1], (3,))


def test_known_demand_stands_beside_the_past_of_its_own_switch() -> None:
    first, second = small_pod("core-a"), small_pod("core-b")
    soon = Known(date(2026, 9, 1), customers=2, vlans=10, what="contract: Northwind")
    found = demands(today=TODAY, planned={first.switch_id: 5, second.switch_id: 5}, known={second.switch_id: [soon]})
    assert (found[first.switch_id].known, found[second.switch_id].known) == ((), (soon,))


def test_one_switch_read_alone_has_the_same_past_as_among_all() -> None:
    first, second = small_pod("core-a"), small_pod("core-b")
    fill(first, tenants=3, onboarded_on=date(2026, 1, 10))
    fill(second, tenants=2, onboarded_on=date(2026, 2, 10), per=2)
    among_all = demands(today=TODAY, planned={first.switch_id: 5, second.switch_id: 5})
    alone = demands(today=TODAY, planned={second.switch_id: 5}, everywhere=False)
    assert alone == {second.switch_id: among_all[second.switch_id]}


def test_the_number_of_queries_does_not_grow_with_the_data(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    pods = [small_pod(f"core-{name}") for name in "abc"]
    with django_assert_num_queries(5):
        demands(today=TODAY, planned={pods[0].switch_id: 5})
    for pod in pods:
        fill(pod, tenants=20, onboarded_on=date(2026, 1, 10))
    with django_assert_num_queries(5):
        demands(today=TODAY, planned={pod.switch_id: 5 for pod in pods})


def test_months_begin_with_the_first_customer_even_where_growth_is_dated_earlier() -> None:
    came, grown = {date(2026, 3, 1): 1}, {date(2026, 1, 1): 2, date(2026, 4, 1): 1}
    assert flows(came, {}, grown, {}, today=TODAY) == (
        Flow(date(2026, 3, 1), came=1, left=0),
        Flow(date(2026, 4, 1), came=0, left=0, grown=1),
    )
    assert flows({}, {}, grown, {}, today=TODAY) == ()
