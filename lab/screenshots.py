"""``python -m lab.screenshots``: takes the pictures of the documentation from a freshly started demo.

It starts a portal of its own in a temporary folder and drives Debian's Chromium; ``--url`` takes them from a demo
that runs already. Plans and runs are found by the numbers that a fresh demo gives them.
"""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

from zcsp_portal.demo import PASSWORD

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "screenshots"
START_SECONDS = 240
DESKTOP, PHONE = (1280, 860), (390, 844)


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture. ``follow``: a link on the page at ``path`` that leads to the one to be taken. ``tick``: boxes to be
    ticked for the comparison."""

    name: str
    path: str
    user: str = "operator"
    theme: str = "light"
    size: tuple[int, int] = DESKTOP
    follow: str = ""
    scroll_to: str = ""
    tick: str = ""


SHOTS = (
    Shot("overview", "/"),
    Shot("overview-dark", "/", theme="dark"),
    Shot("overview-phone", "/", size=PHONE),
    Shot("switch", "/capacity/switches/core-north/"),
    Shot("options", "/capacity/switches/core-north/", scroll_to="#recommendation-head"),
    Shot("forecast", "/capacity/switches/core-north/", scroll_to="#trend-head"),
    Shot(
        "scenarios", "/capacity/scenarios/", user="manager", tick='main input[type="checkbox"]', scroll_to="main form"
    ),
    Shot("report", "/capacity/report/", user="manager"),
    Shot("alerts", "/capacity/alerts/", user="manager"),
    Shot("vlan-map", "/capacity/switches/core-north/", scroll_to="#map-head"),
    Shot("onboarding", "/onboarding/"),
    Shot("tenant", "/provisioning/runs/1/", follow='main a[href^="/tenants/"]:not([href$="/plan/"])'),
    Shot("plan", "/provisioning/plans/4/", user="approver"),
    Shot("run", "/provisioning/runs/2/"),
    Shot("drift", "/provisioning/drift/"),
    Shot("audit", "/provisioning/audit/"),
    Shot("handoff", "/provisioning/handoffs/1/"),
)


@contextmanager
def running_demo() -> Iterator[str]:
    """The address of a portal with a fresh demo; stopped and cleared away afterwards."""
    with tempfile.TemporaryDirectory(prefix="zp-") as folder:
        port = _free_port()
        env = {**os.environ, "DEBUG": "yes", "DATA_DIR": folder, "PORT": str(port), "DATABASE_URL": "", "REDIS_URL": ""}
        process = subprocess.Popen([sys.executable, "-m", "zcsp_portal.running"], cwd=ROOT, env=env)
        try:
            _wait_for(f"http://127.0.0.1:{port}/healthz", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=90)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit("The portal ended before it answered.")
        try:
            with urlopen(url, timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.5)
    raise SystemExit("The portal did not answer in time.")


def take(browser: Browser, url: str, shot: Shot) -> None:
    context = browser.new_context(
        base_url=url, viewport={"width": shot.size[0], "height": shot.size[1]}, color_scheme=_scheme(shot)
    )
    page = context.new_page()
    _sign_in(page, shot.user)
    page.goto(shot.path, wait_until="networkidle")
    if shot.follow:
        page.goto(page.locator(shot.follow).first.get_attribute("href") or "/", wait_until="networkidle")
    if shot.tick:
        for box in page.locator(shot.tick).all():
            box.check()
        page.get_by_role("button", name="Compare those ticked").click()
        page.wait_for_url(lambda address: "with=" in address, wait_until="networkidle")
        page.locator(".main-svg").first.wait_for()
    if shot.scroll_to:
        page.locator(shot.scroll_to).scroll_into_view_if_needed()
        page.evaluate("where => document.querySelector(where).scrollIntoView()", shot.scroll_to)
    page.screenshot(path=FOLDER / f"{shot.name}.png")
    context.close()


def _scheme(shot: Shot) -> Literal["dark", "light"]:
    return "dark" if shot.theme == "dark" else "light"


def _sign_in(page: Page, user: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Username").fill(user)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: "login" not in address)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="a demo that runs already, such as http://127.0.0.1:8000")
    parser.add_argument("names", nargs="*", help="only these pictures")
    chosen = parser.parse_args()
    if (chromium := shutil.which("chromium")) is None:
        raise SystemExit("chromium is missing: apt-get install chromium")
    if chosen.url:
        photograph(chosen.url, chromium, chosen.names)
    else:
        with running_demo() as url:
            photograph(url, chromium, chosen.names)


def photograph(url: str, chromium: str, names: list[str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for shot in SHOTS:
            if not names or shot.name in names:
                take(browser, url, shot)
                print(f"docs/screenshots/{shot.name}.png", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
