"""Puts the report together: every figure, every assumption, every sentence of it."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from capacity.models.assumptions import current
from capacity.outlook import Brief, Outlook, backtest_of, ranked, some
from capacity.planning.ranking import Urgency
from capacity.reporting.definitions import DEFINITIONS, assumed
from capacity.reporting.summary import summary
from capacity.reporting.values import Report, SwitchPart, Whole


def assemble(*, day: date, now: datetime, only: Collection[str] = (), most: int | None = None) -> Report:
    """The report as of ``day``, today or earlier, for the switches of these slugs; for all where none is named.

    ``most``: tell no more switches in full than these, what fills up next first; the rest are named. Costs and prices
    are those assumed now: what was assumed then is not on record.
    """
    briefs = [brief for brief in ranked(today=day) if not only or brief.slug in only]
    found = some(briefs[:most], today=day)
    parts = tuple(_part(outlook) for outlook in found)
    assumptions, whole = current(), _whole(briefs, told=len(parts))
    return Report(
        day=day,
        made_at=now,
        chosen=tuple(sorted(only)),
        exact=all(outlook.report.exact for outlook in found),
        notes=tuple(dict.fromkeys(note for outlook in found for note in outlook.report.notes)),
        summary=summary(parts, whole=whole, day=day, assumptions=assumptions),
        whole=whole,
        switches=parts,
        assumptions=assumptions,
        assumed=assumed(assumptions),
        definitions=DEFINITIONS,
    )


def _whole(briefs: Sequence[Brief], *, told: int) -> Whole:
    return Whole(
        switches=len(briefs),
        customers=sum(brief.customers for brief in briefs),
        practical=sum(brief.practical_ceiling for brief in briefs),
        past=sum(brief.urgency in (Urgency.FULL, Urgency.PAST) for brief in briefs),
        further=tuple((brief.name, brief.slug) for brief in briefs[told:]),
    )


def _part(outlook: Outlook) -> SwitchPart:
    report, switch = outlook.report, outlook.switch
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
        customers_by_month=report.months,
        vlans_by_month=report.vlan_months,
        backtest=backtest_of(outlook),
        notes=(*report.notes, *outlook.forecast.notes),
    )
