"""Builds Plotly figures; colours are names of design tokens, which the script reads for the theme in use."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import plotly.graph_objects as go

from capacity.planning.ceiling import Ceiling
from capacity.planning.forecast import Band, Forecast
from capacity.planning.timeline import Month, add_months, months_on

HEADROOM = 1.08  # the theoretical ceiling is drawn with air above it
LEAST_AHEAD = 24  # months of future that are always drawn
MOST_AHEAD = 60
AFTER_HARD = 6  # months drawn past the median date of the hard ceiling


def fan_figure(
    *, customers: Sequence[Month], vlans: Sequence[Month], ceiling: Ceiling, forecast: Forecast
) -> dict[str, Any]:
    """Past and future in one: customers (left axis) and VLANs (right axis) with their P10 to P90, and both ceilings.

    The right axis is the left one times the VLANs planned per customer, so one pair of lines is true for both.
    """
    per = ceiling.bounds.vlans_per_tenant
    ahead = months_ahead(forecast)
    days = [months_on(forecast.today, month) for month in range(ahead + 1)]
    ends = [customers[0].first if customers else forecast.today, days[-1]]
    figure = go.Figure(
        data=[
            *_fan("VLANs", forecast.vlans, days, colour="--chart-vlans", axis="y2", shown=False),
            *_fan("Customers", forecast.customers, days, colour="--chart-customers", axis="y", shown=True),
            _line("VLANs in use", vlans, forecast.today, colour="--chart-vlans", dash="dot", axis="y2", unit="VLANs"),
            _line("Customers", customers, forecast.today, colour="--chart-customers", axis="y", unit="customers"),
            _ceiling_line("Practical ceiling", ceiling.practical, ends, colour="--chart-practical", dash="dash"),
            _ceiling_line("Hard ceiling", ceiling.theoretical, ends, colour="--chart-theoretical", dash="longdash"),
        ],
        layout=_layout(top=_top(customers, vlans, ceiling, forecast, ahead), per=per),
    )
    figure.add_vline(x=_day(forecast.today), line={"width": 1, "dash": "dot"})
    made: dict[str, Any] = json.loads(figure.to_json())
    return made


def months_ahead(forecast: Forecast) -> int:
    """How much future is drawn: past the hard ceiling's median date, within two and five years."""
    hard = forecast.hard.p50
    months = MOST_AHEAD if hard is None else (hard - forecast.today).days // 30 + AFTER_HARD
    return max(LEAST_AHEAD, min(MOST_AHEAD, months))


def _top(customers: Sequence[Month], vlans: Sequence[Month], ceiling: Ceiling, forecast: Forecast, ahead: int) -> float:
    """The left axis ends above both ceilings, the past and the median future; a wide fan may run out of the picture."""
    per = ceiling.bounds.vlans_per_tenant
    past = [month.count for month in customers] + [month.count / per for month in vlans]
    return max([ceiling.theoretical, forecast.customers.p50[ahead], *past, 1]) * HEADROOM


def _fan(
    name: str, band: Band, days: Sequence[date], *, colour: str, axis: str, shown: bool
) -> tuple[go.Scatter, go.Scatter, go.Scatter]:
    """The median as a line and the space between P10 and P90, one entry of the legend."""
    common = {"x": [_day(day) for day in days], "yaxis": axis, "legendgroup": name, "mode": "lines"}
    if not shown:
        common["visible"] = "legendonly"
    upper, lower, median = (list(curve[: len(days)]) for curve in (band.p90, band.p10, band.p50))
    edge = {"width": 0}
    return (
        go.Scatter(**common, y=upper, line=edge, meta={"colour": colour}, showlegend=False, hoverinfo="skip"),
        go.Scatter(
            **common,
            y=lower,
            line=edge,
            fill="tonexty",
            meta={"colour": colour, "fill": colour},
            showlegend=False,
            hoverinfo="skip",
        ),
        go.Scatter(
            **common,
            name=f"{name}: forecast, P10 to P90",
            y=median,
            customdata=[list(pair) for pair in zip(lower, upper, strict=True)],
            line={"width": 2.5, "dash": "dash"},
            meta={"colour": colour},
            hovertemplate=f"%{{y:,.0f}} {name.removesuffix('s')}s, "
            "P10–P90 %{customdata[0]:,.0f}–%{customdata[1]:,.0f}<extra></extra>",
        ),
    )


def _line(
    name: str, months: Sequence[Month], today: date, *, colour: str, axis: str, unit: str, dash: str = "solid"
) -> go.Scatter:
    """The past: a month's count stands at its end, the running month's at today."""
    return go.Scatter(
        name=name,
        x=[_day(min(today, add_months(month.first, 1) - timedelta(days=1))) for month in months],
        y=[month.count for month in months],
        mode="lines",
        line={"width": 2.5, "dash": dash, "shape": "linear"},
        yaxis=axis,
        meta={"colour": colour},
        hovertemplate="%{y:,} " + unit + "<extra></extra>",
    )


def _ceiling_line(name: str, height: int, ends: Sequence[date], *, colour: str, dash: str) -> go.Scatter:
    return go.Scatter(
        name=f"{name} ({height:,})",
        x=[_day(day) for day in ends],
        y=[height] * len(ends),
        mode="lines",
        line={"width": 2, "dash": dash},
        meta={"colour": colour},
        hoverinfo="skip",
    )


def _day(day: date) -> str:
    return day.isoformat()


def _layout(*, top: float, per: int) -> dict[str, Any]:
    axis = {"rangemode": "tozero", "zeroline": False, "fixedrange": True, "automargin": True, "tickformat": ",d"}
    return {
        "template": None,
        "autosize": True,
        "hovermode": "x unified",
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "legend": {"orientation": "h", "x": 0, "y": -0.14, "yanchor": "top", "traceorder": "reversed"},
        "xaxis": {"type": "date", "automargin": True, "hoverformat": "%B %Y"},
        "yaxis": {**axis, "title": {"text": "customers"}, "range": [0, top]},
        "yaxis2": {
            **axis,
            "title": {"text": "VLANs"},
            "range": [0, top * per],
            "overlaying": "y",
            "side": "right",
            "showgrid": False,
        },
    }
