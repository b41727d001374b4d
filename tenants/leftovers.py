"""What becomes of planned networks whose push ended badly: held anew, or on their way out through a removal."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from accounts.models import User
from inventory.models import Vlan, VlanState, Vni
from tenants.life import give_up, hold_end, lock_tenant, present_networks, set_status
from tenants.models import Network, NetworkStatus, Tenant, TenantStatus


def hold_again(*, tenant: Tenant, networks: Collection[int], now: datetime) -> None:
    """No device carries these planned networks: their VLANs are held as after intake, and lapse in time."""
    planned = Network.objects.filter(pk__in=networks, tenant=tenant, status=NetworkStatus.PLANNED)
    Vlan.objects.filter(pk__in=planned.values("vlan"), state=VlanState.HELD).update(until=hold_end(now))
    Vni.objects.filter(pk__in=planned.values("vni"), state=VlanState.HELD).update(until=hold_end(now))


def leave_to_removal(*, tenant: Tenant, networks: Collection[int], by: User | None, now: datetime) -> None:
    """Devices may still carry these planned networks: their VLANs are releasing until a removal was read back.

    A tenant that was being onboarded is withdrawn by it; any other loses only these networks.
    """
    with transaction.atomic():
        lock_tenant(tenant, *TenantStatus, to="give up what was not undone")
        whole = tenant.status == TenantStatus.ONBOARDING
        present = present_networks(tenant)
        planned = [n for n in present if n.status == NetworkStatus.PLANNED and (whole or n.pk in networks)]
        give_up(planned, by=by, why=f"push to {tenant} failed and could not be undone", now=now)
        if whole and any(network.status == NetworkStatus.REMOVING for network in present):
            set_status(tenant, TenantStatus.OFFBOARDING)
