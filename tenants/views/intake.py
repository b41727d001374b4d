"""/onboarding/: the form that takes a tenant in."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.roles import ONBOARD, allow
from inventory.models import Pod
from tenants.forms import NetworkFormSet, OnboardForm, tell
from tenants.models import NetworkRole, Tenant
from tenants.onboarding import IntakeRefused, NoCapacity, VlanNotFree, take_in
from tenants.placement import Proposal, propose
from tenants.rooms import pod_rooms
from tenants.views.answers import asker, carriers_of, said, to_plan

FIRST_ROWS = [{"role": NetworkRole.FAILOVER_PRODUCTION}, {"role": NetworkRole.FAILOVER_TEST}]
TOKENS_KEPT = 20


@allow(ONBOARD)
@require_http_methods(["GET", "HEAD", "POST"])
def onboard(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        form = OnboardForm(initial={"token": uuid.uuid4(), "pod": request.GET.get("pod", "")})
        return _page(request, form, NetworkFormSet(prefix="networks", initial=FIRST_ROWS))
    if "more" in request.POST or "drop" in request.POST:
        return _with_other_rows(request)
    before = request.session.get("taken_in", {}).get(request.POST.get("token", ""))
    if before:
        said(request, f"{before} was taken in by this form already.")
        return redirect(reverse("tenants:tenant", args=[before]))
    form, rows = OnboardForm(request.POST), NetworkFormSet(request.POST, prefix="networks")
    if not (form.is_valid() & rows.is_valid()):
        return _page(request, form, rows)
    return _take_in(request, form, rows)


def _take_in(request: HttpRequest, form: OnboardForm, rows: Any) -> HttpResponse:
    of_set: list[str] = []
    pod, reason = _pod(form, needed=len(rows.forms))
    if pod is None:
        form.add_error("pod", reason)
        return _page(request, form, rows)
    try:
        tenant = take_in(
            name=form.cleaned_data["name"],
            pod=pod,
            networks=[row.wish() for row in rows],
            wan=form.wan_wish(),
            customer_subnets=form.subnets(),
            contact=form.cleaned_data["contact"],
            by=asker(request),
            now=timezone.now(),
        )
    except IntakeRefused as refused:
        of_set = tell(refused.errors, form=form, rows=rows)
    except NoCapacity as full:
        form.add_error("pod", str(full))
    except VlanNotFree as taken:
        next(row for row in rows if row.cleaned_data["vid"] == taken.vid).add_error("vid", str(taken))
    else:
        _remember(request, str(form.cleaned_data["token"]), tenant)
        said(request, f"{tenant} is taken in, in {pod}; its {carriers_of(tenant)} are held. {reason}".strip())
        return to_plan(tenant)
    return _page(request, form, rows, of_set)


def _pod(form: OnboardForm, *, needed: int) -> tuple[Pod | None, str]:
    """The pod chosen, or the one proposed; and in words why, or why there is none."""
    chosen: Pod | None = form.cleaned_data["pod"]
    if chosen is not None:
        return chosen, ""
    proposal = propose(pod_rooms(), needed=needed)
    if proposal is None:
        return None, no_room(needed)
    return Pod.objects.select_related("switch").get(slug=proposal.slug), proposal.reason


def no_room(needed: int) -> str:
    return (
        f"No open pod's core switch has {needed} free VLANs, and no pod is left that places tenants on VXLAN: add a "
        "pod behind another core switch."
    )


def _remember(request: HttpRequest, token: str, tenant: Tenant) -> None:
    kept = dict(list(request.session.get("taken_in", {}).items())[-TOKENS_KEPT:])
    request.session["taken_in"] = kept | {token: tenant.slug}


def _with_other_rows(request: HttpRequest) -> HttpResponse:
    """The form as it was typed, with a row more or a row less, and without judging it yet."""
    data = request.POST
    rows = NetworkFormSet(data, prefix="networks")
    typed = [{name: data.get(row.add_prefix(name), "") for name in row.fields} for row in rows.forms]
    drop = data.get("drop", "")
    if drop.isdecimal() and int(drop) < len(typed) and len(typed) > 1:
        del typed[int(drop)]
    elif "more" in data:
        typed.append({"role": NetworkRole.EXTRA})
    form = OnboardForm(initial={name: data.get(name, "") for name in OnboardForm.base_fields})
    return _page(request, form, NetworkFormSet(prefix="networks", initial=typed))


def _page(request: HttpRequest, form: OnboardForm, rows: Any, of_set: list[str] | None = None) -> HttpResponse:
    wrong = form.is_bound and bool(form.errors or of_set or any(row.errors for row in rows.forms))
    context = {
        "form": form,
        "rows": rows,
        "of_set": [*(of_set or []), *(rows.non_form_errors() if rows.is_bound else [])],
        "wrong": wrong,
        **_proposal(form["pod"].value(), needed=len(rows.forms)),
    }
    return render(request, "tenants/onboard.html", context, status=422 if wrong else 200)


def _proposal(pod: object, *, needed: int) -> dict[str, Proposal | str | None]:
    if pod:
        return {"proposal": None, "none": ""}
    found = propose(pod_rooms(), needed=needed)
    return {"proposal": found, "none": "" if found else no_room(needed)}


@allow(ONBOARD)
@require_safe
def proposal(request: HttpRequest) -> HttpResponse:
    """The fragment that says which pod would be proposed for the networks typed so far."""
    return render(
        request, "tenants/proposal.html", _proposal(request.GET.get("pod"), needed=_number_of_rows(request.GET))
    )


def _number_of_rows(data: QueryDict) -> int:
    total = data.get("networks-TOTAL_FORMS", "")
    return min(int(total), 100) if total.isascii() and total.isdecimal() and len(total) < 5 else len(FIRST_ROWS)
