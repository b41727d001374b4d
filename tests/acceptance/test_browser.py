"""The main job as people do it in a browser: sign in, look, take a tenant in, approve, watch, and see it counted."""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import psutil
import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.portal import Portal
from zcsp_portal.demo.accounts import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("portal")]


AXE = settings.NODE_MODULES / "axe-core" / "axe.min.js"
PAGES = (
    *("/", "/capacity/", "/capacity/switches/core-north/", "/capacity/switches/core-north/vlans/?state=held"),
    *("/capacity/scenarios/", "/capacity/scenarios/new/", "/capacity/report/", "/capacity/report/recipients/"),
    *("/capacity/contracts/", "/capacity/contracts/new/", "/capacity/assumptions/", "/capacity/alerts/"),
    *("/provisioning/held/", "/provisioning/held/windows/new/"),
    *("/tenants/", "/onboarding/", "/tenants/unclaimed/", "/provisioning/runs/", "/provisioning/runs/1/"),
    *("/provisioning/plans/1/", "/provisioning/devices/", "/provisioning/devices/new/", "/provisioning/drift/"),
    *("/provisioning/zerto/", "/provisioning/zerto/new/", "/provisioning/audit/"),
    *("/provisioning/handoffs/", "/provisioning/handoffs/1/"),
    *("/pods/", "/switches/new/", "/vcenters/", "/management-networks/", "/audit/"),
)


def sign_in(page: Page, username: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def fill_intake(page: Page, name: str) -> None:
    page.goto("/onboarding/")
    page.get_by_label("ZORG name").fill(name)
    page.get_by_label("IPsec VPN over the internet").check()
    page.get_by_label("Customer's VPN gateway").fill("198.51.100.77")
    page.get_by_role("group", name="Is there NAT in the path?").get_by_label("no").check()
    page.get_by_label("Customer subnets").fill("172.20.10.0/24\n172.20.11.0/24")


@contextmanager
def paused_workers(portal: Portal) -> Iterator[None]:
    """Hold the Celery worker still, so that a page is seen before its run has moved."""
    family = psutil.Process(portal.process.pid).children(recursive=True)
    workers = [child for child in family if {"celery", "worker"} <= set(child.cmdline())]
    assert workers
    for worker in workers:
        worker.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for worker in workers:
            worker.send_signal(signal.SIGCONT)


def customers_of(page: Page, switch: str) -> int:
    page.goto(f"/capacity/switches/{switch}/")
    return int(page.get_by_role("link", name=re.compile(r"^[\d,]+$")).first.inner_text().replace(",", ""))


@pytest.fixture
def approver(browser: Browser, portal: Portal) -> Iterator[Page]:
    context = browser.new_context(base_url=portal.url)
    page = context.new_page()
    sign_in(page, "approver")
    yield page
    context.close()


def test_a_tenant_is_taken_in_approved_pushed_and_counted(page: Page, approver: Page, portal: Portal) -> None:
    sign_in(page, "operator")
    expect(page.get_by_role("heading", level=1)).to_have_text("What fills up next")
    page.get_by_role("link", name="core-north", exact=True).first.click()
    expect(page.get_by_role("heading", name="core-north")).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_be_visible()
    before = customers_of(page, "core-hill")

    fill_intake(page, "Browser-Bakery")
    expect(page.get_by_text("Proposed: hill-1")).to_be_visible()
    page.get_by_role("button", name="Add a network").click()
    page.get_by_role("group", name="Network 3").get_by_label("Role").select_option("replication")
    page.get_by_role("button", name="Take in").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Plan a push: Browser-Bakery")
    page.get_by_role("button", name="Read the devices and make the plan").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("onboard Browser-Bakery")
    expect(page.get_by_text("An approver decides about it.")).to_be_visible()

    with paused_workers(portal):
        approver.goto(page.url)
        approver.get_by_role("button", name=re.compile(r"Approve and push \d+ operations")).click()
        progress = approver.locator("#run-progress")
        expect(progress).to_contain_text(re.compile(r"0 of \d+ operations read back"))
        assert progress.get_attribute("hx-get")
    status = progress.locator(".run-status")
    expect(status).to_contain_text("succeeded", timeout=60_000)
    expect(status).to_contain_text(re.compile(r"([1-9]\d*) of \1 operations read back"))
    assert progress.get_attribute("hx-get") is None  # it stops asking when it is done

    page.goto("/tenants/browser-bakery/")
    expect(page.get_by_text("active", exact=True).first).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="replication").get_by_text("live")).to_be_visible()
    assert customers_of(page, "core-hill") == before + 1


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda page: page.get_by_label("ZORG name").fill("Café & Co"), "Zerto takes no special characters"),
        (lambda page: page.get_by_label("bare internet").check(), "internet"),
        (lambda page: page.get_by_role("group", name="NAT").get_by_label("yes").check(), "NAT"),
        (lambda page: page.get_by_label("Customer subnets").fill("10.0.0.5/24"), "host bits"),
        (lambda page: page.get_by_label("VLAN ID").first.fill("5000"), "4094"),
    ],
    ids=["name", "bare internet", "NAT", "CIDR", "VLAN"],
)
def test_what_is_wrong_is_told_at_its_field_and_what_was_typed_is_still_there(
    page: Page, wrong: object, told: str
) -> None:
    sign_in(page, "operator")
    fill_intake(page, "Typed-Anyway")
    wrong(page)  # type: ignore[operator]
    page.get_by_role("button", name="Take in").last.click()
    expect(page).to_have_title(re.compile("Not taken in"))
    expect(page.locator(".field-error").filter(has_text=told).first).to_be_visible()
    assert page.get_by_label("Customer's VPN gateway").input_value() == "198.51.100.77"
    page.goto("/tenants/?q=Typed-Anyway")
    expect(page.get_by_role("link", name="Typed-Anyway")).to_have_count(0)


