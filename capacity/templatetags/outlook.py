"""Forecast dates and money in templates."""

from datetime import date

from django import template

from capacity import wording
from capacity.planning.forecast import Interval

register = template.Library()


@register.filter
def median(interval: Interval) -> str:
    return wording.median(interval)


@register.filter
def spread(interval: Interval) -> str:
    return wording.spread(interval)


@register.filter
def in_full(when: date | None) -> str:
    return wording.day(when)


@register.filter
def order_by(when: date | None, today: date) -> str:
    return wording.order_by(when, today=today)
