"""What an advice says, in plain words with its numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from capacity.planning.break_even import Flip, Flips, threshold
from capacity.planning.ceiling import PORT_GROUPS_PER_VCENTER
from capacity.planning.costs import UNDERLAY_MTU, Licence
from capacity.planning.decision import BUILT, DAYS_A_MONTH, ORGANISED, Decision, Why
from capacity.planning.options import Case, Choice, Option
from capacity.planning.options.ahead import Ahead, Terms
from capacity.planning.options.built import evpn, new_switch, nsx, port_groups_bind
from capacity.planning.timeline import months_on


def summary(case: Case, decision: Decision, due: date | None) -> str:
    """One or two sentences: what to do, and by when."""
    if not decision.why.stays:
        return f"{_reached(case, decision)} {_when(case, decision, due)}"
    then = _called(decision.runner_up.choice) if decision.runner_up else ""
    return {
        Why.EMPTY: "No customers yet, and none are expected: nothing to order.",
        Why.NEVER: "The practical ceiling is not reached within ten years: nothing to order.",
        Why.BEYOND: f"The practical ceiling is more than {case.assumptions.horizon_months} months away even in an "
        "early future (P10): nothing to order.",
        Why.SHORT: f"Below the practical ceiling, with {_history(case)}: too short to order anything by.",
        Why.STILL: f"{_where(case)}, but no more customers are expected: nothing to order.",
        Why.NOTHING_GAINS: f"{_where(case)}, and no way out gains a customer: new ones have to be turned away.",
        Why.TIME: f"Nothing has to be decided yet. What comes then, {then}, is due by {_day(due)}.",
    }[decision.why]


def _where(case: Case) -> str:
    if not case.ceiling.fits_now:
        return "Full"
    return "Past the practical ceiling" if case.forecast.practical.reached else "On the way to the practical ceiling"


def _reached(case: Case, decision: Decision) -> str:
    match decision.why:
        case Why.FULL:
            return "The switch is full." if case.switches == 1 else "The switches are full."
        case Why.REACHED:
            return "The practical ceiling is reached."
        case _:
            first = case.forecast.practical.p10
            return f"The practical ceiling may be reached as early as {_day(first)}."


def _when(case: Case, decision: Decision, due: date | None) -> str:
    days = (case.today - due).days if due else 0
    verb = "Order" if decision.choice.choice in BUILT else "Begin"
    lead = f"{decision.choice.lead_days:,} days of lead time" if decision.choice.lead_days else "no lead time"
    if days > 0:
        return f"Late by {days:,} day{'' if days == 1 else 's'} ({lead}): {verb.lower()} at once."
    return f"{verb} by {_day(due)} ({lead})." if due and days else f"{verb} now ({lead})."


def reasons(terms: Terms, ahead: Ahead, decision: Decision, due: date | None) -> Iterator[str]:
    """Where the switch stands, what is coming, what the choice gains and costs, what was left out and why."""
    case = terms.case
    yield from _standing(terms)
    yield from _coming(terms, ahead)
    if not decision.why.stays:
        yield from _weighed(terms, decision)
        yield from _unknown(case, decision, terms, ahead)
        yield from _meanwhile(case, decision, due)
        yield (
            "A new pod on the same core switch gains nothing: all pods behind it share its "
            f"{case.ceiling.limit:,} VLANs."
        )
    if port_groups_bind(case):
        yield (
            f"The port groups of the vCenter bind before the VLAN IDs do ({PORT_GROUPS_PER_VCENTER:,} a vCenter). "
            "VXLAN gains nothing, for each segment is a port group too; a new pod needs a vCenter of its own."
        )


def _standing(terms: Terms) -> Iterator[str]:
    case = terms.case
    ceiling, room, position = case.ceiling, case.subject.room, case.subject.position
    yield (
        f"{position.customers:,} customers against a practical ceiling of {room.practical_customers:,}; "
        f"{position.vlans:,} VLANs taken of {room.practical_vlans:,} up to it. What binds is "
        f"{ceiling.binding.kind}: {ceiling.limit:,}."
    )
    if ceiling.takes_more_than_planned:
        yield (
            f"Customers take {ceiling.observed:.1f} VLANs each where {ceiling.bounds.vlans_per_tenant} are planned, so "
            f"that there is room for {terms.places:,} customers in truth."
        )


def _coming(terms: Terms, ahead: Ahead) -> Iterator[str]:
    case = terms.case
    reached = case.forecast.practical
    end = months_on(case.today, terms.horizon)
    if case.forecast.net_per_month is not None:
        yield f"Expected net growth: {ahead.per_month:+.1f} customers a month over {terms.horizon} months (median)."
    if not reached.reached and reached.p10:
        yield (
            f"The practical ceiling is reached {_month(reached.p10)} at the early end (P10), {_month(reached.p50)} by "
            f"the median, {_month(reached.p90)} at the late end (P90)."
        )
    need = round(float(ahead.need[-1]))
    if need:
        yield f"By {end:%B %Y} there are {need:,} more customers than places, by the median."
    yield from case.forecast.notes


def _weighed(terms: Terms, decision: Decision) -> Iterator[str]:
    for option, label in ((decision.choice, "Recommended"), (decision.runner_up, "Runner-up")):
        if option is None or option.choice is Choice.STAY:
            continue
        money, carrying = terms.case.assumptions.money, option.carrying
        total = (
            f"; carrying everyone expected in {terms.horizon} months that way: {money(carrying)}" if carrying else ""
        )
        price = f"for {money(option.cost)}" if option.cost else "at no cost"
        yield f"{label}: {_called(option.choice)} gains {option.gained:,} customers {price}{total}."


def _unknown(case: Case, decision: Decision, terms: Terms, ahead: Ahead) -> Iterator[str]:
    if decision.choice.unknown:
        yield f"Before it is ordered: {' '.join(decision.choice.unknown)}"
    runner = decision.runner_up
    if runner is None or not runner.unknown or decision.choice.choice not in BUILT:
        return
    less = terms.carrying_cost(decision.choice, ahead) - terms.carrying_cost(runner, ahead)
    if less > 0:
        yield (
            f"{_name(runner)} looks cheaper by {case.assumptions.money(less)}, but is not recommended on what is not "
            f"known: {' '.join(runner.unknown)}"
        )


def _meanwhile(case: Case, decision: Decision, due: date | None) -> Iterator[str]:
    """Where new customers go while something is built."""
    best = max(case.elsewhere, key=lambda other: other.headroom, default=None)
    if decision.choice.choice in ORGANISED or best is None or not best.headroom:
        return
    if decision.why is Why.DUE and (due is None or due >= case.today):
        return
    yield f"Meanwhile place new customers behind {best.name}: it has {best.headroom:,} places left."


def break_even(terms: Terms, found: Flips) -> str:
    """The growths at which the answer flips, and how many customers that would be at the end of the horizon."""
    now = f"{terms.per_month:.1f}"
    told = []
    if found.above:
        told.append(f"From {_flip(terms, found.above)} on, the answer is: {_called(found.above.choice)}.")
    if found.below:
        told.append(f"Below {_flip(terms, found.below)}: {_called(found.below.choice)}.")
    if not told:
        return (
            f"No growth from {found.least:.0f} to {found.most:,.0f} customers a month changes the answer (now {now})."
        )
    return f"Growth now: {now} customers a month. {' '.join(told)}"


def _flip(terms: Terms, flip: Flip) -> str:
    then = terms.case.subject.position.customers + flip.per_month * terms.horizon
    return f"{flip.per_month:,.1f} customers a month ({then:,.0f} customers in {terms.horizon} months)"


def would_change(terms: Terms, offered: Sequence[Option], ahead: Ahead, decision: Decision) -> Iterator[str]:
    """Inputs that would make another option the answer, with the value at which they would."""
    if decision.why in (Why.TIME, Why.DUE):
        yield from _lead_time(terms, ahead, decision)
    best = decision.runner_up if decision.why is Why.TIME else decision.choice
    if best is None or best.choice is Choice.STAY:
        return
    need = float(ahead.need[-1])
    if best.choice in ORGANISED:
        if need >= 1:
            yield f"If it gained fewer than {need:,.0f} customers, it would not last through the horizon."
        return
    if best.unknown or best.choice is not Choice.NEW_SWITCH:
        yield from _dearer(terms, offered, ahead, best)
    yield from _cheaper(terms, ahead, best)
    yield from _more_room(offered, need)


def _lead_time(terms: Terms, ahead: Ahead, decision: Decision) -> Iterator[str]:
    assumed, first = terms.case.assumptions, terms.case.forecast.practical.p10
    option = decision.runner_up if decision.why is Why.TIME else decision.choice
    if first is None or option is None:
        return
    days = (first - terms.case.today).days - round(assumed.decide_months * DAYS_A_MONTH)
    if decision.why is Why.TIME:
        yield (
            f"If {_called(option.choice)} took {days:,} days or more (now {option.lead_days:,}), it would have to be "
            "decided now."
        )
    elif days > 0:
        yield f"If {_called(option.choice)} took less than {days:,} days (now {option.lead_days:,}), it could wait."


def _dearer(terms: Terms, offered: Sequence[Option], ahead: Ahead, best: Option) -> Iterator[str]:
    """At which price of its own the choice loses to the cheapest other that is built."""
    others = [
        o for o in offered if o.choice in BUILT and o is not best and o.is_possible and o.gained and not o.unknown
    ]
    other = min(others, key=lambda o: terms.carrying_cost(o, ahead), default=None)
    limit = threshold(terms, ahead, best, other) if other else None
    if other is not None and limit is not None:
        price = f"{_price(terms, limit.price, limit.per_tenant)} (now {_plain(limit.now)})"
        yield f"If {_called(best.choice)} costs more than {price}, {_called(other.choice)} wins."


def _cheaper(terms: Terms, ahead: Ahead, best: Option) -> Iterator[str]:
    """What each other built option would need to win: permission, knowledge, or a price."""
    for option, conditions in _if_only(terms):
        if option.choice is best.choice or not option.gained:
            continue
        less = terms.carrying_cost(best, ahead) - terms.carrying_cost(option, ahead)
        if less > 0 and conditions:
            money = terms.case.assumptions.money(less)
            yield f"If {' and '.join(conditions)}, {_called(option.choice)} wins: it costs {money} less."
            continue
        limit = threshold(terms, ahead, option, best) if less <= 0 else None
        if limit is not None:
            price = f"it costs less than {_price(terms, limit.price, limit.per_tenant)} (now {_plain(limit.now)})"
            yield f"{_name(option)} wins if {' and '.join([*conditions, price])}."


def _if_only(terms: Terms) -> Iterator[tuple[Option, list[str]]]:
    """Each built option as if nothing stood in its way, with what does."""
    case, assumed = terms.case, terms.case.assumptions
    free = replace(assumed, nsx_licence=Licence.OWNED, evpn_possible=True, underlay_mtu=9000)
    freed = Terms(replace(case, assumptions=free))
    mtu = assumed.underlay_mtu
    frames = [] if mtu is not None and mtu >= UNDERLAY_MTU else [f"the underlay's MTU is {UNDERLAY_MTU:,} or more"]
    licence = {
        Licence.CANNOT_BUY: ["NSX can be bought"],
        Licence.UNKNOWN: ["an NSX licence can be had"],
    }.get(assumed.nsx_licence, [])
    yield new_switch(freed), []
    yield nsx(freed), [*licence, *frames]
    yield evpn(freed), [*([] if assumed.evpn_possible else ["the fabric can do EVPN"]), *frames]


def _more_room(offered: Sequence[Option], need: float) -> Iterator[str]:
    elsewhere = next(option for option in offered if option.choice is Choice.REBALANCE)
    short = need - elsewhere.gained
    if elsewhere.gained and short >= 1:
        yield f"With {short:,.0f} more places on other switches, rebalancing would do."


def _price(terms: Terms, price: float, per_tenant: bool) -> str:
    if per_tenant:
        return f"{terms.case.assumptions.currency} {_plain(price)} a tenant and month"
    return f"{terms.case.assumptions.money(price)} to build"


def _plain(price: float) -> str:
    return f"{price:,.0f}" if price >= 100 or price == int(price) else f"{price:,.2f}"


def _name(option: Option) -> str:
    """At the head of a sentence."""
    called = _called(option.choice)
    return called[0].upper() + called[1:]


CALLED = {
    Choice.STAY: "staying as it is",
    Choice.RECLAIM: "reclaiming VLANs",
    Choice.TIGHTEN: "fewer VLANs for each new customer",
    Choice.REBALANCE: "placing new customers elsewhere",
    Choice.SAME_SWITCH_POD: "a new pod on the same core switch",
    Choice.NEW_SWITCH: "a new pod behind a new core switch",
    Choice.NSX: "VXLAN with NSX",
    Choice.EVPN: "VXLAN with EVPN on the fabric",
}


def _called(choice: Choice) -> str:
    """In the middle of a sentence."""
    return CALLED[choice]


def _day(day: date | None) -> str:
    return f"{day.day} {day:%B %Y}" if day else ""


def _month(day: date | None) -> str:
    return f"{day:%B %Y}" if day else "later than ten years from now"


def _history(case: Case) -> str:
    months = case.forecast.history_months
    return f"{months} complete month{'' if months == 1 else 's'} of history"
