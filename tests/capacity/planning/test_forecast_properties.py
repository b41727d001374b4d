"""What must hold of every forecast, whatever the past."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capacity.planning.demand import Demand, Flow, Known, Position, Room, Subject
from capacity.planning.forecast import Band, Forecast, Interval, forecast, when
from capacity.planning.timeline import add_months, month_of
from tests.capacity.planning.pasts import TODAY

counts = st.integers(0, 30)
flows = st.lists(st.tuples(counts, st.integers(0, 6), st.integers(0, 20), st.integers(0, 10)), max_size=40)
knowns = st.builds(
    Known,
    on=st.dates(date(2026, 6, 1), date(2031, 1, 1)),
    customers=st.integers(-20, 40),
    vlans=st.integers(-100, 200),
    what=st.just("known"),
    extra=st.booleans(),
)


@st.composite
def subjects(draw: st.DrawFn) -> Subject:
    past = draw(flows)
    first = add_months(month_of(TODAY), -len(past))
    customers = draw(st.integers(0, 500))
    hard = draw(st.integers(1, 4093))
    return Subject(
        name=draw(st.sampled_from(["core-1", "core-2"])),
        position=Position(customers, draw(st.integers(0, 3000))),
        demand=Demand(
            months=tuple(Flow(add_months(first, index), *flow) for index, flow in enumerate(past)),
            sizes=tuple(draw(st.lists(st.integers(1, 40), max_size=30))),
            known=tuple(draw(st.lists(knowns, max_size=3))),
        ),
        room=Room(hard // 5 * 3 // 4, hard * 3 // 4, hard),
        growth=draw(st.floats(0, 3)),
    )


modest = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def both(one: Subject, other: Subject) -> tuple[Forecast, Forecast]:
    first, second = forecast([one, other], today=TODAY, paths=60)
    return first, second


def never_later(sooner: Forecast, later: Forecast) -> None:
    """Each date of ``sooner`` is no later than that of ``later``."""
    for one, other in ((sooner.practical, later.practical), (sooner.hard, later.hard)):
        for name in ("p10", "p50", "p90"):
            assert (getattr(one, name) or date.max) <= (getattr(other, name) or date.max)


@modest
@given(subjects())
def test_p10_is_no_later_than_p50_and_that_no_later_than_p90(subject: Subject) -> None:
    (found,) = forecast([subject], today=TODAY, paths=60)
    for interval in (found.practical, found.hard):
        assert (interval.p10 or date.max) <= (interval.p50 or date.max) <= (interval.p90 or date.max)
        assert interval.p10 is None or interval.p10 >= TODAY
    for band in (found.customers, found.vlans, found.highest_customers, found.highest_vlans):
        assert all(0 <= low <= middle <= high for low, middle, high in zip(band.p10, band.p50, band.p90, strict=True))
    for band in (found.highest_customers, found.highest_vlans):
        assert all(list(curve) == sorted(curve) for curve in (band.p10, band.p50, band.p90))


@modest
@given(subjects(), st.floats(0, 1) | st.just(1e-9))
def test_a_larger_growth_never_means_a_later_date(subject: Subject, more: float) -> None:
    slow, fast = both(subject, replace(subject, growth=subject.growth + more))
    never_later(fast, slow)


@modest
@given(subjects(), st.integers(0, 3), st.integers(0, 12))
def test_a_new_customer_or_vlan_never_means_a_later_date(subject: Subject, customers: int, vlans: int) -> None:
    there = Position(subject.position.customers + customers, subject.position.vlans + vlans)
    before, after = both(subject, replace(subject, position=there))
    never_later(after, before)


@modest
@given(subjects(), st.dates(date(2026, 6, 1), date(2031, 1, 1)), st.integers(0, 40), st.integers(0, 200), st.booleans())
def test_more_known_demand_never_means_a_later_date(
    subject: Subject, on: date, customers: int, vlans: int, extra: bool
) -> None:
    known = (*subject.demand.known, Known(on, customers, vlans, "more", extra=extra))
    before, after = both(subject, replace(subject, demand=replace(subject.demand, known=known)))
    never_later(after, before)


@modest
@given(subjects(), st.integers(0, 2000))
def test_a_higher_ceiling_is_never_reached_sooner(subject: Subject, more: int) -> None:
    room = subject.room
    higher = Room(room.practical_customers + more // 5, room.practical_vlans + more, room.hard_vlans + more)
    low, high = both(subject, replace(subject, room=higher))
    never_later(low, high)


@modest
@given(subjects())
def test_a_ceiling_that_stands_already_is_reached_today_and_no_other_is(subject: Subject) -> None:
    (found,) = forecast([subject], today=TODAY, paths=60)
    assert found.hard.reached == (subject.position.vlans >= subject.room.hard_vlans)
    assert found.hard.reached == (found.hard == Interval(TODAY, TODAY, TODAY, reached=True))


rising = st.lists(st.floats(0, 500), min_size=2, max_size=30).map(
    lambda steps: tuple(sum(steps[: index + 1]) for index in range(len(steps)))
)


@given(rising, st.floats(0, 100), st.floats(0, 15_000), st.floats(0, 1000))
def test_a_date_is_monotone_in_the_curve_and_in_the_level(
    curve: tuple[float, ...], higher: float, level: float, more: float
) -> None:
    def on(curve: tuple[float, ...], level: float) -> date:
        return when(Band(curve, curve, curve), level, today=TODAY).p50 or date.max

    assert on(tuple(value + higher for value in curve), level) <= on(curve, level) <= on(curve, level + more)
    assert on(curve, level) in (TODAY, date.max) or on(curve, level) >= TODAY + timedelta(1)
