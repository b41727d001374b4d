from typing import Any, ClassVar

import django_tables2 as tables
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from inventory.models import Vlan
from tenants.models import NetworkRole


class VlanTable(tables.Table):  # type: ignore[misc]
    """VLANs of one switch with who has them; rows come from ``census.vlan_rows``."""

    vid = tables.Column(verbose_name="VLAN ID")
    state = tables.Column()
    tenant = tables.Column(accessor="tenant_name", order_by="tenant_name", verbose_name="Tenant")
    role = tables.Column(accessor="network_role", verbose_name="Role")
    label = tables.Column(verbose_name="Found as")
    until = tables.DateTimeColumn(format="j M Y H:i")
    since = tables.DateTimeColumn(format="j M Y", verbose_name="In this state since")

    class Meta:
        caption = "VLANs"
        order_by = "vid"
        empty_text = "No VLAN matches. Choose another state, or clear the search."
        attrs: ClassVar = {"class": "table table-hover"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.caption = self.Meta.caption

    def render_vid(self, record: Vlan) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>', reverse("capacity:vlan", args=[record.switch.slug, record.vid]), record.vid
        )

    def render_state(self, record: Vlan) -> SafeString:
        context = {"state": record.state, "label": record.get_state_display()}
        return render_to_string("components/state.html", context)

    def render_tenant(self, record: Any) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>', reverse("tenants:tenant", args=[record.tenant_slug]), record.tenant_name
        )

    def render_role(self, value: str) -> str:
        return str(NetworkRole(value).label)
