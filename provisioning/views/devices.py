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
from provisioning.devices import try_connection
from provisioning.drift.telling import finding_rows
from provisioning.drivers.protocol import CertificateNotTrusted, DeviceError
from provisioning.filters import DeviceFilter
from provisioning.forms import EditDeviceForm, NewDeviceForm, PinForm
from provisioning.holding import FAILURES_UNTIL_PUT_ASIDE, held_back, rests, why_held
from provisioning.models import Device, DeviceKind, DriftFinding, MaintenanceWindow, Step, Stop
from provisioning.models.runs import OPEN_STEPS
from provisioning.thumbprints import shown_by
from provisioning.views.drift import told
from provisioning.waiting import queue_of

ROWS_A_PAGE = 50
ERRORS_SHOWN = 5
MAY_CHECK = ONBOARD | MANAGE_DEVICES


def _count(rows: QuerySet[Step] | QuerySet[DriftFinding]) -> Coalesce:
    counted = rows.filter(device=OuterRef("pk")).order_by().values("device").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


@allow(READ_PROVISIONING)
@require_safe
def devices(request: HttpRequest) -> HttpResponse:
    """What tenants share comes first, and a tenant's own firewalls after it: they are many."""
    now = timezone.now()
    rows = Device.objects.annotate(
        waiting=_count(Step.objects.filter(state__in=OPEN_STEPS)),
        drifted=_count(DriftFinding.objects.open(now=now)),
        one_tenants=Q(kind=DeviceKind.FIREWALL),
    ).order_by("one_tenants", "kind", "name")
    found = DeviceFilter(request.GET, queryset=rows)
    page = Paginator(found.qs, ROWS_A_PAGE).get_page(request.GET.get("page"))
    held = held_back(page.object_list, now=now)
    context = {"filter": found, "page": page, "rows": [(device, held.get(device.pk)) for device in page], "now": now}
    return render(request, "provisioning/devices.html", context)


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
    held = why_held(device, now=now)
    findings = told(device.findings.open(now=now))
    mine = Q(device=device) | Q(device=None)
    context = {
        "device": device,
        "now": now,
        "stands_for": device.vcenter or device.switch or device.tenant,
        "leased": bool(device.lease_owner and device.lease_until and device.lease_until > now),
        "held": held,
        "resting": rests(device, now=now) is not None,
        "queue": queue_of(device, held=held, now=now),
        "stops": Stop.objects.filter(mine, lifted_at=None).select_related("by"),
        "windows": MaintenanceWindow.objects.filter(mine, ends_at__gt=now).select_related("made_by"),
        "findings": finding_rows(findings[:ROWS_A_PAGE], now=now),
        "finding_count": findings.count(),
        "accepted_count": device.findings.accepted(now=now).count(),
        "errors": steps.exclude(message="").order_by("-pk")[:ERRORS_SHOWN],
        "page": Paginator(steps, ROWS_A_PAGE).get_page(request.GET.get("page")),
        "failures_until_put_aside": FAILURES_UNTIL_PUT_ASIDE,
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
    """Sign in and say what was found, or why not; what it shows where that is not trusted is told, to compare."""
    device = get_object_or_404(Device, slug=slug)
    try:
        facts = try_connection(device)
    except CertificateNotTrusted as error:
        shown = shown_by(device)
        pin = PinForm(initial={"thumbprint": shown.thumbprint, "version": device.version}) if shown else None
        return _device_page(request, slug, test_error=str(error), shown=shown, pin=pin)
    except DeviceError as error:
        return _device_page(request, slug, test_error=str(error))
    return _device_page(request, slug, facts=facts)


@allow(MANAGE_DEVICES)
@require_POST
def device_pin(request: HttpRequest, slug: str) -> HttpResponse:
    """Trust the certificate or host key that the test of the connection saw, once a person has compared it."""
    device = get_object_or_404(Device, slug=slug)
    form = PinForm(request.POST)
    if not form.is_valid():
        return _device_page(request, slug, pin=form)
    if form.pin(device):
        messages.success(request, f"It is pinned: {device} is trusted as long as it shows this one. Test it again.")
    else:
        messages.error(request, "Somebody else saved this device meanwhile: test the connection again.")
    return redirect(device)


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
