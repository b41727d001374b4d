"""Approving and rejecting plans. An approval names the hash that was read; one approval makes one run."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from inventory import vni_allocation
from inventory.allocation import keep_hold
from inventory.models import Vlan, Vni
from provisioning import dispatch
from provisioning.facts import facts_about
from provisioning.intent import fingerprint, intended
from provisioning.models import LogLine, Operation, Plan, PlanStatus, Run, Step
from provisioning.planning import stored_hash
from tenants.models import NetworkStatus, Tenant


class ApprovalRefused(Exception):
    """The plan was not approved, and nothing was pushed; the message says why."""


class AlreadyDecided(ApprovalRefused):
    """Somebody approved, rejected or replaced the plan first."""


def approve(*, plan: Plan, plan_hash: str, by: User) -> Run | None:
    """Approve the plan that bears this hash, and queue its run; None while a far-reaching plan wants a second approver.

    The tenant's held VLANs lose their expiry: from now on a device may carry them. Raises ApprovalRefused when the
    hash is another one, when the tenant wants something else by now, or when one's own plan is approved without
    ALLOW_SELF_APPROVAL; AlreadyDecided for a second click.
    """
    if plan.made_by_id == by.pk and not settings.ALLOW_SELF_APPROVAL:
        raise ApprovalRefused("You made this plan: somebody else approves it.")
    with transaction.atomic():
        tenant = Tenant.objects.select_for_update().get(pk=plan.tenant_id)
        if plan.needs_two and _is_first(plan, plan_hash, by=by):
            return None
        _decide(plan, plan_hash, PlanStatus.APPROVED, by=by)
        if stored_hash(plan) != plan_hash:
            raise ApprovalRefused("The stored plan does not match its hash: make a new plan.")
        facts = facts_about(tenant)
        if fingerprint(intended(facts)) != plan.intent_hash:
            raise ApprovalRefused(f"{tenant} was changed since this plan was made: make a new plan.")
        keep_hold(Vlan.objects.filter(networks__tenant=tenant, networks__status=NetworkStatus.PLANNED))
        if facts.on_vxlan:
            vnis = Vni.objects.filter(networks__tenant=tenant, networks__status=NetworkStatus.PLANNED)
            vni_allocation.keep_hold(vnis)
        run = _queue(plan, by=by)
        dispatch.after_commit(dispatch.BEGIN_RUN, run.pk)
    return run


def _is_first(plan: Plan, plan_hash: str, *, by: User) -> bool:
    """Note the first of two approvers; False once another person has approved the same hash already."""
    now = Plan.objects.select_for_update().get(pk=plan.pk)
    if now.hash != plan_hash or now.status != PlanStatus.PROPOSED:
        return False  # what is wrong with it is told by the decision
    if now.first_approved_by_id is not None and now.first_approved_by_id != by.pk:
        return False
    if now.first_approved_by_id == by.pk:
        raise ApprovalRefused("You approved this plan already: a second person approves it too.")
    now.first_approved_by, now.first_approved_at = by, timezone.now()
    now.save(update_fields=["first_approved_by", "first_approved_at"])
    return True


def reject(*, plan: Plan, plan_hash: str, by: User, note: str) -> None:
    """Say no to the plan, with a note for its maker. Raises ApprovalRefused, AlreadyDecided."""
    with transaction.atomic():
        _decide(plan, plan_hash, PlanStatus.REJECTED, by=by, note=note)


def _decide(plan: Plan, plan_hash: str, status: PlanStatus, *, by: User, note: str = "") -> None:
    """Under the plan's lock, so that of two clicks one decides; saved, so that the audit log sees it."""
    now = Plan.objects.select_for_update().get(pk=plan.pk)
    if now.hash != plan_hash:
        raise ApprovalRefused("This plan is not the one that you read: read it again.")
    if now.status != PlanStatus.PROPOSED:
        raise AlreadyDecided(f"This plan was decided already: it is {now.get_status_display()}.")
    now.status, now.decided_at, now.decided_by, now.decision_note = status, timezone.now(), by, note[:200]
    now.save(update_fields=["status", "decided_at", "decided_by", "decision_note"])


def _queue(plan: Plan, *, by: User) -> Run:
    run = Run.objects.create(plan=plan, started_by=by)
    operations = Operation.objects.filter(plan=plan).order_by("position")
    Step.objects.bulk_create(
        Step(
            run=run,
            operation=op,
            device_id=op.device_id,
            stage=op.stage,
            position=op.position,
            before=op.before,
            goal=op.after,
        )
        for op in operations
    )
    LogLine.objects.create(run=run, text=f"Approved by {by}; waiting for a worker.")
    return run
