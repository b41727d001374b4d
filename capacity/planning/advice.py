"""Which way out to take, by when to order, and what would change the answer."""

from dataclasses import dataclass
from datetime import date, timedelta

from capacity.planning import advice_words as words
from capacity.planning.break_even import flips
from capacity.planning.decision import Decision, Why, decide
from capacity.planning.options import Case, Choice, Option, options
from capacity.planning.options.ahead import Terms


@dataclass(frozen=True, slots=True)
class Advice:
    """``order_by``: P10 of the practical ceiling less the lead time of what is advised; None: nothing to order.

    A date before today means that it is late already. Where the advice is to stay because there is time, it is the
    date for the runner-up, which is what comes then. ``break_even``: the growth or customer count where the answer
    flips, in words. ``would_change``: inputs that would change it, in words.
    """

    choice: Choice
    runner_up: Choice | None
    summary: str
    reasons: tuple[str, ...]
    order_by: date | None
    break_even: str
    would_change: tuple[str, ...]
    options: tuple[Option, ...]

    def option(self, choice: Choice) -> Option:
        return next(option for option in self.options if option.choice is choice)


def advise(case: Case) -> Advice:
    """Weigh every option for one switch, or for the sum of several."""
    terms, offered = Terms(case), options(case)
    ahead = terms.as_forecast()
    decision = decide(terms, offered, ahead)
    due = _order_by(case, decision)
    return Advice(
        choice=decision.choice.choice,
        runner_up=decision.runner_up.choice if decision.runner_up else None,
        summary=words.summary(case, decision, due),
        reasons=tuple(words.reasons(terms, ahead, decision, due)),
        order_by=due,
        break_even=words.break_even(terms, flips(terms, offered, decision)),
        would_change=tuple(words.would_change(terms, offered, ahead, decision)),
        options=offered,
    )


def _order_by(case: Case, decision: Decision) -> date | None:
    first = case.forecast.practical.p10
    ordered = decision.runner_up if decision.why is Why.TIME else decision.choice
    if first is None or ordered is None or (decision.why.stays and decision.why is not Why.TIME):
        return None
    return first - timedelta(days=ordered.lead_days)
