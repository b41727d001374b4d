from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.roles import EDIT_INVENTORY, READ_INVENTORY, allow
from inventory.filters import NsxManagerFilter
from inventory.forms import NsxManagerForm
from inventory.models import NsxManager, Pod
from inventory.models.vnis import VNI_STATES
from inventory.tables import NsxManagerTable
from inventory.views.screens import Kind, archive_page, form_page, list_page
from inventory.vni_allocation import counted

NSX_MANAGER = Kind(
    one="NSX manager",
    many="NSX managers",
    about="Pods with an NSX manager place new tenants on VXLAN: their networks are segments with a VNI of its pool.",
    url="inventory:nsx_manager",
)


@allow(READ_INVENTORY)
@require_safe
def nsx_managers(request: HttpRequest) -> HttpResponse:
    in_use = Count("pods", filter=Q(pods__archived_at=None))
    rows = NsxManager.objects.select_related("vni_pool").annotate(pod_count=in_use)
    return list_page(request, kind=NSX_MANAGER, rows=rows, filterset=NsxManagerFilter, table=NsxManagerTable)


@allow(READ_INVENTORY)
@require_safe
def nsx_manager(request: HttpRequest, slug: str) -> HttpResponse:
    record = get_object_or_404(NsxManager.objects.select_related("vni_pool"), slug=slug)
    numbers = counted(record.vni_pool)
    context = {
        "nsx": record,
        "pool": record.vni_pool,
        "numbers": numbers,
        "states": [(state, numbers.by_state.get(state, 0)) for state in VNI_STATES],
        "pods": Pod.objects.filter(nsx=record, archived_at=None).select_related("switch"),
    }
    return render(request, "inventory/nsx_manager.html", context)


@allow(EDIT_INVENTORY)
@require_http_methods(["GET", "HEAD", "POST"])
def nsx_manager_new(request: HttpRequest) -> HttpResponse:
    return form_page(request, kind=NSX_MANAGER, form=NsxManagerForm(request.POST or None, instance=NsxManager()))


@allow(EDIT_INVENTORY)
@require_http_methods(["GET", "HEAD", "POST"])
def nsx_manager_edit(request: HttpRequest, slug: str) -> HttpResponse:
    record = get_object_or_404(NsxManager, slug=slug, archived_at=None)
    return form_page(request, kind=NSX_MANAGER, form=NsxManagerForm(request.POST or None, instance=record))


@allow(EDIT_INVENTORY)
@require_http_methods(["GET", "HEAD", "POST"])
def nsx_manager_archive(request: HttpRequest, slug: str) -> HttpResponse:
    record = get_object_or_404(NsxManager, slug=slug, archived_at=None)
    return archive_page(request, kind=NSX_MANAGER, record=record)
