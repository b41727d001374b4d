"""The lists of the inventory."""

from typing import Any, ClassVar

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django_tables2 import Column, Table, TemplateColumn

from inventory.models import CoreSwitch, ManagementNetwork, NsxManager, Pod, VCenter

ARCHIVED = '{% if record.archived_at %} {% include "components/state.html" with state="archived" %}{% endif %}'
NUMBER: dict[str, dict[str, str]] = {"th": {"class": "num"}, "td": {"class": "num"}}


def link(url: str, text: str = "{{ value }}") -> str:
    """Template text: a link to the named URL where it exists, else the text alone."""
    return f'{{% url {url} as to %}}{{% if to %}}<a href="{{{{ to }}}}">{text}</a>{{% else %}}{text}{{% endif %}}'


class SwitchTable(Table):  # type: ignore[misc]
    name = TemplateColumn(link("'capacity:switch' record.slug") + ARCHIVED)
    pods = TemplateColumn(
        link("'inventory:pods'").replace('{{ to }}', '{{ to }}?switch={{ record.slug }}'),
        accessor="pod_count", attrs=NUMBER, order_by=("pod_count",),
    )  # fmt: skip
    vlans_per_tenant = Column(verbose_name="VLANs per customer", attrs=NUMBER)
    practical_percent = TemplateColumn("{{ value }} %", verbose_name="Practical ceiling", attrs=NUMBER)
    edit = TemplateColumn(
        '{% if may.edit_inventory and not record.archived_at %}'
        '<a href="{% url "inventory:switch_edit" record.slug %}" aria-label="Edit {{ record }}">Edit</a>{% endif %}',
        orderable=False, verbose_name=mark_safe('<span class="visually-hidden">Edit</span>'),
    )  # fmt: skip

    class Meta:
        model = CoreSwitch
        fields: ClassVar = ["name", "platform", "site", "pods", "vlans_per_tenant", "practical_percent", "edit"]
        order_by = "name"
        caption = "Core switches"


class PodTable(Table):  # type: ignore[misc]
    name = TemplateColumn(link("'inventory:pod' record.slug") + ARCHIVED)
    switch = TemplateColumn(link("'capacity:switch' record.switch.slug"), order_by=("switch__name",))
    dvs = Column(verbose_name="vCenter / DVS", order_by=("dvs__vcenter__name", "dvs__name"))
    tenants = TemplateColumn(
        link("'tenants:tenants'").replace('{{ to }}', '{{ to }}?pod={{ record.slug }}'),
        accessor="tenant_count", attrs=NUMBER, order_by=("tenant_count",),
    )  # fmt: skip
    accepts_tenants = TemplateColumn(
        '{% if value %}{% include "components/state.html" with state="yes" %}'
        '{% else %}{% include "components/state.html" with state="no" %}{% endif %}'
    )

    class Meta:
        model = Pod
        fields: ClassVar = ["name", "switch", "dvs", "trunk_port", "tenants", "accepts_tenants"]
        order_by = "name"
        caption = "Pods"


class VCenterTable(Table):  # type: ignore[misc]
    name = TemplateColumn(link("'inventory:vcenter' record.slug") + ARCHIVED)
    distributed_switches = Column(verbose_name="Distributed switches", orderable=False)
    pods = Column(accessor="pod_count", attrs=NUMBER, order_by=("pod_count",))

    class Meta:
        model = VCenter
        fields: ClassVar = ["name", "address", "distributed_switches", "pods"]
        order_by = "name"
        caption = "vCenters"

    def render_distributed_switches(self, record: VCenter) -> SafeString:
        names = [dvs.name for dvs in record.distributed_switches.all()]
        return format_html("{}", ", ".join(names)) if names else mark_safe("—")


class NsxManagerTable(Table):  # type: ignore[misc]
    name = TemplateColumn(link("'inventory:nsx_manager' record.slug") + ARCHIVED)
    transport_zone_path = Column(verbose_name="Transport zone", attrs={"td": {"class": "mono"}})
    vnis = TemplateColumn(
        "{{ record.vni_pool.first }}–{{ record.vni_pool.last }}",
        verbose_name="VNIs", attrs=NUMBER, empty_values=(), order_by=("vni_pool__first",),
    )  # fmt: skip
    pods = Column(accessor="pod_count", attrs=NUMBER, order_by=("pod_count",))

    class Meta:
        model = NsxManager
        fields: ClassVar = ["name", "transport_zone_path", "vnis", "pods"]
        order_by = "name"
        caption = "NSX managers"


class ManagementNetworkTable(Table):  # type: ignore[misc]
    name = TemplateColumn(link("'inventory:management_network' record.pk") + ARCHIVED)
    prefix = Column(attrs={"td": {"class": "mono"}})
    pod = Column(verbose_name="Where", order_by=("pod__name",), empty_values=())
    vid = Column(verbose_name="VLAN ID", attrs=NUMBER)

    class Meta:
        model = ManagementNetwork
        fields: ClassVar = ["name", "prefix", "purpose", "pod", "vid"]
        order_by = "name"
        caption = "Management networks"

    def render_pod(self, value: Any) -> str:
        return str(value or "the whole provider")
