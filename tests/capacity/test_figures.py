"""The chart: both curves, both ceilings, and an axis on which one pair of lines is true for both."""

from datetime import date

from capacity.figures import trend_figure
from capacity.planning.ceiling import Bounds, Counts, ceiling
from capacity.planning.timeline import series
from inventory.models import RangePurpose
from inventory.ranges import Span


def a_figure(customers: int) -> dict[str, object]:
    numbers = ceiling(
        bounds=Bounds(),
        spans=[Span(RangePurpose.USABLE, 2, 4001)],
        counts=Counts(),
        customers=customers,
        networks=customers * 3,
    )
    flow = {date(2026, 1, 5): customers}
    months = series(came=flow, left={}, today=date(2026, 3, 3))
    vlans = series(came={day: count * 3 for day, count in flow.items()}, left={}, today=date(2026, 3, 3))
    return trend_figure(customers=months, vlans=vlans, ceiling=numbers)


def test_both_curves_and_both_ceilings_are_drawn() -> None:
    traces = {trace["name"]: trace for trace in a_figure(200)["data"]}  # type: ignore[attr-defined]
    assert list(traces) == ["VLANs in use", "Customers", "Practical ceiling (600)", "Theoretical ceiling (800)"]
    assert traces["Customers"]["x"] == ["2026-01-01", "2026-02-01", "2026-03-01"]
    assert traces["Customers"]["y"] == [200, 200, 200]
    assert traces["VLANs in use"]["y"] == [600, 600, 600]
    assert traces["Practical ceiling (600)"]["y"] == [600, 600]


def test_the_right_axis_is_the_left_one_times_the_vlans_planned() -> None:
    layout = a_figure(200)["layout"]
    left, right = layout["yaxis"]["range"], layout["yaxis2"]["range"]  # type: ignore[index]
    assert right == [0, left[1] * 5]
    assert left[1] > 800


def test_customers_above_the_ceiling_stay_in_the_picture() -> None:
    layout = a_figure(1000)["layout"]
    assert layout["yaxis"]["range"][1] > 1000  # type: ignore[index]


def test_a_switch_without_history_has_a_figure_all_the_same() -> None:
    assert a_figure(0)["data"]