def test_a_form_that_is_sent_again_takes_in_once(page: Page) -> None:
    sign_in(page, "operator")
    fill_intake(page, "Twice-Told")
    page.get_by_role("button", name="Take in").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Plan a push: Twice-Told")
    page.go_back()
    page.get_by_role("button", name="Take in").last.click()
    page.goto("/tenants/?q=Twice-Told")
    expect(page.get_by_role("link", name="Twice-Told", exact=True)).to_have_count(1)


def test_a_tenant_leaves_the_same_way_backwards_and_its_vlans_rest(page: Page, approver: Page) -> None:
    sign_in(page, "operator")
    page.goto("/tenants/?status=active&switch=core-hill")
    page.locator("#results tbody").get_by_role("link").first.click()
    name = page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("link", name="Offboard").click()
    page.get_by_role("button", name=re.compile("Offboard")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Plan a push: {name}")
    page.get_by_role("button", name="Read the devices and make the plan").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"offboard {name}")
    approver.goto(page.url)
    approver.get_by_role("button", name=re.compile(r"Approve and push \d+ operations")).click()
    expect(approver.locator(".run-status")).to_contain_text("succeeded", timeout=60_000)
    page.goto(f"/tenants/?status=departed&q={name}")
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_text("quarantined").first).to_be_visible()


def test_the_map_tells_whose_a_vlan_is_and_leads_to_the_tenant(page: Page) -> None:
    sign_in(page, "noc")
    page.goto("/capacity/switches/core-north/")
    page.wait_for_load_state("networkidle")
    vlan_map, readout = page.locator("#vlan-map"), page.locator("#map-readout")
    vlan_map.focus()
    vlan_map.press("Home")
    expect(readout).to_contain_text("VLAN 1")
    expect(readout).to_contain_text("reserved")
    for _ in range(4):
        vlan_map.press("ArrowDown")
    expect(readout).to_contain_text("VLAN 257")
    expect(readout).to_contain_text("allocated")
    tenant = readout.get_by_role("link").last.inner_text()
    vlan_map.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(tenant)


def test_a_session_that_ended_leads_to_sign_in_as_a_page_and_back(page: Page) -> None:
    sign_in(page, "noc")
    page.goto("/tenants/")
    page.context.clear_cookies()
    page.get_by_role("search").get_by_role("textbox").or_(page.get_by_role("searchbox")).first.fill("a")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("Username").fill("noc")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/tenants/"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_barrier(browser: Browser, portal: Portal, scheme: Literal["light", "dark"]) -> None:
    context = browser.new_context(base_url=portal.url, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    sign_in(page, "admin")
    found = {}
    for path in PAGES:
        page.goto(path)
        page.wait_for_load_state("networkidle")
        page.add_script_tag(path=AXE)
        barriers = page.evaluate("async () => (await axe.run()).violations.map(v => [v.impact, v.id, v.nodes[0].html])")
        found[path] = [barrier for barrier in barriers if barrier[0] in ("serious", "critical")]
    context.close()
    assert not any(found.values()), found


def test_the_main_pages_fit_a_phone_and_hold_up_in_the_dark(browser: Browser, portal: Portal) -> None:
    context = browser.new_context(
        base_url=portal.url, viewport={"width": 390, "height": 844}, color_scheme="dark", reduced_motion="reduce"
    )
    page = context.new_page()
    sign_in(page, "noc")
    for path in ("/", "/capacity/switches/core-north/", "/tenants/", "/provisioning/runs/", "/provisioning/drift/"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    context.close()
