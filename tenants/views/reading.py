"""The list of tenants and a tenant's own page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from accounts.roles import EVERYONE, ONBOARD, PROVIDER, READ_PROVISIONING, allow, holds
from inventory.models import VlanMove, VniMove
from tenants.life import was_pushed
from tenants.models import Network, NetworkStatus, Tenant, TenantStatus
from tenants.tables import TenantFilter, TenantTable, with_vlan_count
from tenants.views.answers import asker, visible_or_404
from tenants.visibility import visible_tenants

MOVES_SHOWN = 50


@allow(EVERYONE)
@require_safe
def tenants(request: HttpRequest) -> HttpResponse:
    rows = with_vlan_count(visible_tenants(asker(request)))
    is_provider = holds(request.user, PROVIDER)
    narrowed = TenantFilter(request.GET if is_provider else {}, queryset=rows)
    table = TenantTable(narrowed.qs)
    RequestConfig(request, paginate={"per_page": 50}).configure(table)
    return render(request, "tenants/list.html", {"filter": narrowed if is_provider else None, "table": table})


@allow(EVERYONE)
@require_safe
def tenant(request: HttpRequest, slug: str) -> HttpResponse:
    """A customer reads its own; what happened to its VLANs before and who did it is for the provider's people."""
    found = visible_or_404(request, slug)
    is_provider = holds(request.user, PROVIDER)
    networks = list(found.networks.select_related("vlan", "vni").order_by("vlan__vid", "vni__number"))
    present = [n for n in networks if n.status != NetworkStatus.REMOVED]
    context = {
        "tenant": found,
        "wan": getattr(found, "wan", None),
        "networks": present,
        "removed": [n for n in networks if n.status == NetworkStatus.REMOVED],
        "pushed": any(was_pushed(n) for n in present),
        "subnets": list(found.customer_subnets.all()),
        "is_provider": is_provider,
        "moves": _moves(found, networks) if is_provider else [],
        "carriers": _carriers(networks),
        "panel_url": _panel_url(request, found),
        "may_change": holds(request.user, ONBOARD) and found.status in (TenantStatus.ONBOARDING, TenantStatus.ACTIVE),
    }
    return render(request, "tenants/tenant.html", context)


def _carriers(networks: list[Network]) -> str:
    """What its networks are on, as one word for headings."""
    kinds = {network.is_vxlan for network in networks}
    return "VNI" if kinds == {True} else "VLAN or VNI" if len(kinds) == 2 else "VLAN"


def _moves(found: Tenant, networks: list[Network]) -> list[VlanMove | VniMove]:
    """The newest moves of its VLANs and VNIs since it is here; what they did for others before is not its history."""
    moves: list[VlanMove | VniMove] = []
    if any(not network.is_vxlan for network in networks):
        of_vlans = VlanMove.objects.filter(vlan__networks__tenant=found, at__gte=found.created_at).distinct()
        moves += of_vlans.select_related("vlan", "by")[:MOVES_SHOWN]
    if any(network.is_vxlan for network in networks):
        of_vnis = VniMove.objects.filter(vni__networks__tenant=found, at__gte=found.created_at).distinct()
        moves += of_vnis.select_related("vni", "by")[:MOVES_SHOWN]
    return sorted(moves, key=lambda move: (move.at, move.pk), reverse=True)[:MOVES_SHOWN]


def _panel_url(request: HttpRequest, found: Tenant) -> str:
    if not holds(request.user, READ_PROVISIONING):
        return ""
    try:
        return reverse("provisioning:tenant_panel", args=[found.slug])
    except NoReverseMatch:  # an installation without the floor that pushes
        return ""
