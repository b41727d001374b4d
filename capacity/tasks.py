"""Celery's thin side of capacity: take ids, call a verb."""

from celery import shared_task
from django.utils import timezone

from capacity import alerts, mailing, outbox, outlook, snapshots


@shared_task(name="capacity.check_alerts")
def check_alerts() -> None:
    alerts.check(today=timezone.localdate())


@shared_task(name=outbox.DELIVER, time_limit=240)  # shorter than a claim lasts
def deliver(delivery_id: int) -> None:
    outbox.deliver(delivery_id)


@shared_task(name="capacity.deliver_due")
def deliver_due() -> None:
    outbox.wake_due()


@shared_task(name="capacity.take_snapshots")
def take_snapshots() -> int:
    """How many days were missing."""
    return len(snapshots.take_due(now=timezone.now()))


@shared_task(name="capacity.send_reports", time_limit=1800)
def send_reports() -> int:
    """How many were sent."""
    return mailing.send_due(now=timezone.now())


@shared_task(name="capacity.keep_figures")
def keep_figures() -> None:
    """Reckon what changed before somebody asks for it."""
    outlook.ranked(today=timezone.localdate())
