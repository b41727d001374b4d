"""What the tests of the inventory's screens share."""

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from tests.factories import make_user


def client_of(*roles: Role, name: str = "olga") -> Client:
    client = Client()
    client.force_login(make_user(name, *roles))
    return client


def queries_of(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def errors_of(answer: Any, field: str | None = None) -> str:
    """The errors that the answered form shows at a field (None: at none), as one text."""
    form = answer.context["form"]
    return " ".join(form.non_field_errors() if field is None else form.errors.get(field, []))
