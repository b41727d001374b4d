"""Gathers what the pure core needs from inventory and tenants: a fixed number of aggregates, however many rows."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

from django.db.models import Count, F, FilteredRelation, Min, Model, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import TruncMonth

from capacity.counting import on_vlans
from capacity.planning.ceiling import Bounds, Ceiling, Counts, VCenterRoom, ceiling
from capacity.planning.timeline import Month, series
from capacity.snapshots import as_of
from inventory.models import CoreSwitch, Pod, VCenter, Vlan, VlanMove, VlanState
from inventory.ranges import spans_of
from tenants.models import Network, NetworkStatus, Tenant, TenantStatus

M = TypeVar("M", bound=Model)
Flows = tuple[dict[date, int], dict[date, int]]  # came and left, by month
NO_FLOW: Flows = ({}, {})
PRESENT = (TenantStatus.ONBOARDING, TenantStatus.ACTIVE, TenantStatus.OFFBOARDING)


@dataclass(frozen=True, slots=True)
class PodCount:
    """A pod with its present tenants and their networks."""

    pod: Pod
    tenants: int
    networks: int


@dataclass(frozen=True, slots=True)
class SwitchReport:
    """What stands behind one core switch: its pods, its numbers, its customers month by month."""

    switch: CoreSwitch
    pods: tuple[PodCount, ...]
    vcenters: tuple[VCenterRoom, ...]
    ceiling: Ceiling
    months: tuple[Month, ...]
    vlan_months: tuple[Month, ...] = ()
    exact: bool = True  # as it stood on that day; not rebuilt from dated records
    notes: tuple[str, ...] = ()

    @property
    def undated(self) -> int:
        """Present customers that the line over time does not show: not live yet, or without a date."""
        return max(0, self.ceiling.customers - (self.months[-1].count if self.months else 0))


@dataclass(frozen=True, slots=True)
class LapsingHold:
    """A tenant whose held VLANs are given back soon."""

    tenant: Tenant
    vlans: int
    until: datetime


@dataclass(frozen=True, slots=True)
class _Gathered:
    """Aggregates over the whole provider, by the key of a switch or a pod."""

    counts: Mapping[int, Counts]
    tenants: Mapping[int, int]
    networks: Mapping[int, int]
    came: Mapping[int, Mapping[date, int]]
    left: Mapping[int, Mapping[date, int]]
    rooms: Mapping[int, VCenterRoom]


def reports(*, today: date, only: Collection[int] | None = None, also: CoreSwitch | None = None) -> list[SwitchReport]:
    """Every core switch in use, or ``only`` those of these keys (and ``also``, archived or not), by name.

    ``only`` must name all switches that share a vCenter, or its port groups are not all counted.
    """
    switches = list(_switches(also) if only is None else _switches(also).filter(pk__in=only))
    gathered = _gather(switches, today, only)
    flows = network_flows(only, today=today)
    return [_report(switch, gathered, flows.get(switch.pk, NO_FLOW), today) for switch in switches]


def _switches(also: CoreSwitch | None) -> QuerySet[CoreSwitch]:
    pods = Pod.objects.select_related("dvs__vcenter")
    wanted = Q(archived_at=None) | Q(pk=also.pk if also else None)
    return CoreSwitch.objects.filter(wanted).prefetch_related("ranges", Prefetch("pods", queryset=pods))


def _gather(switches: Sequence[CoreSwitch], today: date, only: Collection[int] | None) -> _Gathered:
    present = behind(on_vlans(Tenant.objects.filter(status__in=PRESENT)), "pod__switch", only)
    carried = behind(Network.objects.exclude(status=NetworkStatus.REMOVED), "tenant__pod__switch", only)
    # On VXLAN a network takes no VLAN, and yet a port group, which NSX makes on the vCenter.
    counted = list(carried.order_by().values_list("tenant__pod").annotate(Count("vlan"), Count("pk")))
    port_groups = {pod: groups for pod, _, groups in counted}
    return _Gathered(
        counts=_vlan_counts(only),
        tenants=_by_key(present.order_by().values_list("pod").annotate(Count("pk"))),
        networks={pod: vlans for pod, vlans, _ in counted},
        came=_tenant_flow("onboarded_on", today, only),
        left=_tenant_flow("departed_on", today, only),
        rooms=_vcenter_rooms(switches, port_groups),
    )


def reports_then(*, day: date) -> list[SwitchReport]:
    """Every core switch in use at the end of a past day, by name: from its snapshot, or rebuilt where there is none."""
    found = as_of(day=day)
    pods = Pod.objects.select_related("dvs__vcenter").in_bulk()
    came, left = _tenant_flow("onboarded_on", day, None), _tenant_flow("departed_on", day, None)
    flows = network_flows(None, today=day)
    reports = [
        SwitchReport(
            switch=then.switch,
            pods=tuple(PodCount(pods[pod.pk], pod.tenants, pod.networks) for pod in then.pods if pod.pk in pods),
            vcenters=then.vcenters,
            ceiling=then.ceiling,
            months=series(came=came.get(then.switch.pk, {}), left=left.get(then.switch.pk, {}), today=day),
            exact=then.exact,
            notes=then.notes,
        )
        for then in found
    ]
    return [
        replace(report, vlan_months=_vlan_months(flows.get(report.switch.pk, NO_FLOW), report.months, day))
        for report in reports
    ]


def behind(rows: QuerySet[M], path: str, only: Collection[int] | None) -> QuerySet[M]:
    """The rows of these core switches; all of them for None."""
    return rows if only is None else rows.filter(**{f"{path}__in": only})


def _by_key(rows: Iterable[tuple[int, int]]) -> dict[int, int]:
    return dict(rows)


def _vlan_counts(only: Collection[int] | None) -> dict[int, Counts]:
    states: dict[int, dict[str, int]] = defaultdict(dict)
    rows = behind(Vlan.objects.all(), "switch", only).order_by().values_list("switch", "state").annotate(Count("pk"))
    for switch, state, count in rows:
        states[switch][state] = count
    return {switch: Counts(**found) for switch, found in states.items()}


def _tenant_flow(field: str, today: date, only: Collection[int] | None) -> dict[int, dict[date, int]]:
    """Tenants that came or left, by switch and month; one that was never a customer does not leave either."""
    tenants = behind(on_vlans(Tenant.objects.all()), "pod__switch", only)
    dated = tenants.filter(onboarded_on__isnull=False, **{f"{field}__lte": today})
    flow: dict[int, dict[date, int]] = defaultdict(dict)
    rows = dated.order_by().values_list("pod__switch", TruncMonth(field)).annotate(Count("pk"))
    for switch, month, count in rows:
        flow[switch][month] = count
    return flow


def network_flows(only: Collection[int] | None, *, today: date) -> dict[int, Flows]:
    """VLANs of tenants' networks that went live, and that were removed, by switch and month; of all for None."""
    networks = behind(Network.objects.filter(vlan__isnull=False), "vlan__switch", only)
    networks = networks.filter(live_on__isnull=False).order_by()
    flows: dict[int, Flows] = defaultdict(lambda: ({}, {}))
    for place, field in enumerate(("live_on", "removed_on")):
        dated = networks.filter(**{f"{field}__lte": today})
        for switch, month, count in dated.values_list("vlan__switch", TruncMonth(field)).annotate(Count("pk")):
            flows[switch][place][month] = count
    return flows


