"""The chart that compares scenarios: customers to come, and the ceilings that they meet."""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import plotly.graph_objects as go

from capacity.planning.demand import Room
from capacity.planning.intervals import months_on
from capacity.scenario_columns import Column

HEADROOM = 1.08
LEAST_AHEAD, MOST_AHEAD = 36, 120
AFTER_FULL = 12  # months drawn past the last median date
LIVE = "--chart-live"
SYMBOLS = ("circle", "circle", "square", "diamond", "triangle-up")  # by number; the live line has none
MARKS = 9  # symbols on a line, so that it is told by more than its colour


def compared_figure(shown: Sequence[Column], *, focus: str) -> dict[str, Any]:
    """P50 of customers, a line each; the P10 to P90 of the scenario in focus; practical ceilings, as steps."""
    ahead = _months_ahead(shown)
    several = len({column.about for column in shown}) > 1
    data = [trace for column in shown if column.wanted.key == focus and focus for trace in _fan(column, ahead)]
    for column in shown:
        data += [*_ceilings(column, ahead, several=several), _median(column, ahead, several=several)]
    figure = go.Figure(data=data, layout=_layout(top=_top(shown, ahead), days=_days(shown[0], ahead)))
    made: dict[str, Any] = json.loads(figure.to_json())
    return made


def _months_ahead(shown: Sequence[Column]) -> int:
    """Until a year after the last median date that anything is full, within three and ten years."""
    dates = [when.p50 for column in shown for when in (column.result.practical, column.result.hard) if when.p50]
    if not dates:
        return LEAST_AHEAD
    months = max((when - shown[0].today).days // 30 for when in dates) + AFTER_FULL
    return max(LEAST_AHEAD, min(MOST_AHEAD, months))


def _colour(column: Column) -> str:
    return LIVE if column.is_live else f"--chart-scenario-{column.number}"


def _group(column: Column) -> str:
    """The legend hides a scenario with its ceilings."""
    return f"{column.number}/{column.about}"


def _name(column: Column, *, several: bool) -> str:
    return f"{column.wanted.name}: {column.about}" if several and column.is_live else column.wanted.name


def _days(column: Column, ahead: int) -> list[str]:
    return [_day(months_on(column.today, month)) for month in range(ahead + 1)]


def _median(column: Column, ahead: int, *, several: bool) -> go.Scatter:
    band = column.result.forecast.customers
    pairs = zip(band.p10[: ahead + 1], band.p90[: ahead + 1], strict=True)
    return go.Scatter(
        name=_name(column, several=several),
        x=_days(column, ahead),
        y=list(band.p50[: ahead + 1]),
        customdata=[list(pair) for pair in pairs],
        mode="lines" if column.is_live else "lines+markers",
        line={"width": 2.5},
        marker={"symbol": SYMBOLS[column.number], "size": 9, "maxdisplayed": MARKS},
        legendgroup=_group(column),
        meta={"colour": _colour(column)},
        hovertemplate="%{y:,.0f} customers, P10–P90 %{customdata[0]:,.0f}–%{customdata[1]:,.0f}",
    )


def _fan(column: Column, ahead: int) -> Iterator[go.Scatter]:
    """The space between P10 and P90."""
    band, colour = column.result.forecast.customers, _colour(column)
    common = {"x": _days(column, ahead), "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    yield go.Scatter(**common, y=list(band.p90[: ahead + 1]), meta={"colour": colour}, showlegend=False)
    yield go.Scatter(
        **common,
        y=list(band.p10[: ahead + 1]),
        fill="tonexty",
        meta={"colour": colour, "fill": colour},
        name=f"{column.wanted.name}: P10 to P90",
    )


def _ceilings(column: Column, ahead: int, *, several: bool) -> Iterator[go.Scatter]:
    """The practical ceiling, and the hard one in customers; a scenario's only where they differ from the live ones."""
    rooms = column.result.rooms[: ahead + 1]
    if not column.is_live and column.result.rooms == column.baseline.result.rooms:
        return
    about = f", {column.about}" if several else ""
    practical, hard = [room.practical_customers for room in rooms], [_hard(column, room) for room in rooms]
    yield _steps(f"Practical ceiling{about}", column, practical, width=1.75, dash="dash")
    yield _steps(f"Hard ceiling{about}", column, hard, width=1.25, dash="longdash")


def _hard(column: Column, room: Room) -> int:
    """The VLAN limit in customers, at the VLANs that are planned for each."""
    return int(room.hard_vlans // (column.wanted.what_if.vlans_per_tenant or _planned(column)))


def _planned(column: Column) -> int:
    return column.wanted.live.case.ceiling.bounds.vlans_per_tenant


def _steps(name: str, column: Column, heights: Sequence[int], *, width: float, dash: str) -> go.Scatter:
    """The live ones are in the legend for all: the dash tells which ceiling, the colour whose."""
    return go.Scatter(
        name=f"{name} ({heights[0]:,})",
        x=_days(column, len(heights) - 1),
        y=list(heights),
        mode="lines",
        line={"width": width, "dash": dash, "shape": "hv"},
        legendgroup="ceilings" if column.is_live else _group(column),
        showlegend=column.is_live,
        meta={"colour": _colour(column)},
        hoverinfo="skip",
    )


def _top(shown: Sequence[Column], ahead: int) -> float:
    """Above every median, and above the ceilings unless they are far out of reach."""
    medians = max(max(column.result.forecast.customers.p50[: ahead + 1]) for column in shown)
    ceilings = [room.practical_customers for column in shown for room in column.result.rooms[: ahead + 1]]
    hard = [_hard(column, column.result.rooms[0]) for column in shown]
    return max(medians, *ceilings, *hard, 1) * HEADROOM


def _day(day: date) -> str:
    return day.isoformat()


def _layout(*, top: float, days: Sequence[str]) -> dict[str, Any]:
    return {
        "template": None,
        "autosize": True,
        "hovermode": "x unified",
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "legend": {"orientation": "h", "x": 0, "y": -0.14, "yanchor": "top", "traceorder": "normal"},
        "xaxis": {"type": "date", "automargin": True, "hoverformat": "%B %Y", "range": [days[0], days[-1]]},
        "yaxis": {
            "title": {"text": "customers"},
            "range": [0, top],
            "rangemode": "tozero",
            "zeroline": False,
            "fixedrange": True,
            "automargin": True,
            "tickformat": ",d",
        },
    }
