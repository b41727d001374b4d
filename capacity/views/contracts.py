from django.contrib import messages
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.roles import PLAN_CAPACITY, READ_CAPACITY, allow
from capacity.contracts import ChangedMeanwhile, MoveRefused, settle
from capacity.forms.contracts import ContractForm, SettleForm
from capacity.models import Contract, ContractState

SETTLED_SHOWN = 50


def _contracts() -> QuerySet[Contract]:
    return Contract.objects.select_related("switch", "pod")


@allow(READ_CAPACITY)
@require_safe
def contracts(request: HttpRequest) -> HttpResponse:
    """What is signed and still to come, overdue first; below it what was taken in or cancelled."""
    today = timezone.localdate()
    still_open = list(_contracts().filter(state=ContractState.OPEN))
    settled = _contracts().exclude(state=ContractState.OPEN).order_by("-starts_on", "-pk")
    total = Contract.objects.filter(state=ContractState.OPEN).aggregate(
        customers=Sum("customers", default=0), vlans=Sum("vlans", default=0)
    )
    context = {
        "overdue": [contract for contract in still_open if contract.is_overdue(today=today)],
        "coming": [contract for contract in still_open if not contract.is_overdue(today=today)],
        "settled": settled[:SETTLED_SHOWN],
        "settled_more": max(0, settled.count() - SETTLED_SHOWN),
        "total": total,
        "any": bool(still_open) or settled.exists(),
    }
    return render(request, "capacity/contracts/list.html", context)


@allow(PLAN_CAPACITY)
@require_http_methods(["GET", "HEAD", "POST"])
def contract_new(request: HttpRequest) -> HttpResponse:
    return _form_page(request, Contract())


@allow(PLAN_CAPACITY)
@require_http_methods(["GET", "HEAD", "POST"])
def contract_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _form_page(request, get_object_or_404(_contracts(), pk=pk))


def _form_page(request: HttpRequest, contract: Contract) -> HttpResponse:
    is_new = contract.pk is None
    title = "New contract" if is_new else f"Edit the contract with {contract}"
    form = ContractForm(request.POST or None, instance=contract, today=timezone.localdate())
    if request.method == "POST" and form.saved():
        messages.success(request, f"The contract with {form.instance} is saved: the forecast counts it from now on.")
        return redirect("capacity:contracts")
    return render(request, "capacity/contracts/form.html", {"form": form, "title": title, "is_new": is_new})


@allow(PLAN_CAPACITY)
@require_POST
def contract_settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark as taken in, cancelled, or open again."""
    contract = get_object_or_404(Contract, pk=pk)
    form = SettleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Nothing was changed: the page was incomplete. Try again.")
        return redirect("capacity:contracts")
    try:
        settled = settle(contract, to=ContractState(form.cleaned_data["state"]), version=form.cleaned_data["version"])
    except ChangedMeanwhile:
        messages.error(request, f"Somebody changed the contract with {contract} first: look at it again.")
    except MoveRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"The contract with {settled} is {settled.get_state_display()}.")
    return redirect("capacity:contracts")
