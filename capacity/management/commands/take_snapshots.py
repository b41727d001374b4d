"""``manage.py take_snapshots``: what the scheduler does every quarter of an hour, at once."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from capacity.snapshots import take_due


class Command(BaseCommand):
    help = "Store the snapshot of every day up to yesterday that is missing; days missed earlier are rebuilt."

    def handle(self, *args: Any, **options: Any) -> None:
        days = take_due(now=timezone.now())
        if not days:
            self.stdout.write("Every snapshot up to yesterday is there already, or there is no core switch yet.")
        for day in days:
            self.stdout.write(f"Stored the end of {day}.")
