"""The report as a spreadsheet: numbers are numbers, dates are dates, and what follows from others is a formula."""

import io
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from openpyxl import Workbook
from openpyxl.chart import LineChart, Reference
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from capacity.planning.costs import Assumptions
from capacity.planning.timeline import months_on
from capacity.reporting.figures import COLUMNS, OPTION_COLUMNS
from capacity.reporting.values import Report

HEAD = PatternFill("solid", fgColor="D8EDEA")
WIDEST = 46
MONTHS = 61  # today, and five years
DATE, WHOLE = "d mmm yyyy", "#,##0"
# Of the present value, on the sheet of the assumptions, from row 2.
INPUTS: tuple[tuple[str, Callable[[Assumptions], float]], ...] = (
    ("Horizon (months)", lambda assumed: assumed.horizon_months),
    ("Discount rate (% a year)", lambda assumed: assumed.discount_percent),
)


def render(report: Report) -> bytes:
    book = Workbook()
    summary = book.active
    assert isinstance(summary, Worksheet)
    _summary(summary, report)
    _switches(book.create_sheet("Switches"), report)
    _forecast(book.create_sheet("Forecast"), report)
    _options(book.create_sheet("Options"), report)
    _assumptions(book.create_sheet("Assumptions"), report)
    _definitions(book.create_sheet("Definitions"), report)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _summary(sheet: Worksheet, report: Report) -> None:
    sheet.title = "Summary"
    _row(sheet, ["Capacity report", report.day])
    sheet["A1"].font = Font(bold=True, size=16)
    sheet["B1"].number_format = DATE
    for sentence in (*report.summary, *report.notes):
        _row(sheet, [sentence])
        sheet.cell(sheet.max_row, 1).alignment = Alignment(wrap_text=True, vertical="top")
    sheet.column_dimensions["A"].width = 110
    sheet.column_dimensions["B"].width = 16


def _switches(sheet: Worksheet, report: Report) -> None:
    """Every figure of every switch, the total, and per switch the places that are left, as a formula."""
    keys = [column.key for column in COLUMNS]
    _head(sheet, [*(column.label for column in COLUMNS), "Customers still to come"])
    customers, practical = (get_column_letter(keys.index(key) + 1) for key in ("customers", "practical_ceiling"))
    for number, part in enumerate(report.switches, 2):
        values: list[Any] = [column.of(part) for column in COLUMNS]
        used = f"=IF({practical}{number}=0,100,INT(100*{customers}{number}/{practical}{number}))"
        values[keys.index("percent_used")] = _Formula(used)
        _row(sheet, [*values, _Formula(f"=MAX(0,{practical}{number}-{customers}{number})")])
    last = len(report.switches) + 1
    total = ["Total", *[None] * (len(keys) - 1)]
    for key in ("customers", "practical_ceiling", "theoretical_ceiling", "vlans_taken", "vlans_free", "vlan_limit"):
        letter = get_column_letter(keys.index(key) + 1)
        total[keys.index(key)] = _Formula(f"=SUM({letter}2:{letter}{last})")
    if report.switches:
        _row(sheet, total)
        for cell in sheet[sheet.max_row]:
            cell.font = Font(bold=True)
    _fit(sheet)


def _forecast(sheet: Worksheet, report: Report) -> None:
    """By month: three curves of customers and of VLANs a switch, and a chart of the medians."""
    _head(
        sheet,
        ["Core switch", "On", *(f"{what}, {p}" for what in ("Customers", "VLANs") for p in ("P10", "P50", "P90"))],
    )
    for part in report.switches:
        first = sheet.max_row + 1
        for month in range(MONTHS):
            bands = (part.forecast.customers, part.forecast.vlans)
            curves = [round(curve[month], 1) for band in bands for curve in (band.p10, band.p50, band.p90)]
            _row(sheet, [part.name, months_on(report.day, month), *curves])
        _chart(sheet, part.name, first, place=f"J{first}")
    _fit(sheet)


