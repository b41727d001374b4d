"""The reading pages of capacity: what fills up next, one switch, its VLANs."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import django_tables2 as tables
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.roles import EVERYONE, READ_CAPACITY, allow, holds
from capacity import census, vlan_map
from capacity.figures import trend_figure
from capacity.filters import VlanFilter
from capacity.planning.ranking import Urgency
from capacity.planning.timeline import Month, series
from capacity.tables import VlanTable
from inventory.models import CoreSwitch, Vlan
from inventory.models.switches import FIRST_VLAN_ID, LAST_VLAN_ID
from tenants.models import NetworkRole, NetworkStatus

LAPSES_WITHIN = timedelta(days=3)
HOLDS_SHOWN = 5
PER_PAGE = 50


@allow(EVERYONE)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """What needs a hand, then the core switches by what fills up next; a customer is led to its own tenant."""
    if not holds(request.user, READ_CAPACITY):
        return redirect("tenants:tenants")
    found = census.reports(today=timezone.localdate())
    lapsing = census.lapsing_holds(until=timezone.now() + LAPSES_WITHIN)
    context = {
        "reports": found,
        "past": [report for report in found if report.urgency in (Urgency.FULL, Urgency.PAST)],
        "unclaimed": [report for report in found if report.ceiling.counts.unclaimed],
        "lapsing": lapsing[:HOLDS_SHOWN],
        "lapsing_more": max(0, len(lapsing) - HOLDS_SHOWN),
    }
    return render(request, "capacity/overview.html", context)


@allow(READ_CAPACITY)
@require_safe
def switches(request: HttpRequest) -> HttpResponse:
    """Every core switch with its numbers, side by side."""
    return render(request, "capacity/switches.html", {"reports": census.reports(today=timezone.localdate())})


@allow(READ_CAPACITY)
@require_safe
def switch(request: HttpRequest, slug: str) -> HttpResponse:
    """One core switch: numbers and how they came about, the line over time, the map of its IDs."""
    shown = get_object_or_404(CoreSwitch, slug=slug)
    today = timezone.localdate()
    report = next(r for r in census.reports(today=today, also=shown) if r.switch.pk == shown.pk)
    came, left = census.network_flow(shown, today=today)
    vlans_by_month = series(came=came, left=left, today=today, since=_first(report.months))
    cells = vlan_map.cells(shown)
    context = {
        "report": report,
        "switch": shown,
        "figure": trend_figure(customers=report.months, vlans=vlans_by_month, ceiling=report.ceiling),
        "history": _history(report.months, vlans_by_month),
        "roles": _roles(cells),
        **_map_context(shown, cells),
    }
    return render(request, "capacity/switch.html", context)


def _map_context(shown: CoreSwitch, cells: Sequence[vlan_map.Cell]) -> dict[str, Any]:
    return {"layers": vlan_map.layers(cells), "island": vlan_map.island(shown, cells), "ticks": vlan_map.ticks()}


def _first(months: Sequence[Month]) -> Any:
    return months[0].first if months else None


def _history(customers: Sequence[Month], vlans: Sequence[Month]) -> list[dict[str, Any]]:
    """The chart's table, newest first; a month before the first customer has none."""
    by_month = {month.first: month for month in customers}
    return [
        {"month": month.first, "customers": by_month.get(month.first), "vlans": month.count}
        for month in reversed(vlans)
    ]


def _roles(cells: Sequence[vlan_map.Cell]) -> list[tuple[NetworkRole, int]]:
    found = Counter(cell.role for cell in cells if cell.role)
    return [(role, found[role.value]) for role in NetworkRole if found[role.value]]


@allow(READ_CAPACITY)
@require_safe
def vlans(request: HttpRequest, slug: str) -> HttpResponse:
    """The VLANs behind a number: filtered by state, role, tenant or ID."""
    shown = get_object_or_404(CoreSwitch, slug=slug)
    wanted = VlanFilter(request.GET, queryset=census.vlan_rows(shown))
    table = VlanTable(wanted.qs)
    tables.RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    context = {"switch": shown, "filter": wanted, "table": table}
    return render(request, "capacity/vlans.html", context)


@allow(READ_CAPACITY)
@require_safe
def vlan(request: HttpRequest, slug: str, vid: int) -> HttpResponse:
    """One VLAN: its state, who has it, and every recorded move."""
    shown = get_object_or_404(Vlan.objects.select_related("switch"), switch__slug=slug, vid=vid)
    moves = list(shown.moves.select_related("by"))
    networks = list(shown.networks.select_related("tenant").order_by("-pk"))
    context = {
        "vlan": shown,
        "switch": shown.switch,
        "moves": moves,
        "since": moves[0].at if moves else None,
        "network": next((n for n in networks if n.status != NetworkStatus.REMOVED), None),
        "former": [n for n in networks if n.status == NetworkStatus.REMOVED],
        "previous_vid": vid - 1 if vid > FIRST_VLAN_ID else None,
        "next_vid": vid + 1 if vid < LAST_VLAN_ID else None,
    }
    return render(request, "capacity/vlan.html", context)
