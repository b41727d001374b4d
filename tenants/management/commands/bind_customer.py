"""Let a customer's account see its tenant."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.roles import Role
from tenants.models import Membership, Tenant


class Command(BaseCommand):
    help = "Let the account of a customer see one tenant (several calls: several tenants)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("tenant", help="the tenant's name or slug")
        parser.add_argument("--remove", action="store_true", help="take the sight of it away again")

    def handle(self, *args: Any, username: str, tenant: str, remove: bool, **options: Any) -> None:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no account {username!r}: make it with create_user --role customer.")
        found = Tenant.objects.filter(slug=tenant.lower()).first() or Tenant.objects.filter(name=tenant).first()
        if found is None:
            raise CommandError(f"There is no tenant {tenant!r}.")
        if remove:
            Membership.objects.filter(user=user, tenant=found).delete()
            self.stdout.write(f"{username} no longer sees {found}.")
            return
        if Role.CUSTOMER not in user.role_names:
            raise CommandError(f"{username} is no customer: a membership is for the role {Role.CUSTOMER} only.")
        Membership.objects.get_or_create(user=user, tenant=found)
        self.stdout.write(f"{username} sees {found}.")
