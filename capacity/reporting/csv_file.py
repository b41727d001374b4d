"""The report's figures as CSV: one row a core switch (RFC 4180; UTF-8 with a byte order mark, for spreadsheets)."""

import csv
import io
from datetime import date

from capacity.reporting.figures import COLUMNS, Value
from capacity.reporting.values import Report

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def render(report: Report) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([column.label for column in COLUMNS])
    for part in report.switches:
        writer.writerow([_cell(column.of(part)) for column in COLUMNS])
    return text.getvalue().encode("utf-8-sig")


def _cell(value: Value) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    return harmless(value) if isinstance(value, str) else value


def harmless(text: str) -> str:
    """Text that a spreadsheet takes for a formula gets an apostrophe, which makes it text."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
