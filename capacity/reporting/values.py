"""What the report says, as values: whoever renders it computes nothing."""

from dataclasses import dataclass
from datetime import date, datetime

from capacity.planning.advice import Advice
from capacity.planning.ceiling import Ceiling
from capacity.planning.costs import Assumptions
from capacity.planning.demand import Demand
from capacity.planning.forecast import Backtest, Forecast
from capacity.planning.options import Option
from capacity.planning.ranking import Urgency
from capacity.planning.timeline import Month


@dataclass(frozen=True, slots=True)
class Line:
    """Something that the report states, and its value as it is printed."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class SwitchPart:
    """One core switch in the report."""

    name: str
    slug: str
    platform: str
    site: str
    pods: tuple[tuple[str, int, int], ...]  # name, customers, VLANs
    ceiling: Ceiling
    demand: Demand
    forecast: Forecast
    advice: Advice
    urgency: Urgency
    customers_by_month: tuple[Month, ...]
    vlans_by_month: tuple[Month, ...]
    backtest: Backtest | None
    notes: tuple[str, ...]

    @property
    def recommended(self) -> Option:
        return self.advice.option(self.advice.choice)

    @property
    def acted_on(self) -> Option:
        """The option that the order-by date is about: the recommended one, or what comes after staying."""
        if self.recommended.lead_days == 0 and self.advice.runner_up is not None and self.advice.order_by is not None:
            return self.advice.option(self.advice.runner_up)
        return self.recommended


@dataclass(frozen=True, slots=True)
class Whole:
    """All switches of the report in a few numbers. ``further``: name and slug of those that are not told in full."""

    switches: int
    customers: int
    practical: int
    past: int
    further: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report. ``exact``: the figures of ``day`` are on record, not rebuilt; ``notes`` say how they are.

    ``summary``: the page for whoever reads one page, a sentence each. ``switches``: what fills up next first.
    """

    day: date
    made_at: datetime
    chosen: tuple[str, ...]  # slugs that were asked for; empty: all
    exact: bool
    notes: tuple[str, ...]
    summary: tuple[str, ...]
    whole: Whole
    switches: tuple[SwitchPart, ...]
    assumptions: Assumptions
    assumed: tuple[Line, ...]
    definitions: tuple[Line, ...]
