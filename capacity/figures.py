"""Builds Plotly figures; colours are names of design tokens, which the script reads for the theme in use."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import plotly.graph_objects as go

from capacity.planning.ceiling import Ceiling
from capacity.planning.timeline import Month

HEADROOM = 1.08  # the theoretical ceiling is drawn with air above it


def trend_figure(*, customers: Sequence[Month], vlans: Sequence[Month], ceiling: Ceiling) -> dict[str, Any]:
    """Customers (left axis) and VLANs in use (right axis) over time, with both ceilings.

    The right axis is the left one times the VLANs planned per customer, so one pair of lines is true for both.
    """
    per = ceiling.bounds.vlans_per_tenant
    highest = max([ceiling.theoretical, *(m.count for m in customers), *(m.count / per for m in vlans), 1])
    figure = go.Figure(
        data=[
            _line("VLANs in use", vlans, colour="--chart-vlans", dash="dot", axis="y2", unit="VLANs"),
            _line("Customers", customers, colour="--chart-customers", dash="solid", axis="y", unit="customers"),
            _ceiling_line("Practical ceiling", ceiling.practical, customers, colour="--chart-practical", dash="dash"),
            _ceiling_line(
                "Theoretical ceiling", ceiling.theoretical, customers, colour="--chart-theoretical", dash="longdash"
            ),
        ],
        layout=_layout(top=highest * HEADROOM, per=per),
    )
    made: dict[str, Any] = json.loads(figure.to_json())
    return made


def _line(name: str, months: Sequence[Month], *, colour: str, dash: str, axis: str, unit: str) -> go.Scatter:
    return go.Scatter(
        name=name,
        x=[_day(month.first) for month in months],
        y=[month.count for month in months],
        mode="lines",
        line={"width": 2.5, "dash": dash, "shape": "linear"},
        yaxis=axis,
        meta={"colour": colour},
        hovertemplate="%{y:,} " + unit + "<extra></extra>",
    )


def _ceiling_line(name: str, height: int, months: Sequence[Month], *, colour: str, dash: str) -> go.Scatter:
    ends = [months[0].first, months[-1].first] if months else []
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
        "legend": {"orientation": "h", "x": 0, "y": -0.14, "yanchor": "top", "traceorder": "normal"},
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
