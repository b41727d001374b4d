"""The outlook of core switches: what is there, what the past says, when it is full, what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from capacity import census, history
from capacity.census import SwitchReport
from capacity.planning.advice import Advice, advise
from capacity.planning.ceiling import Ceiling
from capacity.planning.costs import Assumptions
from capacity.planning.demand import Demand, Position, Room, Subject
from capacity.planning.forecast import Forecast, forecast
from capacity.planning.options import Case, Elsewhere
from inventory.models import CoreSwitch


@dataclass(frozen=True, slots=True)
class Outlook:
    """Everything that the screens, the alerts and the report say about one core switch."""

    report: SwitchReport
    case: Case
    advice: Advice

    @property
    def switch(self) -> CoreSwitch:
        return self.report.switch

    @property
    def ceiling(self) -> Ceiling:
        return self.report.ceiling

    @property
    def forecast(self) -> Forecast:
        return self.case.forecast


def outlooks(*, today: date, also: CoreSwitch | None = None) -> list[Outlook]:
    """Every core switch in use (and ``also``, archived or not), what fills up next first."""
    reports = census.reports(today=today, also=also)
    demands = history.demands(today=today, planned={r.switch.pk: r.switch.vlans_per_tenant for r in reports})
    subjects = [subject_of(report, demands[report.switch.pk]) for report in reports]
    futures = forecast(subjects, today=today)
    cases = [
        Case(
            name=report.switch.name,
            today=today,
            ceiling=report.ceiling,
            subject=subject,
            forecast=future,
            vcenters=report.vcenters,
            elsewhere=_elsewhere(report, reports),
            assumptions=Assumptions(),
        )
        for report, subject, future in zip(reports, subjects, futures, strict=True)
    ]
    return [Outlook(report, case, advise(case)) for report, case in zip(reports, cases, strict=True)]


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
    return tuple(
        Elsewhere(other.switch.name, other.ceiling.headroom)
        for other in reports
        if other.switch.pk != report.switch.pk
        and not other.switch.is_archived
        and any(count.pod.accepts_tenants and not count.pod.is_archived for count in other.pods)
    )
