"""VLANs that were found on devices and belong to nobody here yet, and their adoption."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.roles import ONBOARD, PROVIDER, allow
from inventory.models import Vlan, VlanState
from tenants.adoption import adopt as adopt_vlan
from tenants.forms import AdoptForm
from tenants.life import TenantMoveRefused
from tenants.models import NetworkRole, Tenant
from tenants.models.tenants import GONE
from tenants.views.answers import asker, said

SUGGESTIONS = 10


@allow(PROVIDER)
@require_safe
def unclaimed(request: HttpRequest) -> HttpResponse:
    rows = Vlan.objects.filter(state=VlanState.UNCLAIMED).select_related("switch").order_by("switch__name", "vid")
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    return render(request, "tenants/unclaimed.html", {"page": page})


@allow(ONBOARD)
@require_http_methods(["GET", "HEAD", "POST"])
def adopt(request: HttpRequest, pk: int) -> HttpResponse:
    vlan = get_object_or_404(Vlan.objects.select_related("switch"), pk=pk, state=VlanState.UNCLAIMED)
    form = AdoptForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        tenant: Tenant = form.cleaned_data["tenant"]
        role = NetworkRole(form.cleaned_data["role"])
        try:
            network = adopt_vlan(vlan=vlan, tenant=tenant, role=role, by=asker(request), now=timezone.now())
        except TenantMoveRefused as refused:
            form.add_error(None, str(refused))
        else:
            said(request, f"VLAN {vlan.vid} is {tenant}'s, as {network.port_group}.")
            return redirect("tenants:unclaimed")
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "tenants/adopt.html", {"vlan": vlan, "form": form}, status=status)


@allow(ONBOARD)
@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """The options of the suggestion list: a few tenants whose names begin with, or else contain, what was typed."""
    typed = request.GET.get("tenant", "").strip()
    present = Tenant.objects.exclude(status__in=GONE).select_related("pod")
    found = list(present.filter(name__istartswith=typed)[:SUGGESTIONS]) if typed else []
    if typed and not found:
        found = list(present.filter(name__icontains=typed)[:SUGGESTIONS])
    return render(request, "tenants/suggestions.html", {"tenants": found})
