"""A run that was refused or failed says what moved, item by item, and offers a new plan in place."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from provisioning.drivers.protocol import Kind
from provisioning.models import Device, Plan, Run, RunStatus
from tests.factories import make_user
from tests.provisioning.things import add_network, approved, fault, make_newcomer, put, take_away, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(make_user("olga", Role.OPERATOR))
    return client


@pytest.fixture
def refused() -> Run:
    """Two objects of one device moved between the plan and its run."""
    run = approved(make_newcomer())
    switch = Device.objects.get(kind="core-switch")
    put(switch, Kind.VLAN, "100", name="somebody-else")
    put(switch, Kind.VLAN, "101", name="another")
    work()
    run.refresh_from_db()
    assert run.status == RunStatus.REFUSED
    return run


def page(client: Client, name: str, *args: object) -> str:
    return client.get(reverse(f"provisioning:{name}", args=args)).content.decode()


def test_what_moved_is_told_item_by_item(operator: Client, refused: Run) -> None:
    shown = page(operator, "run", refused.pk)
    assert "What moved since the plan" in shown
    assert "name somebody-else" in shown
    assert "name another" in shown
    noted = refused.steps.exclude(message="").order_by("position")
    assert [step.found for step in noted] == [{"name": "somebody-else"}, {"name": "another"}]


def test_a_click_makes_the_new_plan_and_both_are_linked(operator: Client, refused: Run) -> None:
    switch = Device.objects.get(kind="core-switch")
    for vid in ("100", "101"):
        take_away(switch, Kind.VLAN, vid)
    prepare = reverse("provisioning:prepare", args=[refused.plan.tenant.slug])
    assert f'action="{prepare}"' in page(operator, "run", refused.pk)
    answer = operator.post(prepare)
    plan = Plan.objects.latest("pk")
    assert answer.headers["Location"] == plan.get_absolute_url()
    assert f"Run {refused.pk}</a>, which was refused" in page(operator, "plan", plan.pk)
    shown = page(operator, "run", refused.pk)
    assert f"Plan {plan.pk}</a> was made since: waiting for approval." in shown


def test_a_new_plan_that_cannot_be_made_says_why_in_its_place(operator: Client, refused: Run) -> None:
    answer = operator.post(reverse("provisioning:prepare", args=[refused.plan.tenant.slug]))
    assert answer.status_code == 409
    assert "under the name “somebody-else”, which is not ours" in answer.content.decode()


def test_a_tenant_that_was_changed_since_is_said_to_be(operator: Client, refused: Run) -> None:
    assert "was changed since plan" not in page(operator, "run", refused.pk)
    add_network(refused.plan.tenant, 150)
    assert f"Acme was changed since plan {refused.plan_id} was made" in page(operator, "run", refused.pk)


def test_the_tenants_panel_offers_a_new_plan_until_there_is_one(operator: Client, refused: Run) -> None:
    panel = page(operator, "tenant_panel", refused.plan.tenant.slug)
    assert f"Run {refused.pk}</a> was refused: a device moved since its plan" in panel
    assert "Make a new plan" in panel
    switch = Device.objects.get(kind="core-switch")
    for vid in ("100", "101"):
        take_away(switch, Kind.VLAN, vid)
    operator.post(reverse("provisioning:prepare", args=[refused.plan.tenant.slug]))
    assert "Make a new plan" not in page(operator, "tenant_panel", refused.plan.tenant.slug)


def test_a_failed_run_tells_what_went_wrong_in_the_devices_words_and_that_nobody_changed_the_tenant(
    operator: Client,
) -> None:
    run = approved(make_newcomer())
    fault(Device.objects.get(kind="vcenter"), "refuses")
    work()
    run.refresh_from_db()
    assert (run.status, run.undone) == (RunStatus.FAILED, "all")
    shown = page(operator, "run", run.pk)
    assert "What went wrong" in shown
    assert run.steps.filter(state="failed").first().message in shown  # type: ignore[union-attr]
    assert "was changed since plan" not in shown
    assert "Make a new plan" in shown


def test_a_run_under_way_offers_no_new_plan(operator: Client, refused: Run) -> None:
    switch = Device.objects.get(kind="core-switch")
    for vid in ("100", "101"):
        take_away(switch, Kind.VLAN, vid)
    second = approved(refused.plan.tenant)
    shown = page(operator, "run", refused.pk)
    assert f"Run {second.pk}</a> of Acme is under way" in shown
    assert "Make a new plan" not in shown


def test_who_may_not_plan_is_offered_no_button(client: Client, refused: Run) -> None:
    client.force_login(make_user("nina", Role.NOC))
    assert "Make a new plan" not in page(client, "run", refused.pk)
