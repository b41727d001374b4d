"""The demo's alert rules, and what they say of it."""

from datetime import date

from capacity.alerts import check
from capacity.models import AlertRule, RuleKind
from zcsp_portal.demo.company import DOMAIN

RULES = ((RuleKind.PERCENT, 90), (RuleKind.DAYS_TO_FULL, 120), (RuleKind.ORDER_BY, 60))


def write_alerts(*, today: date, mail: bool) -> None:
    """Rules for every core switch, and the alerts that they raise. ``mail``: whether the first one writes, too."""
    for kind, threshold in RULES:
        address = f"capacity@{DOMAIN}" if mail and kind == RuleKind.PERCENT else ""
        AlertRule.objects.create(kind=kind, threshold=threshold, email_to=address)
    check(today=today)
