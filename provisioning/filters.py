"""What the lists of devices and findings can be narrowed to."""

from django import forms
from django.db.models import Q, QuerySet
from django_filters import CharFilter, ChoiceFilter, FilterSet

from provisioning.models import AuditFinding, AuditRule, Device, DeviceKind, DriftFinding, DriftKind, Severity


class DeviceFilter(FilterSet):  # type: ignore[misc]
    q = CharFilter(label="Search", method="search", widget=forms.TextInput(attrs={"type": "search"}))
    kind = ChoiceFilter(label="Kind", choices=DeviceKind.choices, empty_label="all")

    class Meta:
        model = Device
        fields = ("q", "kind")

    def search(self, rows: QuerySet[Device], name: str, value: str) -> QuerySet[Device]:
        return rows.filter(Q(name__icontains=value.strip()) | Q(address__icontains=value.strip()))


class FindingFilter(FilterSet):  # type: ignore[misc]
    """``device``, ``tenant``: slugs, from a link on their pages. ``tab`` narrows nothing: it stays while one types."""

    q = CharFilter(label="Search", method="search", widget=forms.TextInput(attrs={"type": "search"}))
    drift = ChoiceFilter(label="Drift", choices=DriftKind.choices, empty_label="all")
    device = CharFilter(field_name="device__slug", widget=forms.HiddenInput)
    tenant = CharFilter(field_name="tenant__slug", widget=forms.HiddenInput)
    tab = CharFilter(method="leave", widget=forms.HiddenInput)

    class Meta:
        model = DriftFinding
        fields = ("q", "drift", "device", "tenant", "tab")

    def search(self, rows: QuerySet[DriftFinding], name: str, value: str) -> QuerySet[DriftFinding]:
        text = value.strip()
        found = Q(key__icontains=text) | Q(device__name__icontains=text) | Q(tenant__name__icontains=text)
        return rows.filter(found)

    def leave(self, rows: QuerySet[DriftFinding], name: str, value: str) -> QuerySet[DriftFinding]:
        return rows


class AuditFilter(FilterSet):  # type: ignore[misc]
    severity = ChoiceFilter(label="Severity", choices=Severity.choices, empty_label="all")
    rule = ChoiceFilter(label="Rule", choices=AuditRule.choices, empty_label="all")
    tenant = CharFilter(label="Tenant", field_name="tenants__name", lookup_expr="icontains")
    device = CharFilter(label="Device", field_name="device__name", lookup_expr="icontains")

    class Meta:
        model = AuditFinding
        fields = ("severity", "rule", "tenant", "device")
