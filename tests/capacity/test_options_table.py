"""The options on a switch's page: all eight, with the choice and the runner-up in words, by the stated assumptions."""

from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from accounts.roles import Role
from capacity.models import PlanningAssumptions
from capacity.models.assumptions import ONLY
from capacity.planning.options import Choice
from tests.capacity.believable import fill, small_pod
from tests.inventory.screens import client_of

pytestmark = pytest.mark.django_db

PAGE = "/capacity/switches/core-a/"


@pytest.fixture
def noc() -> Client:
    return client_of(Role.NOC)


def a_full_switch() -> None:
    """75 customers in practice, reached, with ten more in each of the last months."""
    pod, today = small_pod("core-a"), timezone.localdate()
    for month in range(1, 9):
        first = date(today.year - (today.month <= month), (today.month - month - 1) % 12 + 1, 5)
        fill(pod, tenants=10, onboarded_on=first, per=5, first_vid=100 + month * 50)


def test_all_eight_options_are_there_and_the_choice_is_marked_in_words(noc: Client) -> None:
    a_full_switch()
    answer = noc.get(PAGE)
    page, advice = answer.content.decode(), answer.context["outlook"].advice
    for choice in Choice:
        assert choice.value in page
    assert advice.choice is Choice.NEW_SWITCH
    assert page.count("Recommended</span>") == 1
    assert page.count("Runner-up</span>") == 1
    assert "gains none" in page
    assert 'href="/capacity/assumptions/"' in page


def test_what_cannot_be_done_says_why(noc: Client) -> None:
    a_full_switch()
    PlanningAssumptions.objects.create(pk=ONLY, nsx_licence="cannot be bought", evpn_possible=False)
    page = noc.get(PAGE).content.decode()
    assert "NSX cannot be bought: the provider is not allowed to." in page
    assert "The fabric cannot do EVPN." in page
    assert "There is no other core switch that takes new tenants." in page


def test_an_edited_price_is_what_the_page_reckons_by(noc: Client) -> None:
    a_full_switch()
    assert "GBP" not in noc.get(PAGE).content.decode()
    PlanningAssumptions.objects.create(pk=ONLY, currency="GBP", new_pod_capital=1_000_000)
    page = noc.get(PAGE).content.decode()
    assert "1,090,000" in page
    assert "GBP" in page


def test_what_could_be_reclaimed_leads_to_its_rows(noc: Client) -> None:
    a_full_switch()
    page = noc.get(PAGE).content.decode()
    assert "What could be reclaimed: 240 VLANs" in page
    assert "/capacity/switches/core-a/vlans/?role=extra" in page
    assert "/tenants/pod-core-a-" in page
