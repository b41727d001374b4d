import re
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError

from accounts.models import User
from inventory.forms.records import RecordForm, Refused
from inventory.models import DistributedSwitch, VCenter
from inventory.models.pods import VSPHERE_NAME

ADDRESS = re.compile(r"^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::(?P<port>\d{1,5}))?$")


class VCenterForm(RecordForm[VCenter]):
    """A vCenter and the names of its distributed switches, one a line."""

    dvs_names = forms.CharField(
        label="Distributed switches (DVS)",
        widget=forms.Textarea(attrs={"rows": 4, "class": "mono", "spellcheck": "false"}),
        help_text="One name a line, as vSphere shows it.",
        max_length=20_000,
    )

    class Meta:
        model = VCenter
        fields: ClassVar = ["name", "address"]
        error_messages: ClassVar = {"name": {"unique": "There is a vCenter of this name already."}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_new:
            names = self.instance.distributed_switches.order_by("name").values_list("name", flat=True)
            self.initial["dvs_names"] = "\n".join(names)

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"].strip()
        match = ADDRESS.match(address)
        if match is None or not 0 < int(match["port"] or 443) < 65536:
            raise forms.ValidationError(
                "Write a host name or an address, with :port where it is not 443, and without https://."
            )
        return address

    def clean_dvs_names(self) -> list[str]:
        names = [line.strip() for line in self.cleaned_data["dvs_names"].splitlines() if line.strip()]
        wrong = [f"{name!r}: {VSPHERE_NAME.message}" for name in names if not _is_vsphere_name(name)]
        wrong += [f"{name} is written twice." for name in sorted({n for n in names if names.count(n) > 1})]
        if not self.is_new:
            wrong += self._dropped_in_use(names)
        if wrong:
            raise forms.ValidationError(wrong)
        return names

    def _dropped_in_use(self, names: list[str]) -> list[str]:
        dropped = self.instance.distributed_switches.exclude(name__in=names).filter(pods__isnull=False).distinct()
        return [
            f"{dvs.name} cannot be left out: pod {', '.join(pod.name for pod in dvs.pods.all())} is on it."
            for dvs in dropped.prefetch_related("pods")
        ]

    def store_parts(self, record: VCenter, *, by: User) -> None:
        names: list[str] = self.cleaned_data["dvs_names"]
        stored = {dvs.name: dvs for dvs in record.distributed_switches.all()}
        for name in stored.keys() - set(names):
            try:
                stored[name].delete()
            except ProtectedError as error:  # a pod was put on it after our look
                raise Refused("dvs_names", f"{name} cannot be left out: a pod is on it.") from error
        for name in sorted(set(names) - stored.keys()):
            DistributedSwitch.objects.create(vcenter=record, name=name)


def _is_vsphere_name(name: str) -> bool:
    try:
        VSPHERE_NAME(name)
    except ValidationError:
        return False
    return True
