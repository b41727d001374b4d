"""Pods on screen."""

from typing import Any

import pytest
from django.test import Client

from accounts.roles import Role
from inventory.editing import LEFT
from inventory.models import DistributedSwitch, Pod
from tenants.models import Tenant, TenantStatus
from tenants.models.tenants import GONE
from tests.factories import make_management_network, make_pod, make_switch, make_tenant
from tests.inventory.screens import client_of, errors_of, queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga() -> Client:
    return client_of(Role.OPERATOR)


def typed(pod: Pod, **fields: Any) -> dict[str, Any]:
    return {
        "name": pod.name, "switch": pod.switch_id, "dvs": pod.dvs_id, "trunk_port": pod.trunk_port,
        "accepts_tenants": "on", "version": pod.version, **fields,
    }  # fmt: skip


def test_the_words_for_those_who_left_are_those_of_the_tenants() -> None:
    assert set(LEFT) == {status.value for status in GONE}


def test_a_new_pod_is_stored_and_shown(olga: Client) -> None:
    pod = make_pod()
    answer = olga.post("/pods/new/", typed(pod, name="Pod Two"), follow=True)
    assert answer.redirect_chain == [("/pods/pod-two/", 302)]
    assert "Pod Two is stored." in answer.content.decode()


def test_a_pods_page_says_where_it_hangs_and_what_it_has(olga: Client) -> None:
    pod = make_pod()
    make_pod("pod-2", switch=pod.switch)
    make_management_network("10.1.0.0/24", name="pod one only", pod=pod)
    make_management_network("10.2.0.0/24", name="everywhere")
    make_management_network("10.3.0.0/24", name="elsewhere", pod=Pod.objects.get(name="pod-2"))
    make_tenant(pod=pod)
    make_tenant("Gone", pod=pod, vids=(200,), status=TenantStatus.DEPARTED)

    page = olga.get("/pods/pod-1/").content.decode()

    for expected in ("core-a", "vc-pod-1", "dvs-pod-1", "port-channel1", "/pods/pod-2/", "pod one only", "everywhere"):
        assert expected in page
    assert "elsewhere" not in page
    assert "1 <small>present tenant</small>" in page


@pytest.mark.parametrize("field", ["name", "switch", "dvs", "trunk_port"])
def test_what_is_missing_is_told_at_its_field(olga: Client, field: str) -> None:
    pod = make_pod()
    answer = olga.post("/pods/new/", typed(pod, name="other") | {field: ""})
    assert "required" in errors_of(answer, field)
    assert Pod.objects.count() == 1


def test_sending_the_form_twice_makes_one_pod(olga: Client) -> None:
    pod = make_pod()
    assert olga.post("/pods/new/", typed(pod, name="Pod Two")).status_code == 302
    assert "There is a pod of this name already." in errors_of(
        olga.post("/pods/new/", typed(pod, name="Pod Two")), "name"
    )
    assert Pod.objects.count() == 2


def test_a_pod_with_tenants_stays_behind_its_switch_and_on_its_dvs(olga: Client) -> None:
    pod = make_pod()
    make_tenant(pod=pod)
    other = make_pod("pod-2", switch=make_switch("core-b"))
    answer = olga.post("/pods/pod-1/edit/", typed(pod, switch=other.switch_id, dvs=other.dvs_id))
    assert "its tenant has its VLANs behind core-a." in errors_of(answer, "switch")
    assert "its tenant has its VLANs on vc-pod-1 / dvs-pod-1." in errors_of(answer, "dvs")
    Tenant.objects.update(status=TenantStatus.DEPARTED)
    assert olga.post("/pods/pod-1/edit/", typed(pod, switch=other.switch_id)).status_code == 302


def test_an_edit_that_another_has_overtaken_is_refused(olga: Client) -> None:
    pod = make_pod()
    client_of(Role.ADMIN, name="nils").post("/pods/pod-1/edit/", typed(pod, trunk_port="ethernet9"))
    answer = olga.post("/pods/pod-1/edit/", typed(pod, trunk_port="ethernet7"))
    assert "nils changed this record (trunk port) on" in errors_of(answer)
    assert 'value="ethernet7"' in answer.content.decode()
    pod.refresh_from_db()
    assert (pod.trunk_port, pod.version) == ("ethernet9", 2)


def test_an_archived_switch_or_vcenter_is_not_offered(olga: Client) -> None:
    pod = make_pod()
    pod.switch.archive()
    pod.dvs.vcenter.archive()
    form = olga.get("/pods/new/").context["form"]
    assert not form.fields["switch"].queryset.exists()
    assert not form.fields["dvs"].queryset.exists()


def test_a_pod_with_tenants_is_not_archived_and_the_reason_is_told(olga: Client) -> None:
    pod = make_pod()
    make_tenant(pod=pod)
    assert "1 tenant in this pod" in olga.get("/pods/pod-1/archive/").content.decode()
    assert "1 tenant in this pod" in olga.post("/pods/pod-1/archive/", {"version": 1}).content.decode()
    pod.refresh_from_db()
    assert not pod.is_archived


def test_an_empty_pod_is_archived_and_its_page_still_says_what_it_was(olga: Client) -> None:
    make_pod()
    assert olga.post("/pods/pod-1/archive/", {"version": 1}).headers["Location"] == "/pods/"
    page = olga.get("/pods/pod-1/").content.decode()
    assert "archived" in page
    assert "/pods/pod-1/edit/" not in page


def test_the_list_counts_present_tenants_and_leads_to_them(olga: Client) -> None:
    pod = make_pod()
    make_tenant(pod=pod)
    make_tenant("Gone", pod=pod, vids=(200,), status=TenantStatus.WITHDRAWN)
    row = olga.get("/pods/").context["table"].rows[0]
    assert row.record.tenant_count == 1


def test_the_list_asks_as_many_queries_for_thirty_rows_as_for_three(olga: Client) -> None:
    pod = make_pod()

    def add(first: int, last: int) -> None:
        for number in range(first, last):
            dvs = DistributedSwitch.objects.create(vcenter=pod.dvs.vcenter, name=f"dvs{number}")
            Pod.objects.create(name=f"p{number:03}", slug=f"p{number:03}", switch=pod.switch, dvs=dvs, trunk_port="x")

    add(0, 2)
    few = queries_of(olga, "/pods/")
    add(2, 30)
    assert queries_of(olga, "/pods/") == few <= 8
    names = [row.record.name for row in olga.get("/pods/?q=p01&sort=-name").context["table"].rows]
    assert names == [f"p{number:03}" for number in range(19, 9, -1)]


def test_the_list_is_narrowed_to_a_switch(olga: Client) -> None:
    make_pod()
    make_pod("pod-2", switch=make_switch("core-b"))
    assert [row.record.name for row in olga.get("/pods/?switch=core-b").context["table"].rows] == ["pod-2"]
