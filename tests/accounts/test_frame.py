"""The frame of every page: what the navigation offers to whom, the error pages, and what templates must not contain."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from accounts.roles import Role
from tests.factories import make_user

pytestmark = pytest.mark.django_db

TEMPLATES = sorted((Path(settings.BASE_DIR) / "templates").rglob("*.html"))
REFUSED_BY_THE_POLICY = re.compile(
    r"<style|\sstyle=|<script(?![^>]*\bsrc=)(?![^>]*application/json)|\son[a-z]+=|hx-on|javascript:|=\s*[\"']js:",
    re.IGNORECASE,
)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_what_the_content_security_policy_refuses(template: Path) -> None:
    found = REFUSED_BY_THE_POLICY.search(template.read_text())
    assert found is None, f"{template}: {found}"


def page_of(*roles: Role) -> str:
    client = Client()
    client.force_login(make_user("someone", *roles))
    return client.get("/accounts/password/change/").content.decode()


def test_an_operator_is_offered_the_work_of_an_operator() -> None:
    page = page_of(Role.OPERATOR)
    for offered in ("Overview", "Onboard", "Devices", "Drift", "Pods", "Core switches", "vCenters"):
        assert f"<span>{offered}</span>" in page
    assert "<span>Audit</span>" not in page


def test_a_manager_is_offered_neither_onboarding_nor_provisioning() -> None:
    page = page_of(Role.MANAGER)
    assert "<span>Pods</span>" in page
    for withheld in ("Onboard", "Devices", "Drift", "Audit"):
        assert f"<span>{withheld}</span>" not in page


def test_a_customer_is_offered_its_tenant_and_nothing_else() -> None:
    page = page_of(Role.CUSTOMER)
    offered = re.findall(r'rail-link" href="([^"]+)"', page)
    assert offered == ["/tenants/", "/accounts/password/change/"]
    assert "<span>My tenant</span>" in page


def test_the_page_that_is_open_is_marked_and_the_roles_are_told() -> None:
    client = Client()
    client.force_login(make_user("someone", Role.NOC, Role.APPROVER))
    page = client.get("/pods/").content.decode()
    assert 'href="/pods/" aria-current="page"' in page
    assert "approver, noc" in page
    assert '<form method="post" action="/accounts/logout/">' in page


def test_every_answer_carries_a_policy_without_inline_code() -> None:
    policy = Client().get("/accounts/login/").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_what_does_not_exist_and_what_is_forbidden_are_told_in_the_frame() -> None:
    client = Client()
    client.force_login(make_user("someone", Role.CUSTOMER))
    for url, status, told in (("/nowhere/", 404, "No such page"), ("/pods/", 403, "Not for your role")):
        answer = client.get(url)
        assert answer.status_code == status
        assert told in answer.content.decode()
        assert "My tenant" in answer.content.decode()


def test_a_form_that_is_too_old_is_told_and_changes_nothing() -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/accounts/login/", {"login": "someone", "password": "x"})
    assert answer.status_code == 403
    assert "This page was too old to be sent" in answer.content.decode()


def test_the_page_for_a_failure_needs_nothing_that_may_have_failed() -> None:
    assert "Something broke on our side" in render_to_string("500.html")


def test_a_state_is_shown_by_word_and_icon_and_one_that_is_not_known_too() -> None:
    known = render_to_string("components/state.html", {"state": "failed", "label": "did not work"})
    assert "tone-bad" in known
    assert "bi-x-octagon-fill" in known
    assert "did not work" in known
    assert "tone-neutral" in render_to_string("components/state.html", {"state": "whatever"})


@pytest.mark.parametrize(
    ("value", "most", "width"), [(600, 800, "750"), (0, 800, "0"), (900, 800, "1000"), (1, 0, "0")]
)
def test_a_meter_fills_with_its_share_and_says_it_in_words(value: int, most: int, width: str) -> None:
    meter = render_to_string("components/meter.html", {"value": value, "max": most, "label": "Customers"})
    assert f'aria-label="Customers: {value} of {most}"' in meter
    assert f'class="meter-fill" width="{width}"' in meter


def test_the_anonymous_see_no_navigation_on_a_page_that_does_not_exist() -> None:
    request = RequestFactory().get("/nowhere/")
    assert "rail-link" not in render_to_string("404.html", {}, request=request)
