"""Taking a tenant in, and giving an onboarding up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Lower

from accounts.models import User
from inventory.allocation import NoCapacity, VlanNotFree, move
from inventory.inserting import insert
from inventory.models import ManagementNetwork, Pod, Vlan, VlanState, Vni
from inventory.prefixes import NamedPrefix, parse_prefix
from tenants.carriers import claim_carriers, takes_vnis
from tenants.life import give_up, hold_end, lock_tenant, present_networks, set_status, was_pushed
from tenants.models import (
    CustomerSubnet,
    Network,
    NetworkStatus,
    Tenant,
    TenantStatus,
    WanConnection,
    WanKind,
)
from tenants.models.networks import port_group_name
from tenants.models.tenants import GONE
from tenants.rules import (
    IntakeRefused,
    Messages,
    NetworkWish,
    WanWish,
    check_name,
    check_networks,
    check_no_vids,
    check_subnets,
    check_wan,
    name_taken,
)
from tenants.trail import record_created

__all__ = [
    "IntakeRefused",
    "NetworkWish",
    "NoCapacity",
    "VlanNotFree",
    "WanWish",
    "lapse_expired_holds",
    "take_in",
    "withdraw",
]

# Words that stand in tenants' URLs where a slug would: no tenant may have one as its slug.
RESERVED_SLUGS = frozenset({"unclaimed"})


@dataclass(frozen=True, slots=True)
class Names:
    """What the database says of a wished name."""

    is_present: bool
    slug: str


def take_in(
    *,
    name: str,
    pod: Pod,
    networks: Sequence[NetworkWish],
    wan: WanWish,
    customer_subnets: Sequence[str],
    contact: str = "",
    by: User | None,
    now: datetime,
) -> Tenant:
    """Onboard a tenant: its rules checked, its VLANs or VNIs held, its networks planned; all or nothing.

    Raises IntakeRefused with every rule that is broken, VlanNotFree when a wanted ID cannot be had, NoCapacity when
    the pod's core switch, or the VNI pool of its NSX manager, has too few left. Only the rows that it takes are
    locked; the tenant's row comes first, so that two intakes of one name meet there and hold no VLAN that the other
    waits for.
    """
    name = name.strip()
    with transaction.atomic():
        names = _look_up(name)
        subnets = _check(name, names, pod, networks, wan, customer_subnets)
        tenant = Tenant(name=name, slug=names.slug, pod=pod, contact=contact.strip(), status=TenantStatus.ONBOARDING)
        try:
            insert([tenant])
        except IntegrityError as error:  # another request took the name in the meantime
            raise IntakeRefused({"name": [name_taken(name)]}) from error
        held = claim_carriers(
            pod=pod,
            wishes=networks,
            on_vxlan=takes_vnis(pod, ()),
            until=hold_end(now),
            by=by,
            why=f"onboarding of {tenant}",
            now=now,
        )
        rows = _rows(tenant, networks, held, wan, subnets)
        for made in rows:
            insert(made)
        record_created([tenant, *chain(*rows)], by=by)
    return tenant


def _look_up(name: str) -> Names:
    """Whether the name is taken, and a slug for it that no tenant has or had.

    A tenant's slug is its name in lower case, with a number where an earlier tenant has that: so the slug finds them
    all, and only then is there more to ask.
    """
    slug = name.lower()
    if slug not in RESERVED_SLUGS and not Tenant.objects.filter(slug=slug).exists():
        return Names(is_present=False, slug=slug)
    same_name = Tenant.objects.alias(lower=Lower("name")).filter(lower=slug).exclude(status__in=GONE)
    numbered = set(Tenant.objects.filter(slug__startswith=f"{slug}-").values_list("slug", flat=True))
    return Names(is_present=same_name.exists(), slug=free_slug(slug, numbered))


def free_slug(slug: str, taken: set[str]) -> str:
    """``slug`` with the lowest number that makes it new: a tenant that departed keeps its address."""
    number = 2
    while f"{slug}-{number}" in taken:
        number += 1
    return f"{slug}-{number}"


def _check(
    name: str,
    names: Names,
    pod: Pod,
    networks: Sequence[NetworkWish],
    wan: WanWish,
    customer_subnets: Sequence[str],
) -> list[str]:
    """The customer's subnets in their normal form. Raises IntakeRefused with everything that is wrong."""
    messages = Messages()
    check_name(name, present=names.is_present, messages=messages)
    if pod.is_archived:
        messages.add("pod", f"{pod} is archived: choose another pod.")
    elif not pod.accepts_tenants:
        messages.add("pod", f"{pod} is closed to new tenants: choose another pod.")
    check_wan(wan, messages=messages)
    provider = provider_prefixes(pod)
    subnets = check_subnets(customer_subnets, provider=provider, messages=messages)
    check_networks(networks, provider=provider, subnets=subnets, messages=messages)
    if takes_vnis(pod, ()):
        check_no_vids(networks, place=str(pod), messages=messages)
    messages.raise_if_any()
    return [str(prefix) for prefix in subnets]


