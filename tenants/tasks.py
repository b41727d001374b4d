"""Celery's thin side of tenants: take nothing or ids, call a verb."""

from celery import shared_task
from django.utils import timezone

from tenants.onboarding import lapse_expired_holds


@shared_task(name="tenants.lapse_expired_holds")
def lapse_expired_holds_task() -> int:
    return lapse_expired_holds(now=timezone.now())
