"""vCenters and their distributed switches on screen."""

import pytest
from django.test import Client

from accounts.roles import Role
from inventory.models import VCenter
from tests.factories import make_pod
from tests.inventory.screens import client_of, errors_of, queries_of

pytestmark = pytest.mark.django_db

TYPED = {"name": "VC Leeds", "address": "vc.example.net", "dvs_names": "dvs-a\n\n dvs-b "}


@pytest.fixture
def olga() -> Client:
    return client_of(Role.OPERATOR)


def names_of(slug: str) -> set[str]:
    return set(VCenter.objects.get(slug=slug).distributed_switches.values_list("name", flat=True))


def test_a_new_vcenter_is_stored_with_its_distributed_switches(olga: Client) -> None:
    answer = olga.post("/vcenters/new/", TYPED)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/vcenters/vc-leeds/")
    assert names_of("vc-leeds") == {"dvs-a", "dvs-b"}


@pytest.mark.parametrize("address", ["vc.example.net:8989", "192.0.2.7", "[2001:db8::1]:443", "vc"])
def test_hosts_and_addresses_with_a_port_are_taken(olga: Client, address: str) -> None:
    assert olga.post("/vcenters/new/", {**TYPED, "address": address}).status_code == 302


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("address", "https://vc.example.net", "without https://"),
        ("address", "vc.example.net:0", "Write a host name or an address"),
        ("address", "vc.example.net:70000", "Write a host name or an address"),
        ("address", "vc example", "Write a host name or an address"),
        ("dvs_names", "dvs/a", "'dvs/a': Use letters, digits"),
        ("dvs_names", "dvs-a\ndvs-a", "dvs-a is written twice."),
        ("dvs_names", " \n ", "required"),
        ("name", "", "required"),
    ],
)
def test_bad_input_is_told_at_its_field_and_kept(olga: Client, field: str, value: str, told: str) -> None:
    answer = olga.post("/vcenters/new/", {**TYPED, field: value})
    assert told in errors_of(answer, field)
    assert not VCenter.objects.exists()


def test_names_are_added_and_dropped_and_the_rest_keep_their_rows(olga: Client) -> None:
    olga.post("/vcenters/new/", TYPED)
    kept = VCenter.objects.get().distributed_switches.get(name="dvs-a").pk
    olga.post("/vcenters/vc-leeds/edit/", {**TYPED, "dvs_names": "dvs-a\ndvs-c", "version": 1})
    assert names_of("vc-leeds") == {"dvs-a", "dvs-c"}
    assert VCenter.objects.get().distributed_switches.get(name="dvs-a").pk == kept


def test_a_distributed_switch_that_a_pod_is_on_cannot_be_left_out(olga: Client) -> None:
    make_pod()
    fields = {"name": "vc-pod-1", "address": "new.example.net", "dvs_names": "dvs-new", "version": 1}
    answer = olga.post("/vcenters/vc-pod-1/edit/", fields)
    assert "dvs-pod-1 cannot be left out: pod pod-1 is on it." in errors_of(answer, "dvs_names")
    assert names_of("vc-pod-1") == {"dvs-pod-1"}
    assert "new.example.net" in answer.content.decode()


def test_an_edit_that_another_has_overtaken_is_refused(olga: Client) -> None:
    olga.post("/vcenters/new/", TYPED)
    nils = client_of(Role.ADMIN, name="nils")
    nils.post("/vcenters/vc-leeds/edit/", {**TYPED, "address": "york.example.net", "version": 1})
    answer = olga.post("/vcenters/vc-leeds/edit/", {**TYPED, "dvs_names": "dvs-z", "version": 1})
    assert "nils changed this record (address) on" in errors_of(answer)
    assert names_of("vc-leeds") == {"dvs-a", "dvs-b"}


def test_sending_the_form_twice_makes_one_vcenter(olga: Client) -> None:
    olga.post("/vcenters/new/", TYPED)
    assert "There is a vCenter of this name already." in errors_of(olga.post("/vcenters/new/", TYPED), "name")


def test_a_vcenter_with_pods_is_not_archived_and_an_empty_one_is(olga: Client) -> None:
    pod = make_pod()
    answer = olga.post("/vcenters/vc-pod-1/archive/", {"version": 1})
    assert "1 pod on this vCenter, with 0 tenants: pod-1." in answer.content.decode()
    pod.archive()
    assert olga.post("/vcenters/vc-pod-1/archive/", {"version": 1}).status_code == 302


def test_the_page_shows_the_distributed_switches_and_their_pods(olga: Client) -> None:
    make_pod()
    page = olga.get("/vcenters/vc-pod-1/").content.decode()
    assert "dvs-pod-1" in page
    assert "/pods/pod-1/" in page


def test_the_list_asks_as_many_queries_for_thirty_rows_as_for_three(olga: Client) -> None:
    def add(first: int, last: int) -> None:
        for number in range(first, last):
            vcenter = VCenter.objects.create(name=f"v{number:03}", slug=f"v{number:03}", address="x")
            vcenter.distributed_switches.create(name="dvs")

    add(0, 3)
    few = queries_of(olga, "/vcenters/")
    add(3, 30)
    assert queries_of(olga, "/vcenters/") == few <= 8


def test_the_list_counts_pods_in_use(olga: Client) -> None:
    make_pod()
    assert olga.get("/vcenters/").context["table"].rows[0].record.pod_count == 1
