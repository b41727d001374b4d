"""The outlook of core switches: what is there, what the past says, when it is full, what to do."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.urls import reverse

from capacity.census import SwitchReport
from capacity.contracts import known
from capacity.facts import Facts, facts, facts_of
from capacity.models.assumptions import current
from capacity.planning.advice import Advice, advise
from capacity.planning.ceiling import Ceiling
from capacity.planning.costs import Assumptions
from capacity.planning.demand import Demand, Known, Position, Room, Subject, mean_size
from capacity.planning.forecast import Backtest, Forecast, Interval, backtest, forecast
from capacity.planning.options import Case, Choice, Elsewhere
from capacity.planning.ranking import Urgency, rank, urgency
from capacity.remembering import each_remembered, fingerprint, kept_many, key_of, remembered
from inventory.models import CoreSwitch

CANDIDATES, ELSEWHERE = 6, 3  # of the roomiest switches, those with the most to spare are offered


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


@dataclass(frozen=True, slots=True)
class Brief:
    """What a ranking says of one switch. ``key``: that of its inputs, under which the whole outlook is remembered."""

    key: str
    pk: int
    name: str
    slug: str
    urgency: Urgency
    practical: Interval
    choice: Choice
    fill: int
    customers: int
    practical_ceiling: int
    practical_in_force: int
    unclaimed: int

    @property
    def url(self) -> str:
        return reverse("capacity:switch", args=[self.slug])


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that the outlook of one switch is reckoned from. ``key``: equal for equal inputs."""

    facts: Facts
    subject: Subject
    elsewhere: tuple[Elsewhere, ...]
    assumptions: Assumptions
    today: date
    key: str


def outlooks(*, today: date) -> list[Outlook]:
    """Every core switch in use, what fills up next first."""
    found = _outlooks(_inputs(facts(today=today), today))
    return rank(found, key=lambda one: (one.urgency, one.ceiling.fill, one.forecast.practical))


def ranked(*, today: date) -> list[Brief]:
    """Every core switch in use in few words, what fills up next first."""
    return remembered(fingerprint(today=today), lambda: _ranked(_inputs(facts(today=today), today)))


def some(briefs: Sequence[Brief], *, today: date) -> list[Outlook]:
    """The whole outlook of these switches, in their order."""
    known = kept_many([brief.key for brief in briefs])
    if len(known) < len(briefs):
        inputs = {one.key: one for one in _inputs(facts(today=today), today)}
        return _outlooks([inputs[brief.key] for brief in briefs])
    return [known[brief.key] for brief in briefs]


def outlook_of(switch: CoreSwitch, *, today: date) -> Outlook:
    """One core switch, archived or not."""
    brief = next((brief for brief in ranked(today=today) if brief.pk == switch.pk), None)
    if brief is not None:
        return some([brief], today=today)[0]
    return _outlooks(_inputs([*facts(today=today), facts_of(switch, today=today)], today)[-1:])[0]


def _inputs(all_facts: Sequence[Facts], today: date) -> list[Inputs]:
    assumed, contracts = current(), known(today=today)
    places = _places(all_facts, today=today, months=assumed.horizon_months)
    return [_inputs_of(one, places, assumed, contracts.get(one.report.switch.pk, ()), today) for one in all_facts]


def _inputs_of(
    one: Facts, places: Sequence[tuple[int, Elsewhere]], assumed: Assumptions, contracts: tuple[Known, ...], today: date
) -> Inputs:
    elsewhere = tuple(place for pk, place in places if pk != one.report.switch.pk)[:ELSEWHERE]
    subject = subject_of(one.report, replace(one.demand, known=contracts))
    return Inputs(
        one, subject, elsewhere, assumed, today, key_of("outlook", one.key, contracts, elsewhere, assumed, today)
    )


def _outlooks(inputs: Sequence[Inputs]) -> list[Outlook]:
    """One change touches one switch: only what its own inputs changed for is reckoned anew."""
    return each_remembered(inputs, named=lambda one: one.key, make=_reckon)


