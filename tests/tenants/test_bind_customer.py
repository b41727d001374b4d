"""The command that lets a customer's account see its tenant."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.roles import Role
from tenants.visibility import visible_tenants
from tests.factories import make_tenant, make_user

pytestmark = pytest.mark.django_db


def test_a_customer_sees_the_tenant_once_bound_and_not_after_it_is_removed() -> None:
    acme, carl = make_tenant("Acme"), make_user("carl", Role.CUSTOMER)
    assert not visible_tenants(carl).exists()
    call_command("bind_customer", "carl", "Acme")
    call_command("bind_customer", "carl", "acme")
    assert list(visible_tenants(carl)) == [acme]
    call_command("bind_customer", "carl", "Acme", "--remove")
    assert not visible_tenants(carl).exists()


@pytest.mark.parametrize(
    ("username", "tenant", "told"),
    [("nobody", "Acme", "no account"), ("carl", "Zenith", "no tenant"), ("olga", "Acme", "is no customer")],
)
def test_what_cannot_be_bound_is_told(username: str, tenant: str, told: str) -> None:
    make_tenant("Acme")
    make_user("carl", Role.CUSTOMER)
    make_user("olga", Role.OPERATOR)
    with pytest.raises(CommandError, match=told):
        call_command("bind_customer", username, tenant)
