"""What the forecast says of pasts whose future a person would know as well."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from capacity.planning.demand import Known, Room, Subject
from capacity.planning.forecast import Band, Forecast, Interval, earlier, forecast, when
from tests.capacity.planning.pasts import TODAY, months, steady, switch


def of(subject: Subject) -> Forecast:
    return forecast([subject], today=TODAY)[0]


def days(interval: Interval) -> int:
    """From P10 to P90."""
    assert interval.p10 and interval.p90
    return (interval.p90 - interval.p10).days


def test_ten_a_month_fill_300_places_in_about_two_and_a_half_years() -> None:
    found = of(switch(steady(36, came=11, left=1), customers=300))
    assert found.net_per_month == pytest.approx(10, abs=1)
    assert found.practical.p50 and date(2029, 1, 1) < found.practical.p50 < date(2029, 12, 1)
    assert found.notes == ()


def test_the_curves_start_at_todays_position() -> None:
    found = of(switch(steady(36, came=11), customers=301, vlans=1507))
    assert {b[0] for b in (found.customers.p10, found.customers.p50, found.customers.p90)} == {301}
    assert {b[0] for b in (found.highest_vlans.p10, found.highest_vlans.p50, found.highest_vlans.p90)} == {1507}
    assert len(found.customers.p50) == 121


def test_the_same_subject_has_the_same_answer_alone_and_in_company() -> None:
    one = switch(steady(36, came=11, left=1), name="core-1")
    company = [switch(steady(n, came=n), name=f"core-{n}") for n in range(2, 20)]
    assert forecast([*company, one], today=TODAY)[-1] == of(one)


def test_another_seed_is_another_draw_of_the_same_forecast() -> None:
    subject = switch(steady(36, came=11, left=1))
    (other,) = forecast([subject], today=TODAY, seed=1)
    assert other != of(subject)
    assert other.practical.p50 and of(subject).practical.p50
    assert abs((other.practical.p50 - of(subject).practical.p50).days) < 60  # type: ignore[operator]


def test_no_history_says_so_and_foretells_nothing() -> None:
    found = of(switch((), sizes=()))
    assert found.net_per_month is None
    assert found.practical == found.hard == Interval(None, None, None)
    assert found.is_short
    assert found.notes[0].startswith("There is no complete month of history yet: nothing can be foretold")


def test_without_history_what_is_known_counts_all_the_same() -> None:
    found = of(switch((), known=(Known(date(2027, 3, 1), 300, 1500, "contract"),)))
    assert found.practical.p10 == found.practical.p90
    assert found.practical.p50 and date(2027, 2, 22) < found.practical.p50 <= date(2027, 3, 22)
    assert "only the demand that is known for sure" in found.notes[0]


@pytest.mark.parametrize("count", [1, 3, 5])
def test_under_six_months_it_says_so_and_the_interval_is_wider(count: int) -> None:
    short, long = of(switch(steady(count, came=12, left=2))), of(switch(steady(36, came=12, left=2)))
    assert short.is_short and not long.is_short
    assert "history is short" in short.notes[0]
    assert short.practical.p90 is None or days(short.practical) > 1.3 * days(long.practical)


def test_zero_growth_is_not_within_ten_years() -> None:
    found = of(switch(steady(36, came=0)))
    assert found.practical == found.hard == Interval(None, None, None)
    assert found.net_per_month == pytest.approx(0, abs=0.1)
    assert "not expected to become more" in found.notes[0]


def test_growth_supposed_to_be_zero_is_not_within_ten_years() -> None:
    assert of(switch(steady(36, came=12), growth=0)).hard == Interval(None, None, None)


def test_a_shrinking_switch_never_fills_and_never_goes_below_nothing() -> None:
    found = of(switch(steady(36, came=1, left=6), customers=100, vlans=500))
    assert found.practical == Interval(None, None, None)
    assert found.net_per_month is not None and found.net_per_month < -1
    assert "become fewer" in found.notes[0]
    assert min(found.customers.p10) >= 0 and min(found.vlans.p10) >= 0
    assert found.customers.p50[-1] < 50 and found.highest_customers.p50[-1] >= 100


@pytest.mark.parametrize("growth", [-0.1, float("nan"), float("inf")])
def test_a_growth_that_means_nothing_is_refused(growth: float) -> None:
    with pytest.raises(ValueError, match="growth of core-1 must be zero or more"):
        of(switch(steady(36, came=12), growth=growth))


@pytest.mark.parametrize("over", [0, 50])
def test_what_is_reached_is_reached_today(over: int) -> None:
    found = of(switch(steady(36, came=1, left=6), customers=600 + over, vlans=3966 + over))
    assert found.practical == found.hard == Interval(TODAY, TODAY, TODAY, reached=True)


def test_large_newcomers_fill_the_vlans_sooner() -> None:
    small = of(switch(steady(36, came=10), sizes=(3,) * 100))
    large = of(switch(steady(36, came=10), sizes=(8,) * 100))
    assert small.hard.p50 and large.hard.p50 and large.hard.p50 < small.hard.p50
    assert large.vlans.p50[12] - 1500 == pytest.approx(8 * 10 * 12, rel=0.1)


def test_without_observed_sizes_the_planned_size_is_taken_and_said() -> None:
    found = of(switch(steady(36, came=10), sizes=()))
    assert found.vlans.p50[12] - 1500 == pytest.approx(5 * 10 * 12, rel=0.15)
    assert found.notes == ("No newcomer's VLANs are on record: 5 are supposed for each, as planned.",)


def test_few_observed_sizes_are_drawn_towards_the_planned_one() -> None:
    one, many = (of(switch(steady(36, came=10), sizes=(20,) * count)).vlans.p50[12] for count in (1, 200))
    assert 1500 + 5 * 120 < one < 1500 + 10 * 120 < many


def test_growth_and_shrinking_of_present_customers_count() -> None:
    plain, grown, shed = (
        of(switch(steady(36, came=5, grown=g, shed=s))).vlans.p50[24] for g, s in ((0, 0), (10, 0), (0, 10))
    )
    assert shed < plain < grown
    assert grown - plain > 200


def test_a_departure_frees_the_mean_vlans_of_those_present() -> None:
    found = of(switch(steady(36, came=0, left=3), customers=300, vlans=1500))
    gone = 300 - found.customers.p50[12]
    assert 1500 - found.vlans.p50[12] == pytest.approx(5 * gone, rel=0.02)


def test_a_season_shows_in_the_months_and_not_in_the_year() -> None:
    wave = [2, 2, 2, 2, 2, 2, 2, 2, 26, 26, 26, 26]  # December to July are quiet; the record ends with October
    found = of(switch(months(*(wave[1:] + wave[:1]) * 4)))
    assert of(switch(months(*[10] * 48))).customers.p50[12] == pytest.approx(found.customers.p50[12], rel=0.05)
    quiet = found.customers.p50[6] - found.customers.p50[2]
    busy = found.customers.p50[12] - found.customers.p50[8]
    assert busy > 3 * quiet


def test_a_step_in_the_past_is_followed() -> None:
    found = of(switch(months(*[4] * 26, *[14] * 10)))
    assert found.customers.p50[12] - 300 == pytest.approx(14 * 12, rel=0.15)


def test_a_rising_pace_goes_on_rising() -> None:
    found = of(switch(months(*range(2, 38, 1))))
    assert (found.customers.p50[12] - 300) / 12 > 37


def test_a_batch_comes_on_top_in_its_month() -> None:
    plain = of(switch(steady(36, came=10)))
    batch = of(switch(steady(36, came=10), known=(Known(date(2027, 5, 1), 40, 400, "batch", extra=True),)))
    assert batch.customers.p50[5] == plain.customers.p50[5]
    assert batch.customers.p50[6] - plain.customers.p50[6] == pytest.approx(40, abs=0.5)
    assert batch.vlans.p50[6] - plain.vlans.p50[6] == pytest.approx(400, abs=1)


def test_a_contract_is_one_of_the_newcomers_and_raises_only_a_month_that_would_see_fewer() -> None:
    plain = of(switch(steady(36, came=10)))
    small = of(switch(steady(36, came=10), known=(Known(date(2027, 5, 1), 1, 5, "contract"),)))
    large = of(switch(steady(36, came=10), known=(Known(date(2027, 5, 1), 50, 250, "contract"),)))
    assert small.customers.p50[6] == pytest.approx(plain.customers.p50[6], abs=0.5)
    assert large.customers.p50[6] - plain.customers.p50[6] == pytest.approx(40, abs=5)


def test_a_known_departure_leaves_with_its_vlans() -> None:
    plain = of(switch(steady(36, came=10)))
    gone = of(switch(steady(36, came=10), known=(Known(date(2027, 5, 1), -1, -60, "leaves"),)))
    assert plain.vlans.p50[6] - gone.vlans.p50[6] == pytest.approx(60, abs=1)


def test_what_is_overdue_comes_in_the_first_month_and_what_is_beyond_the_horizon_does_not() -> None:
    plain = of(switch(steady(36, came=10)))
    overdue = of(switch(steady(36, came=10), known=(Known(date(2026, 1, 1), 30, 150, "late", extra=True),)))
    far = of(switch(steady(36, came=10), known=(Known(date(2036, 12, 1), 30, 150, "far", extra=True),)))
    assert overdue.customers.p50[1] - plain.customers.p50[1] == pytest.approx(30, abs=0.5)
    assert far == plain


def test_the_practical_ceiling_is_reached_by_customers_or_by_vlans() -> None:
    subject = switch(steady(36, came=10))
    by_vlans = of(replace(subject, room=Room(10_000, 2000, 3966))).practical
    by_customers = of(replace(subject, room=Room(400, 100_000, 100_000))).practical
    both = of(replace(subject, room=Room(400, 2000, 3966))).practical
    assert both == earlier(by_vlans, by_customers)


def line(*values: float) -> Band:
    return Band(values, values, values)


def test_a_date_is_read_between_two_months_to_the_day() -> None:
    assert when(line(0, 30, 60), 15, today=date(2026, 11, 1)).p50 == date(2026, 11, 16)
    assert when(line(0, 30, 60), 30, today=date(2026, 11, 1)).p50 == date(2026, 12, 1)
    assert when(line(0, 30, 60), 61, today=date(2026, 11, 1)) == Interval(None, None, None)


def test_a_level_that_rises_by_month_is_met_where_it_stands_then() -> None:
    today = date(2026, 11, 1)
    assert when(line(0, 50, 100, 150, 200), (100, 100, 180, 180, 180), today=today).p50 == date(2027, 2, 18)
    assert when(line(100, 100), (100, 200), today=today).reached


def test_the_last_of_a_long_month_maps_to_the_last_of_a_short_one() -> None:
    assert when(line(0, 0, 0, 1), 1, today=date(2026, 11, 30)).p50 == date(2027, 2, 28)


def test_earlier_takes_the_sooner_of_each_date() -> None:
    one = Interval(TODAY, TODAY + timedelta(9), None)
    other = Interval(TODAY + timedelta(1), TODAY + timedelta(2), TODAY + timedelta(3), reached=True)
    assert earlier(one, other) == Interval(TODAY, TODAY + timedelta(2), TODAY + timedelta(3), reached=True)
    assert earlier(Interval(None, None, None), Interval(None, None, None)) == Interval(None, None, None)
