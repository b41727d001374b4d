"""Suppositions: what each changes, that more is never later, and that none changes nothing."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.planning.ceiling import Bounds, Counts, VCenterRoom, ceiling
from capacity.planning.demand import Demand, Flow, Position, Room, Subject
from capacity.planning.forecast import Interval, forecast
from capacity.planning.options import Case
from capacity.planning.provider import subject_of, whole
from capacity.planning.timeline import add_months
from capacity.planning.whatif import (
    Event,
    Kind,
    Live,
    Result,
    WhatIf,
    apply,
    evaluate,
    one_switch,
    sizes_of,
)
from capacity.planning.whatif_rules import problems
from capacity.planning.whatif_words import in_one_line, notes
from inventory.models import RangePurpose
from inventory.ranges import Span

TODAY = date(2026, 11, 22)
LATER = date(2027, 6, 1)


def a_case(
    name: str = "core-a",
    *,
    usable: int = 4000,
    customers: int = 400,
    each: int = 5,
    came: int = 10,
    left: int = 2,
    vcenters: tuple[VCenterRoom, ...] = (VCenterRoom("vc-1", 2000, ("core-a",)),),
) -> Case:
    """A switch with two years of the same month over and over."""
    taken = customers * each
    numbers = ceiling(
        bounds=Bounds(),
        spans=[Span(RangePurpose.USABLE, 2, 1 + usable)],
        counts=Counts(free=usable - taken, allocated=taken, reserved=4094 - usable),
        customers=customers,
        networks=taken,
        vcenters=vcenters,
    )
    months = tuple(Flow(add_months(date(2024, 11, 1), n), came, left) for n in range(24))
    subject = Subject(
        name=name,
        position=Position(customers, taken),
        demand=Demand(months=months, sizes=(each,) * 20, planned_size=5),
        room=Room(numbers.practical, numbers.limit * 75 // 100, numbers.limit),
    )
    return Case(name, TODAY, numbers, subject, forecast([subject], today=TODAY)[0], vcenters)


CASE = a_case()
LIVE = one_switch(CASE)


def after(what_if: WhatIf, live: Live = LIVE) -> Result:
    return evaluate(what_if, live=live)


def no_later(one: Interval, other: Interval) -> bool:
    pairs = ((one.p10, other.p10), (one.p50, other.p50), (one.p90, other.p90))
    return all((sooner or date.max) <= (later or date.max) for sooner, later in pairs)


dates = st.dates(TODAY, TODAY + timedelta(days=2000))
events = st.builds(
    Event,
    kind=st.sampled_from([Kind.BATCH, Kind.DEPARTURE]),
    on=dates,
    customers=st.integers(1, 100),
) | st.builds(Event, kind=st.sampled_from([Kind.NEW_SWITCH_POD, Kind.SAME_SWITCH_POD, Kind.VXLAN]), on=dates)
what_ifs = st.builds(
    WhatIf,
    growth=st.floats(0, 4),
    vlans_per_tenant=st.none() | st.integers(20, 90).map(lambda tenths: tenths / 10),
    practical_percent=st.none() | st.integers(40, 100),
    events=st.lists(events, max_size=3).map(tuple),
)


def test_an_empty_what_if_is_the_live_forecast_to_the_letter() -> None:
    result = after(WhatIf())
    assert result.case == CASE
    assert apply(WhatIf(), live=LIVE).subject == CASE.subject


def test_an_empty_what_if_about_the_whole_provider_is_its_live_forecast() -> None:
    live = a_provider(CASE, a_case("core-b", usable=2000, customers=50))
    assert after(WhatIf(), live).case == live.case


def a_provider(*cases: Case) -> Live:
    subject = subject_of(cases)
    return whole(cases, subject=subject, forecast=forecast([subject], today=TODAY)[0])


@given(what_if=what_ifs, more=st.floats(0, 3))
@settings(max_examples=25, deadline=None)
def test_larger_growth_is_never_a_later_date(what_if: WhatIf, more: float) -> None:
    larger = replace(what_if, growth=what_if.growth + more)
    assert no_later(after(larger).practical, after(what_if).practical)
    assert no_later(after(larger).hard, after(what_if).hard)


@given(what_if=what_ifs, on=dates, customers=st.integers(1, 200))
@settings(max_examples=25, deadline=None)
def test_a_batch_is_never_a_later_date(what_if: WhatIf, on: date, customers: int) -> None:
    more = replace(what_if, events=(*what_if.events, Event(Kind.BATCH, on, customers)))
    assert no_later(after(more).practical, after(what_if).practical)
    assert no_later(after(more).hard, after(what_if).hard)


@given(what_if=what_ifs, on=dates)
@settings(max_examples=25, deadline=None)
def test_a_pod_on_the_same_switch_never_changes_anything(what_if: WhatIf, on: date) -> None:
    more = replace(what_if, events=(*what_if.events, Event(Kind.SAME_SWITCH_POD, on)))
    assert after(more).case == after(what_if).case
    assert after(more).rooms == after(what_if).rooms


@given(what_if=what_ifs)
@settings(max_examples=25, deadline=None)
def test_ceilings_by_month_only_rise(what_if: WhatIf) -> None:
    rooms = after(what_if).rooms
    for before, then in pairwise(rooms):
        assert before.practical_customers <= then.practical_customers
        assert before.practical_vlans <= then.practical_vlans
        assert before.hard_vlans <= then.hard_vlans


@given(what_if=what_ifs)
@settings(max_examples=25, deadline=None)
def test_p10_is_no_later_than_p50_and_that_no_later_than_p90(what_if: WhatIf) -> None:
    for when in (after(what_if).practical, after(what_if).hard):
        assert (when.p10 or date.max) <= (when.p50 or date.max) <= (when.p90 or date.max)


def test_a_pod_behind_a_new_switch_adds_its_places_from_that_day_on() -> None:
    rooms = after(WhatIf(events=(Event(Kind.NEW_SWITCH_POD, LATER),))).rooms
    assert [rooms[month].practical_customers for month in (0, 6, 7, 120)] == [600, 600, 1200, 1200]
    assert rooms[-1].hard_vlans == 8000
    smaller = after(WhatIf(events=(Event(Kind.NEW_SWITCH_POD, LATER, vlans=1000),)))
    assert smaller.highest == Room(600 + 150, 3000 + 750, 5000)


def test_what_came_before_the_pod_is_full_before_the_pod() -> None:
    crowded = one_switch(a_case(customers=590))
    late = Event(Kind.NEW_SWITCH_POD, date(2029, 1, 1))
    assert after(WhatIf(events=(late,)), crowded).practical.p50 == crowded.case.forecast.practical.p50
    early = Event(Kind.NEW_SWITCH_POD, TODAY)
    assert (after(WhatIf(events=(early,)), crowded).practical.p50 or date.max) > date(2030, 1, 1)


def test_vxlan_lifts_the_limit_to_the_port_groups_that_the_vcenters_have_left() -> None:
    result = after(WhatIf(events=(Event(Kind.VXLAN, LATER),)))
    assert result.rooms[0] == CASE.subject.room
    assert result.highest == Room(1500, 7500, 2000 + 8000)


def test_vxlan_gains_nothing_where_the_port_groups_bind_already() -> None:
    binding = one_switch(a_case(vcenters=(VCenterRoom("vc-1", 9000, ("core-a", "core-b")),)))
    result = after(WhatIf(events=(Event(Kind.VXLAN, LATER),)), binding)
    assert result.rooms[0] == result.highest
    assert notes_of(Event(Kind.VXLAN, LATER), binding) == (
        "VXLAN from 1 Jun 2027 changes nothing: the port groups of the vCenters bind already.",
    )


def test_a_vcenter_behind_two_switches_is_counted_once() -> None:
    shared = VCenterRoom("vc-1", 4000, ("core-a", "core-b"))
    live = a_provider(a_case(vcenters=(shared,)), a_case("core-b", vcenters=(shared,)))
    assert after(WhatIf(events=(Event(Kind.VXLAN, LATER),)), live).highest.hard_vlans == 4000 + 6000


def test_vlans_per_customer_and_percent_move_the_ceiling_of_today() -> None:
    assert after(WhatIf(vlans_per_tenant=4)).rooms[0] == Room(750, 3000, 4000)
    assert after(WhatIf(practical_percent=90)).rooms[0] == Room(720, 3600, 4000)
    live = a_provider(CASE, a_case("core-b", usable=2000, customers=50))
    assert after(WhatIf(vlans_per_tenant=4), live).rooms[0] == Room(750 + 375, 3000 + 1500, 6000)


@pytest.mark.parametrize(("mean", "sizes"), [(4, (4,)), (3.5, (3, 4) * 5), (2.1, (2,) * 9 + (3,))])
def test_sizes_have_the_mean_that_was_asked_for(mean: float, sizes: tuple[int, ...]) -> None:
    assert sizes_of(mean) == sizes
    assert sum(sizes_of(mean)) / len(sizes_of(mean)) == pytest.approx(mean)


def test_a_batch_takes_the_vlans_that_newcomers_take_unless_it_is_said() -> None:
    def known(what_if: WhatIf) -> list[tuple[int, int]]:
        return [(one.customers, one.vlans) for one in apply(what_if, live=LIVE).subject.demand.known]

    assert known(WhatIf(events=(Event(Kind.BATCH, LATER, 40),))) == [(40, 200)]
    assert known(WhatIf(vlans_per_tenant=3.5, events=(Event(Kind.BATCH, LATER, 40),))) == [(40, 140)]
    assert known(WhatIf(events=(Event(Kind.BATCH, LATER, 40, 120),))) == [(40, 120)]
    assert known(WhatIf(events=(Event(Kind.DEPARTURE, LATER, 40),))) == [(-40, -200)]
    assert known(WhatIf(events=(Event(Kind.DEPARTURE, LATER, 1, 60),))) == [(-1, -60)]


def test_customers_come_on_top_with_a_batch_and_go_with_a_departure() -> None:
    usual = after(WhatIf()).customers(12)
    more = after(WhatIf(events=(Event(Kind.BATCH, LATER, 40),))).customers(12)
    fewer = after(WhatIf(events=(Event(Kind.DEPARTURE, LATER, 40),))).customers(12)
    # Some of those who come leave again, at the pace of the rest.
    assert more.p50 - usual.p50 == pytest.approx(40, abs=3)
    assert usual.p50 - fewer.p50 == pytest.approx(40, abs=3)


def test_an_event_that_is_past_is_left_out_and_it_is_said() -> None:
    past = Event(Kind.BATCH, date(2026, 10, 3), 40)
    assert after(WhatIf(events=(past,))).case == CASE
    assert notes_of(past) == (
        "40 customers more on 3 Oct 2026: left out, because that day is past. Edit the scenario.",
    )


def notes_of(event: Event, live: Live = LIVE) -> tuple[str, ...]:
    what_if = WhatIf(events=(event,))
    return notes(what_if, live=live, result=after(what_if, live))


def test_a_pod_on_the_same_switch_is_said_to_add_nothing() -> None:
    (note,) = notes_of(Event(Kind.SAME_SWITCH_POD, LATER))
    assert note.startswith("The pod on the same core switch, 1 Jun 2027, adds no customer:")


def test_a_switch_that_is_full_before_its_pod_comes_is_told_when_the_pod_is_full() -> None:
    crowded = one_switch(a_case(customers=590))
    late = WhatIf(events=(Event(Kind.NEW_SWITCH_POD, date(2028, 1, 1)),))
    result = after(late, crowded)
    assert result.practical_after.p50 is not None
    assert result.practical.p50 is not None
    assert result.practical.p50 < date(2028, 1, 1) < result.practical_after.p50
    told = notes(late, live=crowded, result=result)[-1]
    assert "before it rises for the last time. The one that holds from then on is reached about " in told
    assert f"{result.practical_after.p50:%B %Y}" in told


def test_one_line_tells_what_is_supposed() -> None:
    assert in_one_line(WhatIf()) == "nothing is changed: the live forecast"
    everything = WhatIf(
        growth=1.5,
        vlans_per_tenant=4,
        practical_percent=80,
        events=(Event(Kind.VXLAN, date(2028, 1, 1)), Event(Kind.BATCH, LATER, 1)),
    )
    assert in_one_line(everything) == (
        "growth × 1.5, 4 VLANs per customer, practical ceiling at 80 %, 1 customer more on 1 Jun 2027, "
        "VXLAN on 1 Jan 2028"
    )


YESTERDAY = TODAY - timedelta(days=1)


@pytest.mark.parametrize(
    ("what_if", "field", "told"),
    [
        (WhatIf(growth=-0.1), "growth", "cannot be negative"),
        (WhatIf(growth=float("nan")), "growth", "cannot be negative"),
        (WhatIf(growth=11), "growth", "not plausible"),
        (WhatIf(vlans_per_tenant=1.9), "vlans_per_tenant", "at least 2 VLANs"),
        (WhatIf(vlans_per_tenant=101), "vlans_per_tenant", "not plausible"),
        (WhatIf(practical_percent=0), "practical_percent", "1 to 100 %"),
        (WhatIf(practical_percent=101), "practical_percent", "1 to 100 %"),
        (WhatIf(events=(Event(Kind.VXLAN, YESTERDAY),)), "on", "21 November 2026 is in the past"),
        (WhatIf(events=(Event(Kind.VXLAN, date(2040, 1, 1)),)), "on", "more than ten years ahead"),
        (WhatIf(events=(Event(Kind.BATCH, LATER, 0),)), "customers", "at least 1"),
        (WhatIf(events=(Event(Kind.BATCH, LATER, 20_000),)), "customers", "not plausible"),
        (WhatIf(events=(Event(Kind.BATCH, LATER, 10, 19),)), "vlans", "20 to 1,000"),
        (WhatIf(events=(Event(Kind.DEPARTURE, LATER, 401),)), "customers", "No more than the 400 customers"),
        (WhatIf(events=(Event(Kind.DEPARTURE, LATER, 1, 2001),)), "vlans", "No more than the 2,000 VLANs"),
        (WhatIf(events=(Event(Kind.DEPARTURE, LATER, 1, -1),)), "vlans", "cannot be negative"),
        (WhatIf(events=(Event(Kind.NEW_SWITCH_POD, LATER, vlans=4094),)), "vlans", "4,093"),
        (WhatIf(events=(Event(Kind.VXLAN, LATER),) * 13), "events", "At most 12"),
    ],
)
def test_what_cannot_be_supposed_is_told_at_its_field(what_if: WhatIf, field: str, told: str) -> None:
    (found,) = problems(what_if, position=CASE.subject.position, today=TODAY)
    assert found.field == field
    assert told in found.message


def test_who_came_in_a_batch_may_leave_again_and_who_left_may_not() -> None:
    batch, leave = Event(Kind.BATCH, LATER, 50), Event(Kind.DEPARTURE, date(2027, 7, 1), 450)
    position = CASE.subject.position
    assert not problems(WhatIf(events=(leave, batch)), position=position, today=TODAY)
    (found,) = problems(
        WhatIf(events=(leave, batch, Event(Kind.DEPARTURE, date(2027, 8, 1), 1))), position=position, today=TODAY
    )
    assert (found.event, found.field) == (2, "customers")


@given(what_if=what_ifs)
@settings(max_examples=25, deadline=None)
def test_what_is_plausible_is_not_refused(what_if: WhatIf) -> None:
    departures = sum(event.customers for event in what_if.events if event.kind == Kind.DEPARTURE)
    assert departures > 400 or not problems(what_if, position=CASE.subject.position, today=TODAY)
