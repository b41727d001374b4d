"""Puts the report together: every figure, every assumption, every sentence of it."""

from collections.abc import Collection
from datetime import date, datetime

from capacity import census
from capacity.models.assumptions import current
from capacity.outlook import Outlook, backtest_of, outlooks
from capacity.planning.timeline import series
from capacity.reporting.definitions import DEFINITIONS, assumed
from capacity.reporting.summary import summary
from capacity.reporting.values import Report, SwitchPart


def assemble(*, day: date, now: datetime, only: Collection[str] = ()) -> Report:
    """The report as of ``day``, today or earlier, for the switches of these slugs; for all where none is named.

    Costs and prices are those assumed now: what was assumed then is not on record.
    """
    found = [outlook for outlook in outlooks(today=day) if not only or outlook.switch.slug in only]
    flows = census.network_flows([outlook.switch.pk for outlook in found], today=day)
    parts = tuple(_part(outlook, *flows[outlook.switch.pk]) for outlook in found)
    assumptions = current()
    return Report(
        day=day,
        made_at=now,
        chosen=tuple(sorted(only)),
        exact=all(outlook.report.exact for outlook in found),
        notes=tuple(dict.fromkeys(note for outlook in found for note in outlook.report.notes)),
        summary=summary(parts, day=day, assumptions=assumptions),
        switches=parts,
        assumptions=assumptions,
        assumed=assumed(assumptions),
        definitions=DEFINITIONS,
    )


def _part(outlook: Outlook, came: dict[date, int], left: dict[date, int]) -> SwitchPart:
    report, switch = outlook.report, outlook.switch
    months, today = report.months, outlook.case.today
    return SwitchPart(
        name=switch.name,
        slug=switch.slug,
        platform=switch.get_platform_display(),
        site=switch.site,
        pods=tuple((count.pod.name, count.tenants, count.networks) for count in report.pods),
        ceiling=report.ceiling,
        demand=outlook.case.subject.demand,
        forecast=outlook.forecast,
        advice=outlook.advice,
        urgency=outlook.urgency,
        customers_by_month=months,
        vlans_by_month=series(came=came, left=left, today=today, since=months[0].first if months else None),
        backtest=backtest_of(outlook),
        notes=(*report.notes, *outlook.forecast.notes),
    )
