"""NSX managers, their VNI pools, and which pods place tenants on VXLAN, on screen."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.roles import Role
from inventory.models import NsxManager, Pod, VniPool
from inventory.vni_allocation import claim
from tests.factories import make_nsx_manager, make_pod
from tests.inventory.screens import client_of, errors_of, queries_of

pytestmark = pytest.mark.django_db

ZONE = "/infra/sites/default/enforcement-points/default/transport-zones/overlay"
TYPED = {"name": "NSX Leeds", "transport_zone_path": ZONE, "first": 5000, "last": 16777215}


@pytest.fixture
def olga() -> Client:
    return client_of(Role.OPERATOR)


def test_a_new_manager_is_stored_with_its_pool(olga: Client) -> None:
    answer = olga.post("/nsx-managers/new/", {**TYPED, "first": 7000})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/nsx-managers/nsx-leeds/")
    pool = VniPool.objects.get(nsx__slug="nsx-leeds")
    assert (pool.first, pool.last, pool.next) == (7000, 16777215, 7000)


def test_the_usual_bounds_are_offered(olga: Client) -> None:
    page = olga.get("/nsx-managers/new/").content.decode()
    assert 'value="5000"' in page
    assert 'value="16777215"' in page


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("name", "", "required"),
        ("transport_zone_path", "overlay", "policy path"),
        ("transport_zone_path", "/infra/sites/../x y", "policy path"),
        ("connectivity_path", "https://nsx/infra/tier-1s/gw", "policy path"),
        ("first", "0", "greater than or equal to 1"),
        ("last", "16777216", "less than or equal to 16777215"),
        ("last", "4999", "The last VNI comes before the first"),
    ],
)
def test_bad_input_is_told_at_its_field_and_kept(olga: Client, field: str, value: str, told: str) -> None:
    answer = olga.post("/nsx-managers/new/", {**TYPED, field: value})
    assert told in errors_of(answer, field)
    assert not NsxManager.objects.exists()


def test_bounds_that_leave_out_a_vni_in_use_are_refused_at_their_field(olga: Client) -> None:
    pool = make_nsx_manager().vni_pool
    claim(pool=pool, count=2, until=None, by=None, why="Acme", now=timezone.now())
    typed = {**TYPED, "name": "nsx-1", "version": 1}
    answer = olga.post("/nsx-managers/nsx-1/edit/", {**typed, "first": 5001})
    assert "VNI 5000 is in use or in quarantine outside of this" in errors_of(answer, "first")
    answer = olga.post("/nsx-managers/nsx-1/edit/", {**typed, "last": 5000})
    assert "VNI 5001 is in use" in errors_of(answer, "last")
    assert olga.post("/nsx-managers/nsx-1/edit/", {**typed, "last": 5001}).status_code == 302


def test_the_page_shows_what_is_left_and_the_pods(olga: Client) -> None:
    nsx = make_nsx_manager(first=5000, last=5009)
    make_pod(nsx=nsx)
    claim(pool=nsx.vni_pool, count=2, until=None, by=None, why="Acme", now=timezone.now())
    page = olga.get("/nsx-managers/nsx-1/").content.decode()
    assert "8 <small>left of 10</small>" in page
    assert "/pods/pod-1/" in page


def test_a_manager_with_pods_is_not_archived_and_an_empty_one_is(olga: Client) -> None:
    pod = make_pod(nsx=make_nsx_manager())
    answer = olga.post("/nsx-managers/nsx-1/archive/", {"version": 1})
    assert "1 pod on this NSX manager" in answer.content.decode()
    pod.archive()
    assert olga.post("/nsx-managers/nsx-1/archive/", {"version": 1}).status_code == 302


def test_the_list_asks_as_many_queries_for_thirty_rows_as_for_three(olga: Client) -> None:
    for number in range(3):
        make_nsx_manager(f"n{number:03}")
    few = queries_of(olga, "/nsx-managers/")
    for number in range(3, 30):
        make_nsx_manager(f"n{number:03}")
    assert queries_of(olga, "/nsx-managers/") == few <= 8


def test_a_pod_is_given_a_manager_and_its_page_says_so(olga: Client) -> None:
    pod, nsx = make_pod(), make_nsx_manager()
    typed = {"name": pod.name, "switch": pod.switch_id, "dvs": pod.dvs_id, "trunk_port": "po1", "nsx": nsx.pk}
    assert olga.post("/pods/pod-1/edit/", {**typed, "version": 1}).status_code == 302
    assert Pod.objects.get().nsx == nsx
    assert "new tenants are placed on VXLAN" in olga.get("/pods/pod-1/").content.decode()
