"""The one page that is read: what fills up, when, what to do, by when, at what cost. Plain sentences. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date

from capacity import wording
from capacity.planning.costs import Assumptions
from capacity.planning.options import Choice
from capacity.planning.ranking import Urgency
from capacity.reporting.values import SwitchPart

NAMED = 5  # switches that need something, in sentences of their own; the table has them all


def summary(parts: Sequence[SwitchPart], *, day: date, assumptions: Assumptions) -> tuple[str, ...]:
    """The whole in a sentence, then what needs a decision, then what does not."""
    if not parts:
        return ("There is no core switch to report on.",)
    due = [part for part in parts if part.advice.order_by is not None]
    return (
        _whole(parts),
        *(sentence for part in due[:NAMED] for sentence in _about(part, day, assumptions)),
        *_the_rest(parts, due),
    )


def _whole(parts: Sequence[SwitchPart]) -> str:
    customers = sum(part.ceiling.customers for part in parts)
    practical = sum(part.ceiling.practical for part in parts)
    past = sum(part.urgency in (Urgency.FULL, Urgency.PAST) for part in parts)
    switches = f"{len(parts):,} core switch{'' if len(parts) == 1 else 'es'}"
    full = f" {past:,} of them past the practical ceiling or full." if past else ""
    return f"{customers:,} customers on {switches} that together take {practical:,} in practice.{full}"


def _about(part: SwitchPart, day: date, assumptions: Assumptions) -> Iterator[str]:
    when, spread = wording.median(part.forecast.practical), wording.spread(part.forecast.practical)
    likely = f" (eight futures in ten: {spread})" if spread else ""
    if part.forecast.practical.reached or part.urgency in (Urgency.FULL, Urgency.PAST):
        yield f"{part.name} has reached its practical ceiling of {part.ceiling.practical_in_force:,} customers."
    else:
        yield f"{part.name} reaches its practical ceiling: {when}{likely}."
    option = part.acted_on
    gained = f", {option.gained:,} customers gained" if option.gained else ""
    cost = f"{assumptions.money(option.cost)} over {assumptions.horizon_months} months{gained}"
    doing = "later" if part.advice.choice is Choice.STAY else "now"
    action = f"To do {doing}: {option.choice.value}" if doing == "now" else f"Stay for now; then: {option.choice.value}"
    yield f"{action}. Order by {wording.order_by(part.advice.order_by, today=day)}. Cost: {cost}."


def _the_rest(parts: Sequence[SwitchPart], due: Sequence[SwitchPart]) -> Iterator[str]:
    if len(due) > NAMED:
        yield f"{len(due) - NAMED:,} more need an order as well: see the table."
    calm = [part for part in parts if part.advice.order_by is None]
    if calm:
        names = ", ".join(part.name for part in calm[:NAMED]) + (" and others" if len(calm) > NAMED else "")
        yield f"Nothing to order for {names}."
