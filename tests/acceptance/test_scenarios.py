"""Scenarios as people use them in a browser: slide, watch, add events, save, compare, share; without scripts too."""

import re
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.acceptance.portal import Portal
from tests.acceptance.test_browser import AXE, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("portal")]
ALL, NEW = "/capacity/scenarios/", "/capacity/scenarios/new/"
LINES = "() => document.querySelector('.js-plotly-plot').data.filter(t => t.showlegend !== false).map(t => t.name)"


def lines(page: Page) -> list[str]:
    """The chart's legend, once the chart is drawn."""
    expect(page.locator(".js-plotly-plot")).to_be_visible()
    found: list[str] = page.evaluate(LINES)
    return found


def column(page: Page, row: str, number: int) -> str:
    """What the table says: of row by its head, in the column of that number (0 is live)."""
    cells = page.locator(".compared tr", has=page.get_by_role("rowheader", name=row, exact=True)).locator("td")
    return " ".join(cells.nth(number).inner_text().split())


def begin(page: Page, name: str, *, about: str = "core-north") -> None:
    page.goto(NEW)
    page.get_by_label("Name").fill(name)
    with page.expect_response(re.compile("/preview/")):
        page.get_by_label("About").select_option(about)


def slide(page: Page, label: str, presses: int) -> None:
    """Move a slider by the keyboard and wait for the answer to where it stands in the end."""
    slider = page.get_by_role("slider", name=label)
    with page.expect_response(re.compile("/preview/")):
        for _ in range(presses):
            slider.press("ArrowRight")


def save(page: Page, name: str) -> None:
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def make(page: Page, name: str, *, presses: int) -> str:
    """Save a scenario with that much more growth; its address."""
    begin(page, name)
    slide(page, "Growth", presses)
    save(page, name)
    return page.url


def test_sliders_are_reckoned_as_they_move_and_what_is_saved_says_the_same(page: Page) -> None:
    sign_in(page, "manager")
    begin(page, "Twice the growth")
    before = column(page, "Practical ceiling reached", 1)
    assert "as live" in before
    slide(page, "Growth", 20)
    expect(page.get_by_role("spinbutton", name="Growth")).to_have_value("2")
    expect(page.locator("#answer")).to_contain_text("sooner")
    expect(page.locator("#announce")).to_contain_text(re.compile("Twice the growth: practical ceiling .* sooner"))
    assert "growth × 2" in column(page, "Supposed", 1)
    assert "Twice the growth" in lines(page)
    told = column(page, "Practical ceiling reached", 1)
    assert told != before

    save(page, "Twice the growth")
    assert column(page, "Practical ceiling reached", 1) == told
    expect(page.get_by_text("Made by manager on")).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_be_visible()


def test_the_number_moves_the_slider_too(page: Page) -> None:
    sign_in(page, "manager")
    page.goto(NEW)
    page.get_by_role("spinbutton", name="Growth").fill("1.5")
    expect(page.get_by_role("slider", name="Growth")).to_have_value("1.5")


def test_events_come_and_go_without_losing_what_was_typed(page: Page) -> None:
    sign_in(page, "operator")
    begin(page, "A batch, and a pod")
    page.get_by_role("spinbutton", name="Practical ceiling").fill("90")
    page.get_by_role("button", name="A batch of customers").click()
    come = page.get_by_label("Customers who come", exact=True)
    expect(come).to_have_value("10")
    with page.expect_response(re.compile("/preview/")):
        come.fill("25")
    page.get_by_role("button", name="A new pod").last.click()
    expect(page.get_by_role("group", name="A new pod")).to_be_visible()
    expect(page.locator("#answer")).to_contain_text("the ceilings count the new core switch too")
    with page.expect_response(re.compile("/preview/")):
        page.get_by_label("What", exact=True).select_option("same-switch-pod")
    expect(page.locator("#answer")).to_contain_text("adds no customer")
    page.get_by_role("button", name="Remove event 2: A new pod").click()
    expect(page.get_by_role("group", name="A new pod")).to_have_count(0)
    expect(come).to_have_value("25")
    expect(page.get_by_label("Name")).to_have_value("A batch, and a pod")
    expect(page.get_by_role("spinbutton", name="Practical ceiling")).to_have_value("90")
    save(page, "A batch, and a pod")
    expect(page.get_by_text(re.compile("practical ceiling at 90 %, 25 customers more on")).first).to_be_visible()


def test_what_cannot_be_is_told_at_its_field_at_once_and_on_saving(page: Page) -> None:
    sign_in(page, "manager")
    begin(page, "Absurd")
    growth = page.get_by_role("spinbutton", name="Growth")
    with page.expect_response(re.compile("/preview/")):
        growth.fill("-2")
    expect(page.locator("#id_growth_error")).to_contain_text("Growth cannot be negative")
    expect(growth).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#answer")).to_contain_text("Not reckoned")
    page.get_by_role("button", name="Save").last.click()
    expect(page).to_have_title(re.compile("Not saved"))
    expect(page.get_by_role("alert")).to_contain_text("Growth cannot be negative")
    expect(growth).to_have_value("-2")
    with page.expect_response(re.compile("/preview/")):
        growth.fill("1.2")
    expect(page.locator("#id_growth_error")).to_be_empty()
    expect(growth).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator("#answer")).to_contain_text("growth × 1.2")


