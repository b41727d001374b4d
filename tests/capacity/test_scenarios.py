"""Saved what-ifs: who may do what, what is told at which field, and that nothing typed is lost."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.roles import PLAN_CAPACITY, PROVIDER, Role
from capacity import scenarios
from capacity.forms.scenarios import EventForm
from capacity.models import Scenario, ScenarioEvent
from capacity.outlook import outlooks
from capacity.planning.whatif import Event, Kind, WhatIf
from capacity.scenario_columns import Column, Wanted, columns
from capacity.scenario_figures import compared_figure
from capacity.scenarios import LiveData, NameTaken
from inventory.editing import EditedMeanwhile
from inventory.models import CoreSwitch
from tests.capacity.believable import fill, small_pod
from tests.factories import make_user

pytestmark = pytest.mark.django_db
ALL, NEW, PREVIEW = "/capacity/scenarios/", "/capacity/scenarios/new/", "/capacity/scenarios/preview/"
TODAY = timezone.localdate()
LATER = TODAY + timedelta(days=200)
BUSY = WhatIf(
    growth=1.5,
    vlans_per_tenant=3.5,
    practical_percent=80,
    events=(
        Event(Kind.BATCH, LATER, 20),
        Event(Kind.DEPARTURE, LATER, 5, 30),
        Event(Kind.NEW_SWITCH_POD, LATER, vlans=3000),
        Event(Kind.VXLAN, LATER),
    ),
)


@pytest.fixture
def core_a() -> CoreSwitch:
    pod = small_pod("core-a")
    for month in range(8):
        fill(pod, tenants=2, onboarded_on=TODAY - timedelta(days=30 * month + 40), first_vid=100 + month * 6)
    return pod.switch


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(make_user("maria", Role.MANAGER))
    return client


def made(name: str = "Twice the growth", what_if: WhatIf | None = None, **given: Any) -> Scenario:
    by = User.objects.filter(username="maria").first() or make_user("maria", Role.MANAGER)
    values: dict[str, Any] = {"scenario": None, "switch": None, "version": 0, "by": by} | given
    return scenarios.save(name=name, what_if=what_if or WhatIf(growth=2), **values)


def typed(*events: dict[str, Any], **given: Any) -> dict[str, Any]:
    """The form as the browser sends it."""
    values: dict[str, Any] = {
        "name": "More",
        "switch": "",
        "growth": "1",
        "vlans_per_tenant": "",
        "practical_percent": "",
    }
    values |= given | {"events-TOTAL_FORMS": len(events), "events-INITIAL_FORMS": 0}
    for number, event in enumerate(events):
        values |= {f"events-{number}-{name}": value for name, value in event.items()}
    return values


def batch(**given: Any) -> dict[str, Any]:
    return {"kind": "batch", "on": LATER.isoformat(), "customers": "20", "vlans": ""} | given


def text_of(response: Any, status: int = 200) -> str:
    assert response.status_code == status
    return " ".join(response.content.decode().split())


# --- verbs ---------------------------------------------------------------------------------------


def test_what_is_saved_comes_back_as_it_was(core_a: CoreSwitch) -> None:
    stored = Scenario.objects.get(pk=made(what_if=BUSY, switch=core_a).pk)
    assert stored.what_if() == BUSY
    assert (stored.switch, stored.made_by, stored.changed_by) == (core_a, stored.made_by, stored.made_by)


def test_addresses_are_not_to_be_guessed() -> None:
    slugs = {made(f"Scenario {number}").slug for number in range(5)}
    assert len(slugs) == 5
    assert all(re.fullmatch("[0-9a-f]{16}", slug) for slug in slugs)


def test_an_edit_replaces_the_events_and_remembers_who_made_it_and_who_changed_it() -> None:
    first = made(what_if=BUSY)
    other = make_user("oscar", Role.OPERATOR)
    again = scenarios.save(scenario=first, name="Less", switch=None, what_if=WhatIf(), version=1, by=other)
    assert (again.what_if(), again.version) == (WhatIf(), 2)
    assert (again.made_by, again.changed_by) == (first.made_by, other)
    assert not ScenarioEvent.objects.exists()


@pytest.mark.parametrize("name", ["Twice the growth", "twice THE growth"])
def test_a_name_is_given_once(name: str) -> None:
    made("Twice the growth")
    with pytest.raises(NameTaken):
        made(name)
    assert Scenario.objects.count() == 1


def test_of_two_who_edit_at_once_the_second_is_refused() -> None:
    first = made()
    made("Half", scenario=first, version=1)
    with pytest.raises(EditedMeanwhile) as refused:
        made("Third", scenario=first, version=1)
    assert refused.value.last is not None
    assert refused.value.last.by == "maria"
    with pytest.raises(EditedMeanwhile):
        scenarios.remove(first, version=1)
    assert Scenario.objects.get().name == "Half"


def test_what_was_removed_meanwhile_is_not_saved_again() -> None:
    first = made()
    scenarios.remove(first, version=1)
    with pytest.raises(EditedMeanwhile) as refused:
        made(scenario=Scenario(pk=first.pk or 1, name="x"), version=1)
    assert refused.value.last is None


def test_a_duplicate_has_a_name_an_address_and_a_maker_of_its_own() -> None:
    first, other = made("N" * 80, what_if=BUSY), make_user("oscar", Role.OPERATOR)
    copies = [scenarios.duplicate(first, by=other) for _ in range(3)]
    assert [copy.name for copy in copies] == [f"{'N' * 68} (copy{number})" for number in ("", " 2", " 3")]
    assert len({copy.slug for copy in [first, *copies]}) == 4
    assert {copy.what_if() for copy in copies} == {BUSY}
    assert {copy.made_by for copy in copies} == {other}


@pytest.mark.parametrize(
    "wrong",
    [
        {"growth": -1},
        {"growth": 11},
        {"practical_percent": 0},
        {"practical_percent": 101},
        {"vlans_per_tenant": 1},
        {"vlans_per_tenant": 101},
    ],
)
def test_the_database_refuses_what_no_form_lets_through(wrong: dict[str, int]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Scenario.objects.create(name="wrong", **wrong)


def test_an_empty_scenario_says_exactly_what_the_switch_page_says(core_a: CoreSwitch) -> None:
    (column,) = (c for c in side_by_side(WhatIf(), switch=core_a) if not c.is_live)
    (outlook,) = outlooks(today=TODAY)
    assert column.result.forecast == outlook.forecast
    assert column.reckoned.advice == outlook.advice
    assert column.practical_later == column.hard_later == "as live"


def side_by_side(*what_ifs: WhatIf, switch: CoreSwitch | None = None) -> list[Column]:
    live = LiveData(today=TODAY).of(switch)
    assert live is not None
    return columns([Wanted(f"S{number}", what_if, live, str(number)) for number, what_if in enumerate(what_ifs)])


def test_each_thing_that_scenarios_are_about_has_its_live_forecast_beside_them(core_a: CoreSwitch) -> None:
    live = LiveData(today=TODAY)
    about_switch, about_all = live.of(core_a), live.of(None)
    assert about_switch is not None
    assert about_all is not None
    wanted = [("a", about_all), ("b", about_switch), ("c", about_all)]
    found = columns([Wanted(name, WhatIf(growth=2), about, name) for name, about in wanted])
    assert [(column.about, column.wanted.name, column.number) for column in found] == [
        ("The whole provider", "Live", 0),
        ("The whole provider", "a", 1),
        ("The whole provider", "c", 3),
        ("core-a", "Live", 0),
        ("core-a", "b", 2),
    ]


def test_the_chart_has_the_medians_one_band_and_the_ceilings_that_differ(core_a: CoreSwitch) -> None:
    found = side_by_side(WhatIf(growth=2), WhatIf(practical_percent=90), switch=core_a)
    names = [trace["name"] for trace in compared_figure(found, focus="1")["data"] if trace.get("name")]
    assert names == [
        "S1: P10 to P90",
        "Practical ceiling (75)",
        "Hard ceiling (100)",
        "Live",
        "S0",
        "Practical ceiling (90)",
        "Hard ceiling (100)",
        "S1",
    ]


# --- who may -------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", sorted(PROVIDER))
def test_who_reads_capacity_reads_scenarios_and_only_planners_are_offered_to_change_them(
    client: Client, role: Role, core_a: CoreSwitch
) -> None:
    shown = made()
    client.force_login(make_user("someone", role))
    page = text_of(client.get(shown.get_absolute_url()))
    assert "growth × 2" in page
    assert ("Duplicate</button>" in page) == (role in PLAN_CAPACITY)
    assert ("New scenario</a>" in text_of(client.get(ALL))) == (role in PLAN_CAPACITY)


@pytest.mark.parametrize("what", ["edit", "duplicate", "delete"])
def test_a_reader_changes_nothing(client: Client, what: str, core_a: CoreSwitch) -> None:
    shown = made()
    client.force_login(make_user("nora", Role.NOC))
    assert client.post(f"{shown.get_absolute_url()}{what}/", typed(version="1")).status_code == 403
    assert client.get(PREVIEW, typed()).status_code == 403
    assert Scenario.objects.get().version == 1


def test_a_link_leads_the_anonymous_to_sign_in_and_a_customer_nowhere(client: Client, core_a: CoreSwitch) -> None:
    shown = made()
    assert client.get(shown.get_absolute_url()).status_code == 302
    client.force_login(make_user("carl", Role.CUSTOMER))
    assert client.get(shown.get_absolute_url()).status_code == 403


# --- list and comparison -------------------------------------------------------------------------


def test_without_a_switch_or_a_scenario_the_page_says_what_to_do_next(manager: Client) -> None:
    assert "No core switch yet" in text_of(manager.get(ALL))
    assert "No core switch yet" in text_of(manager.get(NEW))
    small_pod("core-a")
    assert "No scenario yet" in text_of(manager.get(ALL))


def test_the_list_says_who_made_what_when_and_its_effect(manager: Client, core_a: CoreSwitch) -> None:
    made("Twice", switch=core_a)
    page = text_of(manager.get(ALL))
    assert "growth × 2" in page
    assert f"maria, {TODAY:%-d %b %Y}" in page
    assert 'href="/capacity/switches/core-a/">core-a</a>' in page


def test_the_address_says_which_are_compared(manager: Client, core_a: CoreSwitch) -> None:
    one, two, three = (made(f"Number {number}", WhatIf(growth=number)) for number in (1, 2, 3))
    page = text_of(manager.get(ALL, {"with": [three.slug, one.slug], "focus": one.slug}))
    heads = re.findall(r'href="/capacity/scenarios/(\w+)/">Number', page.split('id="comparison"')[1])
    assert heads == [three.slug, one.slug]
    assert two.slug not in page.split('id="comparison"')[1]
    assert "Number 1: P10 to P90" in page
    assert "later" in page or "sooner" in page


def test_more_than_four_are_refused_at_the_list_and_stay_ticked(manager: Client, core_a: CoreSwitch) -> None:
    slugs = [made(f"Number {number}", WhatIf(growth=number)).slug for number in range(5)]
    page = text_of(manager.get(ALL, {"with": slugs}))
    assert "At most 4 scenarios fit side by side" in page
    assert page.count(" checked>") == 5
    assert page.count('class="line-key line-') == 1 + 4


def test_a_link_to_what_was_deleted_says_so(manager: Client, core_a: CoreSwitch) -> None:
    page = text_of(manager.get(ALL, {"with": [made().slug, "0123456789abcdef"]}))
    assert "1 of the scenarios asked for is not here any more" in page
    assert manager.get("/capacity/scenarios/0123456789abcdef/").status_code == 404


def test_a_scenario_about_a_switch_out_of_use_says_so(manager: Client, core_a: CoreSwitch) -> None:
    shown = made(switch=core_a)
    small_pod("core-b")
    core_a.archive()
    assert "is about core-a, which is not in use" in text_of(manager.get(shown.get_absolute_url()))


# --- the form ------------------------------------------------------------------------------------


def test_a_new_scenario_is_saved_and_shown(manager: Client, core_a: CoreSwitch) -> None:
    events = [batch(), {"kind": "new-switch-pod", "on": LATER.isoformat(), "vlans": "3000"}]
    answer = manager.post(NEW, typed(*events, name="  Big   plan ", switch="core-a", growth="1.25"))
    stored = Scenario.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, stored.get_absolute_url())
    assert (stored.name, stored.switch, str(stored.made_by)) == ("Big plan", core_a, "maria")
    assert stored.what_if() == WhatIf(
        growth=1.25, events=(Event(Kind.BATCH, LATER, 20), Event(Kind.NEW_SWITCH_POD, LATER, vlans=3000))
    )


YESTERDAY = (TODAY - timedelta(days=1)).isoformat()


@pytest.mark.parametrize(
    ("sent", "place", "told"),
    [
        (typed(name=" "), "id_name", "Give the scenario a name"),
        (typed(name="TAKEN"), "id_name", "a scenario of this name already"),
        (typed(name="n" * 81), "id_name", "at most 80"),
        (typed(switch="nowhere"), "id_switch", "no longer in use"),
        (typed(growth=""), "id_growth", "1 is the pace of today"),
        (typed(growth="-1"), "id_growth", "Growth cannot be negative"),
        (typed(growth="1000"), "id_growth", "not plausible"),
        (typed(growth="1e400"), "id_growth", "not plausible"),
        (typed(growth="nan"), "id_growth", "Write a number"),
        (typed(growth="1.234"), "id_growth", "two decimals"),
        (typed(vlans_per_tenant="1"), "id_vlans_per_tenant", "at least 2 VLANs"),
        (typed(vlans_per_tenant="101"), "id_vlans_per_tenant", "not plausible"),
        (typed(practical_percent="0"), "id_practical_percent", "1 to 100 %"),
        (typed(practical_percent="101"), "id_practical_percent", "1 to 100 %"),
        (typed(practical_percent="half"), "id_practical_percent", "Write a whole number"),
        (typed(batch(on=YESTERDAY)), "id_events-0-on", "is in the past"),
        (typed(batch(on="")), "id_events-0-on", "Give the day"),
        (typed(batch(on="31.12.")), "id_events-0-on", "Write the day as"),
        (typed(batch(on="2099-01-01")), "id_events-0-on", "more than ten years ahead"),
        (typed(batch(customers="0")), "id_events-0-customers", "at least 1"),
        (typed(batch(customers="")), "id_events-0-customers", "How many?"),
        (typed(batch(vlans="1")), "id_events-0-vlans", "2 to 100 each"),
        (typed(batch(kind="departure", customers="17")), "id_events-0-customers", "No more than the 16 customers"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_nothing_is_lost(
    manager: Client, core_a: CoreSwitch, sent: dict[str, str], place: str, told: str
) -> None:
    made("Taken")
    page = text_of(manager.post(NEW, sent), 422)
    error = re.search(rf'<div class="field-error" id="{place}_error">(.*?)</div>', page)
    assert error is not None
    assert told in error[1]
    assert f'<a href="#{place}">' in page
    for name, value in sent.items():
        assert not value or name == "switch" or f'value="{str(value).strip()}"' in page, name
    assert Scenario.objects.count() == 1
    assert "<title>Not saved:" in page


def test_more_events_than_fit_are_refused_as_a_whole(manager: Client, core_a: CoreSwitch) -> None:
    page = text_of(manager.post(NEW, typed(*[batch() for _ in range(13)])), 422)
    assert "At most 12 events: remove some, or make a second scenario." in page
    assert "12 events are the most" in page


@pytest.mark.parametrize("broken", [{"events-TOTAL_FORMS": "x"}, {"events-0-kind": "war"}])
def test_a_forged_form_is_refused_and_breaks_nothing(
    manager: Client, core_a: CoreSwitch, broken: dict[str, str]
) -> None:
    assert manager.post(NEW, typed(batch()) | broken).status_code in (200, 422)
    assert manager.get(PREVIEW, typed(batch()) | broken).status_code == 200
    assert not Scenario.objects.exists()


@pytest.mark.parametrize("kind", list(Kind))
def test_an_event_is_added_and_removed_without_losing_what_was_typed(
    manager: Client, core_a: CoreSwitch, kind: Kind
) -> None:
    sent = typed(batch(customers="many"), name="Half typed", growth="1.7")
    page = text_of(manager.post(NEW, sent | {"more": kind.value}))
    for value in ("Half typed", "1.7", "many"):
        assert f'value="{value}"' in page
    assert 'name="events-TOTAL_FORMS" value="2"' in page
    fields = EventForm(initial={"kind": kind.value}, prefix="events-1").fields
    assert all(f'name="events-1-{name}"' in page for name in fields)
    page = text_of(manager.post(NEW, typed(batch(), batch(customers="33")) | {"drop": "0"}))
    assert 'name="events-TOTAL_FORMS" value="1"' in page
    assert 'value="33"' in page
    assert not Scenario.objects.exists()


def test_a_pod_says_behind_which_switch(manager: Client, core_a: CoreSwitch) -> None:
    page = text_of(manager.post(NEW, typed() | {"more": "new-switch-pod"}))
    assert '<option value="same-switch-pod">new pod on the same core switch</option>' in page


def test_an_edit_opens_with_what_is_stored_and_saves_it_back_unchanged(manager: Client, core_a: CoreSwitch) -> None:
    stored = made(what_if=BUSY, switch=core_a)
    page = text_of(manager.get(f"{stored.get_absolute_url()}edit/"))
    sent = dict(re.findall(r'<input type="[a-z]+" name="([^"]+)" value="([^"]*)"', page))
    sent |= {"switch": "core-a", "events-2-kind": "new-switch-pod"}
    assert manager.post(f"{stored.get_absolute_url()}edit/", sent).status_code == 302
    again = Scenario.objects.get()
    assert (again.what_if(), again.version, again.name) == (BUSY, 2, stored.name)


def test_the_second_of_two_editors_is_told_and_keeps_what_was_typed(manager: Client, core_a: CoreSwitch) -> None:
    stored = made()
    scenarios.save(
        scenario=stored,
        name="Oscar's",
        switch=None,
        what_if=WhatIf(),
        version=1,
        by=make_user("oscar", Role.OPERATOR),
    )
    page = text_of(manager.post(f"{stored.get_absolute_url()}edit/", typed(version="1", growth="1.9")), 422)
    assert "oscar changed this scenario on" in page
    assert 'value="1.9"' in page
    assert Scenario.objects.get().name == "Oscar's"


def test_a_duplicate_is_opened_to_be_changed(manager: Client, core_a: CoreSwitch) -> None:
    stored = made(what_if=BUSY)
    answer = manager.post(f"{stored.get_absolute_url()}duplicate/")
    copy = Scenario.objects.exclude(pk=stored.pk).get()
    assert answer.headers["Location"] == f"{copy.get_absolute_url()}edit/"
    assert manager.get(f"{stored.get_absolute_url()}duplicate/").status_code == 405


def test_it_is_deleted_after_a_question_and_not_when_it_was_changed_meanwhile(
    manager: Client, core_a: CoreSwitch
) -> None:
    stored = made()
    url = f"{stored.get_absolute_url()}delete/"
    assert "is deleted for good" in text_of(manager.get(url))
    assert "It was changed after you had opened this page" in text_of(manager.post(url, {"version": "7"}), 409)
    assert manager.post(url, {"version": "1"}).headers["Location"] == ALL
    assert not Scenario.objects.exists()


# --- live ----------------------------------------------------------------------------------------


def test_the_live_answer_follows_what_is_typed(manager: Client, core_a: CoreSwitch) -> None:
    page = text_of(manager.get(PREVIEW, typed(batch(), growth="2", name="", switch="core-a")))
    assert "<html" not in page
    assert 'id="compared-figure"' in page
    assert 'data-announce="This scenario: practical ceiling' in page
    assert "sooner" in page
    assert not Scenario.objects.exists()


def test_the_live_answer_tells_what_is_wrong_at_its_field(manager: Client, core_a: CoreSwitch) -> None:
    page = text_of(manager.get(PREVIEW, typed(batch(customers="0"), growth="-1")))
    assert "Not reckoned" in page
    assert 'id="compared-figure"' not in page
    for place in ("id_growth", "id_events-0-customers"):
        assert re.search(rf'<div class="field-error" id="{place}_error" hx-swap-oob="true"><i', page)
    assert re.search(r'id="id_practical_percent_error" hx-swap-oob="true"></div>', page)


def test_without_javascript_a_button_reckons_and_saves_nothing(manager: Client, core_a: CoreSwitch) -> None:
    page = text_of(manager.post(NEW, typed(growth="2") | {"reckon": "1"}))
    assert "growth × 2" in page
    assert 'id="compared-figure"' in page
    assert not Scenario.objects.exists()


def test_nothing_inline_breaks_the_content_security_policy(manager: Client, core_a: CoreSwitch) -> None:
    for page in (text_of(manager.get(NEW)), text_of(manager.get(made().get_absolute_url()))):
        assert " style=" not in page
        assert "<style" not in page
        assert not re.search(r"<script(?![^>]*(src=|application/json))", page)


def queries_of(get: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert get().status_code == 200
    return len(caught)


def more_of_everything() -> None:
    for name in ("core-b", "core-c", "core-d"):
        fill(small_pod(name), tenants=30, onboarded_on=date(TODAY.year, 1, 3))
    for number in range(6):
        made(f"More {number}", BUSY)


@pytest.mark.parametrize("what", ["list", "comparison", "page", "edit", "preview"])
def test_queries_do_not_grow_with_switches_tenants_or_scenarios(manager: Client, core_a: CoreSwitch, what: str) -> None:
    first = [made(f"Number {number}", BUSY) for number in range(2)]
    url = first[0].get_absolute_url()
    asked: dict[str, Callable[[], Any]] = {
        "list": lambda: manager.get(ALL),
        "comparison": lambda: manager.get(ALL, {"with": list(Scenario.objects.values_list("slug", flat=True)[:4])}),
        "page": lambda: manager.get(url),
        "edit": lambda: manager.get(f"{url}edit/"),
        "preview": lambda: manager.get(PREVIEW, typed(batch(), growth=str(1 + Scenario.objects.count() / 10))),
    }
    asked[what]()  # what is cached once per process is not counted
    more = make_user("else").pk and queries_of(asked[what])
    more_of_everything()
    assert queries_of(asked[what]) == more <= 62  # nothing is remembered in tests: the facts are read twice
