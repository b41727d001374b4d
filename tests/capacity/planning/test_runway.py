"""When a ceiling is reached, and the honest answers where there is no date."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity.planning.runway import Reach, Trend, Why, reach, runway, trend
from capacity.planning.timeline import Month, add_months, months_between

TODAY = date(2026, 11, 22)


def steady(months: int, *, came: int, left: int = 0) -> tuple[Month, ...]:
    """``months`` complete months of the same flow, and the month that runs with a flow that must not count."""
    first = add_months(TODAY, -months)
    full = [Month(add_months(first, i), came, left, (i + 1) * (came - left)) for i in range(months)]
    return (*full, Month(TODAY.replace(day=1), 1000, 0, 1000))


def test_ten_a_month_fill_120_places_in_a_year() -> None:
    result = runway(months=steady(36, came=12, left=2), customers=480, practical=600, theoretical=800, today=TODAY)
    assert result.practical == Reach(Why.DATED, date(2027, 11, 1))
    assert result.theoretical == Reach(Why.DATED, date(2029, 7, 1))
    assert str(result.practical) == "about November 2027"
    assert str(result.trend) == "144 came and 24 left in 12 months: +10.0 a month"


def test_only_the_last_twelve_complete_months_count() -> None:
    months = (*steady(24, came=50)[:12], *steady(12, came=1))
    assert trend(months, today=TODAY) == Trend(months=12, came=12, left=0)


@pytest.mark.parametrize(("months", "why"), [(5, Why.SHORT), (6, Why.DATED)])
def test_under_six_complete_months_nothing_is_foretold(months: int, why: Why) -> None:
    growth = trend(steady(months, came=5), today=TODAY)
    assert reach(customers=100, ceiling=600, growth=growth, today=TODAY).why == why


@pytest.mark.parametrize("growth", [Trend(12, 0, 0), Trend(12, 3, 9), Trend(12, 12, 11)])
def test_no_growth_a_shrinking_switch_or_a_trickle_is_not_within_ten_years(growth: Trend) -> None:
    result = reach(customers=100, ceiling=600, growth=growth, today=TODAY)
    assert result == Reach(Why.BEYOND)
    assert str(result) == "not within ten years"


def test_a_ceiling_that_is_reached_is_reached_however_short_the_history() -> None:
    assert reach(customers=600, ceiling=600, growth=Trend(0, 0, 0), today=TODAY) == Reach(Why.REACHED)


def test_an_empty_series_is_too_short() -> None:
    result = runway(months=(), customers=0, practical=600, theoretical=800, today=TODAY)
    assert str(result.practical) == str(result.theoretical) == "too short a history"


@given(st.integers(0, 900), st.integers(0, 900), st.integers(1, 12_000), st.integers(1, 12_000), st.integers(6, 12))
def test_the_date_is_the_first_month_at_which_the_line_has_reached_the_ceiling(
    customers: int, ceiling: int, came: int, left: int, months: int
) -> None:
    growth = Trend(months, came, left)
    result = reach(customers=customers, ceiling=ceiling, growth=growth, today=TODAY)
    if result.month is not None:
        ahead = months_between(TODAY, result.month)
        assert 1 <= ahead <= 120
        assert customers * months + (came - left) * ahead >= ceiling * months - 1e-6
        assert customers * months + (came - left) * (ahead - 1) < ceiling * months + 1e-6


@given(st.integers(0, 900), st.integers(0, 900), st.integers(0, 900), st.integers(0, 400), st.integers(0, 400))
def test_the_theoretical_ceiling_is_never_reached_before_the_practical(
    customers: int, practical: int, more: int, came: int, left: int
) -> None:
    growth = Trend(12, came, left)
    first = reach(customers=customers, ceiling=practical, growth=growth, today=TODAY)
    second = reach(customers=customers, ceiling=practical + more, growth=growth, today=TODAY)
    if first.month and second.month:
        assert first.month <= second.month
    if second.why is Why.REACHED:
        assert first.why is Why.REACHED