def _ranked(inputs: Sequence[Inputs]) -> list[Brief]:
    briefs = each_remembered(
        inputs,
        named=lambda one: f"brief:{one.key}",
        make=lambda unknown: [_brief(one, seen) for one, seen in zip(unknown, _outlooks(unknown), strict=True)],
    )
    return rank(briefs, key=lambda brief: (brief.urgency, brief.fill, brief.practical))


def _brief(inputs: Inputs, outlook: Outlook) -> Brief:
    ceiling = outlook.ceiling
    return Brief(
        key=inputs.key,
        pk=outlook.switch.pk,
        name=outlook.switch.name,
        slug=outlook.switch.slug,
        urgency=outlook.urgency,
        practical=outlook.forecast.practical,
        choice=outlook.advice.choice,
        fill=ceiling.fill,
        customers=ceiling.customers,
        practical_ceiling=ceiling.practical,
        practical_in_force=ceiling.practical_in_force,
        unclaimed=ceiling.counts.unclaimed,
    )


def _reckon(inputs: Sequence[Inputs]) -> list[Outlook]:
    """Simulated together, which takes less than one by one."""
    if not inputs:
        return []
    futures = forecast([one.subject for one in inputs], today=inputs[0].today)
    return [_outlook(one, future) for one, future in zip(inputs, futures, strict=True)]


def _outlook(inputs: Inputs, future: Forecast) -> Outlook:
    report = inputs.facts.report
    case = Case(
        name=report.switch.name,
        today=inputs.today,
        ceiling=report.ceiling,
        subject=inputs.subject,
        forecast=future,
        vcenters=report.vcenters,
        elsewhere=inputs.elsewhere,
        reclaimable=inputs.facts.reclaimable,
        assumptions=inputs.assumptions,
        pods=len(report.pods),
    )
    return Outlook(report, case, advise(case), urgency(ceiling=report.ceiling, forecast=future))


@dataclass(frozen=True, slots=True)
class Told:
    """A case with its advice: one switch's, or the sum of all."""

    case: Case
    advice: Advice


def advice_of(case: Case) -> Advice:
    """What to do about a case that is no single switch's. Its forecast follows from the subject."""
    weighed = (case.subject, case.ceiling, case.vcenters, case.elsewhere, case.reclaimable, case.assumptions)
    return remembered(key_of("advice", case.today, *weighed), lambda: advise(case))


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


def _places(all_facts: Sequence[Facts], *, today: date, months: int) -> list[tuple[int, Elsewhere]]:
    """The switches where new customers may go, by key, the roomiest first, with what their own growth takes."""
    open_ = [one for one in all_facts if _takes_tenants(one.report)]
    open_.sort(key=lambda one: (-one.report.ceiling.headroom, one.report.switch.name))
    roomiest = open_[:CANDIDATES]
    needs = each_remembered(
        roomiest,
        named=lambda one: key_of("own need", one.key, today, months),
        make=lambda unknown: _own_needs(unknown, today=today, months=months),
    )
    places = [
        (one.report.switch.pk, Elsewhere(one.report.switch.name, _in_tens(one.report.ceiling.headroom), own_need=need))
        for one, need in zip(roomiest, needs, strict=True)
    ]
    return sorted(places, key=lambda place: (-place[1].spare, place[1].name))


def _takes_tenants(report: SwitchReport) -> bool:
    pods = [count.pod for count in report.pods]
    return not report.switch.is_archived and any(pod.accepts_tenants and not pod.is_archived for pod in pods)


def _own_needs(all_facts: Sequence[Facts], *, today: date, months: int) -> list[int]:
    """How many customers each will have more at the horizon, by the median, in tens."""
    futures = forecast([subject_of(one.report, one.demand) for one in all_facts], today=today)
    now = [one.report.ceiling.customers for one in all_facts]
    then = [future.highest_customers.p50[min(months, len(future.highest_customers.p50) - 1)] for future in futures]
    return [max(0, -_in_tens(math.floor(before - after))) for before, after in zip(now, then, strict=True)]


def _in_tens(count: int) -> int:
    """Rounded down where it is large: one customer more elsewhere is no reason to weigh everything again."""
    return count if abs(count) < 100 else count // 10 * 10
