"""Holding work back: a run's pause and cancel, the stop switches, maintenance windows, a device put aside."""

from collections.abc import Callable
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from accounts.roles import APPROVE, MANAGE_DEVICES, ONBOARD, READ_PROVISIONING, allow, holds
from provisioning import control, holding
from provisioning.forms_holding import StopForm, WindowForm
from provisioning.models import Device, MaintenanceWindow, OnCancel, Run, Stop
from tenants.visibility import visible_tenants

STEER = ONBOARD | APPROVE
PAST_SHOWN = 20


@allow(STEER)
@require_POST
def run_pause(request: HttpRequest, pk: int) -> HttpResponse:
    return _order(request, pk, lambda run, by: control.pause(run=run, by=by))


@allow(STEER)
@require_POST
def run_resume(request: HttpRequest, pk: int) -> HttpResponse:
    return _order(request, pk, lambda run, by: control.resume(run=run, by=by))


@allow(STEER)
@require_POST
def run_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """``written``: what becomes of what was written; undone where nothing else was chosen."""
    written = OnCancel.KEEP if request.POST.get("written") == OnCancel.KEEP else OnCancel.UNDO
    return _order(request, pk, lambda run, by: control.cancel(run=run, by=by, written=written))


def _order(request: HttpRequest, pk: int, give: Callable[[Run, User], None]) -> HttpResponse:
    by = cast(User, request.user)
    run = get_object_or_404(Run.objects.filter(plan__tenant__in=visible_tenants(by).values("pk")), pk=pk)
    try:
        give(run, by)
    except control.ControlRefused as refused:
        messages.error(request, str(refused))
    return redirect(run)


@allow(READ_PROVISIONING)
@require_http_methods(["GET", "HEAD", "POST"])
def held(request: HttpRequest) -> HttpResponse:
    """What holds work back now and is planned to; a stop of everything is one click and a reason away."""
    may_stop = holds(request.user, STEER)
    form = StopForm(request.POST if request.method == "POST" and may_stop else None)
    if form.is_bound and form.is_valid():
        holding.stop(device=None, by=cast(User, request.user), reason=form.cleaned_data["reason"])
        messages.success(request, "All pushing is stopped. What is being written ends its batch; no other begins.")
        return redirect("provisioning:held")
    now = timezone.now()
    stops = Stop.objects.select_related("device", "by", "lifted_by")
    context = {
        "form": form,
        "may_stop": may_stop,
        "stops": stops.filter(lifted_at=None),
        "lifted": stops.exclude(lifted_at=None)[:PAST_SHOWN],
        "windows": MaintenanceWindow.objects.filter(ends_at__gt=now).select_related("device", "made_by"),
        "aside": Device.objects.filter(aside_until__gt=now).order_by("name"),
        "everything": stops.filter(lifted_at=None, device=None).exists(),
    }
    return render(request, "provisioning/held.html", context, status=400 if form.is_bound else 200)


@allow(STEER)
@require_POST
def stop_lift(request: HttpRequest, pk: int) -> HttpResponse:
    stop = get_object_or_404(Stop, pk=pk)
    holding.lift(stop, by=cast(User, request.user))
    messages.success(request, "Lifted: what waits goes on.")
    return redirect("provisioning:held")


@allow(STEER)
@require_http_methods(["GET", "HEAD", "POST"])
def device_stop(request: HttpRequest, slug: str) -> HttpResponse:
    device = get_object_or_404(Device, slug=slug)
    form = StopForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        holding.stop(device=device, by=cast(User, request.user), reason=form.cleaned_data["reason"])
        messages.success(request, f"Nothing is pushed to {device} until the stop is lifted.")
        return redirect(device)
    context = {"form": form, "device": device}
    return render(request, "provisioning/device_stop.html", context, status=400 if form.is_bound else 200)


@allow(STEER)
@require_POST
def device_try_again(request: HttpRequest, slug: str) -> HttpResponse:
    device = get_object_or_404(Device, slug=slug)
    holding.try_again(device)
    messages.success(request, f"{device} is tried again now.")
    return redirect(device)


@allow(MANAGE_DEVICES | ONBOARD)
@require_http_methods(["GET", "HEAD", "POST"])
def window_new(request: HttpRequest) -> HttpResponse:
    form = WindowForm(request.POST or None, initial={"device": request.GET.get("device")})
    if request.method == "POST" and form.is_valid():
        form.instance.made_by = cast(User, request.user)
        form.save()
        messages.success(request, "The maintenance window is saved.")
        return redirect("provisioning:held")
    return render(request, "provisioning/window.html", {"form": form}, status=400 if form.is_bound else 200)


@allow(MANAGE_DEVICES | ONBOARD)
@require_POST
def window_delete(request: HttpRequest, pk: int) -> HttpResponse:
    MaintenanceWindow.objects.filter(pk=pk).delete()
    messages.success(request, "The maintenance window is gone.")
    return redirect("provisioning:held")
