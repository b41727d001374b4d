from typing import Any, ClassVar

from django import forms
from django.db.models import Q

from inventory.editing import present_tenants, tenants_on_vxlan
from inventory.forms.records import RecordForm
from inventory.models import CoreSwitch, DistributedSwitch, NsxManager, Pod


class PodForm(RecordForm[Pod]):
    """A pod. While it has tenants it stays behind its core switch and on its DVS: their VLANs live there."""

    class Meta:
        model = Pod
        fields: ClassVar = ["name", "switch", "dvs", "trunk_port", "nsx", "accepts_tenants"]
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
        self.fields["nsx"].queryset = NsxManager.objects.filter(  # type: ignore[attr-defined]
            Q(archived_at=None) | Q(pk=pod.nsx_id)
        )
        self.fields["nsx"].empty_label = "none: tenants take VLANs"  # type: ignore[attr-defined]

    def clean_switch(self) -> CoreSwitch:
        switch: CoreSwitch = self.cleaned_data["switch"]
        self._refuse_with_tenants("switch", switch.pk, "behind {}")
        return switch

    def clean_dvs(self) -> DistributedSwitch:
        dvs: DistributedSwitch = self.cleaned_data["dvs"]
        self._refuse_with_tenants("dvs", dvs.pk, "on {}")
        return dvs

    def clean_nsx(self) -> NsxManager | None:
        """A manager that tenants have VNIs of stays; one may come at any time, for the tenants from then on."""
        nsx: NsxManager | None = self.cleaned_data["nsx"]
        before = self.initial.get("nsx")
        if self.is_new or before is None or (nsx is not None and nsx.pk == before):
            return nsx
        if count := tenants_on_vxlan(self.instance):
            whose = "a tenant has its VNIs" if count == 1 else f"{count} tenants have their VNIs"
            stored = NsxManager.objects.get(pk=before)
            raise forms.ValidationError(f"The pod cannot leave its NSX manager: {whose} on {stored}.")
        return nsx

    def _refuse_with_tenants(self, field: str, chosen: int, where: str) -> None:
        if self.is_new or chosen == self.initial[field]:
            return
        count = present_tenants(self.instance)
        if count:
            whose = "its tenant has its VLANs" if count == 1 else f"its {count} tenants have their VLANs"
            stored = Pod.objects.select_related("switch", "dvs__vcenter").get(pk=self.instance.pk)
            raise forms.ValidationError(f"The pod cannot move: {whose} {where.format(getattr(stored, field))}.")
