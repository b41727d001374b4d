"""Drift: what differs, by finding, device and tenant, and what a person does about it."""

from collections.abc import Sequence
from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.request import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.roles import ONBOARD, READ_PROVISIONING, allow
from inventory.models import Vlan
from provisioning import dispatch
from provisioning.devices import devices_of
from provisioning.drift import check
from provisioning.drift.accepting import AcceptRefused, accept, take_back
from provisioning.drift.adopting import AdoptRefused, keep_unclaimed, set_aside, take_over
from provisioning.drift.restoring import RESTORABLE, Restoring, restore
from provisioning.drift.telling import finding_rows
from provisioning.drivers.protocol import DeviceError
from provisioning.filters import FindingFilter
from provisioning.forms_drift import AcceptForm, SetAsideForm
from provisioning.models import DriftAcceptance, DriftFinding, DriftKind
from tenants.life import TenantMoveRefused
from tenants.models import Network
from tenants.rules import IntakeRefused

ROWS_A_PAGE = 50
TOLD = 5
PAST_SHOWN = 20
TABS = ("open", "leaked", "accepted", "devices", "tenants")


def told(findings: QuerySet[DriftFinding]) -> QuerySet[DriftFinding]:
    """With all that the rows of a page need."""
    return findings.select_related("device", "tenant", "vlan__switch", "acceptance__by")


@allow(READ_PROVISIONING)
@require_safe
def drift(request: HttpRequest) -> HttpResponse:
    """Every difference between intent and the devices, as of the last look at each; counted by device and tenant."""
    now = timezone.now()
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "open"
    found = FindingFilter(request.GET, queryset=DriftFinding.objects.all())
    open_, accepted = found.qs.open(now=now), found.qs.accepted(now=now)
    lists = {"open": open_, "leaked": open_.leaking(), "accepted": accepted}
    context: dict[str, Any] = {
        "filter": found,
        "tab": tab,
        "counts": {name: rows.count() for name, rows in lists.items()},
        "only": found.form.cleaned_data if found.form.is_valid() else {},
    }
    if tab in lists:
        page = Paginator(told(lists[tab]).order_by("-first_seen_at", "pk"), ROWS_A_PAGE).get_page(
            request.GET.get("page")
        )
        context |= {"page": page, "rows": finding_rows(page, now=now)}
    else:
        context["page"] = Paginator(_counted(found.qs, tab, now=now), ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "provisioning/drift.html", context)


def _counted(findings: Any, tab: str, *, now: Any) -> Any:
    """A row for each device, or tenant: how much of each kind is open, and how much was accepted."""
    accepted = Q(pk__in=findings.accepted(now=now).values("pk"))
    counts = {kind.value: Count("pk", filter=Q(drift=kind) & ~accepted) for kind in DriftKind}
    can = Count("pk", filter=RESTORABLE & ~accepted)
    by = ("device__name", "device__slug") if tab == "devices" else ("tenant__name", "tenant__slug")
    rows = findings if tab == "devices" else findings.filter(tenant__isnull=False)
    return rows.values(*by).annotate(**counts, accepted=Count("pk", filter=accepted), restorable=can).order_by(by[0])


def _chosen(data: QueryDict) -> QuerySet[DriftFinding]:
    keys = [pk for pk in data.getlist("finding") if pk.isdecimal()]
    return told(DriftFinding.objects.filter(pk__in=keys[:ROWS_A_PAGE])).order_by("device__name", "key")


@allow(ONBOARD)
@require_http_methods(["GET", "HEAD", "POST"])
def drift_chosen(request: HttpRequest) -> HttpResponseBase:
    """The rows that were ticked: accept them (a form asks why and until when), or restore them."""
    chosen = request.POST.getlist("finding")
    if not chosen:
        messages.info(request, "Tick the differences first.")
        return redirect("provisioning:drift")
    if request.POST.get("do") == "restore":
        return drift_restore(request)
    query = QueryDict(mutable=True)
    query.setlist("finding", chosen)
    return redirect(f"{reverse('provisioning:drift_accept')}?{query.urlencode()}")


@allow(ONBOARD)
@require_http_methods(["GET", "HEAD", "POST"])
def drift_accept(request: HttpRequest) -> HttpResponse:
    """One reason and one day for all the findings that were chosen."""
    posted = request.method == "POST"
    findings = list(_chosen(request.POST if posted else request.GET))
    form = AcceptForm(request.POST if posted else None)
    if posted and form.is_valid() and findings:
        refused = _accept_all(request, findings, form)
        if not refused:
            said = f"{len(findings)} difference{'s' if len(findings) > 1 else ''} accepted until the end of "
            messages.success(request, f"{said}{form.cleaned_data['until']:%-d %B %Y}.")
            return redirect("provisioning:drift")
        for words in refused:
            form.add_error(None, words)
        findings = list(_chosen(request.POST))
    context = {"form": form, "rows": finding_rows(findings, now=timezone.now())}
    return render(request, "provisioning/drift_accept.html", context, status=409 if form.errors else 200)


def _accept_all(request: HttpRequest, findings: Sequence[DriftFinding], form: AcceptForm) -> list[str]:
    refused = []
    for finding in findings:
        try:
            accept(
                finding=finding,
                as_seen=request.POST.get(f"seen-{finding.pk}", ""),
                reason=form.cleaned_data["reason"],
                until=form.end(),
                by=cast(User, request.user),
                now=timezone.now(),
            )
        except AcceptRefused as error:
            refused.append(f"{finding.device}, {finding.key}: {error}")
    return refused


