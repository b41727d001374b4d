from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from provisioning.drift.accepting import LONGEST_DAYS


class DayInput(forms.DateInput):
    """The browser's own field for a day."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class AcceptForm(forms.Form):
    """Why a difference may stay, and until when."""

    reason = forms.CharField(
        max_length=200,
        help_text="Shown beside the difference, and on every plan that would undo it.",
        error_messages={"required": "Say why it may stay."},
    )
    until = forms.DateField(
        label="Until the end of",
        widget=DayInput,
        help_text=f"A year at most ({LONGEST_DAYS} days). From then on it is drift again, and so it is as soon as "
        "anything about it changes.",
        error_messages={"required": "Say until when: nothing is accepted for ever."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        day = self.fields["until"].widget
        day.attrs |= {"min": today.isoformat(), "max": (today + timedelta(days=LONGEST_DAYS)).isoformat()}

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        today = timezone.localdate()
        if until < today:
            raise forms.ValidationError("This day has passed: choose a later one.")
        if until > today + timedelta(days=LONGEST_DAYS):
            last = today + timedelta(days=LONGEST_DAYS)
            raise forms.ValidationError(f"That is more than a year away: {last:%-d %B %Y} is the last day to choose.")
        return until

    def end(self) -> datetime:
        """The end of the day, in the portal's time zone."""
        return timezone.make_aware(datetime.combine(self.cleaned_data["until"], time.max))


class SetAsideForm(forms.Form):
    reason = forms.CharField(
        max_length=120,
        label="What it is for",
        help_text="Kept with the switch's infrastructure ranges.",
        error_messages={"required": "Say what it is for."},
    )
