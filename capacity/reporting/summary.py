"""The one page that is read: what fills up, when, what to do, by when, at what cost. Plain sentences. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date

from capacity import wording
from capacity.planning.costs import Assumptions
from capacity.planning.options import Choice
from capacity.planning.ranking import Urgency
from capacity.reporting.values import SwitchPart, Whole

NAMED = 5  # switches that need something, in sentences of their own; the table has them all


def summary(parts: Sequence[SwitchPart], *, whole: Whole, day: date, assumptions: Assumptions) -> tuple[str, ...]:
    """The whole in a sentence, then what needs a decision, then what does not, of the switches that are told."""
    if not parts:
        return ("There is no core switch to report on.",)
    due = [part for part in parts if part.advice.order_by is not None]
    return (
        _in_all(whole),
        *(sentence for part in due[:NAMED] for sentence in _about(part, day, assumptions)),
        *_the_rest(parts, due, whole),
    )


def _in_all(whole: Whole) -> str:
    switches = f"{whole.switches:,} core switch{'' if whole.switches == 1 else 'es'}"
    full = f" {whole.past:,} of them past the practical ceiling or full." if whole.past else ""
    takes = "together take" if whole.switches > 1 else "takes"
    return f"{whole.customers:,} customers on {switches} that {takes} {whole.practical:,} in practice.{full}"


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
    stays = part.advice.choice is Choice.STAY
    action = f"Stay for now; then: {option.choice.value}" if stays else f"To do: {option.choice.value}"
    yield f"{action}. Order by {wording.order_by(part.advice.order_by, today=day)}. Cost: {cost}."


def _the_rest(parts: Sequence[SwitchPart], due: Sequence[SwitchPart], whole: Whole) -> Iterator[str]:
    if len(due) > NAMED:
        yield f"{len(due) - NAMED:,} more need an order as well: see the table."
    calm = [part for part in parts if part.advice.order_by is None]
    if calm:
        names = ", ".join(part.name for part in calm[:NAMED]) + (" and others" if len(calm) > NAMED else "")
        yield f"Nothing to order for {names}."
    if whole.further:
        yield f"The other {len(whole.further):,} core switches fill up later; the files tell of each."
