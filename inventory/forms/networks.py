from typing import Any, ClassVar

from django import forms
from django.db.models import Q

from inventory.forms.records import RecordForm
from inventory.models import ManagementNetwork, Pod
from inventory.prefixes import overlaps, parse_prefix


class ManagementNetworkForm(RecordForm[ManagementNetwork]):
    """A prefix of the provider's own. No two of them overlap: nothing between Zerto components is translated."""

    class Meta:
        model = ManagementNetwork
        fields: ClassVar = ["name", "prefix", "purpose", "pod", "vid"]
        error_messages: ClassVar = {"name": {"unique": "There is a management network of this name already."}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pods = Pod.objects.filter(Q(archived_at=None) | Q(pk=self.instance.pod_id))
        self.fields["pod"].queryset = pods  # type: ignore[attr-defined]
        self.fields["pod"].empty_label = "the whole provider"  # type: ignore[attr-defined]
        self.fields["pod"].help_text = ""

    def clean_prefix(self) -> str:
        text: str = self.cleaned_data["prefix"]
        try:
            prefix = parse_prefix(text)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
        others = ManagementNetwork.objects.filter(archived_at=None).exclude(pk=self.instance.pk)
        met = overlaps(prefix, [(f"{other.name} ({other.prefix})", parse_prefix(other.prefix)) for other in others])
        if met:
            raise forms.ValidationError(
                f"{prefix} overlaps {', '.join(met)}: no translation can mend that, so choose another prefix."
            )
        return str(prefix)
