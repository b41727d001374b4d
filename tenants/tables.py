"""The list of tenants."""

from typing import Any, ClassVar

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django_filters import CharFilter, ChoiceFilter, FilterSet, ModelChoiceFilter, NumberFilter
from django_tables2 import Column, DateColumn, Table, TemplateColumn

from inventory.models import CoreSwitch, Pod
from inventory.models.vnis import FIRST_VNI, LAST_VNI
from tenants.models import Network, NetworkStatus, Tenant, TenantStatus
from tenants.models.tenants import GONE

NUMBER: dict[str, dict[str, str]] = {"th": {"class": "num"}, "td": {"class": "num"}}
ALL = "all"
STATE = '{% include "components/state.html" with state=value label=record.get_status_display %}'


def with_vlan_count(tenants: QuerySet[Tenant]) -> QuerySet[Tenant]:
    present = ~Q(networks__status=NetworkStatus.REMOVED)
    return tenants.select_related("pod__switch").annotate(
        vlans=Count("networks", filter=present & Q(networks__vlan__isnull=False)),
        vnis=Count("networks", filter=present & Q(networks__vni__isnull=False)),
    )


class TenantTable(Table):  # type: ignore[misc]
    status = TemplateColumn(STATE)
    name = Column(linkify=True)
    pod = Column(order_by=("pod__name", "name"))
    switch = Column(accessor="pod__switch", verbose_name="Core switch", order_by=("pod__switch__name", "name"))
    vlans = TemplateColumn(
        "{% if record.vnis %}{% if value %}{{ value }} + {% endif %}{{ record.vnis }} VNI{{ record.vnis|pluralize }}"
        "{% else %}{{ value }}{% endif %}",
        verbose_name="VLANs", attrs=NUMBER,
    )  # fmt: skip
    onboarded_on = DateColumn(format="j M Y", verbose_name="Onboarded")

    class Meta:
        model = Tenant
        fields: ClassVar = ["name", "status", "pod", "switch", "vlans", "onboarded_on"]
        order_by = "name"
        caption = "Tenants"
        empty_text = "No tenant matches."


class TenantFilter(FilterSet):  # type: ignore[misc]
    """Tenants that left stay out unless they are asked for."""

    q = CharFilter(field_name="name", lookup_expr="icontains", label="Name")
    pod = ModelChoiceFilter(queryset=Pod.objects.all(), to_field_name="slug", empty_label="any")
    switch = ModelChoiceFilter(
        queryset=CoreSwitch.objects.all(),
        field_name="pod__switch",
        to_field_name="slug",
        label="Core switch",
        empty_label="any",
    )
    status = ChoiceFilter(
        choices=[*TenantStatus.choices, (ALL, "here and gone")], method="by_status", empty_label="here now"
    )
    vid = NumberFilter(label="VLAN ID", method="by_vid", min_value=1, max_value=4094)
    vni = NumberFilter(label="VNI", method="by_vni", min_value=FIRST_VNI, max_value=LAST_VNI)

    class Meta:
        model = Tenant
        fields: ClassVar[list[str]] = []

    def by_status(self, rows: QuerySet[Tenant], name: str, value: str) -> QuerySet[Tenant]:
        return rows if value == ALL else rows.filter(status=value)

    def by_vid(self, rows: QuerySet[Tenant], name: str, value: Any) -> QuerySet[Tenant]:
        carrying = Network.objects.filter(tenant=OuterRef("pk"), vlan__vid=int(value))
        return rows.filter(Exists(carrying.exclude(status=NetworkStatus.REMOVED)))

    def by_vni(self, rows: QuerySet[Tenant], name: str, value: Any) -> QuerySet[Tenant]:
        carrying = Network.objects.filter(tenant=OuterRef("pk"), vni__number=int(value))
        return rows.filter(Exists(carrying.exclude(status=NetworkStatus.REMOVED)))

    def filter_queryset(self, queryset: QuerySet[Tenant]) -> QuerySet[Tenant]:
        rows: QuerySet[Tenant] = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("status") else rows.exclude(status__in=GONE)
