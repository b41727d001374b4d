"""The planner's assumptions: what holds without a row, the form and its errors, two people at once."""

import re
from typing import Any
from unittest.mock import patch

import pytest
from auditlog.models import LogEntry
from django.conf import settings
from django.db.models import QuerySet
from django.test import Client

from accounts.roles import Role
from capacity.forms.assumptions import AssumptionsForm, default_of, entries, in_words
from capacity.models import PlanningAssumptions
from capacity.models.assumptions import ONLY, current
from capacity.planning.costs import Assumptions, Licence
from tests.inventory.screens import client_of, errors_of, queries_of

pytestmark = pytest.mark.django_db

READ, EDIT = "/capacity/assumptions/", "/capacity/assumptions/edit/"


@pytest.fixture
def mia() -> Client:
    return client_of(Role.MANAGER, name="mia")


def typed(**changed: Any) -> dict[str, Any]:
    """The form as it comes filled in, with some fields changed; None leaves a field empty."""
    form = AssumptionsForm(stored=PlanningAssumptions.objects.first())
    filled = {**{name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}, **changed}
    return {name: value for name, value in filled.items() if value is not None and value is not False}


def test_without_a_row_the_stated_defaults_hold() -> None:
    assert current() == Assumptions()


def test_the_model_has_the_defaults_of_the_pure_core() -> None:
    assert PlanningAssumptions().value == Assumptions()


def test_every_column_can_be_edited() -> None:
    columns = {field.name for field in PlanningAssumptions._meta.get_fields()} - {"id", "version"}
    assert {entry.name for entry in entries()} == columns


def test_what_is_saved_is_what_the_options_are_reckoned_by(mia: Client) -> None:
    answer = mia.post(EDIT, typed(nsx_capital="123,456", nsx_licence=Licence.OWNED.value, underlay_mtu="9000"))
    assert (answer.status_code, answer.headers["Location"]) == (302, READ)
    held = current()
    assert (held.nsx.capital, held.nsx_licence, held.underlay_mtu) == (123_456, Licence.OWNED, 9000)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("new_pod_capital", "", "This was left empty. Enter 0 if there is none. The default is 350,000."),
        ("new_pod_capital", "-5", "A negative number makes no sense here."),
        ("new_pod_capital", "100000001", "Enter a number from 0 to 100,000,000."),
        ("new_pod_capital", "350.000", "Enter a whole number in digits"),
        ("new_pod_capital", "35,00", "Enter a whole number in digits"),
        ("new_pod_capital", "a lot", "Enter a whole number in digits"),
        ("nsx_per_tenant", "-1", "A negative number makes no sense here."),
        ("nsx_per_tenant", "nan", "Enter a number, such as 12.5."),
        ("nsx_per_tenant", "45,5", "Enter a number, such as 12.5."),
        ("nsx_per_tenant", "", "This was left empty. Enter 0 if there is none. The default is 45."),
        ("horizon_months", "11", "Enter a number from 12 to 120."),
        ("horizon_months", "121", "Enter a number from 12 to 120."),
        ("horizon_months", "", "This was left empty. The default is 60."),
        ("discount_percent", "50.5", "Enter a number from 0 to 50."),
        ("discount_percent", "-1", "A negative number makes no sense here."),
        ("underlay_mtu", "1279", "Enter a number from 1,280 to 9,600."),
        ("underlay_mtu", "65536", "Enter a number from 1,280 to 9,600."),
        ("tightened_size", "1", "Enter a number from 2 to 100."),
        ("new_switch_lead_days", "1096", "Enter a number from 0 to 1,095."),
        ("currency", "euro", "three"),
        ("currency", "", "Write a currency in three letters. The default is EUR."),
    ],
)
def test_what_makes_no_sense_is_told_at_its_field_and_kept(mia: Client, field: str, value: str, told: str) -> None:
    answer = mia.post(EDIT, typed(**{field: value}))
    assert told in errors_of(answer, field)
    assert f'value="{value}"' in answer.content.decode() or not value
    assert not PlanningAssumptions.objects.exists()


def test_an_unknown_mtu_is_left_empty(mia: Client) -> None:
    mia.post(EDIT, typed(underlay_mtu="1500"))
    mia.post(EDIT, typed(underlay_mtu=""))
    assert current().underlay_mtu is None


