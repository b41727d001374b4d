from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.db import transaction
from django.db.models import Q

from capacity.contracts import ChangedMeanwhile, lock_for_edit
from capacity.models import Contract, ContractState
from capacity.models.contracts import LEAST_VLANS
from inventory.models import CoreSwitch, Pod

if TYPE_CHECKING:
    ContractModelForm = forms.ModelForm[Contract]
else:
    ContractModelForm = forms.ModelForm


class DayInput(forms.DateInput):
    """The browser's own date field, which wants ISO dates."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class SettleForm(forms.Form):
    """Which state a contract is to have, and the edit number that the person saw."""

    state = forms.ChoiceField(choices=ContractState.choices)
    version = forms.IntegerField()


class ContractForm(ContractModelForm):
    """A signed contract, with the edit number that the person saw. ``today``: nothing new starts before it."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Contract
        fields: ClassVar = [
            "customer", "switch", "pod", "customers", "vlans", "starts_on", "signed_by", "signed_on", "note",
        ]  # fmt: skip
        labels: ClassVar = {
            "customer": "Customer",
            "customers": "Customers (ZORGs)",
            "vlans": "VLANs, all customers together",
            "starts_on": "Start date",
            "signed_by": "Signed by",
            "signed_on": "Signed on",
        }
        help_texts: ClassVar = {
            "customers": "How many tenants it brings; a reseller's contract may bring several.",
            "vlans": f"{LEAST_VLANS} a customer at least: failover-production and failover-test.",
            "pod": "Where it is settled already. The ceiling is the core switch's, whichever pod it is.",
        }
        error_messages: ClassVar = {
            "switch": {"invalid_choice": "Choose a core switch that is in use: this one is archived or gone."},
            "pod": {"invalid_choice": "Choose a pod that is in use: this one is archived or gone."},
            "customers": {"min_value": "A contract brings 1 customer at least."},
            "vlans": {"min_value": f"A customer needs {LEAST_VLANS} VLANs: failover-production and failover-test."},
        }
        widgets: ClassVar = {"starts_on": DayInput, "signed_on": DayInput}

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        chosen = self.instance
        self._choose("switch", CoreSwitch.objects.filter(Q(archived_at=None) | Q(pk=chosen.switch_id)))
        self._choose("pod", Pod.objects.select_related("switch").filter(Q(archived_at=None) | Q(pk=chosen.pod_id)))
        self.fields["pod"].label_from_instance = lambda pod: f"{pod} ({pod.switch})"  # type: ignore[attr-defined]
        self.fields["switch"].empty_label = "choose one"  # type: ignore[attr-defined]
        self.fields["pod"].empty_label = "not settled yet"  # type: ignore[attr-defined]
        if self.is_new:
            self.initial["signed_on"] = today
            del self.fields["version"]
        else:
            self.fields["version"].required = True
            self.initial["version"] = self.instance.version

    def _choose(self, name: str, rows: Any) -> None:
        self.fields[name].queryset = rows  # type: ignore[attr-defined]

    @property
    def is_new(self) -> bool:
        return self.instance.pk is None

    def clean_switch(self) -> CoreSwitch:
        switch: CoreSwitch = self.cleaned_data["switch"]
        if switch.is_archived:
            raise forms.ValidationError(f"{switch} is archived: choose a core switch that is in use.")
        return switch

    def clean_starts_on(self) -> date:
        """A start that has passed may stay as it is, so that the rest of an overdue contract can be edited."""
        day: date = self.cleaned_data["starts_on"]
        if day < self.today and day != self.initial.get("starts_on"):
            raise forms.ValidationError("The start lies in the past: choose today or a later day.")
        return day

    def clean_signed_on(self) -> date:
        day: date = self.cleaned_data["signed_on"]
        if day > self.today:
            raise forms.ValidationError("The signature lies in the future: only signed contracts are known demand.")
        return day

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        customers, vlans, pod = cleaned.get("customers"), cleaned.get("vlans"), cleaned.get("pod")
        if customers and vlans is not None and vlans < customers * LEAST_VLANS:
            self.add_error(
                "vlans",
                f"{customers} customer{'' if customers == 1 else 's'} need {customers * LEAST_VLANS} VLANs at least: "
                "failover-production and failover-test each.",
            )
        if pod and cleaned.get("switch") and pod.switch_id != cleaned["switch"].pk:
            self.add_error("pod", f"{pod} hangs off {pod.switch}: choose that core switch, or another pod.")
        return cleaned

    def saved(self) -> bool:
        """Save in one transaction; False, with the reason among the form's errors, when that cannot be."""
        if not self.is_valid():
            return False
        try:
            with transaction.atomic():
                if not self.is_new:
                    stored = lock_for_edit(self.instance, version=self.cleaned_data["version"])
                    self.instance.state, self.instance.version = stored.state, stored.version + 1
                self.save()
        except ChangedMeanwhile:
            self.add_error(
                None,
                "Somebody changed this contract after you had opened it. What you typed is still here: open the "
                "contract afresh, and make your change again.",
            )
            return False
        return True
