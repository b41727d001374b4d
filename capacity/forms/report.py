import datetime
from typing import Any

from django import forms

from capacity.forms.contracts import DayInput
from inventory.models import CoreSwitch


class ReportForm(forms.Form):
    """Which day and which core switches the report is about; nothing chosen: today, and all of them."""

    date = forms.DateField(
        label="As of",
        required=False,
        widget=DayInput,
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": "Write the date as YYYY-MM-DD, such as 2026-11-22."},
    )
    switch = forms.ModelMultipleChoiceField(
        CoreSwitch.objects.none(),
        label="Core switches",
        required=False,
        to_field_name="slug",
        help_text="None chosen: all.",
        error_messages={"invalid_choice": "There is no core switch “%(value)s”: choose among those listed."},
        widget=forms.SelectMultiple(attrs={"size": 4}),
    )

    def __init__(self, *args: Any, today: datetime.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["switch"].queryset = CoreSwitch.objects.filter(archived_at=None)  # type: ignore[attr-defined]
        self.fields["date"].widget.attrs["max"] = today.isoformat()

    def clean_date(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["date"] or self.today
        if day > self.today:
            raise forms.ValidationError("This day is still to come: choose today or an earlier day.")
        return day

    @property
    def slugs(self) -> list[str]:
        return [switch.slug for switch in self.cleaned_data["switch"]]
