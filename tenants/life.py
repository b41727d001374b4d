"""What every verb about a tenant shares: its lock, and how its networks are given up."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from inventory.allocation import lock, move
from inventory.models import Vlan, VlanState
from tenants.models import Network, NetworkStatus, Tenant, TenantStatus


class TenantMoveRefused(Exception):
    """The tenant, or one of its networks, is not at the point of its life where this can be done."""


def lock_tenant(tenant: Tenant, *allowed: TenantStatus, to: str) -> None:
    """Lock the tenant's row until the transaction ends and read it anew into ``tenant``.

    ``to``: what is about to be done, for the message. Raises TenantMoveRefused unless its status is one of
    ``allowed``.
    """
    tenant.refresh_from_db(from_queryset=Tenant.objects.select_for_update())
    if tenant.status not in allowed:
        raise TenantMoveRefused(f"{tenant} is {tenant.get_status_display()}: you cannot {to}.")


def set_status(tenant: Tenant, status: TenantStatus, **dates: object) -> None:
    """Save the new status, and dates that go with it, in the audit log's sight."""
    tenant.status = status
    for name, value in dates.items():
        setattr(tenant, name, value)
    tenant.save(update_fields=["status", *dates])


def present_networks(tenant: Tenant) -> list[Network]:
    """The networks that are not removed, their VLANs locked, by ascending VLAN ID as every claim locks."""
    networks = list(tenant.networks.exclude(status=NetworkStatus.REMOVED).order_by("vlan__vid"))
    vlans = lock(Vlan.objects.filter(pk__in=[n.vlan_id for n in networks]).order_by("switch", "vid")).in_bulk()
    for network in networks:
        network.vlan = vlans[network.vlan_id]
    return networks


def was_pushed(network: Network) -> bool:
    """Whether a device may carry it: a push takes the end off the hold before it writes."""
    return network.vlan.state != VlanState.HELD or network.vlan.until is None


def give_up(networks: Sequence[Network], *, by: User | None, why: str, now: datetime) -> None:
    """Let networks go: one that no device was told of is gone at once, any other only once the devices agree."""
    unpushed = [n for n in networks if n.status == NetworkStatus.PLANNED and not was_pushed(n)]
    pushed = [n for n in networks if n.status in (NetworkStatus.PLANNED, NetworkStatus.LIVE) and was_pushed(n)]
    if unpushed:
        move([n.vlan for n in unpushed], to=VlanState.FREE, by=by, why=why)
        put(unpushed, NetworkStatus.REMOVED, removed_on=timezone.localdate(now))
    if pushed:
        move([n.vlan for n in pushed], to=VlanState.RELEASING, by=by, why=why)
        put(pushed, NetworkStatus.REMOVING)


def put(networks: Sequence[Network], status: NetworkStatus, **dates: object) -> None:
    """Write a status, and dates that go with it, to networks whose VLANs were moved already."""
    Network.objects.filter(pk__in=[n.pk for n in networks]).update(status=status, **dates)
    for network in networks:
        network.status = status
        for name, value in dates.items():
            setattr(network, name, value)


def hold_end(now: datetime) -> datetime:
    """When a hold that begins now lapses."""
    return now + timedelta(days=settings.HOLD_DAYS)


def quarantine_end(now: datetime) -> datetime:
    return now + timedelta(days=settings.QUARANTINE_DAYS)
