"""The report by e-mail, once a month to each recipient: whoever missed the first of the month is caught up with.

A row for each recipient and month is the promise, and a unique constraint keeps it single. A worker claims a row before
it sends, so that two never send the same; the Message-ID is the same for a repeated try.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from capacity.delivering import Attachment, Undelivered, send_mail
from capacity.models import Mailing, MailingState, Recipient
from capacity.outbox import CLAIM, MOST_ATTEMPTS, pause_after
from capacity.planning.timeline import month_of
from capacity.reporting import pdf, xlsx
from capacity.reporting.assemble import assemble
from capacity.reporting.mail import message
from capacity.reporting.values import Report

logger = logging.getLogger(__name__)

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Send = Callable[..., str]


def send_due(*, now: datetime) -> int:
    """Plan this month's mails where they are missing, and send what is due; returns how many were sent."""
    month = month_of(timezone.localdate(now))
    rows = [Mailing(recipient=one, month=month, next_at=now) for one in Recipient.objects.filter(is_on=True)]
    Mailing.objects.bulk_create(rows, ignore_conflicts=True)
    return sum(_deliver(mailing, now=now) for mailing in _due(now).select_related("recipient"))


def again(mailing: Mailing) -> bool:
    """Try a failed one anew at the next look; False where it has not failed."""
    failed = Mailing.objects.filter(pk=mailing.pk, state=MailingState.FAILED)
    return bool(failed.update(state=MailingState.WAITING, attempts=0, next_at=timezone.now(), claimed_until=None))


def _due(now: datetime) -> QuerySet[Mailing]:
    unclaimed = Q(claimed_until=None) | Q(claimed_until__lt=now)
    waiting = Mailing.objects.filter(unclaimed, state=MailingState.WAITING, next_at__lte=now, recipient__is_on=True)
    return waiting.order_by("pk")


def _deliver(mailing: Mailing, *, now: datetime) -> bool:
    """One statement claims it, which one worker only can win."""
    claimed = _due(now).filter(pk=mailing.pk)
    if not claimed.update(claimed_until=now + CLAIM, attempts=F("attempts") + 1):
        return False
    try:
        words = _send(mailing.recipient, month=f"{mailing.month:%Y-%m}", now=now)
    except (Undelivered, pdf.PdfUnavailable) as trouble:
        _failed(mailing, str(trouble), passing=isinstance(trouble, Undelivered) and trouble.passing, now=now)
        return False
    sent = Mailing.objects.filter(pk=mailing.pk)
    sent.update(state=MailingState.SENT, sent_at=timezone.now(), outcome=words[:300], claimed_until=None)
    return True


def _failed(mailing: Mailing, words: str, *, passing: bool, now: datetime) -> None:
    attempts = mailing.attempts + 1
    retried = passing and attempts < MOST_ATTEMPTS
    Mailing.objects.filter(pk=mailing.pk).update(
        state=MailingState.WAITING if retried else MailingState.FAILED,
        next_at=now + max(pause_after(attempts), timedelta(minutes=5)),
        claimed_until=None,
        outcome=words[:300],
    )
    logger.warning("The report of %s was not delivered (try %s): %s", mailing, attempts, words)


def try_out(recipient: Recipient, *, now: datetime) -> str:
    """Send today's report to one recipient now, whatever was sent before. Raises Undelivered, PdfUnavailable."""
    return _send(recipient, month=f"trial-{now:%Y%m%d%H%M%S%f}", now=now)


def _send(recipient: Recipient, *, month: str, now: datetime) -> str:
    slugs = list(recipient.switches.values_list("slug", flat=True))
    report = assemble(day=timezone.localdate(now), now=now, only=slugs)
    subject, text, html = message(report)
    return send_mail(
        to=recipient.address,
        subject=subject,
        text=text,
        html=html,
        key=f"report-{recipient.pk}-{month}",
        attachments=_files(recipient, report),
    )


def _files(recipient: Recipient, report: Report) -> list[Attachment]:
    name = f"capacity-{report.day:%Y-%m-%d}"
    files: list[Attachment] = []
    if recipient.as_pdf:
        files.append((f"{name}.pdf", pdf.render(report), "application/pdf"))
    if recipient.as_xlsx:
        files.append((f"{name}.xlsx", xlsx.render(report), XLSX_TYPE))
    return files
