"""What may be supposed, and in words why not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from capacity.planning.demand import Position
from capacity.planning.forecast import HORIZON_MONTHS
from capacity.planning.timeline import add_months, month_of
from capacity.planning.whatif import Event, Kind, WhatIf

MOST_GROWTH = 10
LEAST_SIZE, MOST_SIZE = 2, 100
MOST_CUSTOMERS = 10_000
MOST_SWITCH_VLANS = 4093
MOST_EVENTS = 12


@dataclass(frozen=True, slots=True)
class Problem:
    """``event``: the index of the event that is wrong; None where it is a field of the what-if itself."""

    field: str
    message: str
    event: int | None = None


def problems(what_if: WhatIf, *, position: Position, today: date) -> tuple[Problem, ...]:
    """Everything that is wrong with it. ``position``: who is there today, and what they have."""
    return (*_of_whole(what_if), *_of_events(what_if, position, today))


def _of_whole(what_if: WhatIf) -> Iterator[Problem]:
    growth, size, percent = what_if.growth, what_if.vlans_per_tenant, what_if.practical_percent
    if not growth >= 0:
        yield Problem("growth", "Growth cannot be negative: 0 is no newcomer at all, 1 is the pace of today.")
    elif growth > MOST_GROWTH:
        yield Problem("growth", f"More than {MOST_GROWTH} times the growth of today is not plausible: give 0 to 10.")
    if size is not None and not size >= LEAST_SIZE:
        yield Problem("vlans_per_tenant", "A customer needs at least 2 VLANs: failover-production and failover-test.")
    elif size is not None and size > MOST_SIZE:
        yield Problem("vlans_per_tenant", f"More than {MOST_SIZE} VLANs per customer is not plausible: give 2 to 100.")
    if percent is not None and not 1 <= percent <= 100:
        yield Problem("practical_percent", "The practical ceiling is 1 to 100 % of the theoretical one.")
    if len(what_if.events) > MOST_EVENTS:
        yield Problem("events", f"At most {MOST_EVENTS} events: remove some, or make a second scenario.")


def _of_events(what_if: WhatIf, position: Position, today: date) -> Iterator[Problem]:
    for index, event in enumerate(what_if.events):
        found = [*_of_date(event, today), *_of_numbers(event)]
        if not found and event.kind == Kind.DEPARTURE:
            found = list(_of_departure(event, index, what_if, position))
        for field, message in found:
            yield Problem(field, message, index)


def _of_date(event: Event, today: date) -> Iterator[tuple[str, str]]:
    if event.on < today:
        yield (
            "on",
            f"{_day(event.on)} is in the past: today is {_day(today)}. Give a date to come, or remove the event: "
            "what has happened is in the live data.",
        )
    elif event.on > add_months(month_of(today), HORIZON_MONTHS):
        yield "on", f"{_day(event.on)} is more than ten years ahead, further than a forecast looks."


def _of_numbers(event: Event) -> Iterator[tuple[str, str]]:
    if event.kind in (Kind.BATCH, Kind.DEPARTURE):
        yield from _of_customers(event)
    elif event.kind == Kind.NEW_SWITCH_POD and event.vlans is not None and not 1 <= event.vlans <= MOST_SWITCH_VLANS:
        yield "vlans", f"A core switch leaves 1 to {MOST_SWITCH_VLANS:,} VLANs to tenants (IDs 2–4094)."


def _of_customers(event: Event) -> Iterator[tuple[str, str]]:
    verb = "come" if event.kind == Kind.BATCH else "leave"
    if event.customers < 1:
        yield "customers", f"How many {verb}? Give at least 1, or remove the event."
    elif event.customers > MOST_CUSTOMERS:
        yield "customers", f"More than {MOST_CUSTOMERS:,} at once is not plausible."
    elif event.vlans is not None and event.vlans < 0:
        yield "vlans", "VLANs cannot be negative."
    elif event.vlans is not None and event.kind == Kind.BATCH:
        least, most = event.customers * LEAST_SIZE, event.customers * MOST_SIZE
        if not least <= event.vlans <= most:
            yield "vlans", f"{_customers(event.customers)} take {least:,} to {most:,} VLANs: 2 to 100 each."


def _of_departure(event: Event, index: int, what_if: WhatIf, position: Position) -> Iterator[tuple[str, str]]:
    """Who leaves must be there by then: present today, or come in a batch that is supposed before."""
    others = [other for number, other in enumerate(what_if.events) if (other.on, number) < (event.on, index)]
    come = sum(other.customers for other in others if other.kind == Kind.BATCH)
    gone = sum(other.customers for other in others if other.kind == Kind.DEPARTURE)
    there = max(0, position.customers + come - gone)
    if event.customers > there:
        before = " after what is supposed before" if come or gone else ""
        yield "customers", f"No more than the {_customers(there)} that are there{before} can leave."
    elif event.vlans is not None and event.vlans > position.vlans + come * MOST_SIZE:
        yield "vlans", f"No more than the {position.vlans + come * MOST_SIZE:,} VLANs that are taken can be given back."


def _customers(count: int) -> str:
    return f"{count:,} customer{'' if count == 1 else 's'}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
