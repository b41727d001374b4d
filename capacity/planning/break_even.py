"""Where the answer flips: the growth at which another way out is best, found by trying, not by rule of thumb."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from capacity.planning.decision import Decision, decide
from capacity.planning.options.ahead import STILL, Ahead, Terms
from capacity.planning.options.values import Choice, Option

STEP = 1.5
STEPS = 6  # 1.5 to the 6th: from an eleventh of today's growth to eleven times as much
HALVINGS = 8
SLOWEST = 0.25  # customers a month, where today's growth is none to multiply


@dataclass(frozen=True, slots=True)
class Flip:
    """From ``per_month`` customers a month on (net, over the horizon) the answer is ``choice``."""

    per_month: float
    choice: Choice


@dataclass(frozen=True, slots=True)
class Flips:
    """The nearest flips below and above today's growth; None: none within ``least`` to ``most`` customers a month."""

    below: Flip | None
    above: Flip | None
    least: float
    most: float


def flips(terms: Terms, offered: Sequence[Option], decision: Decision) -> Flips:
    """Try growths step by step away from today's until the answer is another, then halve the last step."""
    now = terms.per_month
    grows = now > STILL
    scaled = terms.as_forecast if grows else terms.steady

    def answer(growth: float) -> Choice:
        return decide(terms, offered, scaled(growth)).choice.choice

    start = 1.0 if grows else SLOWEST / STEP
    unit = now if grows else 1.0
    up = [start * STEP**step for step in range(1, (1 if grows else 2) * STEPS + 1)]
    down = [*(STEP**-step for step in range(1, STEPS + 1)), 0.0] if grows else []
    choice = decision.choice.choice
    return Flips(
        below=_nearest(answer, choice, start, down, unit),
        above=_nearest(answer, choice, start if grows else 0.0, up, unit),
        least=0.0,
        most=up[-1] * unit,
    )


def _nearest(
    answer: Callable[[float], Choice], choice: Choice, start: float, tried: Sequence[float], unit: float
) -> Flip | None:
    same = start
    for growth in tried:
        if answer(growth) is not choice:
            return _between(answer, choice, same, growth, unit)
        same = growth
    return None


def _between(answer: Callable[[float], Choice], choice: Choice, same: float, other: float, unit: float) -> Flip:
    for _ in range(HALVINGS):
        middle = (same + other) / 2
        if answer(middle) is choice:
            same = middle
        else:
            other = middle
    return Flip(other * unit, answer(other))


@dataclass(frozen=True, slots=True)
class Threshold:
    """The price at which an option costs as much as another: a capital sum, or an amount a tenant and month."""

    price: float
    now: float
    per_tenant: bool


def threshold(terms: Terms, ahead: Ahead, option: Option, other: Option) -> Threshold | None:
    """Below which price ``option`` is cheaper than ``other``; None where not even a price of nothing would do.

    Both carry everyone who is expected. A cost is linear in each of its prices, so this is exact.
    """
    dearer = terms.carrying_cost(option, ahead) - terms.carrying_cost(other, ahead)
    if option.per_tenant:
        price = option.per_tenant - dearer / max(1e-9, terms.tenant_months(option, ahead))
        return Threshold(price, option.per_tenant, per_tenant=True) if price > 0 else None
    price = option.capital - dearer
    return Threshold(price, option.capital, per_tenant=False) if price > 0 else None
