"""What fills up next comes first: the full, the past, then by the day that the median reaches the ceiling."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from capacity.planning.ceiling import Bounds, Ceiling, Counts, ceiling
from capacity.planning.demand import Demand, Position, Room, Subject
from capacity.planning.forecast import Forecast, Interval, forecast
from capacity.planning.ranking import Urgency, rank, urgency
from inventory.models import RangePurpose
from inventory.ranges import Span

TODAY = date(2026, 11, 22)
NEVER = Interval(None, None, None)


def a_switch(customers: int, *, free: int | None = None) -> Ceiling:
    """4,000 usable IDs, 800 customers in theory, 600 in practice."""
    taken = customers * 5
    return ceiling(
        bounds=Bounds(),
        spans=[Span(RangePurpose.USABLE, 2, 4001)],
        counts=Counts(free=4000 - taken if free is None else free, allocated=taken),
        customers=customers,
        networks=taken,
    )


def a_future(practical: Interval) -> Forecast:
    subject = Subject("core-a", Position(1, 5), Demand(), Room(600, 3000, 4000))
    return replace(forecast([subject], today=TODAY)[0], practical=practical)


def reached_in(days: int) -> Interval:
    middle = TODAY + timedelta(days=days)
    return Interval(middle - timedelta(days=30), middle, middle + timedelta(days=30))


@pytest.mark.parametrize(
    ("customers", "free", "practical", "expected"),
    [
        (800, 0, NEVER, Urgency.FULL),
        (500, 4, NEVER, Urgency.FULL),  # fewer free VLANs than one customer is planned with
        (600, None, NEVER, Urgency.PAST),
        (500, None, reached_in(365), Urgency.SOON),
        (500, None, reached_in(366), Urgency.ROOM),
        (500, None, NEVER, Urgency.ROOM),
    ],
)
def test_the_state_of_a_switch_in_one_word(
    customers: int, free: int | None, practical: Interval, expected: Urgency
) -> None:
    assert urgency(ceiling=a_switch(customers, free=free), forecast=a_future(practical)) is expected


def test_the_full_come_first_then_the_past_then_by_the_day_and_last_by_how_full() -> None:
    entries = {
        "empty": (a_switch(1), a_future(NEVER)),
        "half": (a_switch(300), a_future(NEVER)),
        "late": (a_switch(400), a_future(reached_in(900))),
        "early": (a_switch(200), a_future(reached_in(90))),
        "past": (a_switch(650), a_future(NEVER)),
        "full": (a_switch(800, free=0), a_future(NEVER)),
    }

    def key(name: str) -> tuple[Urgency, int, Interval]:
        numbers, future = entries[name]
        return urgency(ceiling=numbers, forecast=future), numbers.fill, future.practical

    assert rank(entries, key) == ["full", "past", "early", "late", "half", "empty"]
