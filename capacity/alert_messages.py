"""What a message about an alert says, as a mail and as JSON."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from capacity.models import Alert, AlertRule


@dataclass(frozen=True, slots=True)
class Notice:
    """One alert (or a trial of its rule) in the words of its messages. ``link`` is empty without PUBLIC_URL."""

    event: str
    switch: str
    words: str
    rule: str
    kind: str
    threshold: int | None
    raised_at: datetime
    cleared_at: datetime | None = None
    link: str = ""

    @property
    def is_test(self) -> bool:
        return self.event == "test"

    @property
    def subject(self) -> str:
        return f"{'Test: ' if self.is_test else ''}{self.switch}: {self.words}"

    def text(self) -> str:
        return render_to_string("capacity/alerts/mail.txt", {"notice": self})

    def html(self) -> str:
        return render_to_string("capacity/alerts/mail.html", {"notice": self})

    def payload(self, key: str) -> dict[str, Any]:
        return {
            "id": key,
            "event": f"capacity.alert.{self.event}",
            "switch": self.switch,
            "value": self.words,
            "rule": self.rule,
            "kind": self.kind,
            "threshold": self.threshold,
            "raised_at": self.raised_at.isoformat(),
            "cleared_at": self.cleared_at.isoformat() if self.cleared_at else None,
            "url": self.link or None,
        }


def notice_of(alert: Alert) -> Notice:
    """``alert`` with its rule and switch."""
    rule = alert.rule
    return Notice(
        event="raised",
        switch=alert.switch.name,
        words=alert.words,
        rule=alert.rule_words,
        kind=rule.kind if rule else "",
        threshold=rule.threshold if rule else None,
        raised_at=alert.raised_at,
        cleared_at=alert.cleared_at,
        link=absolute(alert.switch.get_absolute_url()),
    )


def trial_of(rule: AlertRule) -> Notice:
    """What "send a test" sends: nothing is the matter."""
    return Notice(
        event="test",
        switch=rule.switch.name if rule.switch else "every core switch",
        words="this is how an alert will reach you",
        rule=rule.in_words,
        kind=rule.kind,
        threshold=rule.threshold,
        raised_at=timezone.now(),
        link=absolute(reverse("capacity:alerts")),
    )


def absolute(path: str) -> str:
    """A link for mails; empty where the portal does not know its own address."""
    return f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else ""
