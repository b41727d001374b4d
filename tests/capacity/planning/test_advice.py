"""The decision table: what is advised for which switch, by when, and where the answer flips."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.planning.advice import Advice, advise
from capacity.planning.ceiling import Bounds, LimitKind
from capacity.planning.costs import Licence, Price
from capacity.planning.demand import Known
from capacity.planning.forecast import forecast
from capacity.planning.options import Candidate, Case, Choice, Elsewhere, Reclaimable
from tests.capacity.planning.cases import TODAY, a_case, assuming

CHEAP_NSX = Price(10_000, 500, 1, 150)
UNAFFORDABLE = Price(9_000_000, 90_000, 0, 150)
NO_EVPN: dict[str, object] = {"evpn_possible": False}
UNUSED = Reclaimable(without_use=(Candidate("Networks without use: extra", 400, "no prefix"),))


def said(advice: Advice) -> str:
    return " ".join((advice.summary, *advice.reasons, advice.break_even, *advice.would_change))


def busy(customers: int = 560, /, **changed: object) -> Case:
    """A switch whose order is due: 40 places left, seven more customers a month."""
    return assuming(a_case(customers, pods=3), **changed)


@pytest.mark.parametrize(
    ("what", "case", "choice", "summary"),
    [
        ("no customers, no history", a_case(0, came=0, months=0), Choice.STAY, "No customers yet"),
        ("far away", a_case(100, came=2), Choice.STAY, "not reached within ten years"),
        ("years away", a_case(300, came=9), Choice.STAY, "Nothing has to be decided yet."),
        ("zero growth", a_case(500, came=1, left=1), Choice.STAY, "more than 60 months away even in an early future"),
        ("nothing moves", a_case(500, came=0, left=0), Choice.STAY, "not reached within ten years"),
        ("shrinking", a_case(500, came=1, left=5), Choice.STAY, "not reached within ten years"),
        ("young and far", a_case(20, came=9, months=2), Choice.STAY, "2 complete months of history: too short"),
        ("young, one month", a_case(20, came=1, months=1), Choice.STAY, "1 complete month of history: too short"),
        ("past, shrinking", a_case(610, came=1, left=6), Choice.STAY, "Past the practical ceiling, but no more"),
        ("past, still", a_case(610, came=0, left=0), Choice.STAY, "Past the practical ceiling, but no more"),
        ("full, still", a_case(800, per=5, came=0, left=0), Choice.STAY, "Full, but no more customers"),
        ("due", busy(**NO_EVPN), Choice.NEW_SWITCH, "may be reached as early as"),
        ("past, growing", busy(640, **NO_EVPN), Choice.NEW_SWITCH, "The practical ceiling is reached."),
        ("full, growing", assuming(a_case(800, per=5), **NO_EVPN), Choice.NEW_SWITCH, "The switch is full."),
        ("over the ceiling", assuming(a_case(900, per=5), **NO_EVPN), Choice.NEW_SWITCH, "The switch is full."),
        ("past, no history", a_case(640, months=0), Choice.NEW_SWITCH, "The practical ceiling is reached."),
        ("three pods: EVPN carries more for less", busy(), Choice.EVPN, "Late by"),
        ("NSX cheap and owned", busy(nsx=CHEAP_NSX), Choice.NSX, "Late by"),
        ("NSX cheap and for sale", busy(nsx=CHEAP_NSX, nsx_licence=Licence.CAN_BUY), Choice.NSX, "Late by"),
        ("NSX forbidden", busy(nsx=CHEAP_NSX, nsx_licence=Licence.CANNOT_BUY), Choice.EVPN, "Late by"),
        ("NSX forbidden, no EVPN", busy(nsx_licence=Licence.CANNOT_BUY, **NO_EVPN), Choice.NEW_SWITCH, "Late by"),
        ("NSX licence unknown, EVPN", busy(nsx=CHEAP_NSX, nsx_licence=Licence.UNKNOWN), Choice.EVPN, "Late by"),
        ("NSX licence unknown", busy(nsx=CHEAP_NSX, nsx_licence=Licence.UNKNOWN, **NO_EVPN), Choice.NEW_SWITCH, ""),
        ("MTU too low", busy(nsx=CHEAP_NSX, underlay_mtu=1500), Choice.NEW_SWITCH, "Late by"),
        ("MTU unknown", busy(nsx=CHEAP_NSX, underlay_mtu=None), Choice.NEW_SWITCH, "Late by"),
        ("new switch dear", busy(new_switch=UNAFFORDABLE, **NO_EVPN), Choice.NSX, "Late by"),
        ("port groups bind", a_case(500, port_groups=9500, came=12, pods=3), Choice.NEW_SWITCH, ""),
        ("places enough elsewhere", replace(busy(), elsewhere=(Elsewhere("core-b", 900),)), Choice.REBALANCE, "Begin"),
        ("places too few elsewhere", replace(busy(), elsewhere=(Elsewhere("core-b", 30),)), Choice.EVPN, "Late by"),
        ("others need theirs", replace(busy(), elsewhere=(Elsewhere("core-b", 900, 890),)), Choice.EVPN, "Late by"),
    ],
)  # fmt: skip
def test_the_decision_table(what: str, case: Case, choice: Choice, summary: str) -> None:
    advice = advise(case)
    assert (what, advice.choice) == (what, choice)
    assert summary in advice.summary


def test_reclaiming_is_advised_where_it_lasts_through_the_horizon() -> None:
    """Customers take twice what is planned, so VLANs fill it; 400 of them are unused and few customers come."""
    case = a_case(295, per=10, sizes=(10,), came=1, left=0, reclaimable=UNUSED)
    calm = assuming(case, horizon_months=24)
    assert advise(calm).choice is Choice.RECLAIM
    assert "at no cost" not in said(advise(calm))


@pytest.mark.parametrize("seen", [Choice.NSX, Choice.EVPN, Choice.NEW_SWITCH, Choice.SAME_SWITCH_POD])
def test_an_option_that_gains_nothing_or_cannot_be_done_is_never_named(seen: Choice) -> None:
    forbidden = assuming(a_case(560, pods=1), nsx_licence=Licence.CANNOT_BUY, evpn_possible=False)
    tiny = replace(forbidden, ceiling=replace(forbidden.ceiling, bounds=Bounds(100, 1)))
    advice = advise(tiny)
    if not advice.option(seen).gained:
        assert seen not in (advice.choice, advice.runner_up)


def test_the_order_is_due_the_lead_time_before_the_early_date() -> None:
    case = busy(500, **NO_EVPN)
    advice = advise(case)
    first = case.forecast.practical.p10
    assert first is not None
    assert advice.order_by == first - timedelta(days=180)
    assert f"{advice.order_by.day} {advice.order_by:%B %Y}" in advice.summary


def test_a_date_that_has_passed_is_said_to_be_late_by_so_many_days() -> None:
    advice = advise(busy(640, **NO_EVPN))
    assert advice.order_by == TODAY - timedelta(days=180)
    assert "Late by 180 days (180 days of lead time): order at once." in advice.summary


def test_where_there_is_time_the_date_is_that_of_what_comes_next() -> None:
    case = a_case(300, came=9)
    advice = advise(case)
    first = case.forecast.practical.p10
    assert first is not None
    assert advice.runner_up is not None
    assert advice.order_by == first - timedelta(days=advice.option(advice.runner_up).lead_days)
    assert advice.order_by > TODAY + timedelta(days=365)


@pytest.mark.parametrize("case", [a_case(100, came=2), a_case(610, came=0, left=0), a_case(20, months=2)])
def test_where_nothing_is_to_be_ordered_there_is_no_date(case: Case) -> None:
    assert advise(case).order_by is None


def test_a_signed_contract_brings_the_order_forward() -> None:
    contract = Known(date(2027, 3, 1), customers=120, vlans=500, what="contract", extra=True)
    assert advise(a_case(480, came=1)).choice is Choice.STAY
    assert advise(a_case(480, came=1, known=[contract])).choice is not Choice.STAY


def test_while_it_is_late_new_customers_are_sent_where_there_is_room() -> None:
    case = replace(busy(640), elsewhere=(Elsewhere("core-b", 30),))
    assert "Meanwhile place new customers behind core-b: it has 30 places left" in said(advise(case))


def test_what_is_unknown_is_named_with_what_it_would_save() -> None:
    advice = advise(busy(nsx=CHEAP_NSX, nsx_licence=Licence.UNKNOWN, **NO_EVPN))
    assert advice.runner_up is Choice.NSX
    assert "VXLAN with NSX looks cheaper by EUR" in said(advice)
    assert "If an NSX licence can be had, VXLAN with NSX wins: it costs EUR" in said(advice)


def test_forbidden_nsx_is_told_as_the_input_that_would_change_the_answer() -> None:
    advice = advise(busy(nsx=CHEAP_NSX, nsx_licence=Licence.CANNOT_BUY, **NO_EVPN))
    assert any("If NSX can be bought, VXLAN with NSX wins" in text for text in advice.would_change)


def test_where_port_groups_bind_the_reasons_say_so() -> None:
    case = a_case(500, port_groups=9500, came=12)
    assert case.ceiling.binding.kind is LimitKind.PORT_GROUPS
    assert "a new pod needs a vCenter of its own" in said(advise(case))


def test_the_reasons_give_the_numbers() -> None:
    text = said(advise(busy(**NO_EVPN)))
    for number in ("560 customers", "practical ceiling of 600", "usable VLAN IDs: 4,000", "gains 600 customers", "P10"):
        assert number in text


def named_price(advice: Advice, pattern: str) -> float:
    match = re.search(pattern, " ".join(advice.would_change))
    assert match, advice.would_change
    return float(match[1].replace(",", ""))


def test_below_the_price_that_is_named_nsx_wins_and_above_it_does_not() -> None:
    case = busy(**NO_EVPN)
    price = named_price(advise(case), r"NSX wins if it costs less than EUR ([\d,.]+) a tenant")
    for per_tenant, choice in ((price - 0.02, Choice.NSX), (price + 0.02, Choice.NEW_SWITCH)):
        changed = assuming(case, nsx=replace(case.assumptions.nsx, per_tenant=per_tenant))
        assert advise(changed).choice is choice


def test_above_the_price_that_is_named_evpn_loses() -> None:
    case = busy()
    price = named_price(advise(case), r"If VXLAN with EVPN on the fabric costs more than EUR ([\d,]+) to build")
    for capital, choice in ((price - 1, Choice.EVPN), (price + 1, Choice.NEW_SWITCH)):
        changed = assuming(case, evpn=replace(case.assumptions.evpn, capital=capital))
        assert advise(changed).choice is choice


def grown(case: Case, factor: float) -> Case:
    """The case with its growth times ``factor``, simulated anew."""
    subject = replace(case.subject, growth=factor)
    (ahead,) = forecast([subject], today=TODAY)
    return replace(case, subject=subject, forecast=ahead)


def test_beyond_the_growth_that_is_named_the_answer_is_another_and_on_this_side_it_is_not() -> None:
    """A year's stay flips where the order falls due; simulated anew at growths to both sides, with room for chance."""
    case = a_case(300, came=9, left=0)
    advice = advise(case)
    match = re.search(r"Growth now: ([\d.]+) .* From ([\d.]+) customers a month", advice.break_even)
    assert match, advice.break_even
    factor = float(match[2]) / float(match[1])
    assert factor > 1
    assert advise(grown(case, factor * 1.1)).choice is not Choice.STAY
    assert advise(grown(case, 1 + (factor - 1) * 0.7)).choice is Choice.STAY


