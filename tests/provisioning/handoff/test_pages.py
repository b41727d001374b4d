"""The pages of hand-offs: the worksheet on screen and as rows, who may tick it off, and bad numbers at their field."""

import csv
from io import StringIO

import pytest
from django.test import Client

from accounts.roles import Role
from inventory.models import ManagementNetwork
from provisioning.models import HandOff, HandOffTick, Purpose
from provisioning.planning import make_plan
from tenants.models import Tenant
from tests.inventory.screens import client_of, errors_of, queries_of
from tests.provisioning.handoff.test_handoff import give_transit, onboarded, ticked_off
from tests.provisioning.things import approved, leaving, make_newcomer, work
from tests.provisioning.zerto.managers import make_zerto_manager

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga() -> Client:
    return client_of(Role.OPERATOR, name="operator")


def page(client: Client, handoff: HandOff) -> str:
    return client.get(handoff.get_absolute_url()).content.decode()


def test_every_value_is_on_the_page(olga: Client) -> None:
    onboarded()
    shown = page(olga, HandOff.objects.get())
    for value in ("ZCC-Acme", "10.50.0.2", "10.50.0.1", "10.2.0.10", "10.2.0.1", "Acme-failover-test-101", "9082-9083"):
        assert value in shown, value


def test_a_tick_comes_back_to_its_task_and_a_second_click_changes_nothing(olga: Client) -> None:
    onboarded()
    handoff = HandOff.objects.get()
    for _ in range(2):
        answer = olga.post(f"{handoff.get_absolute_url()}tick/", {"task": "zcc", "done": "yes"})
        assert answer["Location"] == f"{handoff.get_absolute_url()}#zcc"
    assert HandOffTick.objects.count() == 1
    assert "1 of 6 ticked off" in page(olga, handoff)


def test_numbers_of_vras_change_the_table(olga: Client) -> None:
    onboarded()
    handoff = HandOff.objects.get()
    olga.post(f"{handoff.get_absolute_url()}vras/", {"customer_vras": "3", "provider_vras": "4"})
    shown = page(olga, handoff)
    assert "9082-9087" in shown
    assert "9082-9089" in shown


@pytest.mark.parametrize(
    ("typed", "told"),
    [("0", "At least one"), ("51", "At most 50"), ("-3", "At least one"), ("many", "whole number"), ("", "required")],
)
def test_a_bad_number_of_vras_is_told_at_its_field_and_changes_nothing(olga: Client, typed: str, told: str) -> None:
    onboarded()
    handoff = HandOff.objects.get()
    answer = olga.post(f"{handoff.get_absolute_url()}vras/", {"customer_vras": typed, "provider_vras": "4"})
    assert told in errors_of(answer, "customer_vras")
    handoff.refresh_from_db()
    assert (handoff.customer_vras, handoff.provider_vras) == (1, 1)


def test_closing_too_early_says_what_is_left(olga: Client) -> None:
    onboarded()
    handoff = HandOff.objects.get()
    answer = olga.post(f"{handoff.get_absolute_url()}close/")
    assert answer.status_code == 409
    assert "Not ticked off yet" in answer.content.decode()
    ticked_off(handoff)
    olga.post(f"{handoff.get_absolute_url()}close/")
    assert "closed by operator" in page(olga, handoff)


def test_an_address_can_be_taken_once_there_is_a_network(olga: Client) -> None:
    tenant = onboarded(transit=False)
    handoff = HandOff.objects.get()
    answer = olga.post(f"{handoff.get_absolute_url()}address/", follow=True)
    assert "has no ZCC/transit network" in answer.content.decode()
    give_transit(tenant)
    assert "10.2.0.10" in olga.post(f"{handoff.get_absolute_url()}address/", follow=True).content.decode()


@pytest.mark.django_db(transaction=True)
def test_asking_a_manager_that_does_not_answer_is_told_on_the_page(olga: Client) -> None:
    onboarded()
    make_zerto_manager()
    handoff = HandOff.objects.get()
    shown = olga.post(f"{handoff.get_absolute_url()}confirm/", follow=True).content.decode()
    assert "not there yet" in shown
    assert "zvm-1" in shown


