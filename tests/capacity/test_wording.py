from datetime import date

import pytest

from capacity import wording
from capacity.planning.forecast import Interval

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("interval", "median", "spread"),
    [
        (Interval(TODAY, TODAY, TODAY, reached=True), "reached", ""),
        (Interval(None, None, None), "not within ten years", ""),
        (Interval(date(2031, 1, 5), None, None), "not within ten years", "from January 2031"),
        (Interval(date(2028, 1, 5), date(2028, 3, 1), None), "March 2028", "from January 2028"),
        (
            Interval(date(2028, 1, 5), date(2028, 3, 1), date(2029, 5, 1)),
            "March 2028",
            "January 2028 to May 2029",
        ),
        (Interval(date(2028, 3, 1), date(2028, 3, 8), date(2028, 3, 30)), "March 2028", "March 2028"),
    ],
)
def test_a_date_of_the_forecast_is_told_with_its_interval(interval: Interval, median: str, spread: str) -> None:
    assert (wording.median(interval), wording.spread(interval)) == (median, spread)


@pytest.mark.parametrize(
    ("day", "told"),
    [
        (None, "nothing to order"),
        (date(2027, 3, 3), "3 March 2027"),
        (TODAY, "22 November 2026"),
        (date(2026, 11, 21), "21 November 2026: 1 day late"),
        (date(2023, 11, 22), "22 November 2023: 1,096 days late"),
    ],
)
def test_an_order_by_date_says_how_late_it_is(day: date | None, told: str) -> None:
    assert wording.order_by(day, today=TODAY) == told
