from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.roles import APPROVE, ONBOARD, READ_PROVISIONING, allow
from provisioning import approval, wording
from provisioning.aftermath import follows, to_plan_anew
from provisioning.devices import DeviceMissing
from provisioning.drift.accepting import undone_by
from provisioning.drift.telling import finding_rows
from provisioning.drivers.protocol import Kind
from provisioning.forms import DecisionForm
from provisioning.models import AuditFinding, DriftFinding, HandOff, Plan, PlanStatus, Purpose, Run
from provisioning.models.runs import OPEN_RUNS
from provisioning.planning import PlanRefused, Reason, make_plan, purpose_of
from provisioning.views.audit import finding_row as audit_row
from provisioning.views.audit import worst_first
from provisioning.views.drift import told
from tenants.models import Tenant, Zcc
from tenants.visibility import visible_tenants

SHOWN_IN_PANEL = 5


def _tenant(request: HttpRequest, slug: str) -> Tenant:
    tenants = visible_tenants(cast(User, request.user)).select_related("pod__switch", "pod__dvs__vcenter")
    return get_object_or_404(tenants, slug=slug)


@allow(ONBOARD)
@require_http_methods(["GET", "HEAD", "POST"])
def prepare(request: HttpRequest, slug: str) -> HttpResponse:
    """Read the devices and make the plan; what keeps that from working is told here, and may be tried again."""
    tenant = _tenant(request, slug)
    reasons: tuple[Reason, ...] = ()
    if request.method == "POST":
        purpose = Purpose.RESTORE if request.POST.get("purpose") == Purpose.RESTORE else None
        try:
            plan = make_plan(tenant=tenant, by=cast(User, request.user), purpose=purpose)
        except PlanRefused as refused:
            reasons = refused.reasons
        except DeviceMissing as missing:
            reasons = (Reason("Devices", str(missing)),)
        else:
            return redirect(plan)
    networks = list(tenant.networks.exclude(status="removed").select_related("vlan", "vni"))
    context = {
        "tenant": tenant,
        "reasons": reasons,
        "on_vxlan": any(network.is_vxlan for network in networks),
        "purpose": purpose_of(tenant).label,
        "restoring": request.POST.get("purpose") == Purpose.RESTORE,
        "networks": networks,
        "waiting": tenant.plans.filter(status=PlanStatus.PROPOSED).first(),
        "open_run": Run.objects.filter(plan__tenant=tenant, status__in=OPEN_RUNS).first(),
    }
    return render(request, "provisioning/prepare.html", context, status=409 if reasons else 200)


@allow(READ_PROVISIONING)
@require_safe
def tenant_panel(request: HttpRequest, slug: str) -> HttpResponse:
    """The fragment on a tenant's page: its plans and runs, what breaks its isolation, and what drifted."""
    tenant = _tenant(request, slug)
    plans = list(tenant.plans.select_related("run", "made_by")[:SHOWN_IN_PANEL])
    behind = tenant.networks.filter(status__in=["planned", "removing"]).exists()
    now = timezone.now()
    findings = told(DriftFinding.objects.open(now=now).filter(tenant=tenant))
    breaches = AuditFinding.objects.filter(tenants=tenant)
    context = {
        "tenant": tenant,
        "plans": plans,
        "again": to_plan_anew(plans),
        "behind": behind,
        "findings": finding_rows(findings[:SHOWN_IN_PANEL], now=now),
        "finding_count": findings.count(),
        "breaches": [audit_row(breach) for breach in worst_first(breaches)[:SHOWN_IN_PANEL]],
        "breach_count": breaches.count(),
        "handoff": HandOff.objects.filter(tenant=tenant).first(),
        "accepted_count": DriftFinding.objects.accepted(now=now).filter(tenant=tenant).count(),
    }
    return render(request, "provisioning/tenant_panel.html", context)


@allow(READ_PROVISIONING)
@require_safe
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    return _plan_page(request, get_object_or_404(_plans(request), pk=pk))


def _plans(request: HttpRequest) -> Any:
    visible = visible_tenants(cast(User, request.user)).values("pk")
    return Plan.objects.filter(tenant__in=visible).select_related("tenant", "made_by", "decided_by", "run")


def _plan_page(request: HttpRequest, plan: Plan, *, error: str = "", status: int = 200) -> HttpResponse:
    operations = list(plan.operations.select_related("device"))
    own = plan.made_by_id == cast(User, request.user).pk and not settings.ALLOW_SELF_APPROVAL
    context = {
        "plan": plan,
        "groups": wording.by_device((op, None) for op in operations),
        "operation_count": len(operations),
        "simulated": sorted({op.device.name for op in operations if op.device.is_simulated}),
        "on_vxlan": any(op.kind == Kind.SEGMENT for op in operations),
        "zcc": Zcc.objects.filter(tenant=plan.tenant_id).select_related("network").first(),
        "own": own,
        "accepted": undone_by(plan, now=timezone.now()),
        "error": error,
        "run": getattr(plan, "run", None),
        "follows": follows(plan),
    }
    return render(request, "provisioning/plan.html", context, status=status)


@allow(APPROVE)
@require_POST
def plan_approve(request: HttpRequest, pk: int) -> HttpResponse:
    plan = get_object_or_404(_plans(request), pk=pk)
    form = DecisionForm(request.POST)
    plan_hash = form.cleaned_data["hash"] if form.is_valid() else ""
    try:
        run = approval.approve(plan=plan, plan_hash=plan_hash, by=cast(User, request.user))
    except approval.AlreadyDecided as decided:
        plan = get_object_or_404(_plans(request), pk=pk)
        if hasattr(plan, "run"):  # a second click
            return redirect(plan.run)
        return _plan_page(request, plan, error=str(decided), status=409)
    except approval.ApprovalRefused as refused:
        return _plan_page(request, get_object_or_404(_plans(request), pk=pk), error=str(refused), status=409)
    if run is None:
        messages.success(request, "Your approval is noted. This plan reaches far: a second person approves it too.")
        return redirect(plan)
    return redirect(run)


@allow(APPROVE)
@require_POST
def plan_reject(request: HttpRequest, pk: int) -> HttpResponse:
    plan = get_object_or_404(_plans(request), pk=pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _plan_page(request, plan, error="The note may have 200 characters at most.", status=400)
    note, plan_hash = form.cleaned_data["note"], form.cleaned_data["hash"]
    try:
        approval.reject(plan=plan, plan_hash=plan_hash, by=cast(User, request.user), note=note)
    except approval.ApprovalRefused as refused:
        return _plan_page(request, get_object_or_404(_plans(request), pk=pk), error=str(refused), status=409)
    messages.success(request, "The plan was rejected. Nothing was pushed.")
    return redirect(plan)
