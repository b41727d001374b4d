"""The report's charts as SVG, for paper: they also tell apart in grey, by dash and by label."""

import io
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from capacity.figures import months_ahead
from capacity.planning.forecast import Band, Forecast
from capacity.planning.timeline import Month, add_months, months_on
from capacity.reporting.values import SwitchPart

INK, LINE = "#14211f", "#c3cdca"
CUSTOMERS, VLANS, PRACTICAL, HARD = "#0a6660", "#1d5391", "#7d4a00", "#a8201a"
WIDTH, HEIGHT = 3.55, 2.35  # inches: half of the text width of an A4 page


def customers_chart(part: SwitchPart) -> str:
    """Customers: the past, the median and P10 to P90, and both ceilings."""
    lines = (
        ("practical ceiling", part.ceiling.practical, PRACTICAL, (6, 3)),
        ("theoretical ceiling", part.ceiling.theoretical, HARD, (10, 3)),
    )
    return _chart("customers", part.customers_by_month, part.forecast.customers, part.forecast, CUSTOMERS, lines)


def vlans_chart(part: SwitchPart) -> str:
    """VLANs in use: the same, against the binding limit."""
    share = part.ceiling.limit * part.ceiling.bounds.practical_percent // 100
    lines = (
        (f"{part.ceiling.bounds.practical_percent} % of the limit", share, PRACTICAL, (6, 3)),
        (part.ceiling.binding.kind.value, part.ceiling.limit, HARD, (10, 3)),
    )
    return _chart("VLANs", part.vlans_by_month, part.forecast.vlans, part.forecast, VLANS, lines)


def _chart(
    unit: str,
    past: Sequence[Month],
    band: Band,
    forecast: Forecast,
    colour: str,
    lines: Sequence[tuple[str, int, str, tuple[int, int]]],
) -> str:
    from matplotlib.figure import Figure  # noqa: PLC0415 - takes a second to load

    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    axes: Any = figure.add_subplot()  # its stubs know no dates
    ahead = months_ahead(forecast)
    days = [months_on(forecast.today, month) for month in range(ahead + 1)]
    axes.fill_between(days, band.p10[: ahead + 1], band.p90[: ahead + 1], color=colour, alpha=0.2, linewidth=0)
    axes.plot(days, band.p50[: ahead + 1], color=colour, linewidth=1.6, dashes=(3, 2), label="forecast, P10 to P90")
    ends = [_end_of(month, forecast.today) for month in past]
    axes.plot(ends, [month.count for month in past], color=colour, linewidth=1.8, label=f"{unit} so far")
    for name, height, shade, dashes in lines:
        axes.axhline(height, color=shade, linewidth=1.3, dashes=dashes, label=f"{name}: {height:,}")
    top = max([*(height for _, height, _, _ in lines), *(month.count for month in past), band.p50[ahead]])
    axes.set_ylim(0, top * 1.08)
    axes.set_xlim((ends or days)[0], days[-1])
    _dress(axes, unit, forecast.today)
    return _svg(figure)


def _end_of(month: Month, today: date) -> date:
    return min(today, add_months(month.first, 1) - timedelta(days=1))


def _dress(axes: Any, unit: str, today: date) -> None:
    from matplotlib.dates import YearLocator  # noqa: PLC0415 - takes a second to load

    axes.axvline(today, color=LINE, linewidth=1)
    axes.grid(axis="y", color=LINE, linewidth=0.5)
    axes.set_ylabel(unit, color=INK, fontsize=7)
    axes.tick_params(colors=INK, labelsize=7, length=2)
    axes.xaxis.set_major_locator(YearLocator())  # type: ignore[no-untyped-call]
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(LINE)
    axes.legend(loc="upper left", bbox_to_anchor=(-0.14, -0.1), ncols=2, fontsize=6.5, frameon=False, handlelength=2.4)


def _svg(figure: Any) -> str:
    """Text as text, which is small and can be searched; ids by a fixed salt: the same chart is the same file."""
    import matplotlib as mpl  # noqa: PLC0415 - takes a second to load

    out = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "capacity-report", "svg.fonttype": "none"}):
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    text = out.getvalue()
    return text[text.index("<svg") :]
