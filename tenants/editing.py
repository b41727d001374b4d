"""Changing a tenant's contact, WAN and subnets, so that two people never overwrite each other unseen."""

from collections.abc import Sequence

from django.db import transaction

from accounts.models import User
from inventory.prefixes import parse_prefix
from tenants.life import lock_tenant
from tenants.models import CustomerSubnet, NetworkStatus, Tenant, TenantStatus, WanConnection
from tenants.onboarding import gateway_of, provider_prefixes
from tenants.rules import Messages, WanWish, check_subnets, check_wan
from tenants.trail import record_created


class EditedMeanwhile(Exception):
    """Somebody saved the tenant after the form had been opened."""


def edit(
    *, tenant: Tenant, version: int, contact: str, wan: WanWish, customer_subnets: Sequence[str], by: User | None
) -> bool:
    """Save the edit; returns whether devices must be told (the WAN or the subnets changed).

    ``version``: the tenant's edit number that the person saw. Raises EditedMeanwhile when it is no longer that,
    IntakeRefused with every broken rule, TenantMoveRefused for a tenant that is leaving or gone.
    """
    with transaction.atomic():
        lock_tenant(tenant, TenantStatus.ONBOARDING, TenantStatus.ACTIVE, to="edit it")
        if tenant.version != version:
            raise EditedMeanwhile
        prefixes = _check(tenant, wan, customer_subnets)
        changed = [_put_wan(tenant, wan), _put_subnets(tenant, prefixes, by=by)]
        tenant.contact = contact.strip()
        tenant.version += 1
        tenant.save(update_fields=["contact", "version"])
    return any(changed)


def _check(tenant: Tenant, wan: WanWish, customer_subnets: Sequence[str]) -> list[str]:
    messages = Messages()
    check_wan(wan, messages=messages)
    own = tenant.networks.exclude(status=NetworkStatus.REMOVED).exclude(prefix="")
    apart = [*provider_prefixes(tenant.pod), *((f"{n.port_group} ({n.prefix})", parse_prefix(n.prefix)) for n in own)]
    prefixes = check_subnets(customer_subnets, provider=apart, messages=messages)
    messages.raise_if_any()
    return [str(prefix) for prefix in prefixes]


def _put_wan(tenant: Tenant, wish: WanWish) -> bool:
    wan = WanConnection.objects.filter(tenant=tenant).first() or WanConnection(tenant=tenant)
    before = (wan.kind, wan.remote_gateway)
    wan.kind, wan.remote_gateway = wish.kind, gateway_of(wish)
    if before == (wan.kind, wan.remote_gateway):
        return False
    wan.save()
    return True


def _put_subnets(tenant: Tenant, prefixes: Sequence[str], *, by: User | None) -> bool:
    here = {subnet.prefix: subnet for subnet in tenant.customer_subnets.all()}
    for prefix in here.keys() - set(prefixes):
        here[prefix].delete()
    new = [CustomerSubnet(tenant=tenant, prefix=prefix) for prefix in prefixes if prefix not in here]
    CustomerSubnet.objects.bulk_create(new)
    record_created(new, by=by)
    return here.keys() != set(prefixes)
