"""The outlook of core switches: what is there, what the past says, when it is full, what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from capacity import census, history
from capacity.census import SwitchReport
from capacity.models.assumptions import current
from capacity.planning.advice import Advice, advise
from capacity.planning.ceiling import Ceiling
from capacity.planning.demand import Demand, Position, Room, Subject, mean_size
from capacity.planning.forecast import Backtest, Forecast, backtest, forecast
from capacity.planning.options import Case, Elsewhere, Reclaimable
from capacity.planning.ranking import Urgency, rank, urgency
from capacity.reclaiming import reclaimables
from capacity.remembering import each_remembered, fingerprint, key_of, remembered
from inventory.models import CoreSwitch

ELSEWHERE = 3
NOTHING_TO_RECLAIM = Reclaimable()


@dataclass(frozen=True, slots=True)
class Outlook:
    """Everything that the screens, the alerts and the report say about one core switch."""

    report: SwitchReport
    case: Case
    advice: Advice
    urgency: Urgency

    @property
    def switch(self) -> CoreSwitch:
        return self.report.switch

    @property
    def ceiling(self) -> Ceiling:
        return self.report.ceiling

    @property
    def forecast(self) -> Forecast:
        return self.case.forecast

    @property
    def mean_size(self) -> float:
        return mean_size(self.case.subject.demand)


def outlooks(*, today: date, also: CoreSwitch | None = None) -> list[Outlook]:
    """Every core switch in use (and ``also``, archived or not), what fills up next first."""
    key = f"{fingerprint(today=today)}:{also.pk if also and also.is_archived else ''}"
    return remembered(key, lambda: _reckoned(today, also))


def _reckoned(today: date, also: CoreSwitch | None) -> list[Outlook]:
    reports = census.reports(today=today, also=also)
    demands = history.demands(today=today, planned={r.switch.pk: r.switch.vlans_per_tenant for r in reports})
    subjects = [subject_of(report, demands[report.switch.pk]) for report in reports]
    reclaimable, assumed = reclaimables(today=today), current()
    cases = [
        Case(
            name=report.switch.name,
            today=today,
            ceiling=report.ceiling,
            subject=subject,
            forecast=future,
            vcenters=report.vcenters,
            elsewhere=_elsewhere(report, reports),
            reclaimable=reclaimable.get(report.switch.pk, NOTHING_TO_RECLAIM),
            assumptions=assumed,
            pods=len(report.pods),
        )
        for report, subject, future in zip(reports, subjects, _forecasts(subjects, today), strict=True)
    ]
    found = [
        Outlook(report, case, advice, urgency(ceiling=report.ceiling, forecast=case.forecast))
        for report, case, advice in zip(reports, cases, _advices(cases), strict=True)
    ]
    return rank(found, key=lambda outlook: (outlook.urgency, outlook.ceiling, outlook.forecast))


def _forecasts(subjects: Sequence[Subject], today: date) -> list[Forecast]:
    """One change touches one switch: only what its own inputs changed for is simulated anew."""
    return each_remembered(
        subjects,
        named=lambda subject: key_of("forecast", today, subject),
        make=lambda unknown: forecast(unknown, today=today),
    )


def _advices(cases: Sequence[Case]) -> list[Advice]:
    return each_remembered(
        cases, named=lambda case: key_of("advice", case), make=lambda unknown: [advise(case) for case in unknown]
    )


def backtest_of(outlook: Outlook) -> Backtest | None:
    """How the forecast would have done on this switch's own past; None where there is too little of it."""
    subject, today = outlook.case.subject, outlook.case.today
    return remembered(key_of("backtest", today, subject), lambda: backtest(subject, today=today))


def subject_of(report: SwitchReport, demand: Demand) -> Subject:
    """A switch as the forecast sees it."""
    ceiling = report.ceiling
    return Subject(
        name=report.switch.slug,
        position=Position(ceiling.customers, ceiling.counts.taken),
        demand=demand,
        room=room_of(ceiling),
    )


def room_of(ceiling: Ceiling) -> Room:
    """By customers as planned, or by VLANs, whichever is first; the hard ceiling is VLANs alone."""
    return Room(
        practical_customers=ceiling.practical,
        practical_vlans=ceiling.limit * ceiling.bounds.practical_percent // 100,
        hard_vlans=ceiling.limit,
    )


def _elsewhere(report: SwitchReport, reports: Sequence[SwitchReport]) -> tuple[Elsewhere, ...]:
    """The switches with the most headroom; more than a few are no better an answer."""
    others = [
        Elsewhere(other.switch.name, other.ceiling.headroom)
        for other in reports
        if other.switch.pk != report.switch.pk
        and not other.switch.is_archived
        and any(count.pod.accepts_tenants and not count.pod.is_archived for count in other.pods)
    ]
    return tuple(sorted(others, key=lambda other: -other.headroom)[:ELSEWHERE])
