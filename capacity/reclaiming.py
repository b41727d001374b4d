"""VLANs that might be had back: three queries for all core switches, however many tenants there are."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime, time
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Min, Q, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils import timezone

from capacity.census import behind
from capacity.planning.options import Candidate, Reclaimable
from inventory.models import Vlan, VlanState
from tenants.models import Network, NetworkRole, NetworkStatus

# A network of these roles without a prefix has nothing routed to it. The two required roles are what a tenant fails
# over into: they are in use whether anything is routed or not.
DISPENSABLE = (NetworkRole.REPLICATION, NetworkRole.EXTRA)
UNUSED = Q(status=NetworkStatus.LIVE, role__in=DISPENSABLE, prefix="")
TENANTS_LISTED = 20  # of each switch; the rest are counted


def reclaimables(*, today: date, only: Collection[int] | None = None) -> dict[int, Reclaimable]:
    """What could be had back, by the key of the core switch; a switch without anything is left out.

    ``only``: the keys of the switches to look at; None: all.
    """
    over, unused, tenants = _quarantine_over(today, only), _without_use(only), _more_than_used(only)
    return {
        switch: Reclaimable(
            quarantine_over=tuple(over.get(switch, ())),
            without_use=tuple(unused.get(switch, ())),
            more_than_used=tuple(tenants.get(switch, ())),
        )
        for switch in sorted(over.keys() | unused.keys())
    }


def _quarantine_over(today: date, only: Collection[int] | None) -> dict[int, list[Candidate]]:
    """Quarantined VLANs whose date passed before today began."""
    began = timezone.make_aware(datetime.combine(today, time.min))
    rows = (
        behind(Vlan.objects.all(), "switch", only)
        .filter(state=VlanState.QUARANTINED, until__lt=began)
        .order_by()
        .values_list("switch", "switch__slug")
        .annotate(count=Count("pk"), oldest=Min("until"))
    )
    return {
        switch: [
            Candidate(
                what="Quarantine over",
                vlans=count,
                evidence=f"the oldest since {_day(timezone.localtime(oldest).date())}",
                url=_rows_of(slug, state=VlanState.QUARANTINED.value),
            )
        ]
        for switch, slug, count, oldest in rows
    }


def _without_use(only: Collection[int] | None) -> dict[int, list[Candidate]]:
    rows = (
        behind(Network.objects.filter(vlan__isnull=False), "vlan__switch", only)
        .filter(UNUSED)
        .order_by("role")
        .values_list("vlan__switch", "vlan__switch__slug", "role")
        .annotate(count=Count("pk"))
    )
    found: dict[int, list[Candidate]] = defaultdict(list)
    for switch, slug, role, count in rows:
        found[switch].append(
            Candidate(
                what=f"Networks without use: {NetworkRole(role).label}",
                vlans=count,
                evidence="live, and without a prefix: nothing is routed there",
                url=_rows_of(slug, role=role, use="none"),
            )
        )
    return found


def _more_than_used(only: Collection[int] | None) -> dict[int, list[Candidate]]:
    """The tenants with the most VLANs without use, switch by switch; those not listed are counted in one line."""
    each = (
        behind(Network.objects.filter(vlan__isnull=False), "vlan__switch", only)
        .filter(status=NetworkStatus.LIVE)
        .order_by()
        .values("vlan__switch", "tenant", "tenant__name", "tenant__slug")
        .annotate(has=Count("pk"), unused=Count("pk", filter=UNUSED))
        .filter(unused__gt=0)
        .annotate(
            place=Window(RowNumber(), partition_by=F("vlan__switch"), order_by=[F("unused").desc(), F("tenant__name")]),
            tenants=Window(Count("*"), partition_by=F("vlan__switch")),
        )
        .filter(place__lte=TENANTS_LISTED)
        .order_by("vlan__switch", "place")
    )
    found: dict[int, list[Candidate]] = defaultdict(list)
    for row in each:
        found[row["vlan__switch"]].append(_tenant(row))
        if row["place"] == TENANTS_LISTED and row["tenants"] > TENANTS_LISTED:
            found[row["vlan__switch"]].append(
                Candidate("", 0, f"and {row['tenants'] - TENANTS_LISTED:,} more customers")
            )
    return found


def _tenant(row: Mapping[str, Any]) -> Candidate:
    has, unused = row["has"], row["unused"]
    return Candidate(
        what=row["tenant__name"],
        vlans=unused,
        evidence=f"has {has}, uses {has - unused}",
        url=reverse("tenants:tenant", args=[row["tenant__slug"]]),
    )


def _rows_of(slug: str, **query: str) -> str:
    return f"{reverse('capacity:vlans', args=[slug])}?{urlencode(query)}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
