"""The files: the same figures as the page, in each format's own way, and harmless to open."""

import csv
import io
import json
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from pypdf import PdfReader

from capacity.planning.costs import present_value
from capacity.reporting import csv_file, json_file, pdf, xlsx
from capacity.reporting.assemble import assemble
from capacity.reporting.figures import COLUMNS, in_words
from capacity.reporting.values import Report
from inventory.models import CoreSwitch

pytestmark = pytest.mark.django_db


def sheets(report: Report) -> Any:
    return load_workbook(io.BytesIO(xlsx.render(report)))


def table(report: Report) -> list[list[str]]:
    return list(csv.reader(io.StringIO(csv_file.render(report).decode("utf-8-sig"))))


def test_csv_has_a_row_a_switch_a_mark_of_its_encoding_and_lines_as_rfc_4180_wants(report: Report) -> None:
    raw = csv_file.render(report)
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") == 4
    head, *rows = table(report)
    assert head == [column.label for column in COLUMNS]
    assert [row[0] for row in rows] == [part.name for part in report.switches]


def test_json_has_the_figures_under_stable_keys(report: Report) -> None:
    whole = json.loads(json_file.render(report))
    assert [switch["switch"] for switch in whole["switches"]] == [part.name for part in report.switches]
    assert len(whole["switches"][0]["options"]) == 8
    assert whole["date"] == timezone.localdate().isoformat()


def test_the_spreadsheet_has_numbers_as_numbers_and_dates_as_dates(report: Report) -> None:
    book = sheets(report)
    assert book.sheetnames == ["Summary", "Switches", "Forecast", "Options", "Assumptions", "Definitions"]
    switches: Worksheet = book["Switches"]
    kinds = {cell.value: switches.cell(2, place).value for place, cell in enumerate(switches[1], 1)}
    assert isinstance(kinds["Customers"], int)
    assert isinstance(kinds["Practical ceiling reached, P50"], datetime)
    assert switches.freeze_panes == "B2"
    assert len(book["Forecast"]._charts) == len(report.switches)


def reckoned(sheet: Worksheet, formula: str) -> Any:
    """The few shapes of formulas that we write, as a spreadsheet reckons them."""
    text = formula.removeprefix("=")
    for cell in sorted(set(_cells(text)), key=len, reverse=True):
        value = sheet[cell].value
        value = reckoned(sheet, value) if isinstance(value, str) and value.startswith("=") else value
        text = text.replace(cell, repr(value if value is not None else 0))
    text = re.sub(r"^IF\((.+?)=0,(.+?),(.+)\)$", r"(\2) if (\1) == 0 else (\3)", text.replace("^", "**"))
    spaces = {"MAX": max, "INT": int, "ROUND": round, "PV": _pv}
    return eval(text, {"__builtins__": {}}, spaces)


def _cells(text: str) -> list[str]:
    return re.findall(r"\b[A-Z]{1,2}\d+\b", text)


def _pv(rate: float, months: float, payment: float) -> float:
    return float(-payment * (1 - (1 + rate) ** -months) / rate)


def test_every_formula_gives_the_figure_of_the_report(report: Report) -> None:
    book = sheets(report)
    switches, options, assumptions = book["Switches"], book["Options"], book["Assumptions"]
    names = {cell.value: cell.column for cell in switches[1]}
    for row, part in enumerate(report.switches, 2):
        used = switches.cell(row, names["Used (% of the practical ceiling)"]).value
        left = switches.cell(row, names["Customers still to come"]).value
        assert reckoned(switches, used) == part.ceiling.percent
        assert reckoned(switches, left) == part.ceiling.to_practical
    total = switches.cell(len(report.switches) + 2, names["Customers"]).value
    letter = total[5]
    assert total == f"=SUM({letter}2:{letter}{len(report.switches) + 1})"
    each = [option for part in report.switches for option in part.advice.options]
    place = next(cell.column for cell in options[1] if cell.value == "Cost per customer gained")
    for row, option in enumerate(each, 2):
        told = reckoned(options, options.cell(row, place).value)
        assert told == (
            "" if option.cost_per_customer is None else pytest.approx(round(option.cost_per_customer), abs=1)
        )
    value = next(row[1].value for row in assumptions.iter_rows() if row[0].value == "Present value over the horizon")
    assumed = report.assumptions
    served = [0.0] * assumed.horizon_months
    expected = present_value(assumed.pod_behind_new_switch, served=served, percent=assumed.discount_percent)
    assert reckoned(assumptions, value) == pytest.approx(expected)


