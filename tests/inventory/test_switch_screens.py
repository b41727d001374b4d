"""Core switches on screen: ranges, limits, and what is refused."""

from typing import Any

import pytest
from django.test import Client

from accounts.roles import Role
from inventory.models import CoreSwitch, Platform, Vlan, VlanMove, VlanState
from tests.factories import make_pod, make_switch, make_tenant
from tests.inventory.screens import client_of, errors_of, queries_of

pytestmark = pytest.mark.django_db

TYPED: dict[str, Any] = {
    "name": "Core B", "platform": "iosxe", "site": "Leeds", "practical_percent": 75, "vlans_per_tenant": 5,
    "usable": "", "reserved": "", "infrastructure": "",
}  # fmt: skip


@pytest.fixture
def olga() -> Client:
    return client_of(Role.OPERATOR)


def edit(client: Client, switch: CoreSwitch, **fields: Any) -> Any:
    typed = {**TYPED, "name": switch.name, "platform": switch.platform, "version": switch.version, **fields}
    return client.post(f"/switches/{switch.slug}/edit/", typed)


def states(switch: CoreSwitch, *vids: int) -> list[str]:
    return list(Vlan.objects.filter(switch=switch, vid__in=vids).order_by("vid").values_list("state", flat=True))


def test_a_new_switch_gets_its_vlans_less_what_its_platform_reserves(olga: Client) -> None:
    answer = olga.post(
        "/switches/new/", {**TYPED, "with_platform_ranges": "on", "infrastructure": "10-19 management\n4094"}
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, "/switches/core-b/")
    switch = CoreSwitch.objects.get(slug="core-b")
    assert [(r.first, r.last, r.purpose, r.reason) for r in switch.ranges.all()] == [
        (10, 19, "infrastructure", "management"),
        (1002, 1005, "reserved", "FDDI and Token Ring defaults"),
        (4094, 4094, "infrastructure", ""),
    ]
    assert switch.vlans.count() == 4094
    assert states(switch, 1, 2, 10, 1002, 1006, 4094) == [
        "reserved", "free", "infrastructure", "reserved", "free", "infrastructure",
    ]  # fmt: skip


def test_a_models_limits_fill_what_is_empty_and_yield_to_what_is_typed(olga: Client) -> None:
    olga.post("/switches/new/", {**TYPED, "platform": "junos", "model": "ex2200", "max_active_vlans": "900"})
    switch = CoreSwitch.objects.get(slug="core-b")
    assert (switch.max_active_vlans, switch.max_stp_instances, switch.max_logical_ports) == (900, 253, None)


def test_the_ids_that_a_model_keeps_are_reserved(olga: Client) -> None:
    olga.post("/switches/new/", {**TYPED, "platform": "other", "model": "cumulus"})
    switch = CoreSwitch.objects.get(slug="core-b")
    assert states(switch, 2999, 3000, 3999, 4000) == ["free", "reserved", "reserved", "free"]


def test_a_models_range_that_meets_a_typed_one_is_told_at_its_field(olga: Client) -> None:
    typed = {**TYPED, "platform": "other", "model": "cumulus", "infrastructure": "2990-3010 storage"}
    assert "overlap" in errors_of(olga.post("/switches/new/", typed), "infrastructure")
    assert not CoreSwitch.objects.exists()


def test_the_platforms_ranges_are_left_out_when_they_are_not_wanted(olga: Client) -> None:
    olga.post("/switches/new/", TYPED)
    assert not CoreSwitch.objects.get(slug="core-b").ranges.exists()


def test_a_typed_range_that_meets_the_platforms_is_told_at_its_field(olga: Client) -> None:
    answer = olga.post("/switches/new/", {**TYPED, "with_platform_ranges": "on", "reserved": "1000-1003 old"})
    assert "1000-1003 and 1002-1005 overlap. One of them is the platform's default" in errors_of(answer, "reserved")
    assert not CoreSwitch.objects.exists()


def test_the_form_shows_the_ranges_as_they_are_and_saving_them_changes_nothing(olga: Client) -> None:
    olga.post("/switches/new/", {**TYPED, "with_platform_ranges": "on", "usable": "2-4000"})
    switch = CoreSwitch.objects.get()
    before = list(switch.ranges.values_list("pk", flat=True))
    form = olga.get("/switches/core-b/edit/").context["form"]
    assert form["reserved"].value() == "1002-1005 FDDI and Token Ring defaults"
    moves = VlanMove.objects.count()

    answer = edit(olga, switch, usable=form["usable"].value(), reserved=form["reserved"].value())

    assert answer.status_code == 302
    assert list(switch.ranges.values_list("pk", flat=True)) == before
    assert VlanMove.objects.count() == moves