def test_those_who_only_read_get_no_buttons(olga: Client) -> None:
    onboarded()
    shown = page(client_of(Role.NOC), HandOff.objects.get())
    assert "10.2.0.10" in shown
    assert "/tick/" not in shown
    assert "/close/" not in shown


def test_the_rows_hold_every_value_and_the_ports(olga: Client) -> None:
    onboarded()
    answer = olga.get(f"{HandOff.objects.get().get_absolute_url()}csv/")
    rows = list(csv.reader(StringIO(answer.content.decode())))
    assert ["Create the ZORG", "ZORG name", "Acme"] in rows
    assert ["Deploy the ZCC", "Provider side: IP address", "10.2.0.10"] in rows
    assert ["Port matrix", "customer: customer's VRAs to ZCC", "TCP 9082-9083"] in rows
    assert answer["Content-Disposition"] == 'attachment; filename="handoff-acme.csv"'


def test_no_cell_of_the_rows_is_taken_for_a_formula(olga: Client) -> None:
    onboarded()
    ManagementNetwork.objects.update(name="=1+1", gateway=None)
    rows = csv.reader(StringIO(olga.get(f"{HandOff.objects.get().get_absolute_url()}csv/").content.decode()))
    named = [cell for row in rows for cell in row if "=1+1" in cell]
    assert len(named) == 2
    assert all(cell.startswith("'=1+1") for cell in named)


def test_of_a_tenant_that_is_gone_it_is_kept_to_read_and_no_longer_waits(olga: Client) -> None:
    tenant = onboarded()
    run = HandOff.objects.get().run
    leaving(tenant)
    approved(tenant)
    work()
    listed = olga.get("/provisioning/handoffs/")
    assert [listed.context[name].paginator.count for name in ("waiting", "page")] == [0, 1]
    shown = page(olga, HandOff.objects.get())
    assert "The tenant is gone" in shown
    assert not [verb for verb in ("tick", "vras", "close", "address") if f"/{verb}/" in shown]
    assert run is not None
    assert "What remains for a person" not in olga.get(run.get_absolute_url()).content.decode()


def test_plan_run_tenant_and_overview_lead_to_it(olga: Client) -> None:
    tenant = make_newcomer()
    give_transit(tenant)
    run = approved(tenant)
    assert "It ends in a person's work" in olga.get(run.plan.get_absolute_url()).content.decode()
    work()
    link = HandOff.objects.get().get_absolute_url()
    for url in (run.get_absolute_url(), f"/provisioning/tenants/{tenant.slug}/panel/"):
        assert link in olga.get(url).content.decode(), url
    assert "1 hand-off</a> waits" in olga.get("/provisioning/attention/").content.decode()


def test_a_plan_that_offboards_says_which_zcc_goes_first(olga: Client) -> None:
    tenant = leaving(onboarded())
    plan = make_plan(tenant=Tenant.objects.get(pk=tenant.pk), by=None)
    assert plan.purpose == Purpose.OFFBOARD
    shown = olga.get(plan.get_absolute_url()).content.decode()
    assert "First, by hand" in shown
    assert "10.2.0.10" in shown


def test_the_list_asks_as_many_queries_for_ten_as_for_one(olga: Client) -> None:
    tenant = onboarded()
    once = queries_of(olga, "/provisioning/handoffs/")
    for number in range(9):
        other = Tenant.objects.create(name=f"T{number}", slug=f"t{number}", pod=tenant.pod, status="active")
        HandOff.objects.create(tenant=other, opened_at=HandOff.objects.get(tenant=tenant).opened_at)
    assert queries_of(olga, "/provisioning/handoffs/") == once


def test_the_page_asks_a_fixed_number_of_queries(olga: Client) -> None:
    onboarded()
    url = HandOff.objects.get().get_absolute_url()
    before = queries_of(olga, url)
    ticked_off(HandOff.objects.get())
    assert queries_of(olga, url) == before
    assert before <= 16
