"""Present values: what is paid later counts less, and more months never cost less."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity.planning.costs import FREE, Assumptions, Price, discounts, present_value, together

prices = st.builds(Price, st.floats(0, 1e7), st.floats(0, 1e5), st.floats(0, 1e3), st.integers(0, 1000))
customers = st.lists(st.floats(0, 5000), min_size=1, max_size=120)


def test_without_a_discount_a_price_is_the_plain_sum() -> None:
    assert present_value(Price(1000, 100, 10, 0), served=[5, 6], percent=0) == 1000 + 100 + 50 + 100 + 60


def test_a_year_at_ten_percent_is_worth_a_tenth_less_at_its_end() -> None:
    assert discounts(months=12, percent=10)[12] == pytest.approx(1 / 1.1)
    assert discounts(months=12, percent=10)[0] == 1


def test_the_rate_is_compounded_month_by_month() -> None:
    worth = discounts(months=24, percent=8)
    assert worth[6] ** 2 == pytest.approx(worth[12])
    assert worth[12] ** 2 == pytest.approx(worth[24])


def test_capital_is_paid_today_and_so_never_discounted() -> None:
    assert present_value(Price(1000, 0, 0, 0), served=[0] * 60, percent=50) == 1000


def test_together_adds_money_and_takes_the_longer_lead_time() -> None:
    assert together(Price(1, 2, 3, 40), Price(10, 20, 30, 4)) == Price(11, 22, 33, 40)
    assert together(Price(1, 2, 3, 4), FREE) == Price(1, 2, 3, 4)


def test_a_pod_behind_a_new_switch_is_both() -> None:
    assert Assumptions().pod_behind_new_switch == Price(440_000, 10_500, 0, 180)


def test_money_is_written_with_its_currency() -> None:
    assert Assumptions(currency="GBP").money(1_234_567.4) == "GBP 1,234,567"


@given(prices, customers, st.floats(0, 50))
def test_a_longer_horizon_never_costs_less(price: Price, served: list[float], percent: float) -> None:
    shorter = present_value(price, served=served[:-1], percent=percent)
    assert present_value(price, served=served, percent=percent) >= shorter


@given(prices, customers, st.floats(0, 49), st.floats(0.01, 1))
def test_a_higher_rate_never_costs_more(price: Price, served: list[float], percent: float, more: float) -> None:
    assert present_value(price, served=served, percent=percent + more) <= present_value(
        price, served=served, percent=percent
    )
