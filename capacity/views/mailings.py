"""Who gets the report by e-mail each month, and whether it went out."""

from django.conf import settings
from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.roles import PLAN_CAPACITY, READ_CAPACITY, allow
from capacity import mailing
from capacity.delivering import NOT_CONFIGURED, Undelivered
from capacity.forms.mailings import RecipientForm
from capacity.models import Mailing, Recipient
from capacity.reporting.pdf import PdfUnavailable

MAILS_SHOWN = 20


@allow(READ_CAPACITY)
@require_safe
def recipients(request: HttpRequest) -> HttpResponse:
    switches = Prefetch("switches")
    context = {
        "recipients": Recipient.objects.prefetch_related(switches),
        "mailings": Mailing.objects.select_related("recipient")[:MAILS_SHOWN],
        "trouble": "" if settings.MAIL_WAY else NOT_CONFIGURED,
    }
    return render(request, "capacity/report/recipients.html", context)


@allow(PLAN_CAPACITY)
@require_http_methods(["GET", "HEAD", "POST"])
def recipient_new(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


@allow(PLAN_CAPACITY)
@require_http_methods(["GET", "HEAD", "POST"])
def recipient(request: HttpRequest, pk: int) -> HttpResponse:
    return _edit(request, get_object_or_404(Recipient, pk=pk))


def _edit(request: HttpRequest, found: Recipient | None) -> HttpResponse:
    form = RecipientForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        messages.success(request, f"{saved} is saved.")
        return redirect("capacity:recipients")
    status = 400 if form.is_bound and form.errors else 200
    return render(request, "capacity/report/recipient.html", {"form": form, "recipient": found}, status=status)


@allow(PLAN_CAPACITY)
@require_POST
def recipient_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """A second click finds nothing left to delete, which is no error."""
    if (found := Recipient.objects.filter(pk=pk).first()) is not None:
        found.delete()
        messages.success(request, f"{found} gets the report no longer.")
    return redirect("capacity:recipients")


@allow(PLAN_CAPACITY)
@require_POST
def recipient_try(request: HttpRequest, pk: int) -> HttpResponse:
    """Send today's report now, and say what happened."""
    found = get_object_or_404(Recipient, pk=pk)
    try:
        words = mailing.try_out(found, now=timezone.now())
    except (Undelivered, PdfUnavailable) as trouble:
        messages.error(request, f"{found}: {trouble}")
    else:
        messages.success(request, f"{found}: {words}.")
    return redirect("capacity:recipients")


@allow(PLAN_CAPACITY)
@require_POST
def mailing_again(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Mailing.objects.select_related("recipient"), pk=pk)
    if mailing.again(found):
        messages.success(request, f"{found} is tried again within the hour.")
    return redirect("capacity:recipients")
