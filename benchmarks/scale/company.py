"""Writes a made-up provider with 36 months of dated history into an empty PostgreSQL, by COPY: 300,000 VLANs a minute.

The rows are what the verbs would have written: VLANs with their moves, tenants with their networks and WAN, an audit
entry for each tenant and network. The same size and day give the same rows.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connection, transaction
from django.utils import timezone

from capacity.snapshots import take_due
from inventory.models import CoreSwitch, DistributedSwitch, Platform, Pod, VCenter, Vlan, VlanMove, VlanState
from inventory.models.switches import FIRST_VLAN_ID, LAST_VLAN_ID
from inventory.ranges import FIRST_USABLE
from tenants.models import Network, NetworkRole, NetworkStatus, Tenant, TenantStatus, WanConnection, WanKind
from tenants.models.networks import port_group_name

MONTHS = 36
SIZES = (3, 4, 5, 6, 7)  # VLANs of a tenant, in turn: 5 on average
PODS_A_SWITCH = 2
SWITCHES_A_VCENTER = 2
ONE_DEPARTED_IN = 15
ONE_LATER_IN = 12  # of the networks: taken on after the tenant had gone live
NOT_BEFORE = 14  # days after which a tenant may take on more
ROLES = (NetworkRole.FAILOVER_PRODUCTION, NetworkRole.FAILOVER_TEST, NetworkRole.REPLICATION)
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Size:
    """How large the provider is. ``tenants`` are those present; those that left come on top."""

    switches: int
    tenants: int

    @property
    def vlans(self) -> int:
        """VLANs that are allocated."""
        return self.tenants * sum(SIZES) // len(SIZES)

    def __str__(self) -> str:
        return f"{self.switches} core switches, {self.tenants:,} tenants, {self.vlans:,} allocated VLANs"


@dataclass(slots=True)
class _Rows:
    """What is written at the end, table by table; keys are counted here."""

    vlans: list[Row] = field(default_factory=list)
    moves: list[Row] = field(default_factory=list)
    tenants: list[Row] = field(default_factory=list)
    networks: list[Row] = field(default_factory=list)
    wans: list[Row] = field(default_factory=list)


def build(size: Size, *, today: date) -> None:
    """Write the provider, all or nothing, take its snapshot, and let PostgreSQL look at its new tables."""
    rng = Random(size.tenants)
    with transaction.atomic():
        rows = _Rows()
        for switch, pods in _inventory(size.switches):
            _fill(rows, switch, pods, present=size.tenants // size.switches, today=today, rng=rng)
        LogEntry.objects.update(timestamp=_at(_begin(today)))  # switches and pods were there from the beginning
        _write(rows)
    take_due(now=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _inventory(count: int) -> Iterator[tuple[CoreSwitch, list[Pod]]]:
    vcenter = None
    for number in range(1, count + 1):
        if number % SWITCHES_A_VCENTER == 1 or vcenter is None:
            name = f"vc-{number:03}"
            vcenter = VCenter.objects.create(name=name, slug=name, address=f"{name}.example.net")
        name = f"core-{number:03}"
        switch = CoreSwitch.objects.create(name=name, slug=name, platform=Platform.OTHER)
        yield switch, [_pod(f"pod-{number:03}-{index}", switch, vcenter) for index in range(1, PODS_A_SWITCH + 1)]


def _pod(name: str, switch: CoreSwitch, vcenter: VCenter) -> Pod:
    dvs = DistributedSwitch.objects.create(vcenter=vcenter, name=f"dvs-{name}")
    return Pod.objects.create(name=name, slug=name, switch=switch, dvs=dvs, trunk_port="port-channel1")


def _fill(rows: _Rows, switch: CoreSwitch, pods: Sequence[Pod], *, present: int, today: date, rng: Random) -> None:
    """One switch: those that left came first and gave their VLANs back, those present have theirs."""
    first_key = len(rows.vlans) + 1 - FIRST_VLAN_ID
    keys = iter(range(first_key + FIRST_USABLE, first_key + LAST_VLAN_ID + 1))
    days = _arrivals(present, begin=_begin(today), today=today, rng=rng)
    gone = present // ONE_DEPARTED_IN
    taken: set[int] = set()
    for number, day in enumerate(days + days[:gone]):
        left = rng.randint(day.toordinal() + 1, today.toordinal() - 1) if number >= present else None
        vlans = [next(keys) for _ in range(SIZES[number % len(SIZES)])]
        departed = date.fromordinal(left) if left else None
        _tenant(rows, pods[number % len(pods)], vlans, first_key, day, departed, today=today, rng=rng)
        if departed is None:
            taken.update(vlans)
    for vid in range(FIRST_VLAN_ID, LAST_VLAN_ID + 1):
        key = first_key + vid
        state = VlanState.ALLOCATED if key in taken else VlanState.RESERVED if vid < FIRST_USABLE else VlanState.FREE
        rows.vlans.append((key, switch.pk, vid, state.value, ""))


def _begin(today: date) -> date:
    return today - timedelta(days=MONTHS * 365 // 12)


def _arrivals(count: int, *, begin: date, today: date, rng: Random) -> list[date]:
    """Days on which tenants go live: more of them later, and another pace for every switch."""
    span, pace = (today - begin).days - NOT_BEFORE, rng.uniform(0.5, 1.0)
    return sorted(begin + timedelta(days=int(span * rng.random() ** pace)) for _ in range(count))


def _tenant(
    rows: _Rows,
    pod: Pod,
    vlans: Sequence[int],
    first_key: int,
    day: date,
    departed: date | None,
    *,
    today: date,
    rng: Random,
) -> None:
    key = len(rows.tenants) + 1
    name = f"tenant-{key:05}"
    status = TenantStatus.DEPARTED if departed else TenantStatus.ACTIVE
    rows.tenants.append((key, name, name, pod.pk, status.value, _at(day, -7), day, departed, "", 1))
    rows.wans.append((key, key, WanKind.MPLS.value))
    network_status = NetworkStatus.REMOVED if departed else NetworkStatus.LIVE
    for index, vlan in enumerate(vlans):
        role = ROLES[index] if index < len(ROLES) else NetworkRole.EXTRA
        live = day
        if index >= 2 and departed is None and rng.randrange(ONE_LATER_IN) == 0:
            live = date.fromordinal(rng.randint(day.toordinal() + NOT_BEFORE, today.toordinal()))
        group = port_group_name(tenant=name, role=role, vid=vlan - first_key)
        rows.networks.append(
            (len(rows.networks) + 1, key, role.value, vlan, group, "", network_status.value, live, departed)
        )
        rows.moves.extend(_moves(vlan, live, departed))


def _moves(vlan: int, live: date, departed: date | None) -> Iterator[Row]:
    """The recorded life of one VLAN at one tenant. A departed tenant's have long rested out."""
    S = VlanState
    yield (vlan, S.FREE.value, S.HELD.value, _at(live, -7), "onboarding")
    yield (vlan, S.HELD.value, S.ALLOCATED.value, _at(live), "pushed and read back")
    if departed:
        yield (vlan, S.ALLOCATED.value, S.RELEASING.value, _at(departed, -1), "offboarding")
        yield (vlan, S.RELEASING.value, S.QUARANTINED.value, _at(departed), "read back gone")
        yield (vlan, S.QUARANTINED.value, S.FREE.value, _at(departed, 1), "quarantine over")


