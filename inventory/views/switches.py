from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from accounts.roles import EDIT_INVENTORY, READ_INVENTORY, allow
from inventory.filters import SwitchFilter
from inventory.forms import SwitchForm
from inventory.models import CoreSwitch
from inventory.tables import SwitchTable
from inventory.views.screens import Kind, archive_page, form_page, list_page

SWITCH = Kind(
    one="core switch",
    many="core switches",
    about="Each is one 802.1Q domain: every VLAN limit is per core switch, however many pods share it.",
    url="inventory:switch",
    form_template="inventory/switch_form.html",
)


@allow(READ_INVENTORY)
@require_safe
def switches(request: HttpRequest) -> HttpResponse:
    rows = CoreSwitch.objects.annotate(pod_count=Count("pods", filter=Q(pods__archived_at=None)))
    return list_page(request, kind=SWITCH, rows=rows, filterset=SwitchFilter, table=SwitchTable)


@allow(READ_INVENTORY)
@require_safe
def switch(request: HttpRequest, slug: str) -> HttpResponse:
    """What a switch has and how full it is stands on one page: the capacity page."""
    return redirect(get_object_or_404(CoreSwitch, slug=slug))


@allow(EDIT_INVENTORY)
@require_http_methods(["GET", "HEAD", "POST"])
def switch_new(request: HttpRequest) -> HttpResponse:
    return form_page(request, kind=SWITCH, form=SwitchForm(request.POST or None, instance=CoreSwitch()))


@allow(EDIT_INVENTORY)
@require_http_methods(["GET", "HEAD", "POST"])
def switch_edit(request: HttpRequest, slug: str) -> HttpResponse:
    record = get_object_or_404(CoreSwitch, slug=slug, archived_at=None)
    return form_page(request, kind=SWITCH, form=SwitchForm(request.POST or None, instance=record))


@allow(EDIT_INVENTORY)
@require_http_methods(["GET", "HEAD", "POST"])
def switch_archive(request: HttpRequest, slug: str) -> HttpResponse:
    record = get_object_or_404(CoreSwitch, slug=slug, archived_at=None)
    return archive_page(request, kind=SWITCH, record=record)
