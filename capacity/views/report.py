"""The report for management: the page itself, and the same as files."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.roles import READ_CAPACITY, allow
from capacity.figures import fan_figure
from capacity.forms.report import ReportForm
from capacity.reporting import csv_file, xlsx
from capacity.reporting.assemble import assemble
from capacity.reporting.figures import COLUMNS, OPTIONS_SHOWN, in_words
from capacity.reporting.values import Report, SwitchPart

SECTIONS = 10  # switches told in full on the page; files have them all
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@allow(READ_CAPACITY)
@require_safe
def report(request: HttpRequest) -> HttpResponse:
    """The report as a page; bad input is told at its field, and no report is shown for it."""
    form = ReportForm(request.GET, today=timezone.localdate())
    if not form.is_valid():
        return render(request, "capacity/report/page.html", {"form": form}, status=400)
    made = _assembled(form, most=SECTIONS)
    context = {
        "form": form,
        "report": made,
        "sections": [_section(part) for part in made.switches],
        "files": _files(form),
        "option_columns": OPTIONS_SHOWN,
    }
    return render(request, "capacity/report/page.html", context)


@allow(READ_CAPACITY)
@require_safe
def report_csv(request: HttpRequest) -> HttpResponse:
    return _file(request, "csv", "text/csv; charset=utf-8")


@allow(READ_CAPACITY)
@require_safe
def report_xlsx(request: HttpRequest) -> HttpResponse:
    return _file(request, "xlsx", XLSX_TYPE)


@allow(READ_CAPACITY)
@require_safe
def report_pdf(request: HttpRequest) -> HttpResponse:
    return _file(request, "pdf", "application/pdf")


def _file(request: HttpRequest, kind: str, content_type: str) -> HttpResponse:
    """The report as a file; with bad input the page tells it, with a missing library a page says so."""
    from capacity.reporting import pdf  # noqa: PLC0415 - its libraries are loaded when first asked for

    form = ReportForm(request.GET, today=timezone.localdate())
    if not form.is_valid():
        return render(request, "capacity/report/page.html", {"form": form}, status=400)
    made = _assembled(form)
    try:
        content = {"csv": csv_file.render, "xlsx": xlsx.render, "pdf": pdf.render}[kind](made)
    except pdf.PdfUnavailable as unavailable:
        context = {"form": form, "trouble": str(unavailable), "files": _files(form)}
        return render(request, "capacity/report/page.html", context, status=503)
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="capacity-{made.day:%Y-%m-%d}.{kind}"'
    return response


def _assembled(form: ReportForm, *, most: int | None = None) -> Report:
    return assemble(day=form.cleaned_data["date"], now=timezone.now(), only=form.slugs, most=most)


def _files(form: ReportForm) -> list[tuple[str, str]]:
    """Label and address of each file, for the same day and switches."""
    chosen = [("date", form.cleaned_data["date"].isoformat()), *(("switch", slug) for slug in form.slugs)]
    return [
        (kind.upper(), f"{reverse(f'capacity:report_{kind}')}?{urlencode(chosen)}") for kind in ("pdf", "xlsx", "csv")
    ]


def _section(part: SwitchPart) -> dict[str, Any]:
    return {
        "part": part,
        "facts": [(column.label, in_words(column.of(part))) for column in COLUMNS],
        "brief": {column.key: in_words(column.of(part)) for column in COLUMNS},
        "figure_id": f"figure-{part.slug}",
        "figure": fan_figure(
            customers=part.customers_by_month, vlans=part.vlans_by_month, ceiling=part.ceiling, forecast=part.forecast
        ),
        "options": [
            {
                "name": option.choice.value,
                "why_not": option.why_not,
                "cells": [in_words(column.of(option)) for column in OPTIONS_SHOWN[1:]],
                "mark": _mark(part, option.choice),
            }
            for option in part.advice.options
        ],
    }


def _mark(part: SwitchPart, choice: object) -> str:
    if choice == part.advice.choice:
        return "recommended"
    return "runner-up" if choice == part.advice.runner_up else ""
