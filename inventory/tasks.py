"""Celery's thin side of inventory: take nothing or ids, call a verb."""

from celery import shared_task
from django.utils import timezone

from inventory.allocation import end_quarantines


@shared_task(name="inventory.end_quarantines")
def end_quarantines_task() -> int:
    return end_quarantines(now=timezone.now())
