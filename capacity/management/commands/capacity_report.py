import sys
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from capacity.reporting import csv_file, json_file, pdf, xlsx
from capacity.reporting.assemble import assemble
from inventory.models import CoreSwitch

RENDER = {"pdf": pdf.render, "xlsx": xlsx.render, "csv": csv_file.render, "json": json_file.render}


class Command(BaseCommand):
    """``manage.py capacity_report --format pdf -o report.pdf``: the report for management as a file."""

    help = "Write the capacity report as PDF, XLSX, CSV or JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=sorted(RENDER), required=True)
        parser.add_argument("-o", "--output", required=True, help="the file to write; - for standard output")
        parser.add_argument("--date", help="as of this day, YYYY-MM-DD; today where it is left out")
        parser.add_argument("--switch", action="append", default=[], help="only this core switch; may be repeated")

    def handle(self, *args: Any, **options: Any) -> None:
        report = assemble(day=_day(options["date"]), now=timezone.now(), only=_known(options["switch"]))
        try:
            content = RENDER[options["format"]](report)
        except pdf.PdfUnavailable as unavailable:
            raise CommandError(str(unavailable)) from unavailable
        if options["output"] == "-":
            sys.stdout.buffer.write(content)
            return
        try:
            Path(options["output"]).write_bytes(content)
        except OSError as error:
            raise CommandError(f"{options['output']} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{options['output']}: {len(report.switches)} core switches as of {report.day}.")


def _day(text: str | None) -> date:
    today = timezone.localdate()
    if text is None:
        return today
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"{text} is no date: write it as YYYY-MM-DD.") from error
    if day > today:
        raise CommandError(f"{text} is still to come: choose today or an earlier day.")
    return day


def _known(slugs: list[str]) -> list[str]:
    unknown = set(slugs) - set(CoreSwitch.objects.filter(slug__in=slugs).values_list("slug", flat=True))
    if unknown:
        raise CommandError(f"There is no core switch {', '.join(sorted(unknown))}.")
    return slugs
