"""The report as PDF: a page that is read, a page for each core switch, then assumptions and definitions."""

import base64
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from capacity.reporting.charts import customers_chart, vlans_chart
from capacity.reporting.figures import COLUMNS, OPTIONS_SHOWN, in_words
from capacity.reporting.values import Report, SwitchPart

PACKAGES = "libpango-1.0-0, libpangoft2-1.0-0, libharfbuzz-subset0 and a font such as fonts-dejavu-core"
STYLE = settings.BASE_DIR / "static" / "css" / "report-print.css"
# What the first page's table, and the head of a switch's page, show; every figure stands in the spreadsheet.
SUMMARY = (
    "switch",
    "state",
    "customers",
    "practical_ceiling",
    "percent_used",
    "practical_p50",
    "order_by",
    "recommended",
)
TOLD_ABOVE = ("switch", "site", "platform", "state", "recommended", "runner_up")
DETAILS = tuple(column.key for column in COLUMNS if column.key not in TOLD_ABOVE)


class PdfUnavailable(Exception):
    """The system libraries that draw PDF are not installed; the message says which packages to install."""


def render(report: Report) -> bytes:
    """Raises PdfUnavailable."""
    weasyprint = _weasyprint()
    html = render_to_string("capacity/report/print.html", _context(report))
    # Charts are within the document as data: nothing is ever fetched for it.
    only_data = weasyprint.urls.URLFetcher(allowed_protocols=["data"])
    document = weasyprint.HTML(string=html, url_fetcher=only_data)
    style = weasyprint.CSS(string=STYLE.read_text(), url_fetcher=only_data)
    content: bytes = document.write_pdf(stylesheets=[style])
    return content


def _weasyprint() -> Any:
    try:
        import weasyprint  # noqa: PLC0415 - it loads system libraries, which may be missing
    except OSError as error:
        raise PdfUnavailable(
            f"PDF needs system libraries that are not installed here: {PACKAGES}. The other formats work without."
        ) from error
    return weasyprint


def _context(report: Report) -> dict[str, Any]:
    labels = {column.key: column.label for column in COLUMNS}
    return {
        "report": report,
        "summary_labels": [labels[key] for key in SUMMARY],
        "summary_rows": [[_figures(part)[key] for key in SUMMARY] for part in report.switches],
        "parts": [_part(part, labels) for part in report.switches],
        "option_labels": [column.label for column in OPTIONS_SHOWN],
        "horizon": report.assumptions.horizon_months,
    }


def _figures(part: SwitchPart) -> dict[str, str]:
    return {column.key: in_words(column.of(part)) for column in COLUMNS}


def _part(part: SwitchPart, labels: dict[str, str]) -> dict[str, Any]:
    figures = _figures(part)
    return {
        "part": part,
        "facts": _side_by_side([(labels[key], figures[key]) for key in DETAILS]),
        "customers": _image(customers_chart(part)),
        "vlans": _image(vlans_chart(part)),
        "options": [
            {
                "cells": [in_words(column.of(option)) for column in OPTIONS_SHOWN],
                "why_not": option.why_not,
                "is_recommended": option.choice == part.advice.choice,
                "is_runner_up": option.choice == part.advice.runner_up,
            }
            for option in part.advice.options
        ],
    }


def _side_by_side(facts: Sequence[tuple[str, str]]) -> list[tuple[str, str, str, str]]:
    """Two facts a row, read down the first column and then the second."""
    half = (len(facts) + 1) // 2
    right = [*facts[half:], ("", "")]
    return [(*one, *other) for one, other in zip(facts[:half], right, strict=False)]


def _image(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
