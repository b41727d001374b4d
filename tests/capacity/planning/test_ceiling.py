"""How many customers a core switch carries: worked examples from the platforms, and what holds for any input."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity.planning.ceiling import Bounds, Ceiling, Counts, Limit, LimitKind, VCenterRoom, ceiling, runs, usable_ids
from inventory.models import Platform, RangePurpose, VlanState
from inventory.ranges import PLATFORM_RANGES, Span, base_state

USABLE_4000 = Span(RangePurpose.USABLE, 10, 4009)


def a_ceiling(**given_values: object) -> Ceiling:
    values: dict[str, object] = {
        "bounds": Bounds(),
        "spans": [USABLE_4000],
        "counts": Counts(free=4000, reserved=94),
        "customers": 0,
        "networks": 0,
    }
    return ceiling(**(values | given_values))  # type: ignore[arg-type]


def test_four_thousand_ids_are_800_customers_in_theory_and_600_in_practice() -> None:
    numbers = a_ceiling()
    assert (numbers.limit, numbers.theoretical, numbers.practical) == (4000, 800, 600)
    assert numbers.binding.kind == LimitKind.USABLE_IDS


@pytest.mark.parametrize(
    ("platform", "ids", "customers"),
    [(Platform.NXOS, 3966, 793), (Platform.IOSXE, 4089, 817), (Platform.EOS, 3899, 779), (Platform.OTHER, 4093, 818)],
)
def test_a_platform_takes_its_own_ids_first(platform: Platform, ids: int, customers: int) -> None:
    numbers = a_ceiling(spans=PLATFORM_RANGES[platform])
    assert (numbers.limit, numbers.theoretical) == (ids, customers)


def test_the_derivation_names_every_range_and_ends_at_the_number() -> None:
    usable = usable_ids(
        [
            Span(RangePurpose.USABLE, 2, 1000),
            Span(RangePurpose.RESERVED, 900, 1005, "kept for a customer"),
            Span(RangePurpose.INFRASTRUCTURE, 10, 10),
        ]
    )
    assert [(step.what, step.change, step.left) for step in usable.steps] == [
        ("IDs 2–4094 of 802.1Q (1 is the default VLAN)", 4093, 4093),
        ("outside the usable ranges: 1001–4094", -3094, 999),
        ("infrastructure 10", -1, 998),
        ("reserved by the platform 900–1005 (kept for a customer)", -101, 897),
    ]
    assert usable.ids == 897


@pytest.mark.parametrize(
    ("bounds", "kind", "limit"),
    [
        (Bounds(max_active_vlans=1024), LimitKind.ACTIVE_VLANS, 1024),
        (Bounds(max_active_vlans=1024, max_stp_instances=253), LimitKind.STP_INSTANCES, 253),
        (Bounds(max_logical_ports=10_000, trunks=12), LimitKind.LOGICAL_PORTS, 833),
        (Bounds(max_logical_ports=10_000), LimitKind.USABLE_IDS, 4000),
        (Bounds(max_active_vlans=4000), LimitKind.USABLE_IDS, 4000),
    ],
)
def test_the_lowest_limit_binds_and_is_named(bounds: Bounds, kind: LimitKind, limit: int) -> None:
    numbers = a_ceiling(bounds=bounds)
    assert (numbers.binding.kind, numbers.limit) == (kind, limit)


def test_a_vcenter_that_other_switches_have_filled_binds_first() -> None:
    crowded = VCenterRoom("vc-1", port_groups=9_700, switches=("core-a", "core-b", "core-c"))
    numbers = a_ceiling(customers=100, networks=500, vcenters=[crowded])
    assert numbers.binding == Limit(
        LimitKind.PORT_GROUPS,
        800,
        "500 networks of this switch + 300 port groups left of 10,000 per vCenter (vc-1)",
    )
    assert (numbers.theoretical, numbers.to_theoretical) == (160, 60)


def test_an_empty_vcenter_does_not_bind() -> None:
    assert a_ceiling(vcenters=[VCenterRoom("vc-1", port_groups=0)]).binding.kind == LimitKind.USABLE_IDS


def test_customers_to_come_by_the_planned_and_by_the_observed_number() -> None:
    numbers = a_ceiling(customers=300, networks=1200, counts=Counts(free=2800, allocated=1200))
    assert numbers.observed == 4.0
    assert (numbers.to_practical, numbers.to_theoretical) == (300, 500)
    assert (numbers.to_practical_observed, numbers.to_theoretical_observed) == (450, 700)
    assert numbers.percent == 50
    assert not numbers.takes_more_than_planned


def test_customers_that_take_more_than_planned_lower_the_ceiling_in_force() -> None:
    numbers = a_ceiling(customers=300, networks=2400, counts=Counts(free=1600, allocated=2400))
    assert numbers.takes_more_than_planned
    assert (numbers.practical, numbers.practical_in_force, numbers.theoretical_in_force) == (600, 375, 500)
    assert (numbers.percent, numbers.vlan_percent, numbers.fill) == (50, 80, 80)
    assert numbers.headroom == 75


def test_a_switch_over_its_ceiling_has_nobody_to_come_and_says_so() -> None:
    numbers = a_ceiling(customers=810, networks=3990, counts=Counts(free=10, allocated=3990))
    assert (numbers.to_practical, numbers.to_theoretical, numbers.headroom) == (0, 0, 0)
    assert numbers.is_past_practical
    assert numbers.fits_now == 2


def test_one_short_of_the_practical_ceiling_is_not_past_it() -> None:
    short = a_ceiling(customers=599, networks=2000, counts=Counts(free=2000, allocated=2000))
    assert (short.percent, short.is_past_practical) == (99, False)
    assert replace(short, customers=600).is_past_practical


def test_a_switch_without_an_id_to_give_is_full_and_divides_by_nothing() -> None:
    numbers = a_ceiling(spans=[Span(RangePurpose.RESERVED, 2, 4094)], counts=Counts(reserved=4094))
    assert (numbers.limit, numbers.theoretical, numbers.practical, numbers.percent, numbers.fill) == (0, 0, 0, 100, 100)
    assert numbers.observed is None


def test_runs_of_ids() -> None:
    assert list(runs({2, 3, 4, 9, 11, 12})) == ["2–4", "9", "11–12"]
    assert list(runs([])) == []


spans = st.lists(
    st.builds(
        lambda purpose, a, b: Span(purpose, min(a, b), max(a, b)),
        st.sampled_from(RangePurpose),
        st.integers(1, 4094),
        st.integers(1, 4094),
    ),
    max_size=6,
)


@given(spans)
def test_usable_ids_are_those_that_the_rows_of_a_switch_would_have_free(given_spans: list[Span]) -> None:
    rows = list(given_spans)
    if not any(span.purpose == RangePurpose.USABLE for span in rows):
        rows.append(Span(RangePurpose.USABLE, 2, 4094))
    free = sum(base_state(vid, rows) == VlanState.FREE for vid in range(1, 4095))
    usable = usable_ids(given_spans)
    assert usable.ids == free == usable.steps[-1].left
    assert sum(step.change for step in usable.steps) == free


optional = st.none() | st.integers(1, 20_000)


@given(
    bounds=st.builds(
        Bounds,
        vlans_per_tenant=st.integers(2, 100),
        practical_percent=st.integers(1, 100),
        max_active_vlans=optional,
        max_stp_instances=optional,
        max_logical_ports=optional,
        trunks=optional,
    ),
    customers=st.integers(0, 3000),
    networks=st.integers(0, 12_000),
    counts=st.builds(Counts, free=st.integers(0, 4093), allocated=st.integers(0, 4093), held=st.integers(0, 4093)),
    port_groups=st.integers(0, 20_000),
)
def test_what_holds_for_every_switch(
    bounds: Bounds, customers: int, networks: int, counts: Counts, port_groups: int
) -> None:
    numbers = ceiling(
        bounds=bounds,
        spans=[],
        counts=counts,
        customers=customers,
        networks=networks,
        vcenters=[VCenterRoom("vc", port_groups)],
    )
    assert numbers.limit == min(limit.vlans for limit in numbers.limits)
    assert 0 <= numbers.practical <= numbers.theoretical <= numbers.limit // bounds.vlans_per_tenant
    assert 0 <= numbers.practical_in_force <= numbers.practical
    assert 0 <= numbers.to_practical <= numbers.to_theoretical
    assert numbers.customers + numbers.to_theoretical == max(numbers.customers, numbers.theoretical)
    assert 0 <= numbers.fits_now * bounds.vlans_per_tenant <= counts.free
    assert (numbers.percent >= 100) == (customers >= numbers.practical)


@given(st.builds(Bounds, max_active_vlans=optional), st.integers(1, 5000))
def test_one_limit_more_never_raises_the_ceiling(bounds: Bounds, stp: int) -> None:
    assert a_ceiling(bounds=replace(bounds, max_stp_instances=stp)).limit <= a_ceiling(bounds=bounds).limit
