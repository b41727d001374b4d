"""Reads the past of core switches from dated records: a fixed number of aggregates, however many tenants."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import TruncMonth

from capacity.census import behind
from capacity.counting import on_vlans
from capacity.planning.demand import Demand, Flow, Known
from capacity.planning.timeline import add_months, month_of
from tenants.models import Network, Tenant

ByMonth = Mapping[date, int]


def demands(
    *,
    today: date,
    planned: Mapping[int, int],
    known: Mapping[int, Sequence[Known]] | None = None,
    everywhere: bool = True,
) -> dict[int, Demand]:
    """The demand of every core switch in ``planned`` (key of the switch → VLANs planned for a customer).

    A customer's first VLANs are those that went live with it; later ones are growth, whoever asked for them.
    ``everywhere``: these are all switches, or nearly; else only their own rows are read.
    """
    only = None if everywhere else planned.keys()
    dated = behind(on_vlans(Tenant.objects.all()), "pod__switch", only)
    dated = dated.filter(onboarded_on__isnull=False, onboarded_on__lte=today).order_by()
    networks = behind(Network.objects.filter(vlan__isnull=False), "tenant__pod__switch", only)
    networks = networks.filter(live_on__isnull=False, live_on__lte=today).order_by()
    came = _monthly(dated, "onboarded_on", "pod__switch")
    left = _monthly(dated.filter(departed_on__lte=today), "departed_on", "pod__switch")
    later = networks.filter(live_on__gt=F("tenant__onboarded_on"))
    grown = _monthly(later, "live_on", "tenant__pod__switch")
    stayed = Q(tenant__departed_on=None) | Q(tenant__departed_on__gt=F("removed_on"))
    shed = _monthly(networks.filter(stayed, removed_on__lte=today), "removed_on", "tenant__pod__switch")
    sizes = _sizes(networks)
    return {
        switch: Demand(
            months=flows(came[switch], left[switch], grown[switch], shed[switch], today=today),
            sizes=sizes.get(switch, ()),
            planned_size=size,
            known=tuple((known or {}).get(switch, ())),
        )
        for switch, size in planned.items()
    }


def flows(came: ByMonth, left: ByMonth, grown: ByMonth, shed: ByMonth, *, today: date) -> tuple[Flow, ...]:
    """Every complete month from the first in which anything happened; the month that runs is not complete."""
    recorded = came.keys() | left.keys()
    if not recorded:
        return ()
    months, month = [], min(recorded)
    while month < month_of(today):
        months.append(Flow(month, *(counts.get(month, 0) for counts in (came, left, grown, shed))))
        month = add_months(month, 1)
    return tuple(months)


def _monthly(rows: QuerySet[Tenant] | QuerySet[Network], field: str, switch: str) -> dict[int, dict[date, int]]:
    found: dict[int, dict[date, int]] = defaultdict(dict)
    for key, month, count in rows.values_list(switch, TruncMonth(field)).annotate(Count("pk")):
        found[key][month] = count
    return found


def _sizes(networks: QuerySet[Network]) -> dict[int, tuple[int, ...]]:
    """How many VLANs each newcomer began with, by switch, smallest first."""
    first = networks.filter(live_on__lte=F("tenant__onboarded_on"))
    each: Iterable[tuple[int, int]] = (
        first.values_list("tenant__pod__switch", "tenant")
        .annotate(n=Count("pk"))
        .values_list("tenant__pod__switch", "n")
    )
    found: dict[int, list[int]] = defaultdict(list)
    for switch, size in each:
        found[switch].append(size)
    return {switch: tuple(sorted(of_switch)) for switch, of_switch in found.items()}
