"""The ways out that buy nothing: stay, reclaim, tighten, rebalance."""

from dataclasses import dataclass, replace

from capacity.planning.costs import FREE, Price
from capacity.planning.demand import Room, Subject, mean_size
from capacity.planning.forecast import Forecast, Interval, forecast
from capacity.planning.options.ahead import Terms
from capacity.planning.options.rooms import NOTHING, dates, more, not_before, overhang, places
from capacity.planning.options.values import Candidate, Case, Choice, Elsewhere, Option

PATHS = 400  # futures of the tightened switch: one date in a table, of every switch on the overview
LISTED = 3  # customers named in a sentence; the page lists them all


@dataclass(frozen=True, slots=True)
class Words:
    """What is said about an option: see ``Option``."""

    needs: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


SILENT = Words()


def option(
    choice: Choice,
    case: Case,
    *,
    price: Price = FREE,
    until: tuple[Interval, Interval] | None = None,
    gained: int = 0,
    why_not: str = "",
    words: Words = SILENT,
    serves_all: bool = False,
) -> Option:
    """An option before its cost is reckoned; what cannot be done gains nothing and changes no date."""
    as_it_is = (case.forecast.practical, case.forecast.hard)
    practical, hard = as_it_is if why_not or until is None else until
    return Option(
        choice=choice,
        why_not=why_not,
        capital=price.capital,
        monthly=price.monthly,
        cost=0,
        lead_days=price.lead_days,
        practical=practical,
        hard=hard,
        gained=0 if why_not else gained,
        needs=words.needs,
        risks=words.risks,
        details=words.details,
        per_tenant=price.per_tenant,
        serves_all=serves_all,
        unknown=words.unknown,
    )


def full_at(case: Case, extra: Room, ahead: Forecast | None = None) -> tuple[Interval, Interval]:
    """The practical and the hard date in a room that is ``extra`` larger; never earlier than as it is."""
    base = case.forecast
    if extra == NOTHING and ahead is None:
        return base.practical, base.hard
    practical, hard = dates(ahead or base, case.rooms_by_month, extra=extra, today=case.today)
    return not_before(practical, base.practical), not_before(hard, base.hard)


def stay(terms: Terms) -> Option:
    return option(
        Choice.STAY,
        terms.case,
        words=Words(
            risks=("Once the ceiling is reached, new customers have to be turned away.",),
            details=(f"Places to the practical ceiling: {terms.places:,}, present customers included.",),
        ),
    )


def reclaim(terms: Terms) -> Option:
    """VLANs given back lift the limits in VLANs; the planned number of customers stays what it is."""
    case, found = terms.case, terms.case.reclaimable
    unused = sum(candidate.vlans for candidate in found.without_use)
    extra = Room(0, unused, unused)
    gained = places(more(case.room, extra), position=case.subject.position, size=terms.size) - terms.places
    assumed = case.assumptions
    work = unused * assumed.hours_per_reclaimed_vlan * assumed.hourly_rate
    return option(
        Choice.RECLAIM,
        case,
        price=Price(work, 0, 0, assumed.reclaim_lead_days),
        until=full_at(case, extra),
        gained=gained,
        why_not="" if found.vlans else "There is nothing to reclaim: no quarantine is over, no network is without use.",
        words=Words(
            needs=("The customer's word that a network may go, for each of them.",),
            risks=("A network without a prefix may be a stretched layer 2 that is in use: look before you remove it.",),
            details=tuple(_found(case, unused, gained)),
        ),
    )


def _found(case: Case, unused: int, gained: int) -> list[str]:
    found = case.reclaimable
    lines = [_told(candidate) for candidate in (*found.quarantine_over, *found.without_use)]
    if found.more_than_used:
        most = ", ".join(f"{one.what} ({one.evidence})" for one in found.more_than_used[:LISTED] if one.what)
        lines.append(f"Customers with more VLANs than they use, the most first: {most}.")
    if found.quarantine_over:
        lines.append(
            "What is in quarantine is not counted as taken, so freeing it lets in nobody more by this forecast."
        )
    if unused and not gained:
        lines.append(
            f"The planned ceiling of {case.room.practical_customers:,} customers is reached before the VLANs run out: "
            "VLANs given back add no customer to it."
        )
    return lines


