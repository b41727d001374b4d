"""What the inventory's lists can be narrowed to."""

from functools import reduce
from operator import or_
from typing import Any, ClassVar

from django import forms
from django.db.models import Q, QuerySet
from django_filters import CharFilter, ChoiceFilter, FilterSet, ModelChoiceFilter

from inventory.models import CoreSwitch, ManagementNetwork, NetworkPurpose, NsxManager, Platform, Pod, VCenter

IN_USE, ARCHIVED, ALL = "", "only", "all"


class RecordFilter(FilterSet):  # type: ignore[misc]
    """Search in a few columns; archived records stay out unless they are asked for."""

    searched: ClassVar[tuple[str, ...]] = ("name",)

    q = CharFilter(label="Search", method="search", widget=forms.TextInput(attrs={"type": "search"}))

    def search(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(reduce(or_, (Q(**{f"{column}__icontains": value.strip()}) for column in self.searched)))

    def archived_rows(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.exclude(archived_at=None) if value == ARCHIVED else rows

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("archived") else rows.filter(archived_at=None)


def archived_filter() -> ChoiceFilter:
    choices = [(ARCHIVED, "archived only"), (ALL, "in use and archived")]
    return ChoiceFilter(label="Show", method="archived_rows", choices=choices, empty_label="in use")


class SwitchFilter(RecordFilter):
    searched = ("name", "site")
    platform = ChoiceFilter(choices=Platform.choices, empty_label="any")
    archived = archived_filter()

    class Meta:
        model = CoreSwitch
        fields: ClassVar[list[str]] = []


class PodFilter(RecordFilter):
    searched = ("name", "switch__name", "dvs__name", "dvs__vcenter__name", "trunk_port")
    switch = ModelChoiceFilter(
        queryset=CoreSwitch.objects.filter(archived_at=None),
        to_field_name="slug",
        label="Core switch",
        empty_label="any",
    )
    archived = archived_filter()

    class Meta:
        model = Pod
        fields: ClassVar[list[str]] = []


class VCenterFilter(RecordFilter):
    searched = ("name", "address")
    archived = archived_filter()

    class Meta:
        model = VCenter
        fields: ClassVar[list[str]] = []


class NsxManagerFilter(RecordFilter):
    searched = ("name", "transport_zone_path")
    archived = archived_filter()

    class Meta:
        model = NsxManager
        fields: ClassVar[list[str]] = []


class ManagementNetworkFilter(RecordFilter):
    searched = ("name", "prefix", "pod__name")
    purpose = ChoiceFilter(choices=NetworkPurpose.choices, empty_label="any")
    archived = archived_filter()

    class Meta:
        model = ManagementNetwork
        fields: ClassVar[list[str]] = []
