"""Answers that several pages about tenants share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from accounts.models import User
from tenants.life import TenantMoveRefused
from tenants.models import Tenant
from tenants.visibility import visible_tenants


@dataclass(frozen=True, slots=True)
class Question:
    """A page that asks before something is done: what will happen, and the button's words."""

    title: str
    says: Sequence[str]
    button: str
    is_dangerous: bool = True


def asker(request: HttpRequest) -> User:
    """Who asks. Every page here is behind sign-in."""
    assert isinstance(request.user, User)
    return request.user


def visible_or_404(request: HttpRequest, slug: str) -> Tenant:
    return get_object_or_404(
        visible_tenants(asker(request)).select_related("pod__switch", "pod__dvs__vcenter", "pod__nsx", "wan"), slug=slug
    )


def carriers_of(tenant: Tenant) -> str:
    """What its networks are on, in a sentence: “VLANs” or “VNIs”. Only a pod with an NSX manager has to be asked."""
    on_vxlan = tenant.pod.nsx_id is not None and tenant.networks.filter(vni__isnull=False).exists()
    return "VNIs" if on_vxlan else "VLANs"


def to_plan(tenant: Tenant) -> HttpResponse:
    """On to the page that reads the devices and makes the plan."""
    return redirect(reverse("provisioning:prepare", args=[tenant.slug]))


def confirm(
    request: HttpRequest, *, tenant: Tenant, question: Question, do: Callable[[], HttpResponse]
) -> HttpResponse:
    """Ask on GET; do it on POST, or say why it cannot be done."""
    context: dict[str, object] = {"tenant": tenant, "question": question}
    if request.method == "POST":
        try:
            return do()
        except TenantMoveRefused as refused:
            context["refused"] = str(refused)
    return render(request, "tenants/confirm.html", context, status=409 if "refused" in context else 200)


def said(request: HttpRequest, text: str) -> None:
    messages.success(request, text)
