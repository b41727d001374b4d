from typing import TYPE_CHECKING, Any, ClassVar

from django import forms

from capacity.models import Recipient
from inventory.models import CoreSwitch

if TYPE_CHECKING:
    RecipientModelForm = forms.ModelForm[Recipient]
else:
    RecipientModelForm = forms.ModelForm


class RecipientForm(RecipientModelForm):
    """Who gets the report each month, as which files, about which switches."""

    class Meta:
        model = Recipient
        fields: ClassVar = ["address", "as_pdf", "as_xlsx", "switches", "is_on"]
        help_texts: ClassVar = {"switches": "None chosen: all.", "is_on": "Off: nothing is sent until it is on again."}
        error_messages: ClassVar = {
            "address": {
                "invalid": "This is no e-mail address: write it like name@example.net.",
                "unique": "This address gets the report already: edit it in the list.",
            }
        }
        widgets: ClassVar = {"switches": forms.SelectMultiple(attrs={"size": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["switches"].queryset = CoreSwitch.objects.filter(archived_at=None)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not cleaned.get("as_pdf") and not cleaned.get("as_xlsx"):
            self.add_error("as_pdf", "Choose at least one file: PDF, XLSX or both.")
        return cleaned
