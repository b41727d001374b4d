"""The figures of the report, named once: every rendering shows these columns, in this order, and computes none."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from capacity import wording
from capacity.planning.options import Option
from capacity.reporting.values import SwitchPart

Value = str | int | float | date | None


@dataclass(frozen=True, slots=True)
class Column:
    """``key``: its name for scripts; ``label``: for people, with the unit."""

    key: str
    label: str
    of: Callable[[SwitchPart], Value]


COLUMNS: tuple[Column, ...] = (
    Column("switch", "Core switch", lambda part: part.name),
    Column("site", "Site", lambda part: part.site),
    Column("platform", "Platform", lambda part: part.platform),
    Column("state", "State", lambda part: part.urgency.value),
    Column("customers", "Customers", lambda part: part.ceiling.customers),
    Column("practical_ceiling", "Practical ceiling (customers)", lambda part: part.ceiling.practical),
    Column("theoretical_ceiling", "Theoretical ceiling (customers)", lambda part: part.ceiling.theoretical),
    Column("percent_used", "Used (% of the practical ceiling)", lambda part: part.ceiling.percent),
    Column("vlans_taken", "VLANs taken", lambda part: part.ceiling.counts.taken),
    Column("vlans_free", "VLANs free", lambda part: part.ceiling.counts.free),
    Column("vlan_limit", "VLANs, at most", lambda part: part.ceiling.limit),
    Column("binding_limit", "Binding limit", lambda part: part.ceiling.binding.kind.value),
    Column("vlans_planned", "VLANs per customer, planned", lambda part: part.ceiling.bounds.vlans_per_tenant),
    Column("vlans_observed", "VLANs per customer, observed", lambda part: _rounded(part.ceiling.observed, 2)),
    Column("net_per_month", "Customers a month, net", lambda part: _rounded(part.forecast.net_per_month, 1)),
    Column("practical_p10", "Practical ceiling reached, P10", lambda part: part.forecast.practical.p10),
    Column("practical_p50", "Practical ceiling reached, P50", lambda part: part.forecast.practical.p50),
    Column("practical_p90", "Practical ceiling reached, P90", lambda part: part.forecast.practical.p90),
    Column("hard_p10", "Hard ceiling reached, P10", lambda part: part.forecast.hard.p10),
    Column("hard_p50", "Hard ceiling reached, P50", lambda part: part.forecast.hard.p50),
    Column("hard_p90", "Hard ceiling reached, P90", lambda part: part.forecast.hard.p90),
    Column("recommended", "Recommended", lambda part: part.advice.choice.value),
    Column("runner_up", "Runner-up", lambda part: part.advice.runner_up and part.advice.runner_up.value),
    Column("order_by", "Order by", lambda part: part.advice.order_by),
    Column("order_what", "To be ordered", lambda part: part.acted_on.choice.value if part.advice.order_by else None),
    Column("cost", "Cost over the horizon (present value)", lambda part: round(part.acted_on.cost)),
    Column("gained", "Customers gained", lambda part: part.acted_on.gained),
    Column("cost_per_customer", "Cost per customer gained", lambda part: _rounded(part.acted_on.cost_per_customer, 0)),
)


@dataclass(frozen=True, slots=True)
class OptionColumn:
    key: str
    label: str
    of: Callable[[Option], Value]


OPTION_COLUMNS: tuple[OptionColumn, ...] = (
    OptionColumn("option", "Option", lambda option: option.choice.value),
    OptionColumn("possible", "Possible", lambda option: "yes" if option.is_possible else f"no: {option.why_not}"),
    OptionColumn("capital", "Capital", lambda option: round(option.capital)),
    OptionColumn("monthly", "A month", lambda option: round(option.monthly)),
    OptionColumn("per_tenant", "A month and customer", lambda option: round(option.per_tenant, 2)),
    OptionColumn("cost", "Cost over the horizon (present value)", lambda option: round(option.cost)),
    OptionColumn("lead_days", "Lead time (days)", lambda option: option.lead_days),
    OptionColumn("full_p10", "Practical ceiling then, P10", lambda option: option.practical.p10),
    OptionColumn("full_p50", "Practical ceiling then, P50", lambda option: option.practical.p50),
    OptionColumn("full_p90", "Practical ceiling then, P90", lambda option: option.practical.p90),
    OptionColumn("gained", "Customers gained", lambda option: option.gained),
    OptionColumn("cost_per_customer", "Cost per customer gained", lambda option: _rounded(option.cost_per_customer, 0)),
)


# What a table of options shows where it stands beside other things; every column is in the spreadsheet.
OPTIONS_SHOWN = tuple(column for column in OPTION_COLUMNS if column.key not in ("possible", "full_p10", "full_p90"))


def _rounded(value: float | None, digits: int) -> float | None:
    """To so many digits; a whole number where there are none."""
    return None if value is None else round(value, digits or None)


def in_words(value: Value) -> str:
    """As people read it: dates in full, thousands apart, a dash for nothing."""
    if value is None or value == "":
        return "–"
    if isinstance(value, date):
        return wording.day(value)
    return f"{value:,}" if isinstance(value, int | float) else value
