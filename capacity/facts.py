"""What the rows say about each core switch, kept from one change to the next.

Reading everything takes seconds for a provider with tens of thousands of tenants, and a change touches one switch. So
the facts of every switch are kept with the last traces that they were read after; what left a trace since tells which
switches to read again. When that is not certain, all are.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from capacity import census, history
from capacity.census import SwitchReport
from capacity.planning.demand import Demand
from capacity.planning.options import Reclaimable
from capacity.reclaiming import reclaimables
from capacity.remembering import Traces, keep, kept, key_of, remembered, traces
from inventory.models import CoreSwitch, Pod, VlanMove
from tenants.models import Network, Tenant

MOST_TRACES = 2_000  # more than that since the last look, and all is read again
IRRELEVANT = frozenset(
    {
        *("tenants.wanconnection", "tenants.customersubnet", "inventory.managementnetwork"),
        *("provisioning.device", "provisioning.plan", "inventory.nsxmanager", "inventory.vnipool"),
        # Read anew each time: one row, one query.
        *("capacity.planningassumptions", "capacity.contract", "capacity.alertrule", "capacity.recipient"),
    }
)


@dataclass(frozen=True, slots=True)
class Facts:
    """One switch: what stands behind it, its past, and what could be had back. ``key``: equal for equal facts."""

    report: SwitchReport
    demand: Demand
    reclaimable: Reclaimable
    key: str


@dataclass(frozen=True, slots=True)
class Notebook:
    """The facts of all switches in use, by key, as of these traces."""

    traces: Traces
    of: dict[int, Facts]


def facts(*, today: date) -> list[Facts]:
    """Of every core switch in use, by name; of a past day, as it stood at its end.

    What could be reclaimed is known of the present only.
    """
    if today < timezone.localdate():
        return remembered(key_of("facts then", today, traces()), lambda: _then(today))
    name = key_of("facts", today)
    book: Notebook | None = kept(name)
    now = traces()
    if book is None or book.traces != now:
        book = Notebook(now, _renewed(book, now, today))
        keep(name, book)
    return sorted(book.of.values(), key=lambda found: found.report.switch.name)


def facts_of(switch: CoreSwitch, *, today: date) -> Facts:
    """One switch, archived or not, read now."""
    return _read(_sharing_a_vcenter([switch.pk]), today, also=switch)[switch.pk]


def _renewed(book: Notebook | None, now: Traces, today: date) -> dict[int, Facts]:
    touched = _touched(book.traces, now) if book else None
    if book is None or touched is None:
        return _read(None, today)
    affected = _sharing_a_vcenter(touched)
    gone = book.of.keys() & affected
    return {pk: found for pk, found in book.of.items() if pk not in gone} | _read(affected, today)


def _touched(before: Traces, now: Traces) -> set[int] | None:
    """The switches whose facts may have changed between two traces; None where that cannot be told."""
    if not now.follows(before):
        return None
    moves = VlanMove.objects.filter(pk__gt=before.move, pk__lte=now.move)
    entries = LogEntry.objects.filter(pk__gt=before.entry, pk__lte=now.entry)
    if now.move - before.move > MOST_TRACES or now.entry - before.entry > MOST_TRACES:
        return None
    touched = set(moves.order_by().values_list("vlan__switch", flat=True).distinct())
    tenants: set[str] = set()
    networks: set[str] = set()
    for kind, key in entries.values_list("content_type", "object_pk").distinct():
        model = _label(kind)
        if model == "inventory.coreswitch":
            touched.add(int(key))
        elif model == "tenants.tenant":
            tenants.add(key)
        elif model == "tenants.network":
            networks.add(key)
        elif model not in IRRELEVANT:
            return None  # a range, a pod, a vCenter: rare, and it may have left another switch
    touched.update(Tenant.objects.filter(pk__in=tenants).values_list("pod__switch", flat=True))
    touched.update(Network.objects.filter(pk__in=networks).values_list("tenant__pod__switch", flat=True))
    return touched


def _label(kind: int) -> str:
    content = ContentType.objects.get_for_id(kind)
    return f"{content.app_label}.{content.model}"


def _sharing_a_vcenter(switches: Collection[int]) -> set[int]:
    """These switches, and those that share a vCenter's port groups with them."""
    vcenters = Pod.objects.filter(switch__in=switches).values("dvs__vcenter")
    return {*switches, *Pod.objects.filter(dvs__vcenter__in=vcenters).values_list("switch", flat=True)}


def _read(only: Collection[int] | None, today: date, also: CoreSwitch | None = None) -> dict[int, Facts]:
    reports = census.reports(today=today, only=only, also=also)
    planned = {report.switch.pk: report.switch.vlans_per_tenant for report in reports}
    demands = history.demands(today=today, planned=planned, everywhere=only is None)
    reclaimable = reclaimables(today=today, only=only)
    return {
        pk: _facts(report, demands[pk], reclaimable.get(pk, Reclaimable()))
        for report in reports
        for pk in [report.switch.pk]
    }


def _then(day: date) -> list[Facts]:
    reports = census.reports_then(day=day)
    planned = {report.switch.pk: report.ceiling.bounds.vlans_per_tenant for report in reports}
    demands = history.demands(today=day, planned=planned)
    return [_facts(report, demands[report.switch.pk], Reclaimable()) for report in reports]


def _facts(report: SwitchReport, demand: Demand, reclaimable: Reclaimable) -> Facts:
    switch = report.switch
    pods = [(count.pod.pk, count.pod.version, count.tenants, count.networks) for count in report.pods]
    what = (switch.pk, switch.version, pods, report.vcenters, report.ceiling, report.months, demand, reclaimable)
    return Facts(report, demand, reclaimable, key_of(*what))
