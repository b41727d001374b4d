"""The chart: past and future in one, both ceilings, and an axis on which one pair of lines is true for both curves."""

from datetime import date
from typing import Any

from capacity.figures import MOST_AHEAD, fan_figure, months_ahead
from capacity.planning.ceiling import Bounds, Ceiling, Counts, ceiling
from capacity.planning.demand import Demand, Flow, Position, Room, Subject
from capacity.planning.forecast import Forecast, forecast
from capacity.planning.timeline import add_months, series
from inventory.models import RangePurpose
from inventory.ranges import Span

TODAY = date(2026, 3, 31)


def a_ceiling(customers: int) -> Ceiling:
    return ceiling(
        bounds=Bounds(),
        spans=[Span(RangePurpose.USABLE, 2, 4001)],
        counts=Counts(),
        customers=customers,
        networks=customers * 3,
    )


def a_forecast(customers: int, *, came: int = 10) -> Forecast:
    months = tuple(Flow(add_months(date(2024, 3, 1), n), came, 0) for n in range(24))
    subject = Subject(
        "core-a", Position(customers, customers * 3), Demand(months, (3,) * 50), Room(600, 3000, 4000), growth=1.0
    )
    return forecast([subject], today=TODAY)[0]


def a_figure(customers: int, *, came: int = 10) -> dict[str, Any]:
    flow = {date(2026, 1, 5): customers}
    return fan_figure(
        customers=series(came=flow, left={}, today=TODAY),
        vlans=series(came={day: count * 3 for day, count in flow.items()}, left={}, today=TODAY),
        ceiling=a_ceiling(customers),
        forecast=a_forecast(customers, came=came),
    )


def test_past_future_and_both_ceilings_are_drawn() -> None:
    traces = {trace["name"]: trace for trace in a_figure(200)["data"] if "name" in trace}
    assert list(traces) == [
        "VLANs: forecast, P10 to P90",
        "Customers: forecast, P10 to P90",
        "VLANs in use",
        "Customers",
        "Practical ceiling (600)",
        "Hard ceiling (800)",
    ]
    assert traces["Customers"]["x"] == ["2026-01-31", "2026-02-28", "2026-03-31"]
    assert traces["Customers"]["y"] == [200, 200, 200]
    assert traces["VLANs in use"]["y"] == [600, 600, 600]
    assert traces["Practical ceiling (600)"]["y"] == [600, 600]


def test_the_future_begins_where_the_past_ends() -> None:
    traces = {trace.get("name"): trace for trace in a_figure(200)["data"]}
    median = traces["Customers: forecast, P10 to P90"]
    assert (median["x"][0], median["y"][0]) == (traces["Customers"]["x"][-1], traces["Customers"]["y"][-1])
    assert median["x"][1:3] == ["2026-04-30", "2026-05-31"]


def test_the_fan_lies_around_the_median_and_fills_between_its_edges() -> None:
    upper, lower, median = a_figure(200)["data"][3:6]
    assert lower["fill"] == "tonexty"
    assert all(low <= mid <= high for low, mid, high in zip(lower["y"], median["y"], upper["y"], strict=True))
    assert median["customdata"][5] == [lower["y"][5], upper["y"][5]]


def test_the_right_axis_is_the_left_one_times_the_vlans_planned() -> None:
    layout = a_figure(200)["layout"]
    left, right = layout["yaxis"]["range"], layout["yaxis2"]["range"]
    assert right == [0, left[1] * 5]
    assert left[1] > 800


def test_customers_above_the_ceiling_stay_in_the_picture() -> None:
    assert a_figure(1000)["layout"]["yaxis"]["range"][1] > 1000


def test_a_far_ceiling_does_not_stretch_the_picture_beyond_five_years() -> None:
    assert months_ahead(a_forecast(10, came=0)) == MOST_AHEAD


def test_a_switch_without_history_has_a_figure_all_the_same() -> None:
    assert a_figure(0, came=0)["data"]
