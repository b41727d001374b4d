"""Alert rules, the alerts that they raised, and what became of every message about one."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from capacity.planning.alerting import DAYS_RANGE, PERCENT_RANGE, Condition, Rule
from inventory.models import CoreSwitch
from inventory.secrets import decrypt, encrypt


class RuleKind(models.TextChoices):
    PERCENT = Condition.PERCENT.value, "percent of the practical ceiling"
    DAYS_TO_FULL = Condition.DAYS_TO_FULL.value, "days until the practical ceiling"
    ORDER_BY = Condition.ORDER_BY.value, "days until the order-by date"


class AlertRule(models.Model):
    """What raises an alert, and whom it tells. No switch: every core switch in use.

    ``email_to``: one address a line. The webhook's secret is stored encrypted and never read back to a screen.
    """

    kind = models.CharField("watches", max_length=12, choices=RuleKind.choices, default=RuleKind.PERCENT)
    threshold = models.PositiveIntegerField()
    switch = models.ForeignKey(
        CoreSwitch, null=True, blank=True, on_delete=models.CASCADE, related_name="+", verbose_name="core switch"
    )
    in_app = models.BooleanField("notice on the overview", default=True)
    email_to = models.TextField("e-mail to", blank=True)
    webhook_url = models.CharField("webhook", max_length=500, blank=True)
    webhook_secret = models.BinaryField(blank=True, default=b"", editable=False)
    is_on = models.BooleanField("switched on", default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering: ClassVar = ["kind", "-threshold", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind=RuleKind.PERCENT, threshold__range=PERCENT_RANGE)
                | Q(kind__in=[RuleKind.DAYS_TO_FULL, RuleKind.ORDER_BY], threshold__range=DAYS_RANGE),
                name="alert_rule_threshold",
            ),
            models.CheckConstraint(
                condition=Q(in_app=True) | ~Q(email_to="") | ~Q(webhook_url=""), name="alert_rule_has_a_channel"
            ),
        ]

    def __str__(self) -> str:
        return self.in_words

    def get_absolute_url(self) -> str:
        return reverse("capacity:alert_rule", args=[self.pk])

    @property
    def in_words(self) -> str:
        days = f"{self.threshold:,} day{'' if self.threshold == 1 else 's'}"
        return {
            RuleKind.PERCENT.value: f"{self.threshold} % of the practical ceiling or more",
            RuleKind.DAYS_TO_FULL.value: f"practical ceiling within {days}",
            RuleKind.ORDER_BY.value: f"order-by date within {days}",
        }[str(self.kind)]

    @property
    def addresses(self) -> list[str]:
        return self.email_to.split()

    def value(self) -> Rule:
        return Rule(self.pk, Condition(self.kind), self.threshold, self.switch_id)

    def set_secret(self, secret: str) -> None:
        """Keep the webhook's secret, encrypted; the caller saves."""
        self.webhook_secret = encrypt(secret) if secret else b""

    def secret(self) -> str:
        """Raises SecretUnreadable."""
        return decrypt(bytes(self.webhook_secret)) if self.webhook_secret else ""


class Alert(models.Model):
    """A rule that held for a switch, from ``raised_at`` to ``cleared_at``; while that is empty it is open.

    ``words``: the value at the time when it was raised; ``latest``: at the last check. Both outlive the rule.
    """

    rule = models.ForeignKey(AlertRule, null=True, on_delete=models.SET_NULL, related_name="alerts")
    switch = models.ForeignKey(CoreSwitch, on_delete=models.CASCADE, related_name="alerts")
    rule_words = models.CharField("rule", max_length=120)
    words = models.CharField("when raised", max_length=200)
    latest = models.CharField("at the last check", max_length=200)
    raised_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True, blank=True)
    cleared_because = models.CharField(max_length=120, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-raised_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rule", "switch"], condition=Q(cleared_at=None), name="one_open_alert_per_rule_and_switch"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["cleared_at"], name="alert_cleared_at")]

    def __str__(self) -> str:
        return f"{self.switch}: {self.latest}"

    @property
    def is_open(self) -> bool:
        return self.cleared_at is None

    @property
    def failed_messages(self) -> int:
        """Prefetch ``deliveries`` for many."""
        return sum(delivery.state == DeliveryState.FAILED for delivery in self.deliveries.all())


class Channel(models.TextChoices):
    EMAIL = "email", "e-mail"
    WEBHOOK = "webhook", "webhook"


class DeliveryState(models.TextChoices):
    WAITING = "waiting", "waiting"
    SENT = "sent", "sent"
    FAILED = "failed", "failed"
    WITHDRAWN = "withdrawn", "not sent any more"


class Delivery(models.Model):
    """One message about one alert to one address or webhook: at most one each, ever.

    A worker that sends it claims it first, until ``claimed_until``. ``attempts`` counts tries; a waiting one is tried
    at ``next_at``.
    """

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    target = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        verbose_name_plural = "deliveries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["alert", "channel", "target"], name="one_message_per_alert_and_target"),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "next_at"], name="delivery_due")]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} to {self.target}"
