"""The eight options: what each gains, costs, needs, and when the switch is full then."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.planning.ceiling import Bounds, LimitKind, VCenterRoom
from capacity.planning.costs import Licence, Price, present_value
from capacity.planning.demand import Room
from capacity.planning.forecast import Interval
from capacity.planning.options import Candidate, Case, Choice, Elsewhere, Option, Reclaimable, options
from tests.capacity.planning.cases import a_case, assuming

UNUSED = Reclaimable(
    quarantine_over=(Candidate("Quarantine over", 12, "since May"),),
    without_use=(Candidate("Networks without use: extra", 40, "no prefix"),),
    more_than_used=(Candidate("Acme", 4, "has 9, uses 5", "/tenants/acme/"),),
)


def one(case: Case, choice: Choice) -> Option:
    return next(option for option in options(case) if option.choice is choice)


def late(day: date | None) -> date:
    return day or date.max


def test_all_eight_are_there_in_their_order() -> None:
    assert [option.choice for option in options(a_case())] == list(Choice)


def test_staying_costs_and_gains_nothing_and_changes_no_date() -> None:
    case = a_case()
    stay = one(case, Choice.STAY)
    assert (stay.cost, stay.gained, stay.lead_days) == (0, 0, 0)
    assert (stay.practical, stay.hard) == (case.forecast.practical, case.forecast.hard)


def test_a_pod_on_the_same_switch_costs_a_pod_gains_nothing_and_says_why() -> None:
    case = a_case(pods=3)
    pod = one(case, Choice.SAME_SWITCH_POD)
    assert (pod.capital, pod.gained, pod.cost_per_customer) == (350_000, 0, None)
    assert pod.practical == case.forecast.practical
    assert "not one customer" in pod.details[0]


def test_a_new_switch_brings_its_own_practical_ceiling() -> None:
    case = a_case()
    new = one(case, Choice.NEW_SWITCH)
    assert (new.gained, new.capital, new.monthly, new.lead_days) == (600, 440_000, 10_500, 180)
    assert late(new.practical.p50) > late(case.forecast.practical.p50)
    assert new.cost == pytest.approx(present_value(Price(440_000, 10_500, 0, 180), served=[0] * 60, percent=8))
    assert new.cost_per_customer == pytest.approx(new.cost / 600)


def test_a_new_switch_of_customers_that_take_more_than_planned_carries_fewer() -> None:
    assert one(a_case(sizes=(6, 6)), Choice.NEW_SWITCH).gained == 500


def test_past_the_ceiling_a_new_switch_starts_from_those_who_are_there() -> None:
    new = one(a_case(700), Choice.NEW_SWITCH)
    assert new.gained == 600
    assert not new.practical.reached


def test_nsx_is_capped_by_the_port_groups_of_the_vcenters() -> None:
    """500 × 4 = 2,000 port groups are there; 10,000 in all are 2,000 customers, 1,500 in practice."""
    nsx = one(a_case(), Choice.NSX)
    assert nsx.gained == 1500 - 600
    assert "10,000" in " ".join(nsx.details)


def test_nsx_is_capped_by_what_other_switches_take_of_the_same_vcenter() -> None:
    """7,000 port groups in the vCenter: 3,000 left, with the 2,000 of this switch 5,000: 750 customers in practice."""
    case = a_case(port_groups=7000)
    shared = replace(case, vcenters=(VCenterRoom("vc-1", 7000, ("core-a", "core-b")),))
    nsx = one(shared, Choice.NSX)
    assert nsx.gained == 750 - 600
    assert any("core-b" in risk for risk in nsx.risks)


@pytest.mark.parametrize(("pods", "gained"), [(1, 0), (2, 600), (3, 900), (9, 900)])
def test_evpn_gives_each_pod_its_own_ids_up_to_the_port_groups(pods: int, gained: int) -> None:
    assert one(a_case(pods=pods), Choice.EVPN).gained == gained


def test_where_port_groups_bind_vxlan_gains_nothing_and_a_new_pod_needs_its_own_vcenter() -> None:
    case = a_case(500, port_groups=9500, pods=2)
    assert case.ceiling.binding.kind is LimitKind.PORT_GROUPS
    assert (one(case, Choice.NSX).gained, one(case, Choice.EVPN).gained) == (0, 0)
    assert one(case, Choice.NEW_SWITCH).needs[0].startswith("A vCenter of its own: vc-1 has 500")
    assert "A vCenter of its own would lift that limit" in one(case, Choice.SAME_SWITCH_POD).details[1]


def test_vxlan_lifts_the_spanning_tree_limit_with_the_ids() -> None:
    assert one(a_case(100, bounds=Bounds(max_stp_instances=1000)), Choice.NSX).gained == 1500 - 150


@pytest.mark.parametrize(
    ("changed", "choice", "why_not"),
    [
        ({"nsx_licence": Licence.CANNOT_BUY}, Choice.NSX, "not allowed"),
        ({"underlay_mtu": 1500}, Choice.NSX, "1,500 bytes"),
        ({"underlay_mtu": 1599}, Choice.EVPN, "1,599 bytes"),
        ({"evpn_possible": False}, Choice.EVPN, "cannot do EVPN"),
    ],
)
def test_what_cannot_be_done_says_why_and_gains_nothing(
    changed: dict[str, object], choice: Choice, why_not: str
) -> None:
    option = one(assuming(a_case(pods=2), **changed), choice)
    assert why_not in option.why_not
    assert (option.is_possible, option.gained) == (False, 0)
    assert option.practical == a_case().forecast.practical


def test_an_mtu_of_1600_will_do() -> None:
    assert one(assuming(a_case(), underlay_mtu=1600), Choice.NSX).is_possible


def test_an_unknown_licence_and_mtu_are_possible_and_named_as_unknown() -> None:
    nsx = one(assuming(a_case(), nsx_licence=Licence.UNKNOWN, underlay_mtu=None), Choice.NSX)
    assert nsx.is_possible
    assert len(nsx.unknown) == 2
    assert "Licence state and price of NSX." in nsx.needs


def test_per_tenant_prices_grow_with_the_customers_of_the_forecast() -> None:
    def cost(came: int) -> float:
        return one(assuming(a_case(came=came), nsx=Price(0, 0, 45, 0)), Choice.NSX).cost

    assert cost(0) < cost(4) < cost(9)


def test_a_new_switch_is_paid_per_tenant_only_for_those_who_find_no_place_here() -> None:
    per_tenant = Price(0, 0, 45, 0)
    still = assuming(a_case(came=1, left=1), new_pod=per_tenant, new_switch=Price(0, 0, 0, 0))
    assert one(still, Choice.NEW_SWITCH).cost < 100


def test_reclaiming_lifts_the_vlan_limits_and_costs_hours() -> None:
    case = a_case(500, per=6, sizes=(6, 6), reclaimable=UNUSED)
    reclaim = one(case, Choice.RECLAIM)
    assert reclaim.gained == 40 // 6
    assert reclaim.cost == 40 * 90
    assert late(reclaim.hard.p50) > late(case.forecast.hard.p50)


def test_reclaiming_adds_nobody_where_the_planned_number_of_customers_is_what_fills() -> None:
    reclaim = one(a_case(reclaimable=UNUSED), Choice.RECLAIM)
    assert reclaim.gained == 0
    assert any("add no customer" in text for text in reclaim.details)


def test_what_could_be_reclaimed_is_listed() -> None:
    details = " ".join(one(a_case(reclaimable=UNUSED), Choice.RECLAIM).details)
    assert "Quarantine over: 12 VLANs, since May" in details
    assert "Networks without use: extra: 40 VLANs" in details
    assert "Acme (has 9, uses 5)" in details
    assert "not counted as taken" in details


def test_with_nothing_to_reclaim_it_says_so() -> None:
    assert "nothing to reclaim" in one(a_case(), Choice.RECLAIM).why_not


def test_tightening_plans_newcomers_at_fewer_vlans() -> None:
    """100 places are left at 5 VLANs: 125 at 4."""
    tighten = one(a_case(500, came=9), Choice.TIGHTEN)
    assert tighten.gained == 25
    assert late(tighten.practical.p50) >= late(a_case(500, came=9).forecast.practical.p50)


def test_newcomers_that_take_no_more_anyway_cannot_be_tightened() -> None:
    tighten = one(assuming(a_case(), tightened_size=5), Choice.TIGHTEN)
    assert "take no more already" in tighten.why_not


def test_rebalancing_counts_only_places_that_the_others_do_not_need_themselves() -> None:
    case = a_case(elsewhere=(Elsewhere("core-b", 120, own_need=50), Elsewhere("core-c", 40, own_need=90)))
    rebalance = one(case, Choice.REBALANCE)
    assert rebalance.gained == 70
    assert late(rebalance.practical.p50) > late(case.forecast.practical.p50)


@pytest.mark.parametrize(
    ("elsewhere", "why_not"),
    [
        ((), "There is no other core switch"),
        ((Elsewhere("core-b", 30, own_need=30),), "No other core switch has places"),
    ],
)
def test_without_places_elsewhere_there_is_no_rebalancing(elsewhere: tuple[Elsewhere, ...], why_not: str) -> None:
    assert why_not in one(a_case(elsewhere=elsewhere), Choice.REBALANCE).why_not


def test_a_ceiling_that_a_scenario_lifts_is_what_the_options_add_to() -> None:
    case = a_case()
    lifted = Room(1200, 6000, 8000)
    rooms = tuple(case.subject.room if month < 12 else lifted for month in range(121))
    supposed = replace(case, rooms=rooms)
    assert one(supposed, Choice.NSX).gained == 1500 - 1200
    assert "1,200" in one(supposed, Choice.STAY).details[0]


def test_a_sum_of_switches_pays_vxlan_for_each() -> None:
    case = replace(a_case(pods=4), switches=2)
    assert one(case, Choice.NSX).capital == 160_000
    assert one(case, Choice.EVPN).gained == 600  # two pods for each of two switches: twice the IDs


small = settings(max_examples=25, deadline=None)
switches = st.builds(
    a_case,
    st.integers(0, 900),
    per=st.integers(2, 8),
    came=st.integers(0, 15),
    left=st.integers(0, 5),
    months=st.integers(0, 36),
    pods=st.integers(1, 4),
)


@small
@given(switches, st.integers(1, 20))
def test_adding_pods_to_the_same_switch_never_adds_customers(case: Case, more: int) -> None:
    assert one(case, Choice.SAME_SWITCH_POD).gained == 0
    assert one(case, Choice.SAME_SWITCH_POD).practical == case.forecast.practical
    grown = replace(case, pods=case.pods + more)
    for choice in (Choice.STAY, Choice.SAME_SWITCH_POD, Choice.NEW_SWITCH, Choice.TIGHTEN, Choice.NSX):
        assert one(grown, choice).gained == one(case, choice).gained


@small
@given(switches)
def test_no_option_loses_customers_or_brings_a_date_forward(case: Case) -> None:
    for option in options(case):
        assert option.gained >= 0
        for name, base in (("practical", case.forecast.practical), ("hard", case.forecast.hard)):
            found: Interval = getattr(option, name)
            assert late(found.p10) >= late(base.p10)
            assert late(found.p50) >= late(base.p50)
            assert late(found.p90) >= late(base.p90)
            assert late(found.p10) <= late(found.p50) <= late(found.p90)


@small
@given(switches, st.integers(12, 119))
def test_no_cost_falls_with_a_longer_horizon(case: Case, months: int) -> None:
    shorter = options(assuming(case, horizon_months=months))
    longer = options(assuming(case, horizon_months=months + 1))
    for before, after in zip(shorter, longer, strict=True):
        assert after.cost >= before.cost - 1e-6