def _vlan_months(flow: Flows, months: Sequence[Month], today: date) -> tuple[Month, ...]:
    """From the first customer on, where that is earlier than the first network."""
    return series(came=flow[0], left=flow[1], today=today, since=months[0].first if months else None)


def _vcenter_rooms(switches: Sequence[CoreSwitch], networks: Mapping[int, int]) -> dict[int, VCenterRoom]:
    """Port groups by vCenter, over all pods of all switches, archived ones too: their networks are there still."""
    used: dict[int, int] = defaultdict(int)
    for pod, vcenter in Pod.objects.values_list("pk", "dvs__vcenter"):
        used[vcenter] += networks.get(pod, 0)
    names: dict[int, VCenter] = {}
    served: dict[int, list[str]] = defaultdict(list)
    for switch in switches:
        for pod_ in _pods(switch, networks):
            vcenter_ = pod_.dvs.vcenter
            names[vcenter_.pk] = vcenter_
            if switch.name not in served[vcenter_.pk]:
                served[vcenter_.pk].append(switch.name)
    return {pk: VCenterRoom(v.name, used[pk], tuple(served[pk])) for pk, v in names.items()}


def _pods(switch: CoreSwitch, networks: Mapping[int, int]) -> list[Pod]:
    """The pods of a switch that count: those in use, and archived ones that still carry networks."""
    return [pod for pod in switch.pods.all() if not pod.is_archived or networks.get(pod.pk)]


