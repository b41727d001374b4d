from typing import Any, ClassVar

from django import forms
from django.db.models import Q

from inventory.editing import present_tenants
from inventory.forms.records import RecordForm
from inventory.models import CoreSwitch, DistributedSwitch, Pod


class PodForm(RecordForm[Pod]):
    """A pod. While it has tenants it stays behind its core switch and on its DVS: their VLANs live there."""

    class Meta:
        model = Pod
        fields: ClassVar = ["name", "switch", "dvs", "trunk_port", "accepts_tenants"]
        labels: ClassVar = {"trunk_port": "Trunk port", "accepts_tenants": "Takes new tenants"}
        error_messages: ClassVar = {"name": {"unique": "There is a pod of this name already."}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pod = self.instance
        self.fields["switch"].queryset = CoreSwitch.objects.filter(  # type: ignore[attr-defined]
            Q(archived_at=None) | Q(pk=pod.switch_id)
        )
        self.fields["dvs"].queryset = DistributedSwitch.objects.filter(  # type: ignore[attr-defined]
            Q(vcenter__archived_at=None) | Q(pk=pod.dvs_id)
        ).select_related("vcenter")

    def clean_switch(self) -> CoreSwitch:
        switch: CoreSwitch = self.cleaned_data["switch"]
        self._refuse_with_tenants("switch", switch.pk, "behind {}")
        return switch

    def clean_dvs(self) -> DistributedSwitch:
        dvs: DistributedSwitch = self.cleaned_data["dvs"]
        self._refuse_with_tenants("dvs", dvs.pk, "on {}")
        return dvs

    def _refuse_with_tenants(self, field: str, chosen: int, where: str) -> None:
        if self.is_new or chosen == self.initial[field]:
            return
        count = present_tenants(self.instance)
        if count:
            whose = "its tenant has its VLANs" if count == 1 else f"its {count} tenants have their VLANs"
            stored = Pod.objects.select_related("switch", "dvs__vcenter").get(pk=self.instance.pk)
            raise forms.ValidationError(f"The pod cannot move: {whose} {where.format(getattr(stored, field))}.")
