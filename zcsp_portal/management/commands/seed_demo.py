"""``manage.py seed_demo``: load the demo provider into an empty database."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from zcsp_portal.demo.accounts import sign_ins
from zcsp_portal.demo.loading import NotEmpty, load


class Command(BaseCommand):
    help = "Load the demo provider into an empty database; demo accounts are made in development mode only."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="another number is another company (default 1)")
        parser.add_argument(
            "--today", type=date.fromisoformat, help="the day on which the made-up history ends (default today)"
        )

    def handle(self, *, seed: int, today: date | None, **options: Any) -> None:
        try:
            loaded = load(seed=seed, today=today or timezone.localdate())
        except NotEmpty as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(
            f"Loaded the demo provider: {loaded.switches} core switches, {loaded.tenants:,} tenants, "
            f"{loaded.networks:,} networks, {loaded.devices:,} simulated devices, {loaded.findings} objects drifted."
        )
        if settings.DEBUG:
            self.stdout.write(sign_ins())
        else:
            self.stdout.write("No demo accounts were made: they exist in development mode (DEBUG) only.")
