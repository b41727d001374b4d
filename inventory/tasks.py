"""Celery's thin side of inventory: take nothing or ids, call a verb."""

from celery import shared_task
from django.utils import timezone

from inventory import allocation, vni_allocation


@shared_task(name="inventory.end_quarantines")
def end_quarantines_task() -> int:
    now = timezone.now()
    return allocation.end_quarantines(now=now) + vni_allocation.end_quarantines(now=now)