def test_an_answer_that_comes_too_late_is_dropped(page: Page) -> None:
    sign_in(page, "manager")
    begin(page, "Hasty")
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route(re.compile("/preview/"), hold_the_first)
    growth = page.get_by_role("spinbutton", name="Growth")
    with page.expect_request(re.compile("/preview/.*growth=3")):
        growth.fill("3")
    with page.expect_response(re.compile("/preview/.*growth=0.5")):
        growth.fill("0.5")
    expect(page.locator("#answer")).to_contain_text("growth × 0.5")
    held[0].continue_()
    page.wait_for_load_state("networkidle")
    expect(page.locator("#answer")).to_contain_text("growth × 0.5")


def test_up_to_four_are_compared_and_the_address_is_what_is_shared(
    page: Page, browser: Browser, portal: Portal
) -> None:
    sign_in(page, "manager")
    names = ["Half as much again", "Twice", "Twice and a half"]
    for name, presses in zip(names, (10, 20, 30), strict=True):
        make(page, name, presses=presses)
    page.goto(ALL)
    for name in names:
        with page.expect_response(re.compile("with=")):
            page.get_by_label(f"Compare {name}", exact=True).check()
        expect(page.locator(".compared thead")).to_contain_text(name)
    assert page.url.count("with=") == 3
    heads = page.locator(".compared thead th").all_inner_texts()
    assert "Live" in heads[1]
    assert set(names) <= set(lines(page))
    page.get_by_role("link", name="show its band").last.click()
    expect(page).to_have_url(re.compile("focus="))
    shown = lines(page)
    assert [line for line in shown if "P10 to P90" in line]

    context = browser.new_context(base_url=portal.url)
    other = context.new_page()
    other.goto(page.url)
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
    other.get_by_label("Username").fill("noc")
    other.get_by_label("Password").fill("try-the-portal")
    other.get_by_role("button", name="Sign in").click()
    expect(other.locator(".compared thead th")).to_have_count(5)
    assert column(other, "Practical ceiling reached", 3) == column(page, "Practical ceiling reached", 3)
    other.get_by_role("link", name="Twice", exact=True).first.click()
    expect(other.get_by_role("link", name="Compare with others")).to_be_visible()
    expect(other.get_by_role("link", name="Edit")).to_have_count(0)
    context.close()


def test_the_second_of_two_editors_is_told_and_a_copy_can_be_made_and_deleted(
    page: Page, browser: Browser, portal: Portal
) -> None:
    sign_in(page, "manager")
    url = make(page, "Edited twice", presses=4)
    context = browser.new_context(base_url=portal.url)
    other = context.new_page()
    sign_in(other, "operator")
    for tab in (page, other):
        tab.goto(f"{url}edit/")
    other.get_by_role("spinbutton", name="Growth").fill("3")
    save(other, "Edited twice")
    context.close()
    page.get_by_role("spinbutton", name="Growth").fill("0.7")
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("alert")).to_contain_text("operator changed this scenario on")
    expect(page.get_by_role("spinbutton", name="Growth")).to_have_value("0.7")

    page.goto(url)
    expect(page.get_by_text("growth × 3").first).to_be_visible()
    page.get_by_role("button", name="Duplicate").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Edit Edited twice (copy)")
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status").first).to_contain_text("Edited twice (copy) is deleted.")
    expect(page.get_by_role("link", name="Edited twice", exact=True)).to_have_count(1)


@pytest.fixture
def scriptless(browser: Browser, portal: Portal) -> Iterator[Page]:
    context = browser.new_context(base_url=portal.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, "manager")
    yield page
    context.close()


def test_all_of_it_works_without_javascript(scriptless: Page) -> None:
    page = scriptless
    page.goto(NEW)
    page.get_by_label("Name").fill("By hand")
    page.get_by_label("About").select_option("core-north")
    page.get_by_role("spinbutton", name="Growth").fill("1.5")
    page.get_by_role("button", name="A batch of customers").click()
    page.get_by_label("Customers who come").fill("30")
    page.get_by_role("button", name="Reckon without saving").click()
    expect(page.get_by_label("Name")).to_have_value("By hand")
    assert "growth × 1.5, 30 customers more" in column(page, "Supposed", 1)
    page.get_by_role("button", name="Remove event 1: A batch of customers").click()
    expect(page.get_by_label("Customers who come")).to_have_count(0)
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("By hand")
    page.goto(ALL)
    page.get_by_label("Compare By hand", exact=True).check()
    page.get_by_role("button", name="Compare those ticked").click()
    assert "growth × 1.5" in column(page, "Supposed", 1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_of_scenarios_has_a_barrier_or_is_too_wide_for_a_phone(
    browser: Browser, portal: Portal, scheme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(base_url=portal.url, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True)
    page = context.new_page()
    sign_in(page, "manager")
    url = make(page, f"Looked at in the {scheme}", presses=6)
    begin(page, "A long form")
    for button in ("A batch of customers", "Customers leave", "A new pod", "VXLAN from a date"):
        page.get_by_role("button", name=button).last.click()
        expect(page.get_by_role("group", name=button.removeprefix("A new ")).last).to_be_visible()
    found = {"form": barriers(page)}
    for path in (url, f"{url}edit/", f"{url}delete/", f"{ALL}?with={url.rstrip('/').rsplit('/', 1)[1]}"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        found[path] = barriers(page)
    page.set_viewport_size({"width": 390, "height": 844})
    for path in found.keys() - {"form"}:
        page.goto(path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    context.close()
    assert not any(found.values()), found


def barriers(page: Page) -> list[list[str]]:
    page.add_script_tag(path=AXE)
    found = page.evaluate("async () => (await axe.run()).violations.map(v => [v.impact, v.id, v.nodes[0].html])")
    return [barrier for barrier in found if barrier[0] in ("serious", "critical")]
