"""The role groups, and the command that makes accounts for a real installation."""

import importlib
import io

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command

from accounts.models import User
from accounts.roles import EVERYONE, Role, holds
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_the_migration_makes_a_group_for_every_role() -> None:
    made = importlib.import_module("accounts.migrations.0002_roles").ROLES
    assert set(made) == {role.value for role in Role}
    assert set(Group.objects.values_list("name", flat=True)) >= set(made)


def test_a_person_without_a_role_holds_nothing_and_a_blocked_one_neither() -> None:
    assert not holds(make_user("nobody"), EVERYONE)
    blocked = make_user("blocked", Role.ADMIN)
    blocked.is_active = False
    assert not holds(blocked, EVERYONE)


def create(monkeypatch: pytest.MonkeyPatch, username: str, password: str, *roles: str) -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    told = io.StringIO()
    call_command("create_user", username, "--password-stdin", *(f"--role={role}" for role in roles), stdout=told)
    return told.getvalue()


def test_the_command_makes_an_account_with_its_roles(monkeypatch: pytest.MonkeyPatch) -> None:
    told = create(monkeypatch, "nora", "a long enough pass phrase", "noc", "approver")
    assert told == "nora may sign in now. Roles: approver, noc.\n"
    nora = User.objects.get(username="nora")
    assert nora.check_password("a long enough pass phrase")
    assert nora.role_names == {"noc", "approver"}
    assert not nora.is_superuser


@pytest.mark.parametrize(
    ("username", "password", "told"),
    [
        ("nora", "short", "at least 12 characters"),
        ("olga", "a long enough pass phrase", "already exists"),
        ("no spaces", "a long enough pass phrase", "valid username"),
    ],
)
def test_the_command_says_what_is_wrong_and_makes_nothing(
    monkeypatch: pytest.MonkeyPatch, username: str, password: str, told: str
) -> None:
    make_user("olga")
    with pytest.raises(CommandError, match=told):
        create(monkeypatch, username, password, "noc")
    assert User.objects.count() == 1
