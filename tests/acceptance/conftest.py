"""One running portal and one browser for the acceptance tests of a test process."""

import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.acceptance.portal import Portal, running_portal

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="session")
def portal() -> Iterator[Portal]:
    with running_portal() as portal:
        yield portal


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Debian's chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def is_a_fault(message: ConsoleMessage) -> bool:
    """An error on the console, other than the browser's note that a form was answered with what is wrong (4xx), and
    htmx's note that a newer request replaced one that was under way (a failed one is told as sendError)."""
    harmless = re.search(r"responded with a status of 4(09|22)|^htmx:(sendAbort|afterRequest),", message.text)
    return message.type == "error" and harmless is None


@pytest.fixture
def page(browser: Browser, portal: Portal) -> Iterator[Page]:
    """A fresh, signed-out tab. It fails the test when the page broke its own content security policy or threw."""
    # Without reduced motion the page scrolls smoothly, and a click lands where something was a moment ago.
    context = browser.new_context(base_url=portal.url, viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if is_a_fault(message) else None)
    yield page
    context.close()
    assert not wrong, wrong
