"""Capacity alerts: raised once when a rule begins to hold, cleared by themselves when it no longer does."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.models import User
from capacity import outbox, wording
from capacity.models import Alert, AlertRule
from capacity.outlook import Outlook, outlooks
from capacity.planning.alerting import Condition, Reading, Rule, changes


@dataclass(frozen=True, slots=True)
class Checked:
    """What one check changed."""

    raised: int
    cleared: int


def check(*, today: date) -> Checked:
    """Hold every rule against today's outlook. Two checks at once raise one alert, and clear it once."""
    rules = {rule.pk: rule for rule in AlertRule.objects.filter(is_on=True)}
    standing = {_place(alert): alert for alert in Alert.objects.filter(cleared_at=None)}
    if not rules and not standing:
        return Checked(0, 0)
    readings = {outlook.switch.pk: reading_of(outlook) for outlook in outlooks(today=today)}
    found = changes(
        rules=[rule.value() for rule in rules.values()], readings=list(readings.values()), open_at=standing.keys()
    )
    now = timezone.now()
    raised = sum(_raise(rules[rule.key], reading, now=now) for rule, reading in found.raised)
    cleared = sum(_clear(standing[place], rules, readings, now=now) for place in found.cleared)
    for rule, reading in found.standing:
        _refresh(standing[rule.key, reading.switch], said(rule, reading))
    return Checked(raised, cleared)


def reading_of(outlook: Outlook) -> Reading:
    """The numbers that rules are held against."""
    return Reading(
        switch=outlook.switch.pk,
        today=outlook.case.today,
        percent=outlook.ceiling.fill,
        full_on=outlook.forecast.practical.p50,
        order_by=outlook.advice.order_by,
    )


def said(rule: Rule, reading: Reading) -> str:
    """The value that a rule watches, in words."""
    if rule.condition is Condition.PERCENT:
        return f"{reading.percent} % of the practical ceiling used"
    if rule.condition is Condition.DAYS_TO_FULL:
        return f"practical ceiling {_ahead(reading.full_on, reading.today, now='reached')}"
    if reading.order_by is None or reading.order_by >= reading.today:
        when = _ahead(reading.order_by, reading.today, now="today")
        return f"order-by date {when}" if reading.order_by else "nothing to order"
    return f"order by {wording.order_by(reading.order_by, today=reading.today)}"


def _ahead(when: date | None, today: date, *, now: str) -> str:
    if when is None:
        return wording.NEVER
    days = (when - today).days
    if days <= 0:
        return now
    return f"in {days:,} day{'' if days == 1 else 's'}, on {wording.day(when)}"


def open_alerts() -> QuerySet[Alert]:
    """What the overview shows: open alerts of rules that want a notice there, those nobody has acknowledged first."""
    found = Alert.objects.filter(cleared_at=None, rule__in_app=True).select_related("switch", "acknowledged_by")
    return found.order_by(F("acknowledged_at").asc(nulls_first=True), "-raised_at", "-pk")


def acknowledge(alert: Alert, *, by: User) -> bool:
    """Note who has seen an open alert; it stays open. False where it is not open, or somebody was first."""
    unseen = Alert.objects.filter(pk=alert.pk, cleared_at=None, acknowledged_at=None)
    return bool(unseen.update(acknowledged_by=by, acknowledged_at=timezone.now()))


def switch_rule(rule: AlertRule, *, on: bool) -> None:
    """Switch a rule on or off; off clears its alerts."""
    with transaction.atomic():
        stored = AlertRule.objects.select_for_update().get(pk=rule.pk)
        stored.is_on = on
        stored.version += 1
        stored.save(update_fields=["is_on", "version"])
        if not on:
            clear_all_of(stored, because="the rule was switched off")


def remove_rule(rule: AlertRule) -> None:
    """Remove a rule; its alerts are cleared and stay in the history."""
    with transaction.atomic():
        stored = AlertRule.objects.select_for_update().get(pk=rule.pk)
        clear_all_of(stored, because="the rule was removed")
        stored.delete()


def clear_all_of(rule: AlertRule, *, because: str) -> None:
    """Clear the open alerts of a rule, and let no message about any of its alerts leave any more."""
    outbox.withdraw(Alert.objects.filter(rule=rule), because=because)
    rule.alerts.filter(cleared_at=None).update(cleared_at=timezone.now(), cleared_because=because)


def _place(alert: Alert) -> tuple[int, int]:
    return (alert.rule_id or 0, alert.switch_id)


def _raise(rule: AlertRule, reading: Reading, *, now: datetime) -> bool:
    """False where another worker was first, or the rule was changed meanwhile."""
    words = said(rule.value(), reading)
    with transaction.atomic():
        unchanged = AlertRule.objects.select_for_update().filter(pk=rule.pk, is_on=True, version=rule.version)
        if not unchanged.exists():
            return False
        try:
            with transaction.atomic():
                alert = Alert.objects.create(
                    rule=rule,
                    switch_id=reading.switch,
                    rule_words=rule.in_words,
                    words=words,
                    latest=words,
                    raised_at=now,
                )
        except IntegrityError:  # one open alert per rule and switch
            return False
        outbox.put(alert, rule, now=now)
    return True


def _clear(alert: Alert, rules: dict[int, AlertRule], readings: dict[int, Reading], *, now: datetime) -> bool:
    rule, reading = rules.get(alert.rule_id or 0), readings.get(alert.switch_id)
    if rule is None:
        because = "the rule is gone"
    elif reading is None:
        because = "the core switch is no longer in use"
    elif rule.switch_id not in (None, alert.switch_id):
        because = "the rule watches another core switch"
    else:
        because = f"no longer true: {said(rule.value(), reading)}"
    still_open = Alert.objects.filter(pk=alert.pk, cleared_at=None)
    return bool(still_open.update(cleared_at=now, cleared_because=because))


def _refresh(alert: Alert, words: str) -> None:
    if alert.latest != words:
        Alert.objects.filter(pk=alert.pk, cleared_at=None).update(latest=words)
