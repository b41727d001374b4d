"""What every verb about a tenant shares: its lock, and how its networks are given up."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from inventory import allocation, vni_allocation
from inventory.models import Vlan, VlanState, Vni
from tenants.carriers import move_carriers
from tenants.models import Network, NetworkStatus, Tenant, TenantStatus
from tenants.models.tenants import GONE
from tenants.zcc import release_zcc


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
    """Save the new status, and dates that go with it, in the audit log's sight.

    A tenant that is gone gives its ZCC's address back: its port groups are gone, so no ZCC is plugged into them.
    """
    tenant.status = status
    for name, value in dates.items():
        setattr(tenant, name, value)
    tenant.save(update_fields=["status", *dates])
    if status in GONE:
        release_zcc(tenant)


def present_networks(tenant: Tenant) -> list[Network]:
    """The networks that are not removed, their VLANs and VNIs locked, by ascending number as every claim locks."""
    present = tenant.networks.exclude(status=NetworkStatus.REMOVED)
    networks = list(present.order_by("vlan__vid", "vni__number"))
    if keys := [n.vlan_id for n in networks if n.vlan_id]:
        vlans = allocation.lock(Vlan.objects.filter(pk__in=keys).order_by("switch", "vid")).in_bulk()
        for network in networks:
            network.vlan = vlans.get(network.vlan_id)
    if keys := [n.vni_id for n in networks if n.vni_id]:
        vnis = vni_allocation.lock(Vni.objects.filter(pk__in=keys).order_by("pool", "number")).in_bulk()
        for network in networks:
            network.vni = vnis.get(network.vni_id)
    return networks


def was_pushed(network: Network) -> bool:
    """Whether a device may carry it: a push takes the end off the hold before it writes."""
    return network.carrier.state != VlanState.HELD or network.carrier.until is None


def give_up(networks: Sequence[Network], *, by: User | None, why: str, now: datetime) -> None:
    """Let networks go: one that no device was told of is gone at once, any other only once the devices agree."""
    unpushed = [n for n in networks if n.status == NetworkStatus.PLANNED and not was_pushed(n)]
    pushed = [n for n in networks if n.status in (NetworkStatus.PLANNED, NetworkStatus.LIVE) and was_pushed(n)]
    if unpushed:
        move_carriers(unpushed, to=VlanState.FREE, by=by, why=why)
        put(unpushed, NetworkStatus.REMOVED, removed_on=timezone.localdate(now))
    if pushed:
        move_carriers(pushed, to=VlanState.RELEASING, by=by, why=why)
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
