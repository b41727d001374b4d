"""The decision table: what is recommended for which switch, and that the reasons say it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity.planning.ceiling import Bounds, Ceiling, Counts, VCenterRoom, ceiling
from capacity.planning.ranking import Urgency, rank, urgency
from capacity.planning.recommendation import Choice, Elsewhere, Recommendation, recommend
from capacity.planning.runway import Runway, Trend, reach
from inventory.models import RangePurpose
from inventory.ranges import Span

TODAY = date(2026, 11, 22)
YEAR = 12


def a_switch(customers: int, *, per: int = 4, port_groups: int | None = None) -> Ceiling:
    """4,000 usable IDs: 800 customers in theory, 600 in practice."""
    networks = customers * per
    return ceiling(
        bounds=Bounds(),
        spans=[Span(RangePurpose.USABLE, 2, 4001)],
        counts=Counts(free=4000 - networks, allocated=networks),
        customers=customers,
        networks=networks,
        vcenters=[VCenterRoom("vc-1", networks if port_groups is None else port_groups)],
    )


def a_runway(numbers: Ceiling, growth: Trend) -> Runway:
    def at(height: int) -> object:
        return reach(customers=numbers.customers, ceiling=height, growth=growth, today=TODAY)

    return Runway(growth, at(numbers.practical_in_force), at(numbers.theoretical_in_force))  # type: ignore[arg-type]


def advice(numbers: Ceiling, net_a_year: int | None, *elsewhere: Elsewhere) -> Recommendation:
    growth = Trend(2, 2, 0) if net_a_year is None else Trend(YEAR, max(net_a_year, 0), max(-net_a_year, 0))
    runway = a_runway(numbers, growth)
    return recommend(ceiling=numbers, runway=runway, elsewhere=elsewhere, vcenters=1, today=TODAY)


@pytest.mark.parametrize(
    ("case", "numbers", "net_a_year", "choice", "summary"),
    [
        ("empty", a_switch(0), 0, Choice.STAY, "The switch has no customers yet."),
        ("two years left", a_switch(500), 50, Choice.STAY, "more than 12 months away"),
        ("zero growth", a_switch(500), 0, Choice.STAY, "not reached within ten years"),
        ("young", a_switch(20), None, Choice.STAY, "too short a history"),
        ("past, shrinking", a_switch(610), -5, Choice.STAY, "no longer growing"),
        ("past, still", a_switch(600), 0, Choice.STAY, "no longer growing"),
        ("within the year", a_switch(560), 60, Choice.NEW_POD, "within 12 months"),
        ("past, growing", a_switch(620), 60, Choice.NEW_POD, "The practical ceiling is reached."),
        ("past, young", a_switch(620), None, Choice.NEW_POD, "The practical ceiling is reached."),
        ("full, no growth because full", a_switch(800, per=5), 0, Choice.NEW_POD, "full"),
        ("over the ceiling", a_switch(1000), 60, Choice.NEW_POD, "full"),
        ("fast", a_switch(560), 300, Choice.VXLAN, "another switch would be full within 3 years"),
        ("fast, vCenter fills first", a_switch(560, port_groups=9_900), 300, Choice.NEW_POD, "vCenter of its own"),
        ("greedy customers", a_switch(400, per=8), 60, Choice.NEW_POD, "The practical ceiling is reached."),
    ],
)
def test_the_decision_table(case: str, numbers: Ceiling, net_a_year: int | None, choice: Choice, summary: str) -> None:
    result = advice(numbers, net_a_year)
    assert (result.choice, summary in result.summary) == (choice, True), f"{case}: {result.summary}"


def test_a_new_pod_on_the_same_switch_is_said_to_gain_nothing() -> None:
    assert "this same core switch gains nothing" in " ".join(advice(a_switch(620), 60).reasons)


def test_another_switch_with_headroom_is_named_with_how_long_it_lasts() -> None:
    reasons = advice(a_switch(620), 60, Elsewhere("core-b", 40), Elsewhere("core-c", 300)).reasons
    assert "Place new customers behind core-c meanwhile: it has headroom for 300, about 60 months" in " ".join(reasons)


def test_a_full_neighbour_is_not_offered() -> None:
    assert "meanwhile" not in " ".join(advice(a_switch(620), 60, Elsewhere("core-b", 0)).reasons)


def test_where_port_groups_bind_vxlan_is_said_not_to_help() -> None:
    assert "VXLAN would not help" in " ".join(advice(a_switch(560, port_groups=9_900), 60).reasons)


def test_vxlan_is_said_to_be_capped_by_the_vcenter_and_to_want_a_licence() -> None:
    result = advice(a_switch(620), 300)
    assert result.choice == Choice.VXLAN
    text = " ".join(result.reasons)
    assert "about 2,000 customers per vCenter" in text
    assert "licence" in text


def test_greedy_customers_are_named_as_a_reason() -> None:
    assert "Customers take 8.0 VLANs each, 5 were planned" in " ".join(advice(a_switch(400, per=8), 60).reasons)


def test_the_numbers_stand_beside_the_reasons() -> None:
    numbers = {number.label: number.value for number in advice(a_switch(560), 60).numbers}
    assert numbers["customers now"] == "560"
    assert numbers["binding limit"] == "4,000 VLANs (usable VLAN IDs)"
    assert numbers["practical ceiling reached"] == "about July 2027"
    assert numbers["customers VXLAN could add"] == "1,440"


@given(st.integers(0, 1000), st.none() | st.integers(-400, 400), st.integers(0, 12_000))
def test_every_switch_gets_an_answer_with_a_reason(customers: int, net: int | None, port_groups: int) -> None:
    result = advice(a_switch(customers, per=3, port_groups=port_groups), net, Elsewhere("core-b", 10))
    assert result.summary
    assert result.reasons
    if net is not None and net > 0 and customers >= 600:
        assert result.choice is not Choice.STAY


def test_what_fills_up_next_comes_first() -> None:
    def entry(customers: int, net: int) -> tuple[Urgency, Ceiling, Runway]:
        numbers = a_switch(customers)
        runway = a_runway(numbers, Trend(YEAR, net, 0))
        return urgency(ceiling=numbers, runway=runway, today=TODAY), numbers, runway

    entries = {
        "calm": entry(550, 0),
        "far": entry(300, 30),
        "soon": entry(400, 240),
        "past": entry(610, 12),
        "full": entry(1000, 0),
        "empty": entry(0, 0),
    }
    ranked = rank(entries, key=lambda name: entries[name])
    assert ranked == ["full", "past", "soon", "far", "calm", "empty"]
    assert [entries[name][0] for name in ranked] == [
        Urgency.FULL,
        Urgency.PAST,
        Urgency.SOON,
        Urgency.ROOM,
        Urgency.ROOM,
        Urgency.ROOM,
    ]