def test_edited_ranges_move_the_vlans_at_once_and_are_recorded(olga: Client) -> None:
    switch = make_switch()
    assert edit(olga, switch, reserved="100-101 lab").status_code == 302
    assert states(switch, 99, 100, 101, 102) == ["free", "reserved", "reserved", "free"]
    assert {(m.vlan.vid, m.by.username if m.by else "") for m in VlanMove.objects.all()} == {
        (100, "olga"),
        (101, "olga"),
    }
    switch.refresh_from_db()
    assert switch.version == 2


@pytest.mark.parametrize(
    ("field", "text", "told"),
    [
        ("reserved", "100-200 lab", "In use, so they cannot be reserved: VLAN 150. Release them first."),
        ("infrastructure", "150", "In use, so they cannot be reserved: VLAN 150."),
        ("usable", "200-300", "In use, so they cannot be reserved: VLAN 150."),
    ],
)
def test_an_id_in_use_cannot_be_taken_from_tenants(olga: Client, field: str, text: str, told: str) -> None:
    switch = make_switch()
    Vlan.objects.filter(switch=switch, vid=150).update(state=VlanState.ALLOCATED)

    answer = edit(olga, switch, site="York", **{field: text})

    assert told in errors_of(answer, field)
    switch.refresh_from_db()
    assert (switch.site, switch.version, switch.ranges.count()) == ("", 1, 0)
    assert not VlanMove.objects.exists()
    assert text in answer.content.decode()


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("reserved", "10-20\n15-30", "10-20 and 15-30 overlap."),
        ("usable", "0-10", "0-10 leaves 1–4094"),
        ("infrastructure", "30-10", "30-10 runs downwards"),
        ("max_active_vlans", "0", "A limit is 1 at least. Leave it empty where the platform has no such limit."),
        ("max_stp_instances", "-1", "A limit is 1 at least."),
        ("max_logical_ports", "0", "A limit is 1 at least."),
        ("trunks", "0", "A limit is 1 at least."),
        ("vlans_per_tenant", "1", "greater than or equal to 2"),
        ("practical_percent", "101", "less than or equal to 100"),
        ("platform", "vms", "Select a valid choice"),
        ("name", "", "required"),
    ],
)
def test_bad_input_is_told_at_its_field_and_kept(olga: Client, field: str, value: str, told: str) -> None:
    answer = olga.post("/switches/new/", {**TYPED, field: value})
    assert answer.status_code == 200
    assert told in errors_of(answer, field)
    assert f"id_{field}_error" in answer.content.decode()
    assert "Leeds" in answer.content.decode()
    assert not CoreSwitch.objects.exists()


def test_a_limit_of_logical_ports_wants_the_trunks_that_it_is_divided_by(olga: Client) -> None:
    answer = olga.post("/switches/new/", {**TYPED, "max_logical_ports": "12000"})
    assert "Logical ports are VLANs times trunks: say how many trunks there are." in errors_of(answer, "trunks")
    both = {"max_logical_ports": "12000", "trunks": "10"}
    assert olga.post("/switches/new/", {**TYPED, **both}).status_code == 302


def test_an_id_is_reserved_or_infrastructure_and_not_both(olga: Client) -> None:
    answer = olga.post("/switches/new/", {**TYPED, "reserved": "10-20", "infrastructure": "20-25"})
    assert "10-20 and 20-25 overlap. An ID is reserved or infrastructure" in errors_of(answer, "infrastructure")


def test_limits_are_optional_and_stored_where_given(olga: Client) -> None:
    olga.post("/switches/new/", {**TYPED, "max_stp_instances": 128})
    switch = CoreSwitch.objects.get()
    assert (switch.max_stp_instances, switch.max_active_vlans, switch.trunks) == (128, None, None)


def test_sending_the_form_twice_makes_one_switch(olga: Client) -> None:
    assert olga.post("/switches/new/", TYPED).status_code == 302
    answer = olga.post("/switches/new/", TYPED)
    assert "There is a core switch of this name already." in errors_of(answer, "name")
    assert CoreSwitch.objects.count() == 1


