"""The evaluation, on the first of the published histories: what docs/forecast.md claims must not get lost.

The bounds have slack, for these are a tenth of the histories; the table in the documentation has them all.
"""

import pytest

from benchmarks.forecast_accuracy import PUBLISHED_SEED, Score, rows, scores, table
from benchmarks.forecast_histories import Kind, histories

COUNT = 20 * len(Kind)


@pytest.mark.slow
def test_the_interval_holds_most_truths_and_the_median_beats_a_straight_line() -> None:
    hard, practical = scores(histories(COUNT, seed=PUBLISHED_SEED))
    for found in (hard, practical):
        every = rows(found)[-1]
        assert every.name == "all"
        assert 0.68 <= every.covered <= 0.92
        assert every.mean_error < 1.05 * min(every.mean_line, every.mean_regression)
        assert every.error < 1.15 * min(every.line, every.regression)


def test_histories_are_seeded_and_of_every_kind() -> None:
    found = histories(len(Kind), seed=1)
    assert [history.kind for history in found] == list(Kind)
    assert found == histories(len(Kind), seed=1)
    assert found != histories(len(Kind), seed=2)


def test_the_record_that_the_forecast_sees_leads_to_the_position_that_it_sees() -> None:
    for history in histories(2 * len(Kind), seed=1):
        months, position = history.subject.demand.months, history.subject.position
        assert history.past_customers[0] + sum(m.came - m.left for m in months) == position.customers
        assert history.customers[0] == history.past_customers[-1] == position.customers
        assert history.vlans[0] == history.past_vlans[-1] == position.vlans < history.subject.room.hard_vlans
        assert sum(month.came for month in months) == len(history.subject.demand.sizes)


def test_what_is_never_reached_is_counted() -> None:
    found = Score(Kind.STEADY, truth=120.0, covered=True, before=False, error=0.0, line=0.0, regression=0.0)
    assert "| **all** | 1 | 1 | 100.0% |" in table(rows([found]))
