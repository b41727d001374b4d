"""Counts what core switches and pods had at an instant: exactly, for one not long past, or from dated records."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from capacity.planning.ceiling import Counts
from capacity.standing import Figures
from capacity.trail import Trail, trail_since
from inventory.models import Vlan, VlanMove, VlanState
from tenants.models import Network, NetworkStatus, Tenant, TenantStatus
from tenants.models.tenants import GONE

MOST_CHANGES = 20_000  # more than that since the instant are not unwound one by one
CARRYING = (VlanState.HELD, VlanState.ALLOCATED, VlanState.RELEASING)


class TooManyChanges(Exception):
    """More happened since the instant than is unwound change by change."""


@contextmanager
def one_reading() -> Iterator[None]:
    """Every query inside sees the same instant of the database, whatever is written meanwhile."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def on_vlans(tenants: QuerySet[Tenant]) -> QuerySet[Tenant]:
    """Without those that are placed on VXLAN: they take no VLAN, so a switch's customers and its growth are others."""
    return tenants.exclude(pk__in=Network.objects.filter(vni__isnull=False).order_by().values("tenant"))


def exactly_at(instant: datetime) -> Figures:
    """The rows as they are, less what is recorded since: moves of VLANs, and changes of tenants in the audit log.

    Raises TooManyChanges.
    """
    moves = VlanMove.objects.filter(at__gte=instant)
    trail = trail_since(instant, Tenant, Network)
    if len(trail.entries) > MOST_CHANGES or moves.count() > MOST_CHANGES:
        raise TooManyChanges
    tenants = _by_pod(
        on_vlans(Tenant.objects.exclude(status__in=GONE)).order_by().values_list("pod").annotate(Count("pk"))
    )
    tenants.update(_tenants_since(trail))
    networks, roles, segments = _networks_now(instant, trail)
    for (pod, switch, role), change in _networks_since(instant, trail).items():
        networks[pod] += change
        roles[switch][role] += change
    by_role = {switch: +of for switch, of in roles.items()}
    return Figures(counts_at(instant), by_role, +tenants, +networks, networks + segments)


def counts_at(instant: datetime) -> dict[int, Counts]:
    """VLANs by state: those of now, and every move since taken back. Moves follow each other, so sums are enough."""
    states: dict[int, Counter[str]] = defaultdict(Counter)
    for switch, state, count in Vlan.objects.order_by().values_list("switch", "state").annotate(Count("pk")):
        states[switch][state] = count
    since = VlanMove.objects.filter(at__gte=instant).order_by()
    for switch, left, entered, count in since.values_list("vlan__switch", "from_state", "to_state").annotate(
        Count("pk")
    ):
        states[switch][left] += count
        states[switch][entered] -= count
    return {switch: Counts(**+found) for switch, found in states.items()}


def _by_pod(rows: Iterable[tuple[int, int]]) -> Counter[int]:
    return Counter(dict(rows))


def _tenants_since(trail: Trail) -> Counter[int]:
    """What to add to the present tenants of each pod to have those of the instant."""
    change: Counter[int] = Counter()
    for tenant in on_vlans(Tenant.objects.filter(pk__in=trail.keys(Tenant))).only("pk", "pod", "status"):
        if tenant.status not in GONE:
            change[tenant.pod_id] -= 1
        if trail.was_there(tenant, at=trail.since) and trail.before(tenant, "status", at=trail.since) not in GONE:
            change[int(trail.before(tenant, "pod", at=trail.since))] += 1
    return change


def _networks_now(instant: datetime, trail: Trail) -> tuple[Counter[int], dict[int, Counter[str]], Counter[int]]:
    """Those of now on VLANs, by pod, and by switch and role; and those on VXLAN of each pod at the instant.

    The latter fill a vCenter too. No move of a VLAN tells of them: those made since are left out, and those removed
    since counted, to the day.
    """
    present = ~Q(status=NetworkStatus.REMOVED)
    then = (present | Q(removed_on__gte=timezone.localdate(instant))) & ~Q(pk__in=trail.made(Network))
    found = Network.objects.filter(Q(vlan__isnull=False) & present | Q(vni__isnull=False) & then).order_by()
    networks: Counter[int] = Counter()
    roles: dict[int, Counter[str]] = defaultdict(Counter)
    segments: Counter[int] = Counter()
    for pod, switch, role, count in found.values_list("tenant__pod", "vlan__switch", "role").annotate(Count("pk")):
        if switch is None:
            segments[pod] += count
        else:
            networks[pod] += count
            roles[switch][role] += count
    return networks, roles, segments


def _networks_since(instant: datetime, trail: Trail) -> Counter[tuple[int, int, str]]:
    """What to add to the present networks (by pod, switch and role) to have those of the instant.

    A network comes and goes with the state of its VLAN, so the VLANs that moved tell: one that was held, allocated or
    releasing carried the last network that had been made for it by then.
    """
    moved = VlanMove.objects.filter(at__gte=instant)
    then: dict[int, str] = {}
    for vlan, state in moved.order_by("at", "pk").values_list("vlan", "from_state"):
        then.setdefault(vlan, state)
    made_since = trail.made(Network)
    change: Counter[tuple[int, int, str]] = Counter()
    carried: dict[int, tuple[int, int, str]] = {}
    rows = Network.objects.filter(vlan__in=moved.values("vlan")).order_by("pk")
    for key, vlan, pod, switch, role, status in rows.values_list(
        "pk", "vlan", "tenant__pod", "vlan__switch", "role", "status"
    ):
        if status != NetworkStatus.REMOVED:
            change[pod, switch, role] -= 1
        if key not in made_since and then[vlan] in CARRYING:
            carried[vlan] = (pod, switch, role)
    change.update(carried.values())
    return change


def from_dated_records(instant: datetime, *, day: date) -> Figures:
    """VLANs from their recorded moves; tenants and networks from the dates that they carry, to the end of ``day``."""
    tenants = on_vlans(Tenant.objects.exclude(status=TenantStatus.WITHDRAWN)).filter(
        Q(onboarded_on__lte=day) | Q(created_at__lt=instant)
    )
    present = tenants.filter(Q(departed_on__gt=day) | (Q(departed_on=None) & ~Q(status=TenantStatus.DEPARTED)))
    networks, roles, port_groups = _dated_networks(instant, day)
    by_pod = _by_pod(present.order_by().values_list("pod").annotate(Count("pk")))
    return Figures(counts_at(instant), roles, by_pod, networks, port_groups)


def _dated_networks(instant: datetime, day: date) -> tuple[Counter[int], dict[int, Counter[str]], Counter[int]]:
    """A network counts from the day it went live; a newcomer's first ones from the day it was taken in."""
    first = Q(live_on__lte=F("tenant__onboarded_on")) | Q(live_on=None, tenant__onboarded_on=None)
    begun = Q(live_on__lte=day) | (Q(tenant__created_at__lt=instant) & first)
    stayed = Q(removed_on__gt=day) | (Q(removed_on=None) & ~Q(status=NetworkStatus.REMOVED))
    found = Network.objects.filter(begun, stayed).exclude(tenant__status=TenantStatus.WITHDRAWN).order_by()
    networks: Counter[int] = Counter()
    roles: dict[int, Counter[str]] = defaultdict(Counter)
    rows = found.values_list("tenant__pod", "vlan__switch", "role").annotate(Count("pk"))
    port_groups: Counter[int] = Counter()
    for pod, switch, role, count in rows:
        port_groups[pod] += count
        if switch is not None:  # else on VXLAN
            networks[pod] += count
            roles[switch][role] += count
    return networks, roles, port_groups