def test_names_that_give_one_slug_get_slugs_of_their_own(olga: Client) -> None:
    for name in ("Core B", "core-b", "Core, B!", "new", "雪"):
        assert olga.post("/switches/new/", {**TYPED, "name": name}).status_code == 302
    assert set(CoreSwitch.objects.values_list("slug", flat=True)) == {
        "core-b",
        "core-b-2",
        "core-b-3",
        "new-2",
        "coreswitch",
    }


def test_an_edit_that_another_has_overtaken_is_refused_with_who_and_what_was_typed_is_kept(olga: Client) -> None:
    switch = make_switch()
    seen = switch.version
    nils = client_of(Role.ADMIN, name="nils")
    assert edit(nils, switch, site="York").status_code == 302

    answer = edit(olga, switch, version=seen, site="Hull", reserved="100")

    assert "nils changed this record (site) on" in errors_of(answer)
    assert 'value="Hull"' in answer.content.decode()
    switch.refresh_from_db()
    assert (switch.site, switch.ranges.count()) == ("York", 0)


def test_an_edit_without_its_version_is_refused(olga: Client) -> None:
    switch = make_switch()
    answer = edit(olga, switch, version="", site="Hull")
    assert errors_of(answer, "version")
    switch.refresh_from_db()
    assert switch.site == ""


def test_a_switch_with_pods_is_not_archived_and_the_reason_is_told(olga: Client) -> None:
    pod = make_pod()
    make_tenant(pod=pod)
    answer = olga.post(f"/switches/{pod.switch.slug}/archive/", {"version": 1})
    assert "1 pod behind this switch, with 1 tenant: pod-1. Archive the pods first." in answer.content.decode()
    pod.switch.refresh_from_db()
    assert not pod.switch.is_archived


def test_a_switch_whose_vlans_are_in_use_is_not_archived(olga: Client) -> None:
    switch = make_switch()
    Vlan.objects.filter(switch=switch, vid=150).update(state=VlanState.RELEASING)
    answer = olga.post("/switches/core-a/archive/", {"version": 1})
    assert "1 VLAN of this switch still in use" in answer.content.decode()


def test_an_unused_switch_is_archived_and_leaves_the_list(olga: Client) -> None:
    make_switch()
    answer = olga.post("/switches/core-a/archive/", {"version": 1})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/switches/")
    assert "/switches/core-a/edit/" not in olga.get("/switches/").content.decode()
    assert "core-a" in olga.get("/switches/?archived=all").content.decode()
    assert olga.get("/switches/core-a/edit/").status_code == 404


def test_a_switch_that_was_edited_meanwhile_is_not_archived(olga: Client) -> None:
    switch = make_switch()
    edit(olga, switch, site="York")
    answer = olga.post("/switches/core-a/archive/", {"version": 1})
    assert "It was changed after you had opened this page" in answer.content.decode()
    assert 'value="2"' in answer.content.decode()
    switch.refresh_from_db()
    assert not switch.is_archived


def test_the_list_is_searched_and_narrowed(olga: Client) -> None:
    for name, platform in (("north", Platform.EOS), ("south", Platform.NXOS)):
        CoreSwitch.objects.create(name=name, slug=name, platform=platform, site=f"{name}ern hall")
    for query in ("q=NORTHERN", "platform=eos"):
        names = [row.record.name for row in olga.get(f"/switches/?{query}").context["table"].rows]
        assert names == ["north"]
    assert "No core switches like that" in olga.get("/switches/?q=west").content.decode()


def test_an_empty_list_says_what_to_do_next(olga: Client) -> None:
    assert 'href="/switches/new/">Add the first' in olga.get("/switches/").content.decode()
    assert "Add the first" not in client_of(Role.NOC, name="nora").get("/switches/").content.decode()


def test_the_list_asks_as_many_queries_for_thirty_rows_as_for_three_and_shows_fifty_a_page(olga: Client) -> None:
    def add(first: int, last: int) -> None:
        CoreSwitch.objects.bulk_create(
            CoreSwitch(name=f"s{n:03}", slug=f"s{n:03}", platform=Platform.EOS) for n in range(first, last)
        )

    add(0, 3)
    few = queries_of(olga, "/switches/")
    add(3, 60)
    assert queries_of(olga, "/switches/") == few <= 8
    table = olga.get("/switches/?page=2").context["table"]
    assert [row.record.name for row in table.page.object_list] == [f"s{n:03}" for n in range(50, 60)]
    assert olga.get("/switches/?page=nonsense&sort=nonsense").status_code == 200