@allow(ONBOARD)
@require_POST
def drift_take_back(request: HttpRequest, pk: int) -> HttpResponse:
    acceptance = get_object_or_404(DriftAcceptance.objects.select_related("device"), pk=pk)
    if take_back(acceptance, by=cast(User, request.user), now=timezone.now()):
        messages.success(request, f"{acceptance.device}, {acceptance.key}: no longer accepted.")
    return redirect("provisioning:drift")


@allow(ONBOARD)
@require_POST
def drift_restore(request: HttpRequest) -> HttpResponse:
    """Plans that put back what was chosen: findings, or all that is open of a device or of a tenant."""
    device, tenant = request.POST.get("device"), request.POST.get("tenant")
    rows: QuerySet[DriftFinding]
    if device or tenant:
        whose = Q(device__slug=device) if device else Q(tenant__slug=tenant)
        rows = DriftFinding.objects.open(now=timezone.now()).filter(whose)
    else:
        rows = _chosen(request.POST)
    restoring = restore(rows, by=cast(User, request.user))
    _tell(request, restoring)
    if len(restoring.plans) == 1 and not restoring.refused and not restoring.left:
        return redirect(restoring.plans[0])
    return redirect("provisioning:runs" if restoring.plans else "provisioning:drift")


def _tell(request: HttpRequest, restoring: Restoring) -> None:
    if restoring.made:
        count = len(restoring.made)
        messages.success(request, f"{count} plan{'s' if count > 1 else ''} made: somebody approves before a push.")
    if restoring.waiting:
        names = ", ".join(f"plan {plan.pk}" for plan in restoring.waiting[:TOLD])
        messages.info(request, f"Waiting for approval already: {names}.")
    for reason in restoring.refused[:TOLD]:
        messages.error(request, f"No plan for {reason.device}: {reason.text}")
    if len(restoring.refused) > TOLD:
        messages.error(request, f"{len(restoring.refused) - TOLD} more were refused.")
    if restoring.left:
        messages.info(request, f"{restoring.left} tenants are left: restore once more when these plans are decided.")
    if not (restoring.plans or restoring.refused):
        messages.info(request, "A plan can put back nothing of this: see what each row says to do.")


@allow(ONBOARD)
@require_POST
def drift_adopt(request: HttpRequest, pk: int) -> HttpResponse:
    """Intent takes over what the device carries; the device is read again, so that the page tells the truth."""
    finding = get_object_or_404(told(DriftFinding.objects.all()), pk=pk)
    try:
        network = take_over(finding, as_seen=request.POST.get("value"))
    except (AdoptRefused, TenantMoveRefused, IntakeRefused) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{network.tenant}: {network} is intended so from now on.")
        _look_again(request, finding, network)
    return redirect(_back(request))


def _look_again(request: HttpRequest, finding: DriftFinding, network: Network) -> None:
    """At this device now, and at the tenant's others soon: its name or prefix is in their configuration too."""
    try:
        check(finding.device)
    except DeviceError as error:
        messages.warning(request, f"{finding.device} was not read again: {error}")
    for device in devices_of(network.tenant).values():
        if device != finding.device:
            dispatch.send(dispatch.CHECK_DRIFT, device.pk)


def _back(request: HttpRequest) -> str:
    there = request.POST.get("next", "")
    return there if url_has_allowed_host_and_scheme(there, allowed_hosts=None) else reverse("provisioning:drift")


@allow(READ_PROVISIONING)
@require_safe
def drift_leak(request: HttpRequest, pk: int) -> HttpResponse:
    return _leak_page(request, _vlan(pk), SetAsideForm())


def _vlan(pk: int) -> Vlan:
    return get_object_or_404(Vlan.objects.select_related("switch"), pk=pk)


def _leak_page(request: HttpRequest, vlan: Vlan, form: SetAsideForm, *, status: int = 200) -> HttpResponse:
    """A leaked VLAN: which devices carry it, as what; who had it; its moves; what can be done."""
    findings = told(DriftFinding.objects.filter(vlan=vlan)).order_by("device__name", "key")
    context = {
        "vlan": vlan,
        "form": form,
        "rows": finding_rows(findings, now=timezone.now()),
        "leak": vlan.leaks.filter(ended_at=None).select_related("tenant").first(),
        "networks": vlan.networks.select_related("tenant").order_by("-removed_on", "-pk")[:PAST_SHOWN],
        "moves": vlan.moves.select_related("by")[:PAST_SHOWN],
    }
    return render(request, "provisioning/drift_leak.html", context, status=status)


@allow(ONBOARD)
@require_POST
def drift_set_aside(request: HttpRequest, pk: int) -> HttpResponse:
    """``as``: infrastructure (with what it is for), or unclaimed, which is what it is already and drift then leaves."""
    vlan, now, by = _vlan(pk), timezone.now(), cast(User, request.user)
    form = SetAsideForm(request.POST)
    try:
        if request.POST.get("as") == "unclaimed":
            keep_unclaimed(vlan=vlan, now=now)
        elif form.is_valid():
            set_aside(vlan=vlan, reason=form.cleaned_data["reason"], by=by, now=now)
        else:
            return _leak_page(request, vlan, form, status=400)
    except AdoptRefused as refused:
        messages.error(request, str(refused))
        return redirect("provisioning:drift_leak", vlan.pk)
    vlan.refresh_from_db()
    messages.success(request, f"{vlan} of {vlan.switch} is {vlan.get_state_display()}: no drift any more.")
    return redirect("provisioning:drift")
