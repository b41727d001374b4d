"""The prefixes that tenants route: what a new management network must keep off."""

from collections.abc import Iterator

from inventory.models import Pod
from inventory.prefixes import NamedPrefix, parse_prefix
from tenants.models import CustomerSubnet, Network, NetworkStatus
from tenants.models.tenants import GONE


def tenant_prefixes(pod: Pod | None) -> Iterator[NamedPrefix]:
    """Subnets and networks of the tenants that are present in this pod; in all pods where it is None."""
    subnets = CustomerSubnet.objects.exclude(tenant__status__in=GONE)
    networks = Network.objects.exclude(status=NetworkStatus.REMOVED).exclude(prefix="")
    if pod is not None:
        subnets, networks = subnets.filter(tenant__pod=pod), networks.filter(tenant__pod=pod)
    for rows in (subnets, networks):
        for tenant, prefix in rows.values_list("tenant__name", "prefix"):
            yield f"{tenant}'s {prefix}", parse_prefix(prefix)
