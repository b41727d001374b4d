"""/provisioning/zerto/: the Zerto managers that are read back from, and how each is reached."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.roles import MANAGE_DEVICES, READ_PROVISIONING, allow
from provisioning.drivers.protocol import CertificateNotTrusted, DeviceError
from provisioning.forms import PinForm
from provisioning.forms_zerto import EditZertoForm, NewZertoForm, RemoveZertoForm
from provisioning.models import ZertoManager
from provisioning.thumbprints import certificate_at
from provisioning.zerto import facts

ROWS_A_PAGE = 50


@allow(READ_PROVISIONING)
@require_safe
def managers(request: HttpRequest) -> HttpResponse:
    rows = ZertoManager.objects.select_related("vcenter").defer("secret", "ca_pem")
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "provisioning/zerto/list.html", {"page": page})


@allow(READ_PROVISIONING)
@require_safe
def manager(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, slug)


def _page(request: HttpRequest, slug: str, **more: object) -> HttpResponse:
    shown = get_object_or_404(ZertoManager.objects.select_related("vcenter"), slug=slug)
    return render(request, "provisioning/zerto/manager.html", {"manager": shown, **more})


@allow(MANAGE_DEVICES)
@require_http_methods(["GET", "HEAD", "POST"])
def manager_new(request: HttpRequest) -> HttpResponse:
    form = NewZertoForm(request.POST or None, instance=ZertoManager())
    if request.method == "POST" and form.is_valid():
        made = form.create()
        messages.success(request, f"{made} was added. Test its connection now.")
        return redirect(made)
    return render(request, "provisioning/zerto/form.html", {"form": form, "manager": None})


@allow(MANAGE_DEVICES)
@require_http_methods(["GET", "HEAD", "POST"])
def manager_edit(request: HttpRequest, slug: str) -> HttpResponse:
    stored = get_object_or_404(ZertoManager, slug=slug)
    shown = str(stored)
    form = EditZertoForm(request.POST or None, instance=stored)
    if request.method == "POST" and form.saved():
        messages.success(request, f"{stored} was saved.")
        return redirect(stored)
    return render(request, "provisioning/zerto/form.html", {"form": form, "manager": stored, "shown": shown})


@allow(MANAGE_DEVICES)
@require_http_methods(["GET", "HEAD", "POST"])
def manager_remove(request: HttpRequest, slug: str) -> HttpResponse:
    """A second click finds nothing left to remove, which is no error."""
    stored = ZertoManager.objects.filter(slug=slug).first()
    if stored is None and request.method == "POST":
        return redirect("provisioning:zerto_managers")
    stored = stored or get_object_or_404(ZertoManager, slug=slug)
    form = RemoveZertoForm(request.POST or None, initial={"version": stored.version})
    refused = ""
    if request.method == "POST":
        if form.is_valid() and form.removed(stored):
            messages.success(request, f"{stored} is removed, and its password with it.")
            return redirect("provisioning:zerto_managers")
        refused = "It was changed after you had opened this page: look at it again before you remove it."
        form = RemoveZertoForm(initial={"version": stored.version})
    context = {"form": form, "manager": stored, "refused": refused}
    return render(request, "provisioning/zerto/remove.html", context, status=409 if refused else 200)


@allow(MANAGE_DEVICES)
@require_POST
def manager_test(request: HttpRequest, slug: str) -> HttpResponse:
    """Sign in and say what was found, or why not; what it shows where that is not trusted is told, to compare."""
    asked = get_object_or_404(ZertoManager, slug=slug)
    try:
        found = facts(asked)
    except CertificateNotTrusted as error:
        shown = certificate_at(asked.address, usual=asked.usual_port)
        pin = PinForm(initial={"thumbprint": shown.thumbprint, "version": asked.version}) if shown else None
        return _page(request, slug, test_error=str(error), shown=shown, pin=pin)
    except DeviceError as error:
        return _page(request, slug, test_error=str(error))
    return _page(request, slug, facts=found)


@allow(MANAGE_DEVICES)
@require_POST
def manager_pin(request: HttpRequest, slug: str) -> HttpResponse:
    """Trust the certificate that the test of the connection saw, once a person has compared it."""
    pinned = get_object_or_404(ZertoManager, slug=slug)
    form = PinForm(request.POST)
    if not form.is_valid():
        return _page(request, slug, pin=form)
    if form.pin(pinned):
        messages.success(request, f"It is pinned: {pinned} is trusted as long as it shows this one. Test it again.")
    else:
        messages.error(request, "Somebody else saved it meanwhile: test the connection again.")
    return redirect(pinned)
