from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, Count, F, Min, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import MANAGE_DEVICES, ONBOARD, READ_PROVISIONING, allow
from provisioning import dispatch, drift
from provisioning.audit import auditing
from provisioning.audit.rules import RULES, asked_of
from provisioning.drivers.protocol import DeviceError
from provisioning.filters import AuditFilter, DeviceFilter
from provisioning.models import Audit, AuditFinding, AuditRule, Device, DeviceKind, Severity
from tenants.models import Tenant, TenantStatus

ROWS_A_PAGE = 50
MAY_CHECK = ONBOARD | MANAGE_DEVICES
PLURALS = {
    DeviceKind.VCENTER: "vCenters",
    DeviceKind.CORE_SWITCH: "Core switches",
    DeviceKind.FIREWALL: "Tenant firewalls",
}
SILENT = ~Q(last_error="")
WORST_FIRST = Case(*(When(severity=severity, then=Value(rank)) for rank, severity in enumerate(Severity)))


@allow(READ_PROVISIONING)
@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """What breaks isolation, worst first, and what was looked at to say so."""
    found = AuditFilter(request.GET, queryset=worst_first(AuditFinding.objects.prefetch_related("tenants")))
    page = Paginator(found.qs.distinct(), ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "filter": found,
        "filtered": any(request.GET.get(name) for name in found.filters),
        "page": page,
        "rows": [finding_row(finding) for finding in page],
        "counts": _counts(),
        "coverage": coverage(),
        "rules": [{"label": rule.label, "on": _kinds_of(rule), "advice": RULES[rule].advice} for rule in AuditRule],
    }
    return render(request, "provisioning/audit.html", context)


def worst_first(findings: QuerySet[AuditFinding]) -> QuerySet[AuditFinding]:
    """With their devices."""
    return findings.select_related("device").order_by(WORST_FIRST, "-first_seen_at", "pk")


def _counts() -> list[dict[str, Any]]:
    counted = dict(AuditFinding.objects.order_by().values_list("severity").annotate(n=Count("pk")))
    return [{"severity": one.value, "label": one.label, "count": counted.get(one.value, 0)} for one in Severity]


def _kinds_of(rule: AuditRule) -> str:
    return ", ".join(kind.label for kind in RULES[rule].on)


def coverage() -> dict[str, Any]:
    """For each kind of device how many were audited, how many never, and the oldest audit; and of our own data."""
    counted = (
        Device.objects.order_by()
        .values("kind")
        .annotate(total=Count("pk"), audited=Count("audit"), oldest=Min("audit__at"), silent=Count("pk", filter=SILENT))
    )
    by_kind = {row["kind"]: row for row in counted}
    kinds = [
        {**by_kind[kind.value], "label": PLURALS[kind], "never": by_kind[kind]["total"] - by_kind[kind]["audited"]}
        | {"rules": len(asked_of(kind))}
        for kind in PLURALS
        if kind.value in by_kind
    ]
    return {
        "kinds": kinds,
        "total": sum(row["total"] for row in kinds),
        "audited": sum(row["audited"] for row in kinds),
        "without": Tenant.objects.filter(status=TenantStatus.ACTIVE, firewall=None).count(),
        "portal": Audit.objects.filter(device=None).first(),
    }


def finding_row(finding: AuditFinding) -> dict[str, Any]:
    """A finding with its advice, and its evidence as pairs of words."""
    pairs = [(name.replace("_", " "), _in_words(value)) for name, value in finding.evidence.items()]
    return {"finding": finding, "advice": RULES[AuditRule(finding.rule)].advice, "evidence": pairs}


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return "; ".join(f"{name.replace('_', ' ')}: {_in_words(one)}" for name, one in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(_in_words(one) for one in value) or "none"
    return "none" if value in ("", None) else str(value)


@allow(READ_PROVISIONING)
@require_safe
def audit_devices(request: HttpRequest) -> HttpResponse:
    """When each device was last audited: never first, then the oldest."""
    rows: QuerySet[Device] = Device.objects.select_related("audit").annotate(found=Count("audit_findings"))
    found = DeviceFilter(request.GET, queryset=rows.order_by(F("audit__at").asc(nulls_first=True), "name"))
    page = Paginator(found.qs, ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "provisioning/audit_devices.html", {"filter": found, "page": page})


@allow(MAY_CHECK)
@require_POST
def audit_device(request: HttpRequest, slug: str) -> HttpResponse:
    """Read one device now and audit it: the same look that finds drift."""
    device = get_object_or_404(Device, slug=slug)
    try:
        drift.check(device)
    except DeviceError as error:
        messages.error(request, f"{device} was not audited: {error}")
    else:
        count = AuditFinding.objects.filter(device=device).count()
        messages.success(request, f"{device} was audited: {count or 'nothing'} found.")
    return redirect("provisioning:audit_devices")


@allow(MAY_CHECK)
@require_POST
def audit_all(request: HttpRequest) -> HttpResponse:
    """Audit the portal's own data now, and have the workers read every device."""
    auditing.audit_the_portal()
    if dispatch.send("provisioning.check_drift_everywhere"):
        messages.success(request, "The inventory was audited. Every device is read now; this page shows what is done.")
    else:
        messages.error(request, "The inventory was audited. No worker can be asked to read the devices: try again.")
    return redirect("provisioning:audit")
