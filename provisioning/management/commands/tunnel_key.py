"""``manage.py tunnel_key TENANT``: tell the pre-shared key of a tenant's tunnel, for its other end."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inventory.secrets import SecretUnreadable
from provisioning.tunnel_keys import tunnel_key_of
from tenants.models import Tenant
from tenants.models.tenants import GONE


class Command(BaseCommand):
    help = (
        "Print the pre-shared key of a tenant's IPsec tunnel. Give it to the customer by a way that others cannot read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("tenant", metavar="TENANT", help="the ZORG name, as written")

    def handle(self, *, tenant: str, **options: Any) -> None:
        found = Tenant.objects.exclude(status__in=GONE).filter(name__iexact=tenant).first()
        if found is None:
            raise CommandError(f"No present tenant is called {tenant}.")
        try:
            key = tunnel_key_of(found.pk)
        except SecretUnreadable as error:
            raise CommandError(str(error)) from error
        if not key:
            raise CommandError(f"{found} has no tunnel key yet: it is made with the first plan for an IPsec tunnel.")
        self.stdout.write(key)
