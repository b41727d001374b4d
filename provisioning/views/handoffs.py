"""/provisioning/handoffs/: what a person does in Zerto for each new tenant, and how far it is."""

import csv
from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.roles import ONBOARD, READ_PROVISIONING, allow
from provisioning import handoff as handing
from provisioning.forms_handoff import VrasForm
from provisioning.models import HandOff
from provisioning.zerto import managers_for
from tenants.models.tenants import GONE
from tenants.visibility import visible_tenants

ROWS_A_PAGE = 50


def _visible(request: HttpRequest) -> QuerySet[HandOff]:
    tenants = visible_tenants(cast(User, request.user)).values("pk")
    related = HandOff.objects.filter(tenant__in=tenants).select_related("tenant__pod__dvs__vcenter", "closed_by")
    return related.select_related("tenant__zcc__network")


def _one(request: HttpRequest, pk: int) -> HandOff:
    return get_object_or_404(_visible(request), pk=pk)


@allow(READ_PROVISIONING)
@require_safe
def handoffs(request: HttpRequest) -> HttpResponse:
    """Those that wait for a person first, the oldest on top; then those that are closed, the newest on top, and at the
    end those that were open when their tenant was gone."""
    rows = _visible(request).annotate(done=Count("ticks"))
    waits = Q(closed_at=None) & ~Q(tenant__status__in=GONE)
    waiting = rows.filter(waits).order_by("opened_at", "pk")
    closed = rows.exclude(waits).order_by(F("closed_at").desc(nulls_last=True), "-pk")
    context = {
        "waiting": Paginator(waiting, ROWS_A_PAGE).get_page(request.GET.get("waiting")),
        "page": Paginator(closed, ROWS_A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "provisioning/handoff/list.html", context)


@allow(READ_PROVISIONING)
@require_safe
def handoff(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _one(request, pk))


def _page(request: HttpRequest, shown: HandOff, *, status: int = 200, **more: Any) -> HttpResponse:
    sheet = handing.worksheet_of(shown)
    ticks = {tick.task: tick for tick in shown.ticks.select_related("by")}
    context = {
        "handoff": shown,
        "tenant": shown.tenant,
        "tasks": [(task, ticks.get(task.key)) for task in sheet.tasks],
        "done": sum(task.key in ticks for task in sheet.tasks),
        "openings": sheet.openings,
        "missing": sheet.missing,
        "lacks_address": getattr(shown.tenant, "zcc", None) is None,
        "managers": managers_for(shown.tenant),
        "form": VrasForm(instance=shown),
        **more,
    }
    return render(request, "provisioning/handoff/page.html", context, status=status)


@allow(ONBOARD)
@require_POST
def handoff_tick(request: HttpRequest, pk: int) -> HttpResponse:
    shown, task = _one(request, pk), request.POST.get("task", "")
    if request.POST.get("done"):
        handing.tick(shown, task, by=cast(User, request.user))
    else:
        handing.untick(shown, task)
    return redirect(f"{shown.get_absolute_url()}#{task}" if task.isalpha() else shown)


@allow(ONBOARD)
@require_POST
def handoff_vras(request: HttpRequest, pk: int) -> HttpResponse:
    shown = _one(request, pk)
    form = VrasForm(request.POST, instance=shown)
    if not form.is_valid():
        return _page(request, _one(request, pk), form=form)
    numbers = form.cleaned_data
    handing.set_vras(shown, customer=numbers["customer_vras"], provider=numbers["provider_vras"])
    return redirect(f"{shown.get_absolute_url()}#ports")


@allow(ONBOARD)
@require_POST
def handoff_address(request: HttpRequest, pk: int) -> HttpResponse:
    shown = _one(request, pk)
    if reason := handing.try_for_address(shown.tenant):
        messages.error(request, reason)
    return redirect(f"{shown.get_absolute_url()}#zcc")


@allow(ONBOARD)
@require_POST
def handoff_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    shown = _one(request, pk)
    handing.confirm(shown, now=timezone.now())
    return redirect(f"{shown.get_absolute_url()}#zerto")


@allow(ONBOARD)
@require_POST
def handoff_close(request: HttpRequest, pk: int) -> HttpResponse:
    shown = _one(request, pk)
    try:
        handing.close(shown, by=cast(User, request.user), now=timezone.now())
    except handing.HandOffRefused as refused:
        return _page(request, _one(request, pk), status=409, error=str(refused))
    return redirect(shown)


@allow(ONBOARD)
@require_POST
def handoff_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    shown = _one(request, pk)
    handing.reopen(shown)
    return redirect(shown)


@allow(READ_PROVISIONING)
@require_safe
def handoff_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """The worksheet as rows: task, what, value; then the port matrix."""
    shown = _one(request, pk)
    sheet = handing.worksheet_of(shown)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="handoff-{shown.tenant.slug}.csv"'
    rows = [["task", "what", "value"]]
    for task in sheet.tasks:
        rows += [[task.title, value.label, value.value] for value in task.values]
        rows += [[task.title, "missing", reason] for reason in task.missing]
    for one in sheet.openings:
        rows.append(["Port matrix", f"{one.opened_by}: {one.source} to {one.destination}", f"TCP {one.ports}"])
    csv.writer(answer).writerows(map(_plain, row) for row in rows)
    return answer


def _plain(text: str) -> str:
    """A value that a spreadsheet does not take for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text
