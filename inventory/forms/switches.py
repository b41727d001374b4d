from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms

from accounts.models import User
from inventory.forms.records import RecordForm, Refused
from inventory.models import CoreSwitch, Platform, RangePurpose, VlanRange
from inventory.presets import PRESETS, Preset
from inventory.range_text import in_text, overlapping, parse_ranges
from inventory.ranges import PLATFORM_RANGES, RangeInUse, Span, apply_ranges

KEPT_FROM_TENANTS = (RangePurpose.RESERVED, RangePurpose.INFRASTRUCTURE)
NO_LIMIT = {"min_value": "A limit is 1 at least. Leave it empty where the platform has no such limit."}


def ranges_field(label: str, help_text: str, example: str) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 3, "class": "mono", "placeholder": example, "spellcheck": "false"})
    return forms.CharField(label=label, help_text=help_text, required=False, widget=area, max_length=20_000)


class SwitchForm(RecordForm[CoreSwitch]):
    """A core switch with its VLAN ranges, written one a line: ``1002-1005 FDDI defaults``."""

    with_platform_ranges = forms.BooleanField(
        label="Reserve what the platform takes by default",
        required=False,
        initial=True,
        help_text="NX-OS 3968–4094, IOS-XE 1002–1005, EOS 1006–1199. It can be edited afterwards.",
    )
    model = forms.ChoiceField(
        label="Limits of the model",
        required=False,
        choices=[("", "none: enter them below"), *((key, preset.label) for key, preset in PRESETS.items())],
        help_text="Fills what is left empty below. It can be edited afterwards.",
    )
    usable = ranges_field(
        "Usable VLAN IDs", "One range a line, and a reason if you like. Empty: 2–4094.", "for example: 100-3999"
    )
    reserved = ranges_field(
        "Reserved by the platform", "IDs that the switch keeps for itself.", "for example: 1002-1005 FDDI defaults"
    )
    infrastructure = ranges_field(
        "Infrastructure VLANs",
        "The provider's own: management, storage, vMotion, transit. Never given to a tenant.",
        "for example: 10-29 management",
    )

    class Meta:
        model = CoreSwitch
        fields: ClassVar = [
            "name", "platform", "site", "practical_percent", "vlans_per_tenant",
            "max_active_vlans", "max_stp_instances", "max_logical_ports", "trunks",
        ]  # fmt: skip
        labels: ClassVar = {
            "practical_percent": "Practical ceiling, % of the theoretical",
            "max_active_vlans": "Most active VLANs",
            "max_stp_instances": "Most spanning-tree instances",
            "max_logical_ports": "Most logical ports",
            "trunks": "Trunks that carry tenant VLANs",
        }
        help_texts: ClassVar = {"max_logical_ports": "VLANs times trunks."}
        error_messages: ClassVar = {
            "name": {"unique": "There is a core switch of this name already."},
            **dict.fromkeys(("max_active_vlans", "max_stp_instances", "max_logical_ports", "trunks"), NO_LIMIT),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.spans: dict[str, list[Span]] = {}
        if not self.is_new:
            del self.fields["with_platform_ranges"], self.fields["model"]
            stored = [
                Span(RangePurpose(r.purpose), r.first, r.last, r.reason) for r in self.instance.ranges.order_by("first")
            ]
            self.initial.update({purpose.value: text for purpose, text in in_text(stored).items()})

    def clean_usable(self) -> str:
        return self._read(RangePurpose.USABLE)

    def clean_reserved(self) -> str:
        return self._read(RangePurpose.RESERVED)

    def clean_infrastructure(self) -> str:
        return self._read(RangePurpose.INFRASTRUCTURE)

    def _read(self, purpose: RangePurpose) -> str:
        text: str = self.cleaned_data[purpose.value]
        try:
            self.spans[purpose.value] = parse_ranges(text, purpose)
        except ValueError as error:
            raise forms.ValidationError(str(error).split("\n")) from error
        return text

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if (preset := PRESETS.get(self.cleaned_data.get("model") or "")) is not None:
            self._take(preset)
        if self.cleaned_data.get("max_logical_ports") and not self.cleaned_data.get("trunks"):
            self._need_trunks()
        platform = self.cleaned_data.get("platform")
        if self.cleaned_data.get("with_platform_ranges") and platform and "reserved" in self.spans:
            self._add_platform_ranges(Platform(platform))
        if not any(self.has_error(purpose.value) for purpose in KEPT_FROM_TENANTS):
            for sentence in overlapping(self._spans(KEPT_FROM_TENANTS)):
                self.add_error("infrastructure", f"{sentence} An ID is reserved or infrastructure, not both.")
        return cleaned

    def _take(self, preset: Preset) -> None:
        """The model's limits where nothing was typed, and the IDs that it keeps."""
        for name, limit in preset.limits.items():
            if self.cleaned_data.get(name) is None and not self.has_error(name):
                self.cleaned_data[name] = limit
        typed = self.spans.setdefault(RangePurpose.RESERVED.value, [])
        numbers = {(span.first, span.last) for span in typed}
        typed += [span for span in preset.spans if (span.first, span.last) not in numbers]

    def _need_trunks(self) -> None:
        """Without them the limit would silently not bind."""
        if not self.has_error("trunks"):
            self.add_error("trunks", "Logical ports are VLANs times trunks: say how many trunks there are.")

    def _add_platform_ranges(self, platform: Platform) -> None:
        """The platform's defaults join what was typed, unless it was typed already."""
        typed = self.spans["reserved"]
        numbers = {(span.first, span.last) for span in typed}
        typed += [span for span in PLATFORM_RANGES[platform] if (span.first, span.last) not in numbers]
        for sentence in overlapping(typed):
            self.add_error(
                "reserved", f"{sentence} One of them is the platform's default: leave that out, or untick it."
            )

    def _spans(self, purposes: Iterable[RangePurpose]) -> list[Span]:
        return [span for purpose in purposes for span in self.spans.get(purpose.value, [])]

    def store_parts(self, record: CoreSwitch, *, by: User) -> None:
        """The ranges that changed, each for the record; then the switch's VLANs agree with them."""
        wanted = {(s.purpose.value, s.first, s.last, s.reason) for s in self._spans(RangePurpose)}
        for stored in record.ranges.all():
            key = (stored.purpose, stored.first, stored.last, stored.reason)
            if key in wanted:
                wanted.remove(key)
            else:
                stored.delete()
        for purpose, first, last, reason in sorted(wanted):
            VlanRange.objects.create(switch=record, purpose=purpose, first=first, last=last, reason=reason)
        try:
            apply_ranges(record, by=by)
        except RangeInUse as in_use:
            raise Refused(self._where(in_use.vids[0]), str(in_use)) from in_use

    def _where(self, vid: int) -> str:
        """The field that takes this ID away from tenants."""
        for purpose in KEPT_FROM_TENANTS:
            if any(vid in span for span in self.spans[purpose.value]):
                return purpose.value
        return RangePurpose.USABLE.value
