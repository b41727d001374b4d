"""The report as a page: what it says, for which day and switches, and to whom."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.roles import Role
from capacity.views.report import SECTIONS
from tests.capacity.believable import fill, small_pod
from tests.capacity.reporting.conftest import LONG
from tests.factories import make_user

pytestmark = pytest.mark.django_db
URL = "/capacity/report/"


def text(client: Client, url: str = URL) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return " ".join(response.content.decode().split())


def test_the_summary_comes_first_then_each_switch_then_assumptions_and_terms(provider: None, manager: Client) -> None:
    page = text(manager)
    for switch in ("brimming", "roomy", LONG):
        places = [page.index(words) for words in ("Summary</h2>", f'id="{switch}"', "What was assumed</h2>")]
        assert places == sorted(places)
    assert page.index("What was assumed</h2>") < page.index("What the terms mean</h2>")
    assert "70 customers on 3 core switches that together take" in page
    assert page.count("data-chart=") == 3
    assert '<strong class="report-mark">(recommended)</strong>' in page


def test_without_a_switch_it_says_what_to_do(manager: Client) -> None:
    assert "Nothing to report yet" in text(manager)


def test_only_the_chosen_switches_are_told(provider: None, manager: Client) -> None:
    page = text(manager, f"{URL}?switch=roomy")
    assert 'id="roomy"' in page
    assert 'id="brimming"' not in page
    assert 'href="/capacity/report.pdf?date=' in page
    assert "switch=roomy" in page


def test_of_many_switches_the_first_are_told_in_full_and_the_rest_named(manager: Client) -> None:
    for number in range(SECTIONS + 2):
        small_pod(f"core-{number:02}", places=2)
    page = text(manager)
    assert page.count("data-chart=") == SECTIONS
    assert "2 more core switches fill up later" in page
    assert "The files have them all." in page


def test_of_a_past_day_it_says_that_it_is_rebuilt_and_how(provider: None, manager: Client) -> None:
    day = timezone.localdate() - timedelta(days=200)
    page = text(manager, f"{URL}?date={day.isoformat()}")
    assert "rebuilt" in page
    assert "from dated records" in page
    assert f'value="{day.isoformat()}"' in page


@pytest.mark.parametrize(
    ("query", "words", "kept"),
    [
        ("?date=2999-01-01", "This day is still to come", 'value="2999-01-01"'),
        ("?date=yesterday", "Write the date as YYYY-MM-DD", 'value="yesterday"'),
        ("?switch=nowhere", "There is no core switch “nowhere”", ""),
    ],
)
@pytest.mark.parametrize("url", [URL, "/capacity/report.csv", "/capacity/report.xlsx", "/capacity/report.pdf"])
def test_bad_input_is_told_at_its_field_and_nothing_is_made(
    provider: None, manager: Client, url: str, query: str, words: str, kept: str
) -> None:
    response = manager.get(f"{url}{query}")
    page = response.content.decode()
    assert response.status_code == 400
    assert words in page
    assert kept in page
    assert "report-summary" not in page


def test_who_may_not_read_capacity_is_refused_and_nothing_is_written(client: Client) -> None:
    client.force_login(make_user("carl", Role.CUSTOMER))
    assert client.get(URL).status_code == 403
    client.force_login(make_user("nora", Role.NOC))
    assert client.post(URL).status_code == 405


def queries(client: Client) -> int:
    with CaptureQueriesContext(connection) as caught:
        client.get(URL)
    return len(caught)


def test_queries_do_not_grow_with_switches_or_tenants(manager: Client) -> None:
    small_pod("core-a")
    manager.get(URL)
    few = queries(manager)
    for name in ("core-b", "core-c", "core-d"):
        fill(small_pod(name), tenants=40, onboarded_on=timezone.localdate() - timedelta(days=100))
    assert queries(manager) == few
