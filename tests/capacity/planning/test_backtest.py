"""The forecast asked about a switch's own past."""

import pytest

from capacity.planning.forecast import Backtest, backtest
from tests.capacity.planning.pasts import TODAY, months, steady, switch


@pytest.mark.parametrize(("count", "tries"), [(0, None), (6, None), (11, None), (12, 1), (20, 9), (60, 24)])
def test_it_asks_from_as_many_months_as_leave_six_before_and_six_after(count: int, tries: int | None) -> None:
    found = backtest(switch(steady(count, came=8), customers=8 * count), today=TODAY)
    assert (found.tries if found else None) == tries


def test_even_months_are_foretold_almost_exactly() -> None:
    found = backtest(switch(steady(36, came=8), customers=288, vlans=1440), today=TODAY)
    assert found is not None
    assert found.error < 3 and found.straight_line == 0 and found.covered == 1
    assert found.months_ahead == 6


def test_a_season_is_foretold_better_than_by_a_straight_line() -> None:
    year = [2, 2, 2, 2, 2, 2, 14, 14, 14, 14, 14, 14]
    found = backtest(switch(months(*year * 5), customers=480, vlans=2400), today=TODAY)
    assert found is not None
    assert found.error < found.straight_line


def test_the_future_of_a_starting_month_is_not_looked_at() -> None:
    """Whatever comes after the months that are tested on changes nothing about the tries before it."""
    tail = [8] * 6
    calm = backtest(switch(months(*[8] * 12, *tail), customers=144), today=TODAY, months_ahead=12)
    assert calm is not None and calm.tries == 1
    wild = backtest(switch(months(*[8] * 12, 0, 0, 0, 0, 0, 48), customers=144), today=TODAY, months_ahead=12)
    assert wild == calm


def test_it_is_seeded_and_nothing_known_or_supposed_enters() -> None:
    subject = switch(months(*[5, 9, 7] * 12), customers=252)
    assert backtest(subject, today=TODAY) == backtest(subject, today=TODAY)
    assert isinstance(backtest(switch(months(*[5, 9, 7] * 12), customers=252, growth=3.0), today=TODAY), Backtest)
    assert backtest(switch(months(*[5, 9, 7] * 12), customers=252, growth=3.0), today=TODAY) == backtest(
        subject, today=TODAY
    )


def test_nothing_ahead_is_nothing_to_test() -> None:
    assert backtest(switch(steady(36, came=8)), today=TODAY, months_ahead=0) is None
