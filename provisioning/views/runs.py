from typing import Any, cast

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.roles import READ_PROVISIONING, allow
from provisioning import attention as needs
from provisioning import wording
from provisioning.aftermath import aftermath
from provisioning.models import Plan, PlanStatus, Run
from tenants.visibility import visible_tenants

ROWS_A_PAGE = 50
LOG_LINES = 200


@allow(READ_PROVISIONING)
@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    """What waits for approval first, then every run, newest first."""
    visible = visible_tenants(cast(User, request.user)).values("pk")
    waiting = Plan.objects.filter(status=PlanStatus.PROPOSED, tenant__in=visible).select_related("tenant", "made_by")
    found = Run.objects.filter(plan__tenant__in=visible).select_related("plan__tenant", "started_by")
    context = {
        "waiting": Paginator(waiting, ROWS_A_PAGE).get_page(request.GET.get("waiting")),
        "page": Paginator(found, ROWS_A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "provisioning/runs.html", context)


@allow(READ_PROVISIONING)
@require_safe
def attention(request: HttpRequest) -> HttpResponse:
    """The fragment that the overview loads: what of provisioning needs a hand; empty when nothing does."""
    found = needs.attention(visible_tenants(cast(User, request.user)), now=timezone.now())
    return render(request, "provisioning/attention.html", {"found": found})


@allow(READ_PROVISIONING)
@require_safe
def run(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "provisioning/run.html", _context(request, pk))


@allow(READ_PROVISIONING)
@require_safe
def run_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the run's page that moves. It asks for itself again only while the run is open."""
    return render(request, "provisioning/run_progress.html", _context(request, pk))


def _context(request: HttpRequest, pk: int) -> dict[str, Any]:
    visible = visible_tenants(cast(User, request.user)).values("pk")
    runs = Run.objects.filter(plan__tenant__in=visible).select_related("plan__tenant", "started_by", "handoff")
    run = get_object_or_404(runs, pk=pk)
    steps = list(run.steps.select_related("operation__device", "device").order_by("undoes_id", "stage", "position"))
    log = list(run.log.order_by("-id")[:LOG_LINES])
    return {
        "run": run,
        "plan": run.plan,
        "aftermath": aftermath(run, steps),
        "standing": wording.standing(run, steps, now=timezone.now()),
        "groups": wording.by_device((step.operation, step) for step in steps if step.undoes_id is None),
        "back": wording.by_device((step.operation, step) for step in steps if step.undoes_id is not None),
        "log": log[::-1],
        "simulated": sorted({step.device.name for step in steps if step.device.is_simulated}),
    }