def _at(day: date, days: int = 0) -> datetime:
    return datetime.combine(day + timedelta(days=days), time(10), tzinfo=UTC)


def _write(rows: _Rows) -> None:
    _copy(Vlan, "id switch_id vid state label", rows.vlans)
    _copy(Tenant, "id name slug pod_id status created_at onboarded_on departed_on contact version", rows.tenants)
    _copy(WanConnection, "id tenant_id kind", rows.wans)
    _copy(Network, "id tenant_id role vlan_id port_group prefix status live_on removed_on", rows.networks)
    moves = sorted(rows.moves, key=lambda row: row[3])
    _copy(VlanMove, "vlan_id from_state to_state at why", moves)
    _audit(Tenant, ((row[0], row[1], row[5]) for row in rows.tenants))
    _audit(Network, ((row[0], row[4], _at(row[7])) for row in rows.networks))
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [Vlan, Tenant, WanConnection, Network]):
            cursor.execute(statement)


def _audit(model: type[Any], told: Iterable[tuple[int, str, datetime]]) -> None:
    """An entry for each row made, as the audit log writes it."""
    kind = ContentType.objects.get_for_model(model).pk
    columns = "content_type_id object_pk object_id object_repr action changes changes_text timestamp"
    rows = ((kind, str(key), key, name, 0, "{}", "", at) for key, name, at in told)
    _copy(LogEntry, columns, rows)


def _copy(model: type[Any], columns: str, rows: Iterable[Row]) -> None:
    names = ", ".join(f'"{name}"' for name in columns.split())
    with connection.cursor() as cursor, cursor.copy(f'COPY "{model._meta.db_table}" ({names}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)