def provider_prefixes(pod: Pod) -> list[NamedPrefix]:
    """The management and transit prefixes that a tenant of this pod must keep off: the pod's and the provider's."""
    networks = ManagementNetwork.objects.filter(archived_at=None).values_list("name", "prefix", "pod_id")
    return [
        (f"the provider's {name} ({prefix})", parse_prefix(prefix))
        for name, prefix, of_pod in networks
        if of_pod in (None, pod.pk)
    ]


def planned_network(tenant: Tenant, wish: NetworkWish, carrier: Vlan | Vni) -> Network:
    """The row of a network that is wanted and whose VLAN or VNI is held; unsaved."""
    number = carrier.vid if isinstance(carrier, Vlan) else carrier.number
    return Network(
        tenant=tenant,
        role=wish.role,
        vlan=carrier if isinstance(carrier, Vlan) else None,
        vni=carrier if isinstance(carrier, Vni) else None,
        port_group=port_group_name(tenant=tenant.name, role=wish.role, vid=number),
        prefix=str(parse_prefix(wish.prefix)) if wish.prefix.strip() else "",
        status=NetworkStatus.PLANNED,
    )


def _rows(
    tenant: Tenant, networks: Sequence[NetworkWish], held: Sequence[Vlan | Vni], wan: WanWish, subnets: Sequence[str]
) -> list[list[Network] | list[WanConnection] | list[CustomerSubnet]]:
    return [
        [planned_network(tenant, wish, carrier) for wish, carrier in zip(networks, held, strict=True)],
        [WanConnection(tenant=tenant, kind=wan.kind, remote_gateway=gateway_of(wan))],
        [CustomerSubnet(tenant=tenant, prefix=prefix) for prefix in subnets],
    ]


def gateway_of(wan: WanWish) -> str | None:
    """The gateway to store: only an IPsec VPN has one."""
    return (wan.remote_gateway or "").strip() if wan.kind == WanKind.IPSEC else None


def withdraw(*, tenant: Tenant, by: User | None, now: datetime) -> None:
    """Give an onboarding up. Before any push: VLANs or VNIs free and the tenant withdrawn, at once. After one began:
    the tenant is offboarding, and a removal must be planned, pushed and read back.

    Raises TenantMoveRefused when the tenant is not onboarding.
    """
    with transaction.atomic():
        lock_tenant(tenant, TenantStatus.ONBOARDING, to="withdraw its onboarding")
        _withdraw_locked(tenant, by=by, why=f"onboarding of {tenant} withdrawn", now=now)


def _withdraw_locked(tenant: Tenant, *, by: User | None, why: str, now: datetime) -> None:
    networks = present_networks(tenant)
    give_up(networks, by=by, why=why, now=now)
    waits = any(network.status == NetworkStatus.REMOVING for network in networks)
    set_status(tenant, TenantStatus.OFFBOARDING if waits else TenantStatus.WITHDRAWN)


def lapse_expired_holds(*, now: datetime) -> int:
    """Free the VLANs and VNIs whose hold is over; returns how many. Each tenant in a transaction of its own.

    An onboarding that was never pushed is withdrawn as a whole; of any other tenant only the networks whose hold is
    over are given up. A hold that a push took over has no end, so it never lapses.
    """
    over = {"state": VlanState.HELD, "until__lte": now}
    present = Network.objects.exclude(status=NetworkStatus.REMOVED)
    on_vlans = present.filter(vlan__in=Vlan.objects.filter(**over)).values("tenant")
    on_vnis = present.filter(vni__in=Vni.objects.filter(**over)).values("tenant")
    tenants = Tenant.objects.filter(Q(pk__in=on_vlans) | Q(pk__in=on_vnis)).order_by("pk")
    freed = sum(_lapse(tenant, now=now) for tenant in tenants)
    return freed + _free_holds_without_network(now=now)


def _lapse(tenant: Tenant, *, now: datetime) -> int:
    why = f"hold for {tenant} lapsed"
    with transaction.atomic():
        lock_tenant(tenant, *TenantStatus, to="let its holds lapse")
        networks = present_networks(tenant)
        over = [n for n in networks if not was_pushed(n) and n.carrier.until is not None and n.carrier.until <= now]
        if not over:
            return 0
        if tenant.status == TenantStatus.ONBOARDING and not any(was_pushed(n) for n in networks):
            _withdraw_locked(tenant, by=None, why=why, now=now)
            return len(networks)
        give_up(over, by=None, why=why, now=now)
        return len(over)


def _free_holds_without_network(*, now: datetime) -> int:
    """Held for something that is no tenant's network: the hold's end is all there is to go by."""
    with transaction.atomic():
        over = Vlan.objects.filter(state=VlanState.HELD, until__lte=now)
        kept = Network.objects.exclude(status=NetworkStatus.REMOVED).filter(vlan__in=over).values("vlan")
        vlans = list(over.exclude(pk__in=kept).order_by("switch", "vid").select_for_update())
        move(vlans, to=VlanState.FREE, by=None, why="hold lapsed")
    return len(vlans)
