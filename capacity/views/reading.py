"""The reading pages of capacity: what fills up next, one switch, its VLANs."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import django_tables2 as tables
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.roles import EVERYONE, READ_CAPACITY, allow, holds
from capacity import census, vlan_map
from capacity.alerts import open_alerts
from capacity.figures import fan_figure, months_ahead
from capacity.filters import VlanFilter
from capacity.outlook import Brief, Told, advice_of, backtest_of, outlook_of, ranked, some
from capacity.planning.forecast import Forecast
from capacity.planning.ranking import Urgency
from capacity.planning.timeline import Month, months_on
from capacity.scenarios import LiveData
from capacity.tables import VlanTable
from inventory.models import CoreSwitch, Vlan
from inventory.models.switches import FIRST_VLAN_ID, LAST_VLAN_ID
from tenants.models import NetworkRole, NetworkStatus

LAPSES_WITHIN = timedelta(days=3)
HOLDS_SHOWN = 5
PER_PAGE = 50
SWITCHES_SHOWN = 8
HANDS_SHOWN = 5


@allow(EVERYONE)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """What needs a hand, then what fills up next; a customer is led to its own tenant."""
    if not holds(request.user, READ_CAPACITY):
        return redirect("tenants:tenants")
    today = timezone.localdate()
    found = ranked(today=today)
    shown = some(found[:SWITCHES_SHOWN], today=today)
    lapsing = census.lapsing_holds(until=timezone.now() + LAPSES_WITHIN)
    context = {
        "next": shown[0] if shown else None,
        "then": shown[1:],
        "more": len(found) - len(shown),
        "alerts": open_alerts(),
        **_needing_a_hand(found),
        "lapsing": lapsing[:HOLDS_SHOWN],
        "lapsing_more": max(0, len(lapsing) - HOLDS_SHOWN),
    }
    return render(request, "capacity/overview.html", context)


def _needing_a_hand(found: Sequence[Brief]) -> dict[str, Any]:
    """The first few of each kind, and how many more there are."""
    past = [brief for brief in found if brief.urgency in (Urgency.FULL, Urgency.PAST)]
    unclaimed = [brief for brief in found if brief.unclaimed]
    return {
        "past": past[:HANDS_SHOWN],
        "past_more": max(0, len(past) - HANDS_SHOWN),
        "unclaimed": unclaimed[:HANDS_SHOWN],
        "unclaimed_more": max(0, len(unclaimed) - HANDS_SHOWN),
    }


@allow(READ_CAPACITY)
@require_safe
def switches(request: HttpRequest) -> HttpResponse:
    """Every core switch with its numbers, side by side."""
    today = timezone.localdate()
    page = Paginator(ranked(today=today), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "outlooks": some(list(page), today=today)}
    return render(request, "capacity/switches.html", context)


@allow(READ_CAPACITY)
@require_safe
def provider(request: HttpRequest) -> HttpResponse:
    """All core switches as one: when the whole provider is full, and what to do."""
    live = LiveData(today=timezone.localdate()).of(None)
    told = None if live is None else Told(live.case, advice_of(live.case))
    return render(request, "capacity/provider.html", {"outlook": told, "parts": live.parts if live else ()})


@allow(READ_CAPACITY)
@require_safe
def switch(request: HttpRequest, slug: str) -> HttpResponse:
    """One core switch: when it is full and what to do, how that came about, past and future, the map of its IDs."""
    shown = get_object_or_404(CoreSwitch, slug=slug)
    today = timezone.localdate()
    outlook = outlook_of(shown, today=today)
    months, vlans_by_month = outlook.report.months, outlook.report.vlan_months
    cells = vlan_map.cells(shown)
    context = {
        "outlook": outlook,
        "report": outlook.report,
        "switch": shown,
        "figure": fan_figure(
            customers=months, vlans=vlans_by_month, ceiling=outlook.ceiling, forecast=outlook.forecast
        ),
        "backtest": backtest_of(outlook),
        "history": _history(months, vlans_by_month),
        "future": _future(outlook.forecast),
        "roles": _roles(cells),
        **_map_context(shown, cells),
    }
    return render(request, "capacity/switch.html", context)


def _map_context(shown: CoreSwitch, cells: Sequence[vlan_map.Cell]) -> dict[str, Any]:
    return {"layers": vlan_map.layers(cells), "island": vlan_map.island(shown, cells), "ticks": vlan_map.ticks()}


def _history(customers: Sequence[Month], vlans: Sequence[Month]) -> list[dict[str, Any]]:
    """The chart's table, newest first; a month before the first customer has none."""
    by_month = {month.first: month for month in customers}
    return [
        {"month": month.first, "customers": by_month.get(month.first), "vlans": month.count}
        for month in reversed(vlans)
    ]


def _future(forecast: Forecast) -> list[dict[str, Any]]:
    """The chart's other table: what is drawn of the forecast, by month from the next on."""
    return [
        {
            "day": months_on(forecast.today, month),
            "customers": [
                curve[month] for curve in (forecast.customers.p10, forecast.customers.p50, forecast.customers.p90)
            ],
            "vlans": [curve[month] for curve in (forecast.vlans.p10, forecast.vlans.p50, forecast.vlans.p90)],
        }
        for month in range(1, months_ahead(forecast) + 1)
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
