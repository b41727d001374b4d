"""What is assumed about money and time: read by all, edited by those who plan."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.roles import PLAN_CAPACITY, READ_CAPACITY, allow
from capacity.forms.assumptions import GROUPS, AssumptionsForm, Entry, default_of, entries, in_words
from capacity.models.assumptions import ONLY, PlanningAssumptions
from inventory.editing import last_edit


@allow(READ_CAPACITY)
@require_safe
def assumptions(request: HttpRequest) -> HttpResponse:
    """Every number that holds, its default, what it drives; who changed them last."""
    stored = _stored()
    groups = [(group, [_row(entry, stored) for entry in group.entries]) for group in GROUPS]
    context = {
        "groups": groups,
        "stored": stored,
        "last": last_edit(stored) if stored else None,
        "changed": sum(row["is_changed"] for _, rows in groups for row in rows),
    }
    return render(request, "capacity/assumptions.html", context)


@allow(PLAN_CAPACITY)
@require_http_methods(["GET", "HEAD", "POST"])
def assumptions_edit(request: HttpRequest) -> HttpResponse:
    """The form; with ``?defaults`` it is filled with the defaults, and nothing is saved before Save."""
    stored, defaults = _stored(), "defaults" in request.GET
    initial = {entry.name: default_of(entry.name) for entry in entries()} if defaults else {}
    form = AssumptionsForm(request.POST or None, stored=stored, initial=initial)
    if request.method == "POST" and form.saved():
        messages.success(request, "The assumptions are saved. Every recommendation is reckoned by them from now on.")
        return redirect("capacity:assumptions")
    context = {"form": form, "defaults": defaults and request.method != "POST"}
    return render(request, "capacity/assumptions_form.html", context)


def _stored() -> PlanningAssumptions | None:
    return PlanningAssumptions.objects.filter(pk=ONLY).first()


def _row(entry: Entry, stored: PlanningAssumptions | None) -> dict[str, Any]:
    default = default_of(entry.name)
    value = getattr(stored, entry.name) if stored else default
    return {
        "entry": entry,
        "unit": entry.unit_in(stored.currency if stored else default_of("currency")),
        "value": in_words(value),
        "default": in_words(default),
        "is_changed": value != default,
    }