def test_a_later_edit_of_the_same_version_is_refused_and_names_who_was_faster(mia: Client) -> None:
    seen = typed(hourly_rate="95")
    client_of(Role.ADMIN, name="nils").post(EDIT, typed(hourly_rate="120"))
    answer = mia.post(EDIT, seen)
    assert "nils changed the assumptions" in errors_of(answer)
    assert current().hourly_rate == 120


def test_an_edit_of_a_stored_row_is_guarded_too(mia: Client) -> None:
    mia.post(EDIT, typed(hourly_rate="95"))
    seen = typed(hourly_rate="96")
    client_of(Role.ADMIN, name="nils").post(EDIT, typed(hourly_rate="120"))
    assert "nils changed the assumptions (hourly rate)" in errors_of(mia.post(EDIT, seen))


def test_the_defaults_are_filled_in_and_saved_only_by_saving(mia: Client) -> None:
    mia.post(EDIT, typed(hourly_rate="120"))
    page = mia.get(f"{EDIT}?defaults=1")
    assert "Nothing is changed before you save" in page.content.decode()
    assert page.context["form"]["hourly_rate"].value() == default_of("hourly_rate")
    assert current().hourly_rate == 120


def test_the_page_states_values_defaults_and_who_changed_them(mia: Client) -> None:
    assert "the defaults hold" in mia.get(READ).content.decode()
    mia.post(EDIT, typed(nsx_per_tenant="31.5"))
    page = mia.get(READ).content.decode()
    assert "1 differs from the defaults" in page
    assert "<strong>31.5</strong>" in page
    assert "Last changed by mia" in page


def test_each_change_is_in_the_audit_log(mia: Client) -> None:
    mia.post(EDIT, typed(hourly_rate="95"))
    mia.post(EDIT, typed(hourly_rate="96"))
    entry = LogEntry.objects.get_for_objects(PlanningAssumptions.objects.all()).first()
    assert entry is not None
    assert entry.changes_dict["hourly_rate"] == ["95", "96"]


@pytest.mark.parametrize(("role", "edits"), [(Role.NOC, 403), (Role.APPROVER, 403), (Role.OPERATOR, 200)])
def test_all_who_read_capacity_see_them_and_only_planners_edit(role: Role, edits: int) -> None:
    client = client_of(role, name="someone")
    assert client.get(READ).status_code == 200
    assert client.get(EDIT).status_code == edits
    assert (EDIT in client.get(READ).content.decode()) == (edits == 200)


def test_the_page_asks_few_queries(mia: Client) -> None:
    mia.post(EDIT, typed(hourly_rate="95"))
    assert queries_of(mia, READ) <= 8


def test_the_first_row_stored_by_two_at_once_is_stored_once(db: None) -> None:
    form = AssumptionsForm(typed(hourly_rate="95"), stored=None)
    assert form.is_valid()
    PlanningAssumptions.objects.create(pk=ONLY, hourly_rate=120)
    with patch.object(QuerySet, "first", return_value=None):  # our look was before the other's write
        assert not form.saved()
    assert "after you had opened them" in str(form.non_field_errors())
    assert current().hourly_rate == 120


@pytest.mark.parametrize(
    ("row", "names"),
    [
        ("horizon", ["horizon_months"]),
        ("discount rate", ["discount_percent"]),
        ("decide ahead", ["decide_months"]),
        ("hour of work", ["hourly_rate"]),
        ("work to reclaim a VLAN", ["hours_per_reclaimed_vlan"]),
        ("tightened size", ["tightened_size"]),
        ("new pod", ["new_pod_capital", "new_pod_monthly", "new_pod_lead_days"]),
        ("new core switch, on top", ["new_switch_capital", "new_switch_monthly", "new_switch_lead_days"]),
        ("NSX", ["nsx_capital", "nsx_monthly", "nsx_per_tenant", "nsx_lead_days"]),
        ("EVPN", ["evpn_capital", "evpn_monthly", "evpn_lead_days"]),
        ("NSX licence", ["nsx_licence"]),
        ("fabric can do EVPN", ["evpn_possible"]),
        ("underlay MTU", ["underlay_mtu"]),
    ],
)
def test_the_page_about_planning_states_the_defaults_of_the_code(row: str, names: list[str]) -> None:
    text = (settings.BASE_DIR / "docs" / "planning.md").read_text()
    (stated,) = [line.split("|")[2] for line in text.splitlines() if line.startswith(f"| {row} |")]
    for name in names:
        assert re.search(rf"(?<![\d,]){re.escape(in_words(default_of(name)))}(?![\d,]*\d)", stated), (name, stated)
