from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils import timezone

from provisioning.models import MaintenanceWindow

if TYPE_CHECKING:
    WindowModelForm = forms.ModelForm[MaintenanceWindow]
else:
    WindowModelForm = forms.ModelForm


class MomentInput(forms.DateTimeInput):
    """The browser's own field for day and time."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class StopForm(forms.Form):
    reason = forms.CharField(
        max_length=200, help_text="Shown wherever work waits for it.", error_messages={"required": "Say why."}
    )


class WindowForm(WindowModelForm):
    """A span of time in which nothing, or only then something, is pushed."""

    class Meta:
        model = MaintenanceWindow
        fields: ClassVar = ["device", "kind", "starts_at", "ends_at", "reason"]
        widgets: ClassVar = {"starts_at": MomentInput, "ends_at": MomentInput}
        help_texts: ClassVar = {
            "device": "None chosen: all devices.",
            "kind": "Open windows matter to devices that are changed in maintenance windows only.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["device"].empty_label = "all devices"  # type: ignore[attr-defined]

    def clean_ends_at(self) -> datetime:
        end: datetime = self.cleaned_data["ends_at"]
        if end <= timezone.now():
            raise forms.ValidationError("This end has passed already: choose a later one.")
        start = self.cleaned_data.get("starts_at")
        if start and end <= start:
            raise forms.ValidationError("The window ends before it starts: choose a later end.")
        return end
