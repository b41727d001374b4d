from typing import Any, ClassVar

from django import forms

from accounts.models import User
from inventory.forms.records import RecordForm, Refused
from inventory.models import NsxManager, VniPool
from inventory.models.vnis import FIRST_VNI, LAST_VNI, USUAL_FIRST, USUAL_LAST
from inventory.vni_allocation import OutsideTheBounds, set_bounds


class NsxManagerForm(RecordForm[NsxManager]):
    """An NSX manager, where its segments are made, and the VNIs that tenants may have."""

    first = forms.IntegerField(label="First VNI", initial=USUAL_FIRST, min_value=FIRST_VNI, max_value=LAST_VNI)
    last = forms.IntegerField(
        label="Last VNI",
        initial=USUAL_LAST,
        min_value=FIRST_VNI,
        max_value=LAST_VNI,
        help_text="As the segment ID pool on the manager. It can be changed later, as far as no VNI in use falls out.",
    )

    class Meta:
        model = NsxManager
        fields: ClassVar = ["name", "transport_zone_path", "connectivity_path"]
        error_messages: ClassVar = {"name": {"unique": "There is an NSX manager of this name already."}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_new:
            pool = self.instance.vni_pool
            self.initial["first"], self.initial["last"] = pool.first, pool.last

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and first > last:
            self.add_error("last", "The last VNI comes before the first: swap them.")
        return cleaned

    def store_parts(self, record: NsxManager, *, by: User) -> None:
        first, last = self.cleaned_data["first"], self.cleaned_data["last"]
        pool, made = VniPool.objects.get_or_create(nsx=record, defaults={"first": first, "last": last, "next": first})
        if made:
            return
        try:
            set_bounds(pool=pool, first=first, last=last)
        except OutsideTheBounds as outside:
            raise Refused("first" if outside.lowest < first else "last", str(outside)) from outside