def _chart(sheet: Worksheet, name: str, first: int, *, place: str) -> None:
    chart = LineChart()
    chart.title, chart.height, chart.width = f"{name}: customers, P10 to P90", 8, 18
    last = first + MONTHS - 1
    for column in (3, 4, 5):
        chart.add_data(Reference(sheet, min_col=column, min_row=first, max_row=last), titles_from_data=False)
    chart.set_categories(Reference(sheet, min_col=2, min_row=first, max_row=last))
    chart.x_axis.number_format, chart.y_axis.number_format = "mmm yyyy", WHOLE
    chart.x_axis.delete = chart.y_axis.delete = False
    for series, label in zip(chart.series, ("P10", "P50", "P90"), strict=True):
        series.tx = None
        series.title = None
        series.smooth = False
        series.graphicalProperties.line.width = 25_000 if label == "P50" else 12_000
    sheet.add_chart(chart, place)


def _options(sheet: Worksheet, report: Report) -> None:
    keys = [column.key for column in OPTION_COLUMNS]
    _head(sheet, ["Core switch", *(column.label for column in OPTION_COLUMNS), "Mark"])
    cost, gained = (get_column_letter(keys.index(key) + 2) for key in ("cost", "gained"))
    for part in report.switches:
        for option in part.advice.options:
            number = sheet.max_row + 1
            values: list[Any] = [column.of(option) for column in OPTION_COLUMNS]
            each = f'=IF({gained}{number}=0,"",ROUND({cost}{number}/{gained}{number},0))'
            values[keys.index("cost_per_customer")] = _Formula(each)
            mark = "recommended" if option.choice == part.advice.choice else ""
            _row(sheet, [part.name, *values, mark or ("runner-up" if option.choice == part.advice.runner_up else "")])
    _fit(sheet)


def _assumptions(sheet: Worksheet, report: Report) -> None:
    """Every assumption as printed, and beside the two that discount, a present value to try other amounts on."""
    _head(sheet, ["Assumption", "Value"])
    for label, of in INPUTS:
        _row(sheet, [label, of(report.assumptions)])
    for line in report.assumed:
        _row(sheet, [line.label, line.value])
    price = report.assumptions.pod_behind_new_switch
    _row(sheet, [])
    _row(sheet, ["New pod behind a new core switch", None])
    top = sheet.max_row
    sheet.cell(top, 1).font = Font(bold=True)
    _row(sheet, ["Capital", price.capital])
    _row(sheet, ["A month", price.monthly])
    monthly_rate = "((1+B3/100)^(1/12)-1)"
    _row(sheet, ["Present value over the horizon", _Formula(f"=B{top + 1}-PV({monthly_rate},B2,B{top + 2})")])
    sheet.cell(sheet.max_row, 2).number_format = WHOLE
    _fit(sheet)


def _definitions(sheet: Worksheet, report: Report) -> None:
    _head(sheet, ["Term", "What it means"])
    for line in report.definitions:
        _row(sheet, [line.label, line.value])
        sheet.cell(sheet.max_row, 2).alignment = Alignment(wrap_text=True, vertical="top")
    _fit(sheet)
    sheet.column_dimensions["B"].width = 100


class _Formula(str):
    """Text that is meant to be a formula; any other text never is one."""

    __slots__ = ()


def _head(sheet: Worksheet, labels: Sequence[str]) -> None:
    sheet.append(list(labels))
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True), HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "B2"


def _row(sheet: Worksheet, values: Sequence[Any]) -> None:
    """Text stays text, even where it begins like a formula."""
    number = sheet.max_row + 1 if sheet.max_row > 1 or sheet["A1"].value is not None else 1
    for place, value in enumerate(values, 1):
        cell = sheet.cell(number, place)
        if isinstance(value, str) and not isinstance(value, _Formula):
            cell.value, cell.data_type = value, "s"
        else:
            cell.value = str(value) if isinstance(value, _Formula) else value
        cell.number_format = _format_of(value)


def _format_of(value: Any) -> str:
    if isinstance(value, date):
        return DATE
    return WHOLE if isinstance(value, int | _Formula) else "General"


def _fit(sheet: Worksheet) -> None:
    """Columns as wide as what they hold, within reason."""
    for place, column in enumerate(sheet.columns, 1):
        widest = max(
            (len(str(cell.value)) for cell in column if cell.value is not None and cell.data_type != "f"), default=8
        )
        sheet.column_dimensions[get_column_letter(place)].width = min(WIDEST, max(11, widest + 2))
