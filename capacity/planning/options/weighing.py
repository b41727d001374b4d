"""All eight ways out of one case, in the order of ``Choice``."""

from dataclasses import replace

from capacity.planning.options import built, organised
from capacity.planning.options.ahead import Ahead, Terms
from capacity.planning.options.values import Case, Option


def options(case: Case) -> tuple[Option, ...]:
    """All eight, in the order of ``Choice``, the impossible ones with the reason."""
    terms = Terms(case)
    ahead = terms.as_forecast()
    made = (
        organised.stay(terms),
        organised.reclaim(terms),
        organised.tighten(terms),
        organised.rebalance(terms),
        built.same_switch_pod(terms),
        built.new_switch(terms),
        built.nsx(terms),
        built.evpn(terms),
    )
    return tuple(_costed(option, terms, ahead) for option in made)


def _costed(option: Option, terms: Terms, ahead: Ahead) -> Option:
    carrying = terms.carrying_cost(option, ahead)
    known = carrying != float("inf")
    details = (*option.details, _carried(option, terms, ahead, carrying)) if option.gained and known else option.details
    return replace(option, cost=terms.own_cost(option, ahead), carrying=carrying if known else None, details=details)


def _carried(option: Option, terms: Terms, ahead: Ahead, carrying: float) -> str:
    months, money = terms.case.assumptions.horizon_months, terms.case.assumptions.money(carrying)
    later = terms.new_switches_later(option, ahead)
    if later:
        return f"It is full again within {months} months. With {_switches(later)} after it: {money}."
    return f"It carries everyone who is expected in {months} months, for {money}."


def _switches(count: int) -> str:
    return "one new core switch" if count == 1 else f"{count} new core switches"
