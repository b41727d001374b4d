"""The audit page: who changed what, and when; secrets never."""

import pytest
from auditlog.models import LogEntry
from django.test import Client

from accounts.roles import READ_AUDIT, Role
from inventory.models import VCenter
from provisioning.models import Device, DeviceKind, DriverName
from tests.factories import make_management_network, make_pod, make_switch
from tests.inventory.screens import client_of, queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def nora() -> Client:
    return client_of(Role.NOC, name="nora")


def test_an_edit_on_screen_is_told_with_who_what_and_the_fields(nora: Client) -> None:
    pod, other = make_pod(), make_switch("core-b")
    fields = {"name": "pod-1", "switch": other.pk, "dvs": pod.dvs_id, "trunk_port": "eth9", "version": 1}
    assert client_of(Role.OPERATOR).post("/pods/pod-1/edit/", fields).status_code == 302

    entry = nora.get("/audit/?user=olga").context["entries"][0]

    assert (entry.who, entry.verb, entry.kind, entry.record) == ("olga", "changed", "pod", "pod-1")
    assert {(c.field, c.before, c.after) for c in entry.changes} == {
        ("core switch", "core-a", "core-b"),
        ("trunk port", "port-channel1", "eth9"),
        ("takes new tenants", "yes", "no"),
    }


def test_a_secret_is_not_recorded_and_would_not_be_shown(nora: Client) -> None:
    pod = make_pod()
    device = Device(
        name="vc", slug="vc", kind=DeviceKind.VCENTER, driver=DriverName.SIMULATED, vcenter=pod.dvs.vcenter, address="x"
    )
    device.set_password("hunter2 hunter2")
    device.save()
    entry = LogEntry.objects.get_for_object(device).get()
    assert "secret" not in entry.changes_dict
    LogEntry.objects.filter(pk=entry.pk).update(changes={"secret": ["None", "hunter2"], "address": ["None", "x"]})
    page = nora.get("/audit/?q=vc").content.decode()
    assert "hunter2" not in page


def test_the_page_is_narrowed_by_record_kind_person_and_deed(nora: Client) -> None:
    make_pod()
    make_management_network(name="backbone")
    for query in ("q=backbone", "kind=inventory.managementnetwork", "kind=inventory.managementnetwork&did=0"):
        assert [e.record for e in nora.get(f"/audit/?{query}").context["entries"]] == ["backbone (10.0.0.0/22)"]
    assert "No entry like that" in nora.get("/audit/?did=2").content.decode()
    assert nora.get("/audit/?user=nobody&kind=no.such&page=x").status_code == 200


def test_the_page_shows_fifty_entries_with_as_many_queries_as_for_three(nora: Client) -> None:
    pod = make_pod()

    def add(first: int, last: int) -> None:
        for number in range(first, last):
            make_management_network(f"10.{number}.0.0/24", name=f"n{number}", pod=pod)

    add(0, 3)
    few = queries_of(nora, "/audit/")
    add(3, 60)
    assert queries_of(nora, "/audit/") <= few <= 14
    first, second = nora.get("/audit/"), nora.get("/audit/?page=2")
    assert len(first.context["entries"]) == 50
    assert first.context["entries"][0].record.startswith("n59")
    assert "Older" in first.content.decode()
    assert "Newer" in second.content.decode()


def test_only_those_who_may_read_the_log_do(nora: Client) -> None:
    for role in Role:
        assert client_of(role, name=role.value).get("/audit/").status_code == (200 if role in READ_AUDIT else 403), role
    assert nora.post("/audit/").status_code == 405


def test_a_record_that_is_gone_keeps_its_entries(nora: Client) -> None:
    VCenter.objects.create(name="vc", slug="vc", address="x").delete()
    assert {e.verb for e in nora.get("/audit/?q=vc").context["entries"]} == {"created", "deleted"}
