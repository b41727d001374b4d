"""Which alert rules hold, given the numbers of every core switch: what is to be raised, what clears by itself.

A rule is raised at its threshold and clears a little past it, so that a number that wavers about the threshold does not
raise an alert a day.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

PERCENT_RANGE = (1, 200)
DAYS_RANGE = (1, 3650)  # the forecast looks ten years ahead
PERCENT_SLACK = 2
SHORTEST_SLACK, LONGEST_SLACK = 3, 30  # days; in between, a tenth of the threshold


class Condition(StrEnum):
    """What a rule watches."""

    PERCENT = "percent"
    DAYS_TO_FULL = "days-to-full"
    ORDER_BY = "order-by"

    @property
    def limits(self) -> tuple[int, int]:
        """The least and the greatest threshold that makes sense."""
        return PERCENT_RANGE if self is Condition.PERCENT else DAYS_RANGE


@dataclass(frozen=True, slots=True)
class Reading:
    """The numbers of one core switch on one day.

    ``percent``: of the practical ceiling, by customers or by VLANs, whichever is more. ``full_on``: the median day on
    which the practical ceiling is reached; None: not within the forecast's horizon. ``order_by``: None: nothing to
    order; it may have passed.
    """

    switch: int
    today: date
    percent: int
    full_on: date | None
    order_by: date | None

    @property
    def days_to_full(self) -> int | None:
        return None if self.full_on is None else (self.full_on - self.today).days

    @property
    def days_to_order(self) -> int | None:
        return None if self.order_by is None else (self.order_by - self.today).days


@dataclass(frozen=True, slots=True)
class Rule:
    """``switch``: the only one that it watches; None: every core switch in use."""

    key: int
    condition: Condition
    threshold: int
    switch: int | None = None


Place = tuple[int, int]  # a rule and a switch: where at most one alert is open


@dataclass(frozen=True, slots=True)
class Changes:
    """What one check comes to. ``raised``: new; ``cleared``: open and no longer true; ``standing``: open and true."""

    raised: tuple[tuple[Rule, Reading], ...]
    cleared: tuple[Place, ...]
    standing: tuple[tuple[Rule, Reading], ...]


def slack(rule: Rule) -> int:
    """How far past the threshold a raised alert clears, in the rule's unit; there is always a value that clears it."""
    if rule.condition is Condition.PERCENT:
        return min(PERCENT_SLACK, rule.threshold - 1)
    return min(max(rule.threshold // 10, SHORTEST_SLACK), LONGEST_SLACK)


def holds(rule: Rule, reading: Reading, *, raised: bool) -> bool:
    """Whether the rule holds; one that is raised already holds on within its slack."""
    leeway = slack(rule) if raised else 0
    if rule.condition is Condition.PERCENT:
        return reading.percent >= rule.threshold - leeway
    days = reading.days_to_full if rule.condition is Condition.DAYS_TO_FULL else reading.days_to_order
    return days is not None and days <= rule.threshold + leeway


def changes(*, rules: Sequence[Rule], readings: Sequence[Reading], open_at: Collection[Place]) -> Changes:
    """Compare what holds with what is open. An open alert whose rule or switch is gone clears too."""
    holding = {
        (rule.key, reading.switch): (rule, reading)
        for rule in rules
        for reading in readings
        if rule.switch in (None, reading.switch) and holds(rule, reading, raised=(rule.key, reading.switch) in open_at)
    }
    return Changes(
        raised=tuple(pair for place, pair in holding.items() if place not in open_at),
        cleared=tuple(place for place in open_at if place not in holding),
        standing=tuple(pair for place, pair in holding.items() if place in open_at),
    )
