"""The reading pages: what they say, who may read them, and that their queries do not grow with the rows."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.roles import PROVIDER, Role
from inventory.allocation import claim, move
from inventory.models import Vlan, VlanState
from tenants.models import Network, NetworkStatus, TenantStatus
from tests.capacity.believable import fill, small_pod
from tests.factories import make_pod, make_switch, make_tenant, make_user

pytestmark = pytest.mark.django_db
SWITCH = "/capacity/switches/core-a/"
START = timezone.localdate() - timedelta(days=200)  # within the year that the trend looks back on
PAGES = ["/", "/capacity/", "/capacity/provider/", SWITCH, f"{SWITCH}vlans/", f"{SWITCH}vlans/100/"]


@pytest.fixture
def noc(client: Client) -> Client:
    client.force_login(make_user("nora", Role.NOC))
    return client


def text_of(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("role", sorted(PROVIDER))
@pytest.mark.parametrize("url", PAGES)
def test_every_provider_role_reads_every_page(client: Client, role: Role, url: str) -> None:
    small_pod("core-a")
    client.force_login(make_user("someone", role))
    assert client.get(url).status_code == 200


@pytest.mark.parametrize("url", PAGES)
def test_a_customer_is_led_to_its_tenant_from_the_overview_and_refused_elsewhere(client: Client, url: str) -> None:
    small_pod("core-a")
    client.force_login(make_user("carl", Role.CUSTOMER))
    response = client.get(url)
    assert (response.status_code, response.headers.get("Location")) == (
        (302, "/tenants/") if url == "/" else (403, None)
    )


@pytest.mark.parametrize("url", PAGES)
def test_nothing_is_written_here(noc: Client, url: str) -> None:
    small_pod("core-a")
    assert noc.post(url).status_code == 405


@pytest.mark.parametrize("url", ["/capacity/switches/nowhere/", f"{SWITCH}vlans/4095/", f"{SWITCH}vlans/0/"])
def test_what_does_not_exist_is_not_found(noc: Client, url: str) -> None:
    small_pod("core-a")
    assert noc.get(url).status_code == 404


@pytest.mark.parametrize("url", ["/", "/capacity/"])
def test_with_no_switch_the_page_says_what_to_do_next(noc: Client, url: str) -> None:
    page = text_of(noc, url)
    assert "No core switch yet" in page
    assert "Add a core switch" in page


def test_the_overview_ranks_and_puts_on_top_what_needs_a_hand(noc: Client) -> None:
    fill(small_pod("roomy"), tenants=5, onboarded_on=START)
    pod = small_pod("brimming", places=20)
    fill(pod, tenants=16, onboarded_on=START)
    Vlan.objects.filter(switch=pod.switch, vid=190).update(state=VlanState.UNCLAIMED)
    page = text_of(noc, "/")
    assert page.index(">brimming</a></h2>") < page.index("Needs a hand") < page.index(">roomy</a></h3>")
    assert "brimming</a>: 16 customers, practical ceiling 15." in page
    assert "1 VLAN</a> on brimming found on devices; nobody has adopted it." in page
    assert "106 % of the practical ceiling used" in page


def test_the_overview_names_holds_that_lapse_within_three_days(noc: Client) -> None:
    tenant = make_tenant(pod=small_pod("core-a"), status=TenantStatus.ONBOARDING, onboarded_on=None)
    Network.objects.update(status=NetworkStatus.PLANNED)
    held = Vlan.objects.filter(networks__tenant=tenant)
    held.update(state=VlanState.HELD, until=timezone.now() + timedelta(days=2))
    assert "Acme</a>: 2 held VLANs given back on" in text_of(noc, "/")
    held.update(until=timezone.now() + timedelta(days=4))
    assert "given back on" not in text_of(noc, "/")


def test_the_list_shows_every_switch_with_numbers_that_link_to_their_rows(noc: Client) -> None:
    fill(small_pod("core-a"), tenants=5, onboarded_on=START)
    page = text_of(noc, "/capacity/")
    assert 'href="/capacity/switches/core-a/vlans/?state=allocated">15</a>' in page
    assert 'href="/capacity/switches/core-a/vlans/?state=free">485</a>' in page
    assert "usable VLAN IDs: 500" in page


def test_the_switch_page_has_the_numbers_their_derivation_and_the_advice(noc: Client) -> None:
    fill(small_pod("core-a"), tenants=80, onboarded_on=START)
    page = text_of(noc, SWITCH)
    assert "past the practical ceiling" in page
    assert "outside the usable ranges: 2–99, 600–4094" in page
    assert "500 VLANs ÷ 5 planned per customer = 100" in page
    assert "75 % of 100 = 75" in page
    assert "240 ÷ 80 = 3.00 VLANs per customer" in page
    assert "New pod behind a new core switch" in page
    assert 'href="/tenants/?pod=pod-core-a">80</a>' in page
    assert 'href="/tenants/?switch=core-a">80</a>' in page
    assert 'href="/capacity/switches/core-a/vlans/?role=failover-test">80</a>' in page


def test_the_switch_page_carries_chart_table_and_map_without_inline_style_or_script(noc: Client) -> None:
    fill(small_pod("core-a"), tenants=3, onboarded_on=START)
    page = text_of(noc, SWITCH)
    assert 'data-chart="trend-figure"' in page
    assert f'<th scope="row">{START:%B %Y}</th><td class="num">3</td>' in page
    assert 'id="plotly.js-style-global" class="no-inline-styles"' in page
    assert '<path id="map-allocated" class="fill-allocated" d="M360 10h' in page
    assert "style=" not in page.replace("hx-", "")
    assert "<style" not in page


def test_the_whole_provider_adds_its_switches_up_and_weighs_the_same_options(noc: Client) -> None:
    assert "No core switch yet" in text_of(noc, "/capacity/provider/")
    fill(small_pod("core-a"), tenants=5, onboarded_on=START)
    fill(small_pod("core-b"), tenants=7, onboarded_on=START)
    page = text_of(noc, "/capacity/provider/")
    assert "12 <small>of 150 in practice, 200 in theory</small>" in page
    assert "All eight options" in page
    assert "New pod behind a new core switch" in page


def test_an_empty_switch_says_where_its_curves_will_begin(noc: Client) -> None:
    make_switch("core-a")
    page = text_of(noc, SWITCH)
    assert "the curves begin with the first one" in page
    assert "No pod behind this switch" in page


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("?state=allocated", "vlans/100/", "vlans/115/"),
        ("?state=free", "vlans/115/", "vlans/100/"),
        ("?role=failover-test", "vlans/101/", "vlans/100/"),
        ("?use=none", "vlans/102/", "vlans/100/"),
        ("?q=pod-core-a-100-4", "vlans/112/", "vlans/100/"),
        ("?q=115", "vlans/115/", "vlans/100/"),
    ],
)
def test_the_list_of_vlans_is_filtered(noc: Client, query: str, shown: str, hidden: str) -> None:
    fill(small_pod("core-a"), tenants=5, onboarded_on=START)
    page = text_of(noc, f"{SWITCH}vlans/{query}")
    assert shown in page
    assert hidden not in page


def test_the_list_of_vlans_has_fifty_a_page(noc: Client) -> None:
    small_pod("core-a")
    page = text_of(noc, f"{SWITCH}vlans/?state=free")
    assert "1–50 of 500" in page
    assert page.count("/vlans/1") >= 50


def test_a_nonsense_filter_shows_all_and_no_error(noc: Client) -> None:
    small_pod("core-a")
    assert noc.get(f"{SWITCH}vlans/?state=lost&role=x&q=999999999999&page=77").status_code == 200


def test_the_page_of_a_vlan_tells_state_since_when_whose_and_its_moves(noc: Client) -> None:
    tenant = make_tenant(pod=small_pod("core-a"))
    vlans = claim(switch=tenant.pod.switch, wanted=[110], until=None, by=make_user("olga"), why="onboarding of Bolt")
    move(vlans, to=VlanState.ALLOCATED, by=None, why="read back")
    page = text_of(noc, f"{SWITCH}vlans/110/")
    assert "onboarding of Bolt" in page
    assert "olga" in page
    assert "since <time datetime=" in page
    assert 'href="/tenants/acme/">Acme</a>' in text_of(noc, f"{SWITCH}vlans/100/")
    assert "since the switch was set up" in text_of(noc, f"{SWITCH}vlans/111/")


def test_the_page_of_a_vlan_remembers_who_had_it_before(noc: Client) -> None:
    make_tenant(pod=small_pod("core-a"))
    Network.objects.update(status=NetworkStatus.REMOVED, removed_on=date(2026, 10, 3))
    page = text_of(noc, f"{SWITCH}vlans/100/")
    assert "Acme</a>, failover-production, until 3 October 2026" in page


def few() -> None:
    fill(small_pod("core-a"), tenants=2, onboarded_on=START)


def many() -> None:
    pod = make_pod("pod-more", switch=Vlan.objects.filter(switch__name="core-a").select_related("switch")[0].switch)
    fill(pod, tenants=60, onboarded_on=START, first_vid=200)
    for name in ("core-b", "core-c", "core-d"):
        fill(small_pod(name), tenants=40, onboarded_on=START)
    Vlan.objects.filter(switch__name="core-a", vid__gte=550).update(state=VlanState.UNCLAIMED)


def queries_of(get: Callable[[], Any]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        get()
    return len(caught)


# Nothing is remembered in tests (see tests/settings.py): the facts are read twice, once for the order.
@pytest.mark.parametrize(("url", "most"), [("/", 59), ("/capacity/", 57), (SWITCH, 59), (f"{SWITCH}vlans/", 7)])
def test_queries_do_not_grow_with_tenants_or_switches(noc: Client, url: str, most: int) -> None:
    few()
    noc.get(url)  # what is cached once per process is not counted
    before = queries_of(lambda: noc.get(url))
    many()
    assert queries_of(lambda: noc.get(url)) == before <= most
