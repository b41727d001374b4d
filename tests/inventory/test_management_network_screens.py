"""Management networks on screen."""

import pytest
from django.test import Client

from accounts.roles import Role
from inventory.models import ManagementNetwork, Pod
from tenants.models import TenantStatus
from tests.factories import make_management_network, make_pod, make_tenant
from tests.inventory.screens import client_of, errors_of, queries_of

pytestmark = pytest.mark.django_db

TYPED = {
    "name": "vMotion",
    "prefix": "10.9.0.0/24",
    "purpose": "management",
    "pod": "",
    "vid": "",
    "gateway": "",
    "zccs_from": "",
}


@pytest.fixture
def olga() -> Client:
    return client_of(Role.OPERATOR)


def test_a_new_network_is_stored_for_the_whole_provider_or_for_a_pod(olga: Client) -> None:
    pod = make_pod()
    assert olga.post("/management-networks/new/", TYPED).status_code == 302
    second = {**TYPED, "name": "transit", "prefix": " 2001:db8::/48 ", "purpose": "transit", "pod": pod.pk, "vid": 12}
    assert olga.post("/management-networks/new/", second).status_code == 302
    stored = {(n.name, n.prefix, n.purpose, n.pod, n.vid) for n in ManagementNetwork.objects.all()}
    assert stored == {
        ("vMotion", "10.9.0.0/24", "management", None, None),
        ("transit", "2001:db8::/48", "transit", pod, 12),
    }


@pytest.mark.parametrize(("pod", "refused"), [("", True), ("pod-1", True), ("pod-2", False)])
def test_a_prefix_that_a_tenant_of_the_same_pod_routes_is_refused(olga: Client, pod: str, refused: bool) -> None:
    acme = make_tenant("Acme", pod=make_pod("pod-1"), subnets=["10.9.0.128/25"])
    make_pod("pod-2", switch=acme.pod.switch)
    answer = olga.post("/management-networks/new/", {**TYPED, "pod": Pod.objects.get(name=pod).pk if pod else ""})
    if refused:
        assert "overlaps Acme's 10.9.0.128/25" in errors_of(answer, "prefix")
    assert ManagementNetwork.objects.exists() is not refused


def test_a_prefix_that_a_departed_tenant_routed_is_free_again(olga: Client) -> None:
    make_tenant("Acme", subnets=["10.9.0.128/25"], status=TenantStatus.DEPARTED, vids=())
    assert olga.post("/management-networks/new/", TYPED).status_code == 302


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("prefix", "10.9.0.0", "has no prefix length: write for example 192.168.10.0/24."),
        ("prefix", "10.9.0.7/24", "has host bits set: did you mean 10.9.0.0/24?"),
        ("prefix", "10.9.0.0/33", "is not an IP prefix"),
        ("prefix", "ten/24", "is not an IP prefix"),
        ("prefix", "10.0.1.0/24", "overlaps stays (10.0.0.0/22): no translation can mend that"),
        ("prefix", "0.0.0.0/0", "overlaps stays (10.0.0.0/22)"),
        ("gateway", "10.9.1.1", "10.9.1.1 is not in 10.9.0.0/24: write an address there."),
        ("zccs_from", "10.10.0.50", "10.10.0.50 is not in 10.9.0.0/24"),
        ("gateway", "router", "Enter a valid IPv4 or IPv6 address"),
        ("vid", "0", "greater than or equal to 1"),
        ("vid", "4095", "less than or equal to 4094"),
        ("purpose", "fun", "Select a valid choice"),
        ("name", "stays", "There is a management network of this name already."),
    ],
)
def test_bad_input_is_told_at_its_field_and_kept(olga: Client, field: str, value: str, told: str) -> None:
    make_management_network("10.0.0.0/22", name="stays")
    answer = olga.post("/management-networks/new/", {**TYPED, field: value})
    assert told in errors_of(answer, field)
    assert value in answer.content.decode()
    assert ManagementNetwork.objects.count() == 1


def test_a_network_does_not_overlap_itself_and_no_archived_one(olga: Client) -> None:
    network = make_management_network("10.0.0.0/22")
    make_management_network("10.4.0.0/22", name="old").archive()
    fields = {**TYPED, "prefix": "10.0.0.0/21", "version": 1}
    assert olga.post(f"/management-networks/{network.pk}/edit/", fields).status_code == 302
    fields = {**TYPED, "prefix": "10.0.0.0/20", "version": 2}
    assert olga.post(f"/management-networks/{network.pk}/edit/", fields).status_code == 302


def test_an_edit_that_another_has_overtaken_is_refused(olga: Client) -> None:
    network = make_management_network()
    url = f"/management-networks/{network.pk}/edit/"
    client_of(Role.ADMIN, name="nils").post(url, {**TYPED, "version": 1})
    answer = olga.post(url, {**TYPED, "prefix": "10.77.0.0/24", "version": 1})
    assert "nils changed this record (name, prefix) on" in errors_of(answer)
    assert "10.77.0.0/24" in answer.content.decode()
    network.refresh_from_db()
    assert network.prefix == "10.9.0.0/24"


def test_a_network_is_archived_with_a_word_on_what_that_means(olga: Client) -> None:
    network = make_management_network()
    url = f"/management-networks/{network.pk}/archive/"
    assert "no longer checked against its prefix" in olga.get(url).content.decode()
    assert olga.post(url, {"version": 1}).headers["Location"] == "/management-networks/"
    network.refresh_from_db()
    assert network.is_archived


def test_the_list_asks_as_many_queries_for_thirty_rows_as_for_three_and_is_searched(olga: Client) -> None:
    pod = make_pod()

    def add(first: int, last: int) -> None:
        for number in range(first, last):
            make_management_network(f"10.{number}.0.0/24", name=f"n{number:03}", pod=pod)

    add(0, 3)
    few = queries_of(olga, "/management-networks/")
    add(3, 30)
    assert queries_of(olga, "/management-networks/") == few <= 8
    found = olga.get("/management-networks/?q=10.12.").context["table"]
    assert [row.record.name for row in found.rows] == ["n012"]
