from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.roles import EDIT_INVENTORY, READ_INVENTORY, allow
from inventory.editing import LEFT, present_tenants
from inventory.filters import PodFilter
from inventory.forms import PodForm
from inventory.models import CoreSwitch, ManagementNetwork, Pod
from inventory.tables import PodTable
from inventory.views.screens import Kind, archive_page, form_page, list_page

POD = Kind(
    one="pod",
    many="pods",
    about="Blocks of infrastructure: clusters, a vCenter, a distributed switch. A pod shares its core switch's VLANs.",
    url="inventory:pod",
)


@allow(READ_INVENTORY)
@require_safe
def pods(request: HttpRequest) -> HttpResponse:
    rows = Pod.objects.select_related("switch", "dvs__vcenter").annotate(
        tenant_count=Count("tenants", filter=~Q(tenants__status__in=LEFT))
    )
    return list_page(request, kind=POD, rows=rows, filterset=PodFilter, table=PodTable)


@allow(READ_INVENTORY)
@require_safe
def pod(request: HttpRequest, slug: str) -> HttpResponse:
    record = get_object_or_404(Pod.objects.select_related("switch", "dvs__vcenter", "nsx"), slug=slug)
    networks = ManagementNetwork.objects.filter(Q(pod=record) | Q(pod=None), archived_at=None).order_by("name")
    neighbours = Pod.objects.filter(switch=record.switch_id, archived_at=None).exclude(pk=record.pk)
    context = {
        "pod": record,
        "networks": networks,
        "neighbours": neighbours,
        "tenant_count": present_tenants(record),
    }
    return render(request, "inventory/pod.html", context)


@allow(EDIT_INVENTORY)
@require_http_methods(["GET", "HEAD", "POST"])
def pod_new(request: HttpRequest) -> HttpResponse:
    chosen = CoreSwitch.objects.filter(slug=request.GET.get("switch", ""), archived_at=None).first()
    form = PodForm(request.POST or None, instance=Pod(), initial={"switch": chosen} if chosen else None)
    return form_page(request, kind=POD, form=form)


@allow(EDIT_INVENTORY)
@require_http_methods(["GET", "HEAD", "POST"])
def pod_edit(request: HttpRequest, slug: str) -> HttpResponse:
    record = get_object_or_404(Pod, slug=slug, archived_at=None)
    return form_page(request, kind=POD, form=PodForm(request.POST or None, instance=record))


@allow(EDIT_INVENTORY)
@require_http_methods(["GET", "HEAD", "POST"])
def pod_archive(request: HttpRequest, slug: str) -> HttpResponse:
    return archive_page(request, kind=POD, record=get_object_or_404(Pod, slug=slug, archived_at=None))
