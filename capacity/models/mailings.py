"""Who gets the report for management every month, and what became of each month's mail."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from inventory.models import CoreSwitch


class Recipient(models.Model):
    """A person who is sent the report at the beginning of each month. No switches: all of them."""

    address = models.EmailField("e-mail address", unique=True)
    as_pdf = models.BooleanField("PDF", default=True)
    as_xlsx = models.BooleanField("XLSX", default=False)
    switches = models.ManyToManyField(CoreSwitch, blank=True, related_name="+", verbose_name="core switches")
    is_on = models.BooleanField("gets the report", default=True)

    class Meta:
        ordering: ClassVar = ["address"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(as_pdf=True) | Q(as_xlsx=True), name="recipient_gets_a_file"),
        ]

    def __str__(self) -> str:
        return self.address


class MailingState(models.TextChoices):
    WAITING = "waiting", "waiting"
    SENT = "sent", "sent"
    FAILED = "failed", "failed"


class Mailing(models.Model):
    """The report of one month to one recipient: one each, ever. ``month``: its first day.

    A worker that sends it claims it first, until ``claimed_until``; a waiting one is tried at ``next_at``.
    """

    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE, related_name="mailings")
    month = models.DateField()
    state = models.CharField(max_length=8, choices=MailingState.choices, default=MailingState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["-month", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["recipient", "month"], name="one_report_per_recipient_and_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="mailing_month_is_a_first_day"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%B %Y} to {self.recipient}"
