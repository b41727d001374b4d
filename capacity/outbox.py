"""Messages about alerts on their way: claimed by one worker, sent, retried while the trouble may pass, recorded.

A message whose success is recorded is never sent again. Where a worker dies between sending and recording, or the other
side goes silent after it was sent everything, nobody can know: then it goes out once more, under the same Message-ID or
``X-ZCSP-Delivery``, because a doubled message is the smaller harm.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from celery import current_app
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from capacity.alert_messages import Notice, notice_of, trial_of
from capacity.delivering import Undelivered, post_webhook, send_mail
from capacity.models import Alert, AlertRule, Channel, Delivery, DeliveryState
from inventory.secrets import SecretUnreadable

logger = logging.getLogger(__name__)

DELIVER = "capacity.deliver"
CLAIM = timedelta(minutes=5)  # longer than the task may take
LONGEST_PAUSE = timedelta(hours=1)
MOST_ATTEMPTS = 30  # after six tries an hour apart each: about a day in all
MOST_WORDS = 300


@dataclass(frozen=True, slots=True)
class Tried:
    """What a trial of one channel came to."""

    what: str
    arrived: bool
    words: str


def put(alert: Alert, rule: AlertRule, *, now: datetime) -> None:
    """Put one message a target into the outbox; they leave once the present transaction is committed."""
    targets = [(Channel.EMAIL, address) for address in rule.addresses]
    if rule.webhook_url:
        targets.append((Channel.WEBHOOK, rule.webhook_url))
    put_in = Delivery.objects.bulk_create(
        Delivery(alert=alert, channel=channel, target=target, next_at=now) for channel, target in targets
    )
    _wake_after_commit([delivery.pk for delivery in put_in])


def withdraw(alerts: QuerySet[Alert], *, because: str) -> None:
    """What has not left yet does not leave any more."""
    waiting = Delivery.objects.filter(alert__in=alerts, state=DeliveryState.WAITING)
    waiting.update(state=DeliveryState.WITHDRAWN, outcome=because)


def again(delivery: Delivery) -> bool:
    """Try a failed one anew; False where it has not failed."""
    now = timezone.now()
    failed = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.FAILED)
    changed = failed.update(state=DeliveryState.WAITING, attempts=0, next_at=now, claimed_until=None)
    if changed:
        _wake_after_commit([delivery.pk])
    return bool(changed)


def wake_due() -> int:
    """Wake workers for all that is due, a message that the broker lost included."""
    due = list(_due(timezone.now()).values_list("pk", flat=True))
    for delivery_id in due:
        _wake(delivery_id)
    return len(due)


def deliver(delivery_id: int) -> None:
    """Send one message, unless another worker is at it or it is not due."""
    delivery = _claimed(delivery_id)
    if delivery is None:
        return
    try:
        words = _send(delivery)
    except Undelivered as trouble:
        _failed(delivery, str(trouble), passing=trouble.passing)
    except Exception as error:
        _failed(delivery, f"The portal failed to send it: {type(error).__name__}", passing=True)
        raise
    else:
        Delivery.objects.filter(pk=delivery.pk).update(
            state=DeliveryState.SENT, sent_at=timezone.now(), outcome=words[:MOST_WORDS], claimed_until=None
        )


def try_out(rule: AlertRule) -> list[Tried]:
    """Send a test over each channel of a rule, now; what happened is for the person who asked."""
    notice = trial_of(rule)
    key = f"test-{rule.pk}-{notice.raised_at:%Y%m%d%H%M%S%f}"
    found = [_tried(f"E-mail to {to}", Channel.EMAIL, to, notice, key) for to in rule.addresses]
    if rule.webhook_url:
        found.append(_tried(f"Webhook {rule.webhook_url}", Channel.WEBHOOK, rule.webhook_url, notice, key, rule))
    return found


def _tried(what: str, channel: Channel, target: str, notice: Notice, key: str, rule: AlertRule | None = None) -> Tried:
    try:
        return Tried(what, True, _leave(channel, target, notice, key=key, rule=rule))
    except Undelivered as trouble:
        return Tried(what, False, str(trouble))


def _due(now: datetime) -> QuerySet[Delivery]:
    unclaimed = Q(claimed_until=None) | Q(claimed_until__lt=now)
    return Delivery.objects.filter(unclaimed, state=DeliveryState.WAITING, next_at__lte=now)


def _claimed(delivery_id: int) -> Delivery | None:
    """One statement that only one worker can win."""
    now = timezone.now()
    mine = _due(now).filter(pk=delivery_id).update(claimed_until=now + CLAIM, attempts=F("attempts") + 1)
    rows = Delivery.objects.select_related("alert__rule", "alert__switch")
    return rows.get(pk=delivery_id) if mine else None


def _send(delivery: Delivery) -> str:
    key = f"alert-{delivery.alert_id}-{delivery.pk}"
    notice = notice_of(delivery.alert)
    return _leave(Channel(delivery.channel), delivery.target, notice, key=key, rule=delivery.alert.rule)


def _leave(channel: Channel, target: str, notice: Notice, *, key: str, rule: AlertRule | None) -> str:
    """Raises Undelivered."""
    if channel is Channel.EMAIL:
        return send_mail(to=target, subject=notice.subject, text=notice.text(), html=notice.html(), key=key)
    try:
        secret = rule.secret() if rule else ""
    except SecretUnreadable as error:
        raise Undelivered(str(error), passing=False) from error
    return post_webhook(url=target, payload=notice.payload(key), secret=secret, key=key)


def _failed(delivery: Delivery, words: str, *, passing: bool) -> None:
    retried = passing and delivery.attempts < MOST_ATTEMPTS
    waiting = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.WAITING)
    waiting.update(
        state=DeliveryState.WAITING if retried else DeliveryState.FAILED,
        next_at=timezone.now() + pause_after(delivery.attempts),
        claimed_until=None,
        outcome=words[:MOST_WORDS],
    )
    logger.warning("%s was not delivered (try %s): %s", delivery, delivery.attempts, words)


def pause_after(attempts: int) -> timedelta:
    """1, 2, 4 … minutes, then an hour each."""
    return min(timedelta(minutes=2 ** min(attempts - 1, 10)), LONGEST_PAUSE)


def _wake_after_commit(delivery_ids: list[int]) -> None:
    def wake() -> None:
        for delivery_id in delivery_ids:
            _wake(delivery_id)

    transaction.on_commit(wake, robust=True)


def _wake(delivery_id: int) -> None:
    """A broker that is down breaks nothing: what is due is looked for every minute. The worker tells of it."""
    try:
        current_app.send_task(DELIVER, args=(delivery_id,), expires=60.0, retry=False)
    except (KombuError, RedisError, OSError) as error:
        logger.debug("The message %s waits for the next look at what is due: %s", delivery_id, error)