def _told(candidate: Candidate) -> str:
    return f"{candidate.what}: {candidate.vlans:,} VLAN{'' if candidate.vlans == 1 else 's'}, {candidate.evidence}"


def tighten(terms: Terms) -> Option:
    """Newcomers take at most so many VLANs, and are planned at that; those who are there keep what they have."""
    case, size = terms.case, terms.case.assumptions.tightened_size
    subject = tightened(case, size)
    if subject == case.subject:
        why_not = f"New customers are planned at {case.ceiling.bounds.vlans_per_tenant} VLANs and take no more already."
        return option(Choice.TIGHTEN, case, price=_lead(case.assumptions.tighten_lead_days), why_not=why_not)
    extra = Room(subject.room.practical_customers - case.subject.room.practical_customers, 0, 0)
    after = places(more(case.room, extra), position=subject.position, size=max(1.0, mean_size(subject.demand)))
    return option(
        Choice.TIGHTEN,
        case,
        price=_lead(case.assumptions.tighten_lead_days),
        until=_full_when_tightened(case, subject, extra),
        gained=max(0, after - terms.places),
        words=Words(
            needs=(f"An offer and contracts with at most {size} VLANs for each new customer.",),
            risks=("Customers that want more networks go elsewhere, or have to be made an exception.",),
            details=(
                f"New customers take {mean_size(subject.demand):.1f} VLANs on average instead of {terms.size:.1f}, and "
                f"are planned at {min(size, case.ceiling.bounds.vlans_per_tenant)}.",
            ),
        ),
    )


def tightened(case: Case, size: int) -> Subject:
    """The subject with newcomers of at most ``size`` VLANs; the same where they take no more as it is."""
    subject, per = case.subject, case.ceiling.bounds.vlans_per_tenant
    demand = replace(
        subject.demand,
        sizes=tuple(min(taken, size) for taken in subject.demand.sizes),
        planned_size=min(subject.demand.planned_size, size),
    )
    to_come = max(0, subject.room.practical_customers - subject.position.customers)
    planned = to_come * per // size if size < per else to_come
    room = replace(subject.room, practical_customers=subject.room.practical_customers - to_come + planned)
    return replace(subject, demand=demand, room=room)


def _full_when_tightened(case: Case, subject: Subject, extra: Room) -> tuple[Interval, Interval]:
    """Simulated anew, unless neither ceiling is reached even as it is."""
    base = case.forecast
    if base.practical.p10 is None and base.hard.p10 is None:
        return base.practical, base.hard
    (ahead,) = forecast([subject], today=case.today, paths=PATHS)
    return full_at(case, extra, ahead)


def _lead(days: int) -> Price:
    return Price(0, 0, 0, days)


def rebalance(terms: Terms) -> Option:
    """This switch's newcomers go to others while those have places to spare; those who are here go on growing."""
    case = terms.case
    spare = sum(other.spare for other in case.elsewhere)
    vlans = round(spare * terms.size)
    extra = more(overhang(case.room, case.subject.position), Room(spare, vlans, vlans))
    return option(
        Choice.REBALANCE,
        case,
        until=full_at(case, extra if spare else NOTHING),
        gained=spare,
        why_not=_nowhere(case, spare),
        words=Words(
            needs=("Pods behind those switches that take new tenants, with compute and storage for them.",),
            risks=(
                "The places are used once only, and every other full switch may want the same ones.",
                "If the other switches grow faster than expected, they fill up sooner by what is placed there.",
            ),
            details=tuple(_spared(other) for other in case.elsewhere),
        ),
    )


def _spared(other: Elsewhere) -> str:
    own = f"; its own growth wants {other.own_need:,} within the horizon" if other.own_need else ""
    return f"{other.name} has {other.headroom:,} places left to the practical ceiling{own}."


def _nowhere(case: Case, spare: int) -> str:
    if not case.elsewhere:
        return "There is no other core switch that takes new tenants."
    return "" if spare else "No other core switch has places that its own growth does not need."
