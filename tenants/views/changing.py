"""Changing a tenant: its record, its networks, its leaving."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.roles import ONBOARD, allow
from tenants import networks, offboarding
from tenants.editing import EditedMeanwhile, edit
from tenants.forms import EditForm, NetworkForm, tell
from tenants.life import TenantMoveRefused
from tenants.models import NetworkRole, NetworkStatus, Tenant, TenantStatus
from tenants.onboarding import IntakeRefused, NoCapacity, VlanNotFree
from tenants.onboarding import withdraw as withdraw_onboarding
from tenants.views.answers import Question, asker, carriers_of, confirm, said, to_plan, visible_or_404

ASK = ["GET", "HEAD", "POST"]


@allow(ONBOARD)
@require_http_methods(ASK)
def tenant_edit(request: HttpRequest, slug: str) -> HttpResponse:
    tenant = visible_or_404(request, slug)
    form = EditForm(request.POST) if request.method == "POST" else EditForm(initial=_as_typed(tenant))
    context: dict[str, object] = {"tenant": tenant, "form": form}
    if request.method == "POST" and form.is_valid():
        try:
            must_push = edit(
                tenant=tenant,
                version=form.cleaned_data["version"],
                contact=form.cleaned_data["contact"],
                wan=form.wan_wish(),
                customer_subnets=form.subnets(),
                by=asker(request),
            )
        except IntakeRefused as refused:
            tell(refused.errors, form=form)
        except EditedMeanwhile:
            context["now"] = Tenant.objects.select_related("wan").get(pk=tenant.pk)
        except TenantMoveRefused as refused:
            form.add_error(None, str(refused))
        else:
            said(request, f"{tenant} is saved.")
            return to_plan(tenant) if must_push and tenant.status == TenantStatus.ACTIVE else redirect(tenant)
    return render(request, "tenants/edit.html", context, status=_status(form, "now" in context))


def _as_typed(tenant: Tenant) -> dict[str, object]:
    wan = getattr(tenant, "wan", None)
    return {
        "version": tenant.version,
        "contact": tenant.contact,
        "wan": wan.kind if wan else "",
        "remote_gateway": wan.remote_gateway if wan else "",
        "nat": "no",
        "customer_subnets": "\n".join(subnet.prefix for subnet in tenant.customer_subnets.all()),
    }


def _status(form: EditForm | NetworkForm, is_conflict: bool = False) -> int:
    if is_conflict:
        return 409
    return 422 if form.is_bound and form.errors else 200


@allow(ONBOARD)
@require_http_methods(ASK)
def network_add(request: HttpRequest, slug: str) -> HttpResponse:
    tenant = visible_or_404(request, slug)
    form = NetworkForm(request.POST or None, initial={"role": NetworkRole.EXTRA})
    if request.method == "POST" and form.is_valid():
        try:
            network = networks.add(tenant=tenant, wish=form.wish(), by=asker(request), now=timezone.now())
        except IntakeRefused as refused:
            tell(_one_row(refused.errors), form=form)
        except VlanNotFree as taken:
            form.add_error("vid", str(taken))
        except (NoCapacity, TenantMoveRefused) as refused:
            form.add_error(None, str(refused))
        else:
            said(request, f"{network} is planned; {network.carrier} is held.")
            return to_plan(tenant)
    return render(request, "tenants/network_add.html", {"tenant": tenant, "form": form}, status=_status(form))


def _one_row(errors: dict[str, list[str]]) -> dict[str, list[str]]:
    """Messages about the only row of a form without rows; those about the set are about its role."""
    return {"role" if name == "networks" else name.removeprefix("networks-0-"): told for name, told in errors.items()}


@allow(ONBOARD)
@require_http_methods(ASK)
def network_remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    tenant = visible_or_404(request, slug)
    present = tenant.networks.exclude(status=NetworkStatus.REMOVED).select_related("vlan", "vni")
    network = get_object_or_404(present, pk=pk)

    def do() -> HttpResponse:
        left = networks.remove(network=network, by=asker(request), now=timezone.now())
        if left.status == NetworkStatus.REMOVING:
            said(request, f"{network} is to be removed: plan and approve it.")
            return to_plan(tenant)
        said(request, f"{network} is removed; {network.carrier} is free.")
        return redirect(tenant)

    kind = "VNI" if network.is_vxlan else "VLAN"
    says = [
        f"Network {network} on {network.carrier} is to be removed.",
        f"If no device was told of it, its {kind} is free at once.",
        f"Otherwise a plan removes it from the devices; once they were read back, the {kind} rests for "
        f"{settings.QUARANTINE_DAYS} days in quarantine.",
    ]
    return confirm(request, tenant=tenant, question=Question(f"Remove {network}?", says, "Remove network"), do=do)


@allow(ONBOARD)
@require_http_methods(ASK)
def offboard(request: HttpRequest, slug: str) -> HttpResponse:
    tenant = visible_or_404(request, slug)

    def do() -> HttpResponse:
        offboarding.begin(tenant=tenant, by=asker(request), now=timezone.now())
        said(request, f"{tenant} is leaving: plan and approve the removal.")
        return to_plan(tenant)

    kinds = carriers_of(tenant)
    removed = (
        "segments" if kinds == "VNIs" else "port groups, VLANs on the core switch and its trunk, tunnel and routes"
    )
    says = [
        f"All networks of {tenant} are to be removed; nothing is taken from a device until a plan is approved.",
        f"The plan removes its {removed}.",
        f"Once the devices were read back, its {kinds} rest for {settings.QUARANTINE_DAYS} days in quarantine.",
        "Until then the offboarding can be called off.",
    ]
    return confirm(request, tenant=tenant, question=Question(f"Offboard {tenant}?", says, "Offboard"), do=do)


@allow(ONBOARD)
@require_http_methods(ASK)
def withdraw(request: HttpRequest, slug: str) -> HttpResponse:
    tenant = visible_or_404(request, slug)

    def do() -> HttpResponse:
        withdraw_onboarding(tenant=tenant, by=asker(request), now=timezone.now())
        if tenant.status == TenantStatus.OFFBOARDING:
            said(request, f"A push to {tenant} had begun: plan and approve the removal.")
            return to_plan(tenant)
        said(request, f"The onboarding of {tenant} is withdrawn; its {carriers_of(tenant)} are free.")
        return redirect(tenant)

    kinds = carriers_of(tenant)
    says = [
        f"The onboarding of {tenant} is given up.",
        f"If nothing was pushed, its {kinds} are free at once.",
        "If a push has begun, the tenant becomes offboarding: a plan removes what the devices carry, and its "
        f"{kinds} then rest for {settings.QUARANTINE_DAYS} days in quarantine.",
    ]
    return confirm(request, tenant=tenant, question=Question(f"Withdraw {tenant}?", says, "Withdraw"), do=do)


@allow(ONBOARD)
@require_http_methods(ASK)
def call_off(request: HttpRequest, slug: str) -> HttpResponse:
    tenant = visible_or_404(request, slug)

    def do() -> HttpResponse:
        offboarding.call_off(tenant=tenant, by=asker(request))
        said(request, f"{tenant} stays: plan a push of what the devices may have lost already.")
        return to_plan(tenant)

    kind = carriers_of(tenant)[:-1]
    says = [
        f"{tenant} stays: every network of it that was live is to be live again, on the same {kind}.",
        "That includes networks that were being removed before the offboarding began.",
        "A plan then shows what the devices lost already and pushes it again.",
    ]
    question = Question(f"Call the offboarding of {tenant} off?", says, "Call it off", is_dangerous=False)
    return confirm(request, tenant=tenant, question=question, do=do)
