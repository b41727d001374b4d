from django.db.models import Count, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.roles import EDIT_INVENTORY, READ_INVENTORY, allow
from inventory.filters import VCenterFilter
from inventory.forms import VCenterForm
from inventory.models import Pod, VCenter
from inventory.tables import VCenterTable
from inventory.views.screens import Kind, archive_page, form_page, list_page

VCENTER = Kind(
    one="vCenter",
    many="vCenters",
    about="Each carries at most 10,000 distributed port groups, over all its distributed switches.",
    url="inventory:vcenter",
)


@allow(READ_INVENTORY)
@require_safe
def vcenters(request: HttpRequest) -> HttpResponse:
    in_use = Q(distributed_switches__pods__archived_at=None)
    rows = VCenter.objects.prefetch_related("distributed_switches").annotate(
        pod_count=Count("distributed_switches__pods", filter=in_use, distinct=True)
    )
    return list_page(request, kind=VCENTER, rows=rows, filterset=VCenterFilter, table=VCenterTable)


@allow(READ_INVENTORY)
@require_safe
def vcenter(request: HttpRequest, slug: str) -> HttpResponse:
    record = get_object_or_404(VCenter, slug=slug)
    present = Pod.objects.filter(archived_at=None).select_related("switch")
    dvs = record.distributed_switches.order_by("name").prefetch_related(Prefetch("pods", queryset=present))
    return render(request, "inventory/vcenter.html", {"vcenter": record, "distributed_switches": dvs})


@allow(EDIT_INVENTORY)
@require_http_methods(["GET", "HEAD", "POST"])
def vcenter_new(request: HttpRequest) -> HttpResponse:
    return form_page(request, kind=VCENTER, form=VCenterForm(request.POST or None, instance=VCenter()))


@allow(EDIT_INVENTORY)
@require_http_methods(["GET", "HEAD", "POST"])
def vcenter_edit(request: HttpRequest, slug: str) -> HttpResponse:
    record = get_object_or_404(VCenter, slug=slug, archived_at=None)
    return form_page(request, kind=VCENTER, form=VCenterForm(request.POST or None, instance=record))


@allow(EDIT_INVENTORY)
@require_http_methods(["GET", "HEAD", "POST"])
def vcenter_archive(request: HttpRequest, slug: str) -> HttpResponse:
    return archive_page(request, kind=VCENTER, record=get_object_or_404(VCenter, slug=slug, archived_at=None))
