"""Alerts: what is open, the rules, what was; and what became of every message."""

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.roles import PLAN_CAPACITY, READ_CAPACITY, allow
from capacity import alerts as alerting
from capacity import outbox
from capacity.forms.alerts import AlertRuleForm
from capacity.models import Alert, AlertRule, Delivery

ROWS_A_PAGE = 50


@allow(READ_CAPACITY)
@require_safe
def alerts(request: HttpRequest) -> HttpResponse:
    """Open alerts on top, then the rules, then the history."""
    shown = Alert.objects.select_related("switch", "rule", "acknowledged_by").prefetch_related("deliveries")
    standing = shown.filter(cleared_at=None).order_by(F("acknowledged_at").asc(nulls_first=True), "-raised_at", "-pk")
    past = shown.exclude(cleared_at=None).order_by("-cleared_at", "-pk")
    counted = Count("alerts", filter=Q(alerts__cleared_at=None))
    context = {
        "standing": standing,
        "rules": AlertRule.objects.select_related("switch").annotate(open_count=counted),
        "page": Paginator(past, ROWS_A_PAGE).get_page(request.GET.get("page")),
        "mail_way": settings.MAIL_WAY,
        "mail_from": settings.DEFAULT_FROM_EMAIL,
        "public_url": settings.PUBLIC_URL,
    }
    return render(request, "capacity/alerts/alerts.html", context)


@allow(READ_CAPACITY)
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """The fragment for the overview: open alerts; empty when there is none."""
    return render(request, "capacity/alerts/attention.html", {"alerts": alerting.open_alerts()})


@allow(PLAN_CAPACITY)
@require_POST
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    alert = get_object_or_404(Alert.objects.select_related("switch"), pk=pk)
    if alerting.acknowledge(alert, by=cast(User, request.user)):
        messages.success(request, f"Noted that you have seen it: {alert}. It stays open until it is no longer true.")
    else:
        messages.info(request, f"{alert}: it has cleared, or somebody was first.")
    return redirect("capacity:alerts")


@allow(PLAN_CAPACITY)
@require_http_methods(["GET", "HEAD", "POST"])
def rule_new(request: HttpRequest) -> HttpResponse:
    return _edit(request, AlertRule())


@allow(PLAN_CAPACITY)
@require_http_methods(["GET", "HEAD", "POST"])
def rule(request: HttpRequest, pk: int) -> HttpResponse:
    return _edit(request, get_object_or_404(AlertRule, pk=pk))


def _edit(request: HttpRequest, edited: AlertRule) -> HttpResponse:
    """The form; a saved rule is held against the outlook at once, so that one sees what it raises."""
    shown = edited.in_words if edited.pk else ""
    form = AlertRuleForm(request.POST or None, instance=edited)
    if request.method == "POST" and form.saved():
        found = alerting.check(today=timezone.localdate())
        raised = f"{found.raised or 'no'} alert{'' if found.raised == 1 else 's'} raised"
        messages.success(request, f"The rule is saved and was checked: {raised}, {found.cleared or 'none'} cleared.")
        return redirect("capacity:alerts")
    return render(request, "capacity/alerts/rule.html", {"form": form, "shown": shown, "mail_way": settings.MAIL_WAY})


@allow(PLAN_CAPACITY)
@require_http_methods(["GET", "HEAD", "POST"])
def rule_delete(request: HttpRequest, pk: int) -> HttpResponse:
    removed = get_object_or_404(AlertRule.objects.select_related("switch"), pk=pk)
    if request.method == "POST":
        alerting.remove_rule(removed)
        messages.success(request, "The rule is removed and its alerts are cleared.")
        return redirect("capacity:alerts")
    return render(request, "capacity/alerts/rule_delete.html", {"rule": removed})


@allow(PLAN_CAPACITY)
@require_POST
def rule_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """On or off; switched on, it is checked at once."""
    switched = get_object_or_404(AlertRule, pk=pk)
    on = request.POST.get("on") == "yes"
    alerting.switch_rule(switched, on=on)
    if on:
        alerting.check(today=timezone.localdate())
    state = "switched on and was checked" if on else "switched off, and its alerts are cleared"
    messages.success(request, f"The rule is {state}: {switched}.")
    return redirect("capacity:alerts")


@allow(PLAN_CAPACITY)
@require_POST
def rule_test(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a test over each channel, and say what happened to each."""
    tested = get_object_or_404(AlertRule.objects.select_related("switch"), pk=pk)
    tried = outbox.try_out(tested)
    if not tried:
        messages.info(request, "This rule sends nothing: it shows a notice on the overview only.")
    for trial in tried:
        tell = messages.success if trial.arrived else messages.error
        tell(request, f"{trial.what}: {'' if trial.arrived else 'not sent. '}{trial.words}.")
    return redirect("capacity:alerts")


@allow(PLAN_CAPACITY)
@require_POST
def delivery_again(request: HttpRequest, pk: int) -> HttpResponse:
    delivery = get_object_or_404(Delivery, pk=pk)
    if outbox.again(delivery):
        messages.success(request, f"{delivery}: it is tried again now.")
    else:
        messages.info(request, f"{delivery}: it has not failed.")
    return redirect("capacity:alerts")
