"""Alerts are raised at the threshold, clear a little past it, and never flap in between."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.planning.alerting import Changes, Condition, Place, Reading, Rule, changes, holds, slack

TODAY = date(2026, 11, 22)
NINETY = Rule(1, Condition.PERCENT, 90)
HALF_A_YEAR = Rule(2, Condition.DAYS_TO_FULL, 180)
ORDER_SOON = Rule(3, Condition.ORDER_BY, 60)


def reading(percent: int = 50, *, full: int | None = None, order: int | None = None, switch: int = 7) -> Reading:
    """``full`` and ``order``: in how many days."""

    def day(days: int | None) -> date | None:
        return None if days is None else TODAY + timedelta(days=days)

    return Reading(switch, TODAY, percent, day(full), day(order))


@pytest.mark.parametrize(
    ("rule", "seen", "fresh", "raised"),
    [
        (NINETY, reading(89), False, True),
        (NINETY, reading(90), True, True),
        (NINETY, reading(88), False, True),
        (NINETY, reading(87), False, False),
        (NINETY, reading(140), True, True),
        (HALF_A_YEAR, reading(full=180), True, True),
        (HALF_A_YEAR, reading(full=181), False, True),
        (HALF_A_YEAR, reading(full=198), False, True),
        (HALF_A_YEAR, reading(full=199), False, False),
        (HALF_A_YEAR, reading(full=0), True, True),
        (HALF_A_YEAR, reading(full=None), False, False),
        (ORDER_SOON, reading(order=60), True, True),
        (ORDER_SOON, reading(order=-40), True, True),
        (ORDER_SOON, reading(order=66), False, True),
        (ORDER_SOON, reading(order=67), False, False),
        (ORDER_SOON, reading(order=None), False, False),
    ],
)
def test_a_rule_holds_at_its_threshold_and_a_raised_one_a_little_past_it(
    rule: Rule, seen: Reading, fresh: bool, raised: bool
) -> None:
    assert holds(rule, seen, raised=False) is fresh
    assert holds(rule, seen, raised=True) is raised


def test_even_the_lowest_threshold_can_clear() -> None:
    assert not holds(Rule(1, Condition.PERCENT, 1), reading(0), raised=True)


def test_a_rule_of_one_switch_leaves_the_others_alone() -> None:
    rule = Rule(1, Condition.PERCENT, 90, switch=8)
    found = changes(rules=[rule], readings=[reading(95, switch=7), reading(95, switch=8)], open_at=set())
    assert [seen.switch for _, seen in found.raised] == [8]


def test_an_open_alert_whose_rule_or_switch_is_gone_clears() -> None:
    found = changes(rules=[NINETY], readings=[reading(95)], open_at={(1, 7), (1, 99), (55, 7)})
    assert sorted(found.cleared) == [(1, 99), (55, 7)]
    assert found.standing == ((NINETY, reading(95)),)
    assert found.raised == ()


def test_getting_worse_across_a_second_threshold_is_the_other_rules_alert() -> None:
    full = Rule(4, Condition.PERCENT, 100)
    first = changes(rules=[NINETY, full], readings=[reading(95)], open_at=set())
    assert [rule for rule, _ in first.raised] == [NINETY]
    second = changes(rules=[NINETY, full], readings=[reading(101)], open_at={(1, 7)})
    assert [rule for rule, _ in second.raised] == [full]
    assert [rule for rule, _ in second.standing] == [NINETY]


def _day(rule: Rule, seen: Reading, open_at: set[Place]) -> tuple[Changes, set[Place]]:
    found = changes(rules=[rule], readings=[seen], open_at=open_at)
    return found, open_at - set(found.cleared) | {(r.key, s.switch) for r, s in found.raised}


def test_a_number_that_wavers_about_the_threshold_raises_once() -> None:
    open_at: set[Place] = set()
    raised = 0
    for percent in [89, 90, 89, 90, 88, 91, 89, 90] * 10:
        found, open_at = _day(NINETY, reading(percent), open_at)
        raised += len(found.raised)
    assert raised == 1


@settings(max_examples=60)
@given(
    kind=st.sampled_from(Condition),
    share=st.floats(0, 1),
    wobble=st.lists(st.integers(0, 3), min_size=2, max_size=40),
)
def test_wavering_within_the_slack_never_flaps(kind: Condition, share: float, wobble: list[int]) -> None:
    least, most = kind.limits
    rule = Rule(1, kind, round(least + share * (most - least)))
    open_at: set[Place] = set()
    events = 0
    for step in wobble:
        by = min(step, slack(rule))
        seen = {
            Condition.PERCENT: reading(rule.threshold - by),
            Condition.DAYS_TO_FULL: reading(full=rule.threshold + by),
            Condition.ORDER_BY: reading(order=rule.threshold + by),
        }[kind]
        found, open_at = _day(rule, seen, open_at)
        events += len(found.raised) + len(found.cleared)
    assert events <= 1
