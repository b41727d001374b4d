"""Demand of one switch, and of the whole provider."""

from datetime import date

from capacity.planning.demand import Demand, Flow, Known, Position, Room, Subject, mean_size, total

JANUARY, FEBRUARY, MARCH = (date(2026, month, 1) for month in (1, 2, 3))


def test_the_mean_size_is_observed_or_else_planned() -> None:
    assert mean_size(Demand(sizes=(2, 4, 9), planned_size=7)) == 5
    assert mean_size(Demand(planned_size=7)) == 7


def test_the_total_adds_everything_up_month_by_month() -> None:
    one = Subject(
        "core-1",
        Position(10, 50),
        Demand((Flow(JANUARY, 5, 1, 2, 0), Flow(FEBRUARY, 5, 0, 0, 1)), (5, 6), 5, (Known(MARCH, 2, 10, "late"),)),
        Room(600, 2974, 3966),
    )
    other = Subject(
        "core-2",
        Position(1, 4),
        Demand((Flow(FEBRUARY, 1, 0),), (4,), 7, (Known(JANUARY, 1, 5, "soon"),)),
        Room(400, 2000, 3000),
    )
    found = total([one, other], name="all")
    assert found.name == "all"
    assert found.position == Position(11, 54)
    assert found.room == Room(1000, 4974, 6966)
    assert found.demand.months == (Flow(JANUARY, 5, 1, 2, 0), Flow(FEBRUARY, 6, 0, 0, 1))
    assert found.demand.sizes == (5, 6, 4)
    assert found.demand.planned_size == 6
    assert [known.what for known in found.demand.known] == ["soon", "late"]


def test_the_total_of_nothing_is_nothing() -> None:
    found = total([], name="all")
    assert found.position == Position(0, 0)
    assert found.demand.months == ()
