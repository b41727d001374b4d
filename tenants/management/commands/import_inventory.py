"""``manage.py import_inventory FILE.csv [--commit]``: tenants with their VLANs, as docs/import.md describes."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tenants.import_file import Unreadable
from tenants.import_store import import_file
from tenants.importing import Judgement, Outcome


class Command(BaseCommand):
    help = "Import tenants with their VLANs from CSV. Without --commit nothing is written: every row gets a verdict."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the CSV file (UTF-8; docs/import.md has the columns)")
        parser.add_argument("--commit", action="store_true", help="write it: all rows or, if one is wrong, none")

    def handle(self, *args: Any, file: Path, commit: bool, verbosity: int = 1, **options: Any) -> None:
        try:
            judgement = import_file(file.read_bytes(), commit=commit, by=None, now=timezone.now())
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except Unreadable as error:
            raise CommandError(str(error)) from error
        self._tell(judgement, only_wrong=verbosity == 0)
        self._conclude(judgement, commit=commit)

    def _tell(self, judgement: Judgement, *, only_wrong: bool) -> None:
        for verdict in judgement.verdicts:
            if only_wrong and verdict.outcome != Outcome.WRONG:
                continue
            told = f": {' '.join(verdict.told)}" if verdict.told else ""
            self.stdout.write(f"line {verdict.line}: {verdict.tenant}: {verdict.outcome}{told}")

    def _conclude(self, judgement: Judgement, *, commit: bool) -> None:
        outcomes = [verdict.outcome for verdict in judgement.verdicts]
        counts = ", ".join(f"{outcomes.count(outcome)} {outcome}" for outcome in Outcome)
        if not judgement.is_fine:
            raise CommandError(f"{counts}. Nothing was written: mend the lines that are wrong and run it again.")
        if not outcomes:
            raise CommandError("The file has no rows below its header.")
        done = "All of it is written." if commit else "Nothing was written: run it again with --commit."
        self.stdout.write(f"{counts}. {done}")
