"""The gate: who gets in, what is open without signing in, and what an expired session answers to htmx."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def forget_attempts() -> None:
    """The limits of one test must not meet the next."""
    cache.clear()


def sign_in(client: Client, username: str, password: str, **more: str) -> int:
    return client.post("/accounts/login/", {"login": username, "password": password, **more}).status_code


def test_the_right_password_opens_the_page_that_was_asked_for(client: Client) -> None:
    make_user("olga", Role.OPERATOR)
    answer = client.post("/accounts/login/", {"login": "olga", "password": PASSWORD, "next": "/pods/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/pods/")


def test_a_foreign_address_is_not_followed_after_signing_in(client: Client) -> None:
    make_user("olga", Role.OPERATOR)
    answer = client.post("/accounts/login/", {"login": "olga", "password": PASSWORD, "next": "https://evil.example/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


def test_a_wrong_password_is_told_and_the_name_kept(client: Client) -> None:
    make_user("olga", Role.OPERATOR)
    answer = client.post("/accounts/login/", {"login": "olga", "password": "wrong"})
    assert answer.status_code == 200
    assert "not correct" in answer.content.decode()
    assert 'value="olga"' in answer.content.decode()


def test_the_right_password_is_refused_after_too_many_wrong_ones(client: Client) -> None:
    make_user("olga", Role.OPERATOR)
    for _ in range(5):
        sign_in(client, "olga", "wrong")
    answer = client.post("/accounts/login/", {"login": "olga", "password": PASSWORD})
    assert "_auth_user_id" not in client.session
    assert "Too many failed login attempts" in answer.content.decode()


def test_one_address_that_keeps_trying_names_is_told_to_wait(client: Client) -> None:
    codes = {sign_in(client, f"user{number}", "wrong") for number in range(31)}
    assert 429 in codes


@pytest.mark.parametrize(
    "path", ["signup/", "email/", "password/reset/", "password/set/", "reauthenticate/", "inactive/", ""]
)
def test_nothing_else_of_the_identity_package_is_exposed(client: Client, path: str) -> None:
    assert client.get(f"/accounts/{path}").status_code == 404


def test_signing_out_is_a_post_and_ends_the_session(client: Client) -> None:
    client.force_login(make_user("olga", Role.OPERATOR))
    assert client.get(reverse("account_logout")).status_code == 200
    assert "_auth_user_id" in client.session
    assert client.post(reverse("account_logout")).status_code == 302
    assert "_auth_user_id" not in client.session


def test_a_password_is_changed_by_its_owner(client: Client) -> None:
    olga = make_user("olga", Role.OPERATOR)
    client.force_login(olga)
    new = "another horse, another battery"
    answer = client.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    olga.refresh_from_db()
    assert olga.check_password(new)


def test_a_short_new_password_is_told_at_its_field(client: Client) -> None:
    client.force_login(make_user("olga", Role.OPERATOR))
    answer = client.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": "short", "password2": "short"}
    )
    assert "at least 12 characters" in str(answer.context["form"].errors["password1"])


def test_the_anonymous_are_sent_to_sign_in(client: Client) -> None:
    answer = client.get("/pods/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/login/?next=/pods/")


def test_an_expired_session_sends_the_whole_page_to_sign_in_and_not_a_fragment(client: Client) -> None:
    answer = client.get(
        "/pods/?q=b", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/pods/?q=a&page=2"}
    )
    assert answer.status_code == 204
    assert answer.content == b""
    assert answer.headers["HX-Redirect"] == "/accounts/login/?next=%2Fpods%2F%3Fq%3Da%26page%3D2"


def test_an_expired_session_that_names_a_foreign_page_comes_back_to_this_portal(client: Client) -> None:
    answer = client.get("/pods/", headers={"HX-Request": "true", "HX-Current-URL": "https://evil.example/x"})
    assert answer.headers["HX-Redirect"] == "/accounts/login/?next=%2Fx"


def test_other_redirects_stay_as_they_are_for_htmx(client: Client) -> None:
    client.force_login(make_user("olga", Role.OPERATOR))
    answer = client.get(reverse("account_login"), headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
