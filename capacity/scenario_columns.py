"""Scenarios side by side: a column each, the live forecast of what they are about beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from capacity.planning.forecast import Interval
from capacity.planning.whatif import Live, Result, Spread, WhatIf
from capacity.planning.whatif_words import how_many_more, how_much_later
from capacity.scenarios import Asked, Reckoned, reckon
from capacity.wording import median

TOLD_MONTHS = (12, 24, 36)
DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One scenario to show. ``key``: its slug, or DRAFT for one that is being typed."""

    name: str
    what_if: WhatIf
    live: Live
    key: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """What is told about one scenario, or about the live forecast (``number`` is 0, ``baseline`` itself)."""

    number: int
    wanted: Wanted
    reckoned: Reckoned
    baseline: Reckoned

    @property
    def is_live(self) -> bool:
        return self.number == 0

    @property
    def result(self) -> Result:
        return self.reckoned.result

    @property
    def about(self) -> str:
        return self.wanted.live.case.name

    @property
    def today(self) -> date:
        return self.wanted.live.case.today

    @property
    def practical_later(self) -> str:
        return self._later(self.result.practical, self.baseline.result.practical)

    @property
    def hard_later(self) -> str:
        return self._later(self.result.hard, self.baseline.result.hard)

    def _later(self, supposed: Interval, live: Interval) -> str:
        return "" if self.is_live else how_much_later(supposed, live)

    def customers(self, months: int) -> tuple[Spread, str]:
        """Customers so many months from today, and in words how many more or fewer than live."""
        then, live = self.result.customers(months), self.baseline.result.customers(months)
        return then, "" if self.is_live else how_many_more(round(then.p50) - round(live.p50))


def columns(wanted: Sequence[Wanted]) -> list[Column]:
    """For each thing that scenarios are about: its live forecast, then theirs, in the order given."""
    lives = list({one.live.case.name: one.live for one in wanted}.values())
    supposed = [Asked(one.name, one.what_if, one.live, keep=one.key != DRAFT) for one in wanted]
    found = reckon([*(Asked("Live", WhatIf(), live) for live in lives), *supposed])
    baselines = {live.case.name: told for live, told in zip(lives, found, strict=False)}
    made = [
        Column(number, one, told, baselines[one.live.case.name])
        for number, (one, told) in enumerate(zip(wanted, found[len(lives) :], strict=True), start=1)
    ]
    return [
        column
        for live in lives
        for column in (
            _live(live, baselines[live.case.name]),
            *(column for column in made if column.about == live.case.name),
        )
    ]


def _live(live: Live, told: Reckoned) -> Column:
    return Column(0, Wanted("Live", WhatIf(), live), told, told)


def by_months(shown: Sequence[Column]) -> list[tuple[int, list[tuple[Spread, str]]]]:
    """The rows of the table that say how many customers there will be."""
    return [(months, [column.customers(months) for column in shown]) for months in TOLD_MONTHS]


def announcement(shown: Sequence[Column]) -> str:
    """What a screen reader hears when the figures have changed."""
    told = [
        f"{column.wanted.name}: practical ceiling {median(column.result.practical)}, {column.practical_later}"
        for column in shown
        if not column.is_live
    ]
    return ". ".join(told)
