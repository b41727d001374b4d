"""Stock and flow by month, checked against counting the records one by one."""

from collections import Counter
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from capacity.planning.timeline import Month, add_months, months_between, series

TODAY = date(2026, 11, 22)


def test_every_month_has_what_came_what_left_and_what_is_there() -> None:
    assert series(came={date(2026, 8, 3): 4, date(2026, 10, 30): 1}, left={date(2026, 10, 2): 2}, today=TODAY) == (
        Month(date(2026, 8, 1), 4, 0, 4),
        Month(date(2026, 9, 1), 0, 0, 4),
        Month(date(2026, 10, 1), 1, 2, 3),
        Month(date(2026, 11, 1), 0, 0, 3),
    )


def test_what_is_dated_after_today_is_left_out() -> None:
    assert series(came={date(2026, 11, 22): 1, date(2026, 11, 23): 5}, left={}, today=TODAY)[-1].count == 1


def test_no_record_makes_no_series() -> None:
    assert series(came={}, left={}, today=TODAY, since=date(2020, 1, 1)) == ()


def test_a_series_can_begin_before_its_first_record() -> None:
    months = series(came={date(2026, 10, 5): 1}, left={}, today=TODAY, since=date(2026, 8, 19))
    assert [(m.first.month, m.count) for m in months] == [(8, 0), (9, 0), (10, 1), (11, 1)]


lives = st.lists(
    st.tuples(st.dates(date(2019, 1, 1), TODAY), st.none() | st.integers(0, 3000)).map(
        lambda life: (life[0], None if life[1] is None else life[0] + timedelta(days=life[1]))
    ),
    min_size=1,
    max_size=60,
)


@given(lives)
def test_the_stock_is_the_number_of_lives_that_cross_the_month_s_end(records: list[tuple[date, date | None]]) -> None:
    came = Counter(start for start, _ in records)
    left = Counter(end for _, end in records if end)
    months = series(came=came, left=left, today=TODAY)
    for month in months:
        day = min(TODAY, add_months(month.first, 1) - timedelta(days=1))
        assert month.count == sum(start <= day and (end is None or end > day) for start, end in records)
    assert months[0].first == min(start for start, _ in records).replace(day=1)
    assert months[-1].first == TODAY.replace(day=1)
    assert len(months) == months_between(months[0].first, TODAY) + 1


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(-500, 500))
def test_months_add_up(day: date, count: int) -> None:
    assert months_between(day, add_months(day, count)) == count
    assert add_months(add_months(day, count), -count) == day.replace(day=1)
