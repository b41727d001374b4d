"""Tenants on VXLAN take no VLAN: a switch counts without them; a vCenter carries port groups for them all the same."""

from datetime import timedelta

import pytest
from django.utils import timezone

from capacity import census, history
from capacity.counting import exactly_at, from_dated_records
from capacity.standing import inventory_at, standings
from inventory.models import Pod, Vni
from inventory.vni_allocation import keep_hold
from tenants.settling import settle
from tests.factories import make_nsx_manager, make_pod, make_tenant
from tests.tenants.asking import intake

pytestmark = pytest.mark.django_db


@pytest.fixture
def pod() -> Pod:
    """A pod with a tenant of two VLANs, and one of two VNIs that is live."""
    pod = make_pod()
    make_tenant("Old", pod=pod)
    pod.nsx = make_nsx_manager()
    pod.save()
    acme = intake(pod, now=timezone.now())
    keep_hold(Vni.objects.all())
    settle(tenant=acme, by=None, now=timezone.now())
    return pod


def test_the_census_counts_them_on_the_vcenter_only(pod: Pod) -> None:
    (report,) = census.reports(today=timezone.localdate())
    assert (report.ceiling.customers, report.ceiling.networks) == (1, 2)
    assert [room.port_groups for room in report.vcenters] == [4]
    assert sum(month.came for month in report.months) == 1
    assert sum(month.came for month in report.vlan_months) == 2


def test_demand_is_that_of_tenants_on_vlans(pod: Pod) -> None:
    later = timezone.localdate() + timedelta(days=40)
    demand = history.demands(today=later, planned={pod.switch_id: 5})[pod.switch_id]
    assert sum(flow.came for flow in demand.months) == 1
    assert demand.sizes == (2,)


def test_snapshots_count_as_the_census_does(pod: Pod) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    for figures in (exactly_at(tomorrow), from_dated_records(tomorrow, day=timezone.localdate(tomorrow))):
        (standing,) = standings(inventory_at(tomorrow), figures)
        assert (standing.customers, standing.networks) == (1, 2)
        assert [room.port_groups for room in standing.vcenters] == [4]