def test_a_name_that_looks_like_a_formula_stays_a_name(provider: None) -> None:
    CoreSwitch.objects.filter(name="roomy").update(name="=1+1")
    report = assemble(day=timezone.localdate(), now=timezone.now())
    cells = [cell for row in sheets(report)["Switches"].iter_rows() for cell in row if cell.value == "=1+1"]
    assert [cell.data_type for cell in cells] == ["s"]
    assert "'=1+1" in [row[0] for row in table(report)]


def plain(value: Any) -> Any:
    """One way to write a figure, whatever the file made of it."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if value in (None, ""):
        return ""
    return (
        f"{float(value):.2f}"
        if not isinstance(value, str) or value.replace(".", "", 1).lstrip("-").isdigit()
        else value
    )


def test_page_pdf_spreadsheet_csv_and_json_say_the_same(report: Report, manager: Client) -> None:
    page = " ".join(manager.get("/capacity/report/").content.decode().split())
    paper = words_of(pdf.render(report))
    book, rows = sheets(report)["Switches"], table(report)[1:]
    plain_json = json.loads(json_file.render(report))["switches"]
    for number, part in enumerate(report.switches):
        for place, column in enumerate(COLUMNS):
            figure = plain(column.of(part))
            assert plain(rows[number][place]) == figure, column.key
            assert plain(plain_json[number][column.key]) == figure, column.key
            cell = book.cell(number + 2, place + 1)
            if cell.data_type != "f":
                assert plain(cell.value) == figure, column.key
            words = in_words(column.of(part))
            assert f"<dt>{column.label}</dt><dd>{words}</dd>" in page, column.key
            assert words.replace(" ", "") in paper, column.key


def words_of(content: bytes) -> str:
    return "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json", "pdf"])
def test_the_command_writes_every_format(provider: None, tmp_path: Path, kind: str) -> None:
    target = tmp_path / f"report.{kind}"
    call_command("capacity_report", format=kind, output=str(target), switch=["roomy"])
    assert target.stat().st_size > 200


def test_the_command_writes_to_standard_output(provider: None, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    call_command("capacity_report", format="json", output="-", date=timezone.localdate().isoformat())
    assert json.loads(capfdbinary.readouterr().out)["switches"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"date": "tomorrow"}, "tomorrow is no date: write it as YYYY-MM-DD."),
        ({"date": "2999-01-01"}, "2999-01-01 is still to come: choose today or an earlier day."),
        ({"switch": ["nowhere"]}, "There is no core switch nowhere."),
        ({"output": "/nowhere/report.csv"}, "/nowhere/report.csv cannot be written: No such file or directory."),
    ],
)
def test_the_command_says_in_one_sentence_what_is_wrong(provider: None, options: dict[str, Any], words: str) -> None:
    with pytest.raises(CommandError) as caught:
        call_command("capacity_report", **{"format": "csv", "output": "-", **options})
    assert str(caught.value) == words


def test_without_the_libraries_of_pdf_the_rest_is_offered(
    provider: None, manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> Any:
        raise pdf.PdfUnavailable("PDF needs system libraries that are not installed here: libpango-1.0-0.")

    monkeypatch.setattr(pdf, "_weasyprint", missing)
    response = manager.get("/capacity/report.pdf")
    page = response.content.decode()
    assert response.status_code == 503
    assert "libpango-1.0-0" in page
    assert "/capacity/report.xlsx" in page
    with pytest.raises(CommandError, match="libpango"):
        call_command("capacity_report", format="pdf", output="-")


def test_a_file_has_a_name_with_its_day(provider: None, manager: Client) -> None:
    day = timezone.localdate().isoformat()
    response = manager.get("/capacity/report.csv")
    assert response["Content-Disposition"] == f'attachment; filename="capacity-{day}.csv"'
    assert response["Content-Type"] == "text/csv; charset=utf-8"
