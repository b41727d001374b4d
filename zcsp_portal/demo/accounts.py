"""The demo's sign-ins: one for each role, and a second person where two must agree. Development mode only."""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from accounts.models import User
from accounts.roles import Role
from tenants.models import Membership, Tenant
from zcsp_portal.demo import PASSWORD

__all__ = ["ACCOUNTS", "PASSWORD", "Account", "bind_customer", "make_accounts", "sign_ins"]


@dataclass(frozen=True, slots=True)
class Account:
    username: str
    roles: tuple[Role, ...]
    purpose: str


ACCOUNTS = (
    Account("operator", (Role.OPERATOR,), "takes tenants in and out, makes plans"),
    Account("approver", (Role.APPROVER,), "approves the operator's plans"),
    Account("operator2", (Role.OPERATOR, Role.APPROVER), "both, though never for a plan of its own"),
    Account("noc", (Role.NOC,), "reads everything but secrets"),
    Account("manager", (Role.MANAGER,), "reads capacity, inventory and tenants"),
    Account("admin", (Role.ADMIN,), "does all of it, and manages devices"),
    Account("customer", (Role.CUSTOMER,), "sees its own tenant only"),
)


def make_accounts() -> dict[str, User]:
    """Every demo account by user name, with its roles. One password, hashed once: hashing is slow by design."""
    hashed = make_password(PASSWORD)
    groups = {role: Group.objects.get_or_create(name=role.value)[0] for role in Role}
    users = {}
    for account in ACCOUNTS:
        user = User.objects.create(username=account.username, password=hashed)
        user.groups.set([groups[role] for role in account.roles])
        users[account.username] = user
    return users


def bind_customer(customer: User, tenant: Tenant) -> None:
    Membership.objects.create(user=customer, tenant=tenant)


def sign_ins() -> str:
    """The sign-ins as a small table for the terminal."""
    width = max(len(account.username) for account in ACCOUNTS)
    rows = [f"  {account.username:<{width}}  {account.purpose}" for account in ACCOUNTS]
    return "\n".join([f"Demo sign-ins, all with the password {PASSWORD}", *rows])
