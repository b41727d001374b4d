from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.roles import MANAGE_DEVICES, ONBOARD, READ_PROVISIONING, allow
from provisioning import drift as drifting
from provisioning import wording
from provisioning.devices import try_connection
from provisioning.drift.telling import finding_rows
from provisioning.drivers.protocol import DeviceError
from provisioning.filters import DeviceFilter
from provisioning.forms import EditDeviceForm, NewDeviceForm
from provisioning.holding import why_held
from provisioning.models import Device, DeviceKind, DriftFinding, Step
from provisioning.models.runs import OPEN_STEPS
from provisioning.views.drift import told

ROWS_A_PAGE = 50
MAY_CHECK = ONBOARD | MANAGE_DEVICES


def _count(rows: QuerySet[Step] | QuerySet[DriftFinding]) -> Coalesce:
    counted = rows.filter(device=OuterRef("pk")).order_by().values("device").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


@allow(READ_PROVISIONING)
@require_safe
def devices(request: HttpRequest) -> HttpResponse:
    """What tenants share comes first, and a tenant's own firewalls after it: they are many."""
    rows = Device.objects.annotate(
        waiting=_count(Step.objects.filter(state__in=OPEN_STEPS)),
        drifted=_count(DriftFinding.objects.open(now=timezone.now())),
        one_tenants=Q(kind=DeviceKind.FIREWALL),
    ).order_by("one_tenants", "kind", "name")
    found = DeviceFilter(request.GET, queryset=rows)
    page = Paginator(found.qs, ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "provisioning/devices.html", {"filter": found, "page": page})


@allow(READ_PROVISIONING)
@require_safe
def device(request: HttpRequest, slug: str) -> HttpResponse:
    return _device_page(request, slug)


def _device_page(request: HttpRequest, slug: str, **more: object) -> HttpResponse:
    things = Device.objects.select_related("vcenter", "switch", "tenant")
    device = get_object_or_404(things, slug=slug)
    steps = (
        Step.objects.filter(device=device).select_related("operation", "run__plan__tenant").order_by("-run_id", "pk")
    )
    now = timezone.now()
    findings = told(device.findings.open(now=now))
    context = {
        "device": device,
        "stands_for": device.vcenter or device.switch or device.tenant,
        "leased": bool(device.lease_owner and device.lease_until and device.lease_until > timezone.now()),
        "held": why_held(device, now=timezone.now()),
        "waiting": steps.filter(state__in=OPEN_STEPS).count(),
        "findings": finding_rows(findings[:ROWS_A_PAGE], now=now),
        "finding_count": findings.count(),
        "accepted_count": device.findings.accepted(now=now).count(),
        "page": Paginator(steps, ROWS_A_PAGE).get_page(request.GET.get("page")),
        "kinds": wording.KINDS,
        **more,
    }
    return render(request, "provisioning/device.html", context)


@allow(MANAGE_DEVICES)
@require_http_methods(["GET", "HEAD", "POST"])
def device_new(request: HttpRequest) -> HttpResponse:
    form = NewDeviceForm(request.POST or None, instance=Device())
    if request.method == "POST" and form.is_valid():
        device = form.create()
        messages.success(request, f"{device} was added. Test its connection now.")
        return redirect(device)
    return render(request, "provisioning/device_form.html", {"form": form, "device": None})


@allow(MANAGE_DEVICES)
@require_http_methods(["GET", "HEAD", "POST"])
def device_edit(request: HttpRequest, slug: str) -> HttpResponse:
    device = get_object_or_404(Device, slug=slug)
    shown = str(device)
    form = EditDeviceForm(request.POST or None, instance=device)
    if request.method == "POST" and form.saved():
        messages.success(request, f"{device} was saved.")
        return redirect(device)
    return render(request, "provisioning/device_form.html", {"form": form, "device": device, "shown": shown})


@allow(MANAGE_DEVICES)
@require_POST
def device_test(request: HttpRequest, slug: str) -> HttpResponse:
    """Sign in and say what was found, or why not, in words."""
    device = get_object_or_404(Device, slug=slug)
    try:
        facts = try_connection(device)
    except DeviceError as error:
        return _device_page(request, slug, test_error=str(error))
    return _device_page(request, slug, facts=facts)


@allow(MAY_CHECK)
@require_POST
def device_check(request: HttpRequest, slug: str) -> HttpResponse:
    """Read one device now, and compare it with what is intended."""
    device = get_object_or_404(Device, slug=slug)
    try:
        found = drifting.check(device)
    except DeviceError as error:
        messages.error(request, f"{device} was not read: {error}")
    else:
        count = len(found)
        agrees = f"{device} was read: it carries what is intended."
        messages.success(request, f"{device} was read: {count} found." if count else agrees)
    return redirect(device)
