"""Which way out is best at a given growth. The same rules answer for the forecast and for any other growth."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from capacity.planning.options.ahead import STILL, Ahead, Terms
from capacity.planning.options.values import Choice, Option

DAYS_A_MONTH = 365.25 / 12
ORGANISED = (Choice.RECLAIM, Choice.REBALANCE, Choice.TIGHTEN)
BUILT = (Choice.NEW_SWITCH, Choice.NSX, Choice.EVPN)


class Why(StrEnum):
    """What the decision rests on. The first seven are reasons to stay."""

    EMPTY = "no customers yet"
    NEVER = "not within ten years"
    BEYOND = "not within the horizon"
    STILL = "reached, but not growing"
    SHORT = "too short a history"
    TIME = "there is time"
    NOTHING_GAINS = "nothing on offer gains a customer"
    DUE = "the order is due"
    REACHED = "the practical ceiling is reached"
    FULL = "full"

    @property
    def stays(self) -> bool:
        return self not in (Why.DUE, Why.REACHED, Why.FULL)


@dataclass(frozen=True, slots=True)
class Decision:
    """``runner_up`` of a decision to stay is what comes when staying ends."""

    why: Why
    choice: Option
    runner_up: Option | None


def decide(terms: Terms, offered: Sequence[Option], ahead: Ahead) -> Decision:
    """What to do if this is what lies ahead."""
    order = ranked(terms, offered, ahead)
    why = _why(terms, order, ahead)
    stay = next(option for option in offered if option.choice is Choice.STAY)
    best = [stay, *order] if why.stays else order
    return Decision(why, best[0], best[1] if len(best) > 1 else stay)


def ranked(terms: Terms, offered: Sequence[Option], ahead: Ahead) -> list[Option]:
    """What gains customers, best first.

    1. What needs no building and has places enough for everyone expected within the horizon; what takes something
       from new customers (tighten) last.
    2. What is built, by the present value of carrying everyone; what is not known to be possible last.
    3. What needs no building and is not enough: it only puts the building off.
    """
    gaining = [option for option in offered if option.is_possible and option.gained > 0]
    organised = [option for option in gaining if option.choice in ORGANISED]
    cost = {option.choice: terms.carrying_cost(option, ahead) for option in gaining}
    need = float(ahead.need[-1])

    def by_cost(option: Option) -> tuple[bool, float, int]:
        last = option.choice is Choice.TIGHTEN or bool(option.unknown)
        return (last, cost[option.choice], option.lead_days)

    enough = [option for option in organised if option.gained >= need]
    built = [option for option in gaining if option.choice in BUILT]
    rest = [option for option in organised if option.gained < need]
    return [option for group in (enough, built, rest) for option in sorted(group, key=by_cost)]


def _why(terms: Terms, order: Sequence[Option], ahead: Ahead) -> Why:
    """Reached: act if it grows, or if nobody can tell. Not reached: act once the order is due."""
    case = terms.case
    unknown = case.forecast.net_per_month is None or case.forecast.is_short
    if not case.subject.position.customers and not ahead.is_growing:
        return Why.EMPTY
    if not case.ceiling.fits_now or ahead.middle == 0:
        return _why_reached(terms, order, ahead, unknown=unknown)
    # Of a short history the early date says little more than that nothing is known: the median has to be due.
    months = ahead.middle if unknown else ahead.early
    if months is None or months > terms.horizon:
        never = Why.NEVER if months is None else Why.BEYOND
        return Why.SHORT if unknown else never
    if not order:
        return Why.NOTHING_GAINS
    wait = months - order[0].lead_days / DAYS_A_MONTH - case.assumptions.decide_months
    stay = Why.SHORT if unknown else Why.TIME
    return stay if wait > 0 else Why.DUE


def _why_reached(terms: Terms, order: Sequence[Option], ahead: Ahead, *, unknown: bool) -> Why:
    shrinks = ahead.per_month < -STILL
    if not ahead.is_growing and (shrinks or not unknown):
        return Why.STILL
    if not order:
        return Why.NOTHING_GAINS
    return Why.REACHED if terms.case.ceiling.fits_now else Why.FULL