def test_below_the_growth_that_is_named_staying_is_the_answer() -> None:
    case = a_case(500, came=9, left=0, assumptions=assuming(busy(), **NO_EVPN).assumptions)
    advice = advise(case)
    match = re.search(r"Growth now: ([\d.]+) .* Below ([\d.]+) customers a month .*: staying", advice.break_even)
    assert match, advice.break_even
    factor = float(match[2]) / float(match[1])
    assert advise(grown(case, factor * 0.85)).choice is Choice.STAY
    assert advise(grown(case, factor + (1 - factor) * 0.3)).choice is advice.choice


def test_a_switch_that_does_not_grow_says_from_which_growth_on_it_matters() -> None:
    text = advise(a_case(590, came=0, left=0)).break_even
    assert re.search(r"From [\d.]+ customers a month \(\d+ customers in 60 months\) on, the answer is:", text)


def test_growing_faster_never_makes_staying_the_answer() -> None:
    choices = [advise(grown(a_case(300, came=9), factor)).choice for factor in (0.5, 1, 2, 4)]
    stays = [choice is Choice.STAY for choice in choices]
    assert stays == sorted(stays, reverse=True)
    assert stays[0]
    assert not stays[-1]


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
@given(switches, st.sampled_from(Licence), st.sampled_from([None, 1500, 9000]))
def test_whatever_the_switch_the_advice_holds_together(case: Case, licence: Licence, mtu: int | None) -> None:
    advice = advise(assuming(case, nsx_licence=licence, underlay_mtu=mtu))
    first = case.forecast.practical.p10
    assert advice.order_by is None or (first is not None and advice.order_by <= first)
    assert advice.choice is not advice.runner_up
    assert advice.choice is not Choice.SAME_SWITCH_POD
    assert advice.summary
    assert advice.break_even
    assert advice.reasons
    chosen = advice.option(advice.choice)
    assert chosen.is_possible
    if advice.choice is not Choice.STAY:
        assert chosen.gained > 0
        assert advice.order_by is not None
    if advice.choice is Choice.NSX:
        assert licence in (Licence.OWNED, Licence.CAN_BUY)


@small
@given(switches)
def test_the_same_case_gets_the_same_advice(case: Case) -> None:
    assert advise(case) == advise(case)
