"""What could be had back on a switch, from the rows: quarantine over, networks without use, tenants with too many."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from capacity.planning.options import Candidate
from capacity.reclaiming import TENANTS_LISTED, reclaimables
from inventory.models import VlanState
from tenants.models import Network, NetworkStatus
from tests.capacity.believable import fill, small_pod
from tests.factories import make_pod, make_tenant

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 22)


def test_only_a_quarantine_whose_date_is_over_counts() -> None:
    switch = make_pod().switch
    for vid, day in ((100, 20), (101, 21), (102, 23)):
        until = datetime(2026, 11, day, 12, tzinfo=UTC)
        switch.vlans.filter(vid=vid).update(state=VlanState.QUARANTINED, until=until)
    (candidate,) = reclaimables(today=TODAY)[switch.pk].quarantine_over
    assert candidate.vlans == 2
    assert candidate.evidence == "the oldest since 20 November 2026"
    assert candidate.url == f"/capacity/switches/{switch.slug}/vlans/?state=quarantined"


def test_a_network_with_a_prefix_or_of_a_required_role_is_in_use() -> None:
    tenant = make_tenant(vids=(100, 101, 102, 103, 104))
    tenant.networks.filter(vlan__vid=104).update(prefix="10.1.0.0/24")
    found = reclaimables(today=TODAY)[tenant.pod.switch_id]
    assert [(c.what, c.vlans) for c in found.without_use] == [
        ("Networks without use: extra", 1),
        ("Networks without use: replication", 1),
    ]
    assert found.more_than_used == (Candidate("Acme", 2, "has 5, uses 3", "/tenants/acme/"),)
    assert found.vlans == 2


def test_what_is_not_live_is_not_reclaimed() -> None:
    tenant = make_tenant(vids=(100, 101, 102))
    for status in (NetworkStatus.PLANNED, NetworkStatus.REMOVING, NetworkStatus.REMOVED):
        Network.objects.filter(vlan__vid=102).update(status=status)
        assert tenant.pod.switch_id not in reclaimables(today=TODAY)


def test_a_switch_with_nothing_to_reclaim_is_left_out() -> None:
    make_tenant(vids=(100, 101))
    assert reclaimables(today=TODAY) == {}


def test_the_tenants_with_the_most_are_listed_and_the_rest_counted() -> None:
    pod = small_pod("a", places=100)
    fill(pod, tenants=TENANTS_LISTED + 5, onboarded_on=date(2026, 1, 1), per=3)
    Network.objects.filter(vlan__vid=102).update(prefix="10.1.0.0/24")
    big = fill(pod, tenants=1, onboarded_on=date(2026, 1, 1), per=6, first_vid=300)[0]
    found = reclaimables(today=TODAY)[pod.switch_id].more_than_used
    assert found[0] == Candidate(big.name, 4, "has 6, uses 2", f"/tenants/{big.slug}/")
    assert len(found) == TENANTS_LISTED + 1
    assert found[-1] == Candidate("", 0, "and 5 more customers")


def test_switches_are_kept_apart_and_the_queries_are_as_many_for_three_as_for_one() -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            reclaimables(today=TODAY)
        return len(seen)

    pods = [small_pod("a")]
    fill(pods[0], tenants=3, onboarded_on=date(2026, 1, 1))
    few = queries()
    for name in ("b", "c"):
        pods.append(small_pod(name))
        fill(pods[-1], tenants=3, onboarded_on=date(2026, 1, 1))
    assert queries() == few == 3
    found = reclaimables(today=TODAY)
    assert {found[pod.switch_id].vlans for pod in pods} == {3}
