from typing import Any, ClassVar

from django import forms
from django.db.models import Q
from netaddr import IPAddress

from inventory.forms.records import RecordForm
from inventory.models import ManagementNetwork, Pod
from inventory.prefixes import overlaps, parse_prefix
from inventory.routed import routed_prefixes

SHOWN = 3  # prefixes named in one message


class ManagementNetworkForm(RecordForm[ManagementNetwork]):
    """A prefix of the provider's own. No two of them overlap: nothing between Zerto components is translated."""

    class Meta:
        model = ManagementNetwork
        fields: ClassVar = ["name", "prefix", "purpose", "pod", "vid", "gateway", "zccs_from"]
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

    def clean_gateway(self) -> str | None:
        return self.cleaned_data["gateway"] or None

    def clean_zccs_from(self) -> str | None:
        return self.cleaned_data["zccs_from"] or None

    def clean(self) -> dict[str, Any]:
        """The pod says which tenants matter, so what they route is looked at when both fields are known."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for field in ("gateway", "zccs_from"):
            address = cleaned.get(field)
            if address and cleaned.get("prefix") and IPAddress(address) not in parse_prefix(cleaned["prefix"]):
                self.add_error(field, f"{address} is not in {cleaned['prefix']}: write an address there.")
        if cleaned.get("prefix") and "pod" in cleaned:
            prefix = parse_prefix(cleaned["prefix"])
            if met := overlaps(prefix, routed_prefixes(cleaned["pod"])):
                more = f" and {len(met) - SHOWN} more" if len(met) > SHOWN else ""
                self.add_error(
                    "prefix",
                    f"{prefix} overlaps {', '.join(met[:SHOWN])}{more}, which is routed to the tenant without "
                    "translation: choose another prefix.",
                )
        return cleaned
