from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.roles import EDIT_INVENTORY, READ_INVENTORY, allow
from inventory.filters import ManagementNetworkFilter
from inventory.forms import ManagementNetworkForm
from inventory.models import ManagementNetwork
from inventory.tables import ManagementNetworkTable
from inventory.views.screens import Kind, archive_page, form_page, list_page

NETWORK = Kind(
    one="management network",
    many="management networks",
    about="Prefixes of your own: vCenter, ESXi, ZVM, VRAs, ZCC and transit. No customer subnet may overlap one.",
    url="inventory:management_network",
    archive_note="It leaves the lists, and customer subnets are no longer checked against its prefix.",
)


@allow(READ_INVENTORY)
@require_safe
def management_networks(request: HttpRequest) -> HttpResponse:
    rows = ManagementNetwork.objects.select_related("pod")
    return list_page(request, kind=NETWORK, rows=rows, filterset=ManagementNetworkFilter, table=ManagementNetworkTable)


@allow(READ_INVENTORY)
@require_safe
def management_network(request: HttpRequest, pk: int) -> HttpResponse:
    record = get_object_or_404(ManagementNetwork.objects.select_related("pod"), pk=pk)
    return render(request, "inventory/management_network.html", {"network": record})


@allow(EDIT_INVENTORY)
@require_http_methods(["GET", "HEAD", "POST"])
def management_network_new(request: HttpRequest) -> HttpResponse:
    form = ManagementNetworkForm(request.POST or None, instance=ManagementNetwork())
    return form_page(request, kind=NETWORK, form=form)


@allow(EDIT_INVENTORY)
@require_http_methods(["GET", "HEAD", "POST"])
def management_network_edit(request: HttpRequest, pk: int) -> HttpResponse:
    record = get_object_or_404(ManagementNetwork, pk=pk, archived_at=None)
    return form_page(request, kind=NETWORK, form=ManagementNetworkForm(request.POST or None, instance=record))


@allow(EDIT_INVENTORY)
@require_http_methods(["GET", "HEAD", "POST"])
def management_network_archive(request: HttpRequest, pk: int) -> HttpResponse:
    record = get_object_or_404(ManagementNetwork, pk=pk, archived_at=None)
    return archive_page(request, kind=NETWORK, record=record)