def _rooms_of(switch: CoreSwitch, gathered: _Gathered) -> tuple[VCenterRoom, ...]:
    keys = dict.fromkeys(pod.dvs.vcenter_id for pod in _pods(switch, gathered.networks))
    return tuple(gathered.rooms[key] for key in keys)


def _numbers(switch: CoreSwitch, gathered: _Gathered) -> Ceiling:
    pods = [pod.pk for pod in switch.pods.all()]
    return ceiling(
        bounds=bounds_of(switch),
        spans=spans_of(switch),
        counts=gathered.counts.get(switch.pk, Counts()),
        customers=sum(gathered.tenants.get(pod, 0) for pod in pods),
        networks=sum(gathered.networks.get(pod, 0) for pod in pods),
        vcenters=_rooms_of(switch, gathered),
    )


def bounds_of(switch: CoreSwitch) -> Bounds:
    return Bounds(
        vlans_per_tenant=switch.vlans_per_tenant,
        practical_percent=switch.practical_percent,
        max_active_vlans=switch.max_active_vlans,
        max_stp_instances=switch.max_stp_instances,
        max_logical_ports=switch.max_logical_ports,
        trunks=switch.trunks,
    )


def _months(gathered: _Gathered, switch: CoreSwitch, today: date) -> tuple[Month, ...]:
    return series(came=gathered.came.get(switch.pk, {}), left=gathered.left.get(switch.pk, {}), today=today)


def _report(switch: CoreSwitch, gathered: _Gathered, flow: Flows, today: date) -> SwitchReport:
    months = _months(gathered, switch, today)
    return SwitchReport(
        switch=switch,
        pods=tuple(
            PodCount(pod, gathered.tenants.get(pod.pk, 0), gathered.networks.get(pod.pk, 0))
            for pod in _pods(switch, gathered.networks)
        ),
        vcenters=_rooms_of(switch, gathered),
        ceiling=_numbers(switch, gathered),
        months=months,
        vlan_months=_vlan_months(flow, months, today),
    )


def lapsing_holds(*, until: datetime) -> list[LapsingHold]:
    """Tenants being onboarded whose held VLANs lapse before ``until``, soonest first."""
    soon = Tenant.objects.filter(
        networks__status=NetworkStatus.PLANNED,
        networks__vlan__state=VlanState.HELD,
        networks__vlan__until__lte=until,
    )
    found = soon.annotate(ends=Min("networks__vlan__until"), held=Count("networks")).order_by("ends", "name")
    return [LapsingHold(tenant, tenant.held, tenant.ends) for tenant in found]


def vlan_rows(switch: CoreSwitch) -> QuerySet[Vlan]:
    """The VLANs of a switch with the tenant that has each (``tenant_name``, ``tenant_slug``, ``network_role``)."""
    present = FilteredRelation("networks", condition=~Q(networks__status=NetworkStatus.REMOVED))
    last_move = VlanMove.objects.filter(vlan=OuterRef("pk")).order_by("-at", "-pk").values("at")[:1]
    return (
        Vlan.objects.filter(switch=switch)
        .select_related("switch")
        .annotate(
            present=present,
            tenant_name=F("present__tenant__name"),
            tenant_slug=F("present__tenant__slug"),
            network_role=F("present__role"),
            since=Subquery(last_move),
        )
        .order_by("vid")
    )
