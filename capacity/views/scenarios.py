"""/capacity/scenarios/: the saved what-ifs, compared, edited while they are reckoned, shared by link."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.roles import PLAN_CAPACITY, READ_CAPACITY, allow
from capacity.forms.scenarios import (
    TITLES,
    EventFormSet,
    ScenarioForm,
    initial_of,
    initial_rows,
)
from capacity.models import Scenario
from capacity.planning.demand import mean_size
from capacity.planning.whatif import Kind
from capacity.planning.whatif_rules import MOST_EVENTS
from capacity.planning.whatif_words import in_one_line
from capacity.scenario_columns import DRAFT, Column, Wanted, announcement, by_months, columns
from capacity.scenario_draft import Draft, with_other_rows
from capacity.scenario_figures import compared_figure
from capacity.scenarios import MOST_COMPARED, LiveData, NameTaken, duplicate, remove, save
from inventory.editing import EditedMeanwhile

KINDS = [(kind, TITLES[kind]) for kind in (Kind.BATCH, Kind.DEPARTURE, Kind.NEW_SWITCH_POD, Kind.VXLAN)]


@allow(READ_CAPACITY)
@require_safe
def scenarios(request: HttpRequest) -> HttpResponse:
    """Every saved scenario; those named in the query string side by side."""
    saved = list(Scenario.objects.select_related("switch", "made_by", "changed_by").prefetch_related("events"))
    slugs = list(dict.fromkeys(request.GET.getlist("with")))
    by_slug = {scenario.slug: scenario for scenario in saved}
    chosen = [by_slug[slug] for slug in slugs if slug in by_slug]
    live = LiveData(today=timezone.localdate())
    context = {
        "rows": [(scenario, in_one_line(scenario.what_if()), scenario in chosen) for scenario in saved],
        "most": MOST_COMPARED,
        "too_many": len(chosen) > MOST_COMPARED,
        "gone": len(slugs) - len(chosen),
        "no_switch": live.is_empty,
        **_side_by_side(chosen[:MOST_COMPARED], live, focus=request.GET.get("focus", "")),
    }
    return render(request, "capacity/scenarios/list.html", context)


@allow(READ_CAPACITY)
@require_safe
def scenario(request: HttpRequest, slug: str) -> HttpResponse:
    """One scenario beside the live forecast: the page to share."""
    shown = get_object_or_404(Scenario.objects.select_related("switch", "made_by", "changed_by"), slug=slug)
    live = LiveData(today=timezone.localdate())
    context = {
        "scenario": shown,
        "effect": in_one_line(shown.what_if()),
        "no_switch": live.is_empty,
        **_side_by_side([shown], live, focus=shown.slug),
    }
    return render(request, "capacity/scenarios/scenario.html", context)


def _side_by_side(chosen: list[Scenario], live: LiveData, *, focus: str) -> dict[str, Any]:
    wanted = []
    unknown = []
    for one in chosen:
        about = live.of(one.switch)
        if about is None:
            unknown.append(one)
        else:
            wanted.append(Wanted(one.name, one.what_if(), about, one.slug, one.get_absolute_url()))
    made = columns(wanted)
    keys = [column.wanted.key for column in made if not column.is_live]
    focused = focus if focus in keys else (keys[0] if keys else "")
    return {
        **_told(made, focused),
        "choose_focus": len(keys) > 1,
        "out_of_use": unknown,
    }


def _told(made: list[Column], focus: str) -> dict[str, Any]:
    return {
        "columns": made,
        "months_rows": by_months(made),
        "figure": compared_figure(made, focus=focus) if made else None,
        "focus": focus,
        "announcement": announcement(made),
    }


@allow(PLAN_CAPACITY)
@require_http_methods(["GET", "HEAD", "POST"])
def scenario_new(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _posted(request, None)
    form = ScenarioForm(initial={"growth": "1", "switch": request.GET.get("switch", "")})
    return _form_page(request, form, EventFormSet(prefix="events", initial=[]), None)


@allow(PLAN_CAPACITY)
@require_http_methods(["GET", "HEAD", "POST"])
def scenario_edit(request: HttpRequest, slug: str) -> HttpResponse:
    stored = get_object_or_404(Scenario.objects.select_related("switch"), slug=slug)
    if request.method == "POST":
        return _posted(request, stored)
    rows = EventFormSet(prefix="events", initial=initial_rows(stored))
    return _form_page(request, ScenarioForm(initial=initial_of(stored)), rows, stored)


def _posted(request: HttpRequest, stored: Scenario | None) -> HttpResponse:
    data = request.POST
    if "more" in data or "drop" in data or "reckon" in data:
        form, rows = with_other_rows(data, today=timezone.localdate())
        answer = _form_page(request, form, rows, stored)
        answer["HX-Trigger-After-Settle"] = "events-changed"  # the form then asks what follows from them
        return answer
    draft = Draft(data, live=LiveData(today=timezone.localdate()))
    if draft.is_valid():
        saved = _saved(request, draft, stored)
        if saved is not None:
            return saved
    return _form_page(request, draft.form, draft.rows, stored, draft=draft)


def _saved(request: HttpRequest, draft: Draft, stored: Scenario | None) -> HttpResponseRedirect | None:
    """None, with the reason in the form, where it cannot be stored."""
    form = draft.form
    try:
        made = save(
            scenario=stored,
            name=form.cleaned_data["name"],
            switch=form.cleaned_data["switch"],
            what_if=draft.what_if,
            version=form.cleaned_data["version"] or 0,
            by=_asker(request),
        )
    except NameTaken:
        form.add_error("name", "There is a scenario of this name already: choose another.")
    except EditedMeanwhile as meanwhile:
        form.add_error(None, _meanwhile(meanwhile))
    else:
        messages.success(request, f"{made} is saved.")
        return redirect(made)
    return None


def _meanwhile(meanwhile: EditedMeanwhile) -> str:
    last = meanwhile.last
    if last is None:
        return "Somebody removed this scenario after you had opened it. What you typed is still here: make a new one."
    at = timezone.localtime(last.at)
    return (
        f"{last.by} changed this scenario on {at:%-d %B %Y at %H:%M}, after you had opened it. What you typed is still "
        "here: open the scenario afresh, and make your change again."
    )


def _asker(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # the guard has let nobody else in
    return request.user


def _form_page(
    request: HttpRequest, form: ScenarioForm, rows: Any, stored: Scenario | None, *, draft: Draft | None = None
) -> HttpResponse:
    """The form with what follows from it. ``draft``: what was posted to be saved, and was refused."""
    live = draft.live if draft else LiveData(today=timezone.localdate())
    shown = draft or Draft.of_initial(form, rows, live=live)
    _start_sliders(form, live)
    wrong = draft is not None and bool(form.errors or rows.total_error_count())
    context = {
        "form": form,
        "rows": rows,
        "scenario": stored,
        "wrong": wrong,
        "refused": shown.problem_list() if wrong else [],
        "kinds": KINDS,
        "most_events": MOST_EVENTS,
        "no_switch": live.is_empty,
        **_answer(shown),
    }
    return render(request, "capacity/scenarios/edit.html", context, status=422 if wrong else 200)


def _start_sliders(form: ScenarioForm, live: LiveData) -> None:
    about = live.of_slug(str(form["switch"].value() or ""))
    if about is not None:
        form.start_sliders(
            size=mean_size(about.case.subject.demand), percent=about.case.ceiling.bounds.practical_percent
        )


@allow(PLAN_CAPACITY)
@require_safe
def scenario_preview(request: HttpRequest) -> HttpResponse:
    """The fragment that follows the sliders: what would come of the scenario as it is typed now."""
    draft = Draft(request.GET, live=LiveData(today=timezone.localdate()), needs_name=False)
    context = {"form": draft.form, "rows": draft.rows, "is_preview": True, **_answer(draft)}
    return render(request, "capacity/scenarios/preview.html", context)


def _answer(draft: Draft) -> dict[str, Any]:
    if not draft.is_valid():
        found = draft.problem_list()
        return {"problems": found, "announcement": f"Not reckoned. {' '.join(message for _, _, message in found)}"}
    made = columns([Wanted(draft.name or "This scenario", draft.what_if, draft.about, DRAFT)])
    return _told(made, DRAFT)


@allow(PLAN_CAPACITY)
@require_POST
def scenario_duplicate(request: HttpRequest, slug: str) -> HttpResponse:
    made = duplicate(get_object_or_404(Scenario.objects.select_related("switch"), slug=slug), by=_asker(request))
    messages.success(request, f"{made} is a copy: change what is to differ.")
    return redirect("capacity:scenario_edit", made.slug)


@allow(PLAN_CAPACITY)
@require_http_methods(["GET", "HEAD", "POST"])
def scenario_delete(request: HttpRequest, slug: str) -> HttpResponse:
    stored = get_object_or_404(Scenario.objects.select_related("switch", "made_by"), slug=slug)
    refused = ""
    if request.method == "POST":
        version = request.POST.get("version", "")
        try:
            remove(stored, version=int(version) if version.isascii() and version.isdecimal() else 0)
        except EditedMeanwhile:
            refused = "It was changed after you had opened this page. Look at it again before you delete it."
        else:
            messages.success(request, f"{stored} is deleted.")
            return redirect("capacity:scenarios")
    context = {"scenario": stored, "effect": in_one_line(stored.what_if()), "refused": refused}
    return render(request, "capacity/scenarios/delete.html", context, status=409 if refused else 200)
