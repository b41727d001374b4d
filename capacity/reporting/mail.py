"""The mail that brings the report: its summary, so that it is read even where the files are not opened."""

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from capacity import wording
from capacity.reporting.values import Report


def message(report: Report) -> tuple[str, str, str]:
    """Subject, plain text, HTML."""
    day = wording.day(report.day)
    link = settings.PUBLIC_URL.rstrip("/") + reverse("capacity:report") if settings.PUBLIC_URL else ""
    lines = [*report.summary, *([f"The whole report: {link}"] if link else [])]
    html = render_to_string("capacity/report/mail.html", {"report": report, "day": day, "link": link})
    return f"Capacity report, {day}", "\n\n".join(lines) + "\n", html
