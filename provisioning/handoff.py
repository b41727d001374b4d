"""The hand-off: what a person does in Zerto once a tenant's networks are live, ticked off and confirmed by a read-back.

Opened by the run that brought the tenant live. The worksheet is made anew from what is recorded each time it is looked
at, so that it never says what was true once.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from inventory.models import ManagementNetwork
from inventory.models.pods import NetworkPurpose
from provisioning import worksheet
from provisioning.drivers.protocol import DeviceError
from provisioning.intent import PRESENT
from provisioning.models import HandOff, HandOffTick, Purpose, Run, ZertoManager
from provisioning.zerto import managers_for, read_back
from tenants.models import Network, Tenant, TenantStatus
from tenants.zcc import NoZccAddress, ensure_zcc

Answer = dict[str, object]


class HandOffRefused(Exception):
    """It cannot be closed yet; the message says what is left."""


def open_for(run: Run, tenant: Tenant, *, now: datetime) -> None:
    """Open the hand-off of a tenant that this run brought live, once. Its ZCC's address is taken now.

    A transit network without an address left does not undo a push: the worksheet says it, and it is asked for again.
    """
    if run.plan.purpose != Purpose.ONBOARD or tenant.status != TenantStatus.ACTIVE:
        return
    HandOff.objects.get_or_create(tenant=tenant, defaults={"run": run, "opened_at": now})
    try_for_address(tenant)


def try_for_address(tenant: Tenant) -> str:
    """Take an address for its ZCC where it has none; why not, or nothing."""
    try:
        ensure_zcc(tenant)
    except NoZccAddress as reason:
        return str(reason)
    return ""


def open_handoffs(tenants: QuerySet[Tenant]) -> QuerySet[HandOff]:
    """Those that still wait for a person, of these tenants; of a tenant that is leaving nobody waits for one."""
    return HandOff.objects.filter(closed_at=None, tenant__in=tenants, tenant__status=TenantStatus.ACTIVE)


# --- The worksheet --------------------------------------------------------------------------------


def worksheet_of(handoff: HandOff) -> worksheet.Worksheet:
    facts = facts_of(handoff.tenant)
    return worksheet.worksheet(facts, customer_vras=handoff.customer_vras, provider_vras=handoff.provider_vras)


def facts_of(tenant: Tenant) -> worksheet.Facts:
    """What is recorded about the tenant and its pod, in six queries."""
    management = ManagementNetwork.objects.filter(archived_at=None, purpose=NetworkPurpose.MANAGEMENT)
    near = management.filter(pod=tenant.pod_id) | management.filter(pod=None)
    networks = list(_present(tenant))
    zcc = getattr(tenant, "zcc", None)
    return worksheet.Facts(
        tenant=tenant.name,
        vcenter=tenant.pod.dvs.vcenter.name,
        dvs=tenant.pod.dvs.name,
        networks=tuple(_as_recorded(network) for network in networks),
        customer_subnets=tuple(tenant.customer_subnets.values_list("prefix", flat=True)),
        transit=None if zcc is None else _transit(zcc.network, zcc.address),
        why_none=""
        if zcc
        else f"No address of {tenant.pod}'s ZCC/transit network is taken for it yet: take one below.",
        management=tuple(near.values_list("name", "prefix")),
        by_hand=any(network.is_vxlan for network in networks),
    )


def _present(tenant: Tenant) -> QuerySet[Network]:
    return tenant.networks.filter(status__in=PRESENT).select_related("vlan", "vni")


def _as_recorded(network: Network) -> worksheet.TenantNetwork:
    carrier = f"VNI {network.number}" if network.is_vxlan else f"VLAN {network.number}"
    words = network.get_role_display()
    return worksheet.TenantNetwork(network.role, words, network.number, carrier, network.port_group, network.prefix)


def _transit(network: ManagementNetwork, address: str) -> worksheet.Transit:
    return worksheet.Transit(network.name, network.prefix, address, network.vid, network.gateway)


# --- What a person does with it -------------------------------------------------------------------


def tick(handoff: HandOff, task: str, *, by: User) -> None:
    """Say that a task of the worksheet is done. A second tick changes nothing; one that waits no more takes none."""
    known = {one.key for one in worksheet_of(handoff).tasks}
    with transaction.atomic():
        if _locked(handoff).waits and task in known:
            HandOffTick.objects.get_or_create(handoff=handoff, task=task, defaults={"by": by})


def untick(handoff: HandOff, task: str) -> None:
    with transaction.atomic():
        if _locked(handoff).waits:
            for one in HandOffTick.objects.filter(handoff=handoff, task=task):
                one.delete()


def set_vras(handoff: HandOff, *, customer: int, provider: int) -> None:
    """Make the port matrix for so many VRAs. One that waits no more stays as it is, and nothing else is written."""
    with transaction.atomic():
        locked = _locked(handoff)
        if locked.waits:
            locked.customer_vras, locked.provider_vras = customer, provider
            locked.save(update_fields=["customer_vras", "provider_vras"])


def close(handoff: HandOff, *, by: User, now: datetime) -> None:
    """All of it is done. Twice changes nothing. Raises HandOffRefused while a task is open or a value is missing, and
    where the tenant is gone."""
    sheet = worksheet_of(handoff)
    with transaction.atomic():
        locked = _locked(handoff)
        if not locked.is_open:
            return
        if locked.tenant.is_gone:
            raise HandOffRefused(f"{locked.tenant} is gone: there is nothing left to set up.")
        if sheet.missing:
            raise HandOffRefused(f"Values are missing: {' '.join(sheet.missing)}")
        done = set(locked.ticks.values_list("task", flat=True))
        if left := [task.title for task in sheet.tasks if task.key not in done]:
            raise HandOffRefused(f"Not ticked off yet: {', '.join(left)}.")
        locked.closed_at, locked.closed_by = now, by
        locked.save(update_fields=["closed_at", "closed_by"])


def reopen(handoff: HandOff) -> None:
    with transaction.atomic():
        locked = _locked(handoff)
        locked.closed_at = locked.closed_by = None
        locked.save(update_fields=["closed_at", "closed_by"])


def _locked(handoff: HandOff) -> HandOff:
    return HandOff.objects.select_for_update().get(pk=handoff.pk)


# --- What Zerto says about it ---------------------------------------------------------------------


def confirm(handoff: HandOff, *, now: datetime) -> None:
    """Ask every Zerto manager that may know the tenant, and keep what each said. Call it outside a transaction."""
    wanted = set(_present(handoff.tenant).values_list("port_group", flat=True))
    answers = [_asked(manager, handoff.tenant, wanted) for manager in managers_for(handoff.tenant)]
    handoff.asked_at, handoff.answers = now, answers
    handoff.confirmed_at = now if answers and all(answer["good"] for answer in answers) else None
    handoff.save(update_fields=["asked_at", "answers", "confirmed_at"])


def _asked(manager: ZertoManager, tenant: Tenant, wanted: Iterable[str]) -> Answer:
    try:
        seen = read_back(manager, zorg=tenant.name)
    except DeviceError as error:
        return {"manager": manager.name, "good": False, "said": str(error)}
    unseen = [] if seen.networks is None else sorted(set(wanted) - seen.networks)
    said = f"{seen.said} It does not see {', '.join(unseen)}." if unseen else seen.said
    return {"manager": manager.name, "good": seen.zorg and not unseen, "said": said}
