"""Which way out to take, by when to order, and what would change the answer."""

from dataclasses import dataclass
from datetime import date

from capacity.planning.options import Case, Choice, Option, options


@dataclass(frozen=True, slots=True)
class Advice:
    """``order_by``: P10 of the practical ceiling less the lead time of what is advised; None: nothing to order.

    A date before today means that it is late already. ``break_even``: the growth or customer count where the answer
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
    """Weigh every option for one switch."""
    return Advice(Choice.STAY, None, "", (), None, "", (), options(case))
