"""Addresses for Zerto Cloud Connectors: from the pod's ZCC/transit network, each to one tenant."""

from collections.abc import Collection
from ipaddress import ip_address, ip_network

from django.db import IntegrityError, transaction
from django.db.models import F

from inventory.models import ManagementNetwork
from inventory.models.pods import NetworkPurpose
from tenants.models import Tenant, Zcc

# The first hosts of a transit network are left to what is there before any ZCC: its router, and the provider's own
# ZVM, ZCM and VRAs where they have a leg in it.
KEPT_HOSTS = 9
ATTEMPTS = 50  # claims that may take an address from under us before we give up


class NoZccAddress(Exception):
    """The pod has no ZCC/transit network, or none with an address left; the message says what to do."""


def ensure_zcc(tenant: Tenant) -> Zcc:
    """The tenant's own address, taken now where it has none. Raises NoZccAddress.

    What keeps two tenants from one address is its uniqueness in the database: whoever comes second looks again.
    """
    networks = transit_networks(tenant)
    for _ in range(ATTEMPTS):
        if there := Zcc.objects.filter(tenant=tenant).first():
            return there
        network, address = _lowest_free(tenant, networks)
        try:
            with transaction.atomic():
                return Zcc.objects.create(tenant=tenant, network=network, address=address)
        except IntegrityError:
            continue
    raise NoZccAddress(f"Others took {ATTEMPTS} addresses at this very moment: try again.")


def transit_networks(tenant: Tenant) -> list[ManagementNetwork]:
    """Those of the tenant's pod first, then those of the whole provider."""
    transit = ManagementNetwork.objects.filter(purpose=NetworkPurpose.TRANSIT, archived_at=None)
    ours = transit.filter(pod=tenant.pod_id) | transit.filter(pod=None)
    return list(ours.order_by(F("pod").asc(nulls_last=True), "name"))


def release_zcc(tenant: Tenant) -> None:
    """Give the address back. Nothing happens where there is none."""
    for zcc in Zcc.objects.filter(tenant=tenant):
        zcc.delete()  # one by one, in the audit log's sight


def _lowest_free(tenant: Tenant, networks: Collection[ManagementNetwork]) -> tuple[ManagementNetwork, str]:
    if not networks:
        raise NoZccAddress(f"{tenant.pod} has no ZCC/transit network: add one under Management networks.")
    taken = {int(ip_address(address)) for address in Zcc.objects.values_list("address", flat=True)}
    for network in networks:
        taken_or_gateway = taken | {int(ip_address(network.gateway))} if network.gateway else taken
        if address := lowest_free(network.prefix, taken_or_gateway, start=network.zccs_from):
            return network, address
    full = ", ".join(str(network) for network in networks)
    raise NoZccAddress(f"Every ZCC address of {full} is taken: add another ZCC/transit network.")


def lowest_free(prefix: str, taken: Collection[int], *, start: str | None = None) -> str:
    """The lowest host from ``start`` on (without it: beyond those kept) that is not taken; empty for none. Pure."""
    network = ip_network(prefix)
    hosts = network.num_addresses - (1 if network.version == 4 else 0)  # IPv6 has no broadcast address
    first = int(network.network_address)
    lowest = int(ip_address(start)) - first if start else KEPT_HOSTS + 1
    offset = next((n for n in range(max(lowest, 1), hosts) if first + n not in taken), None)
    return "" if offset is None else str(network.network_address + offset)
