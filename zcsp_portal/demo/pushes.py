"""A few plans and runs, made through the very verbs that the screens use, so that they are as true as any."""

from collections.abc import Sequence

from django.utils import timezone

from accounts.models import User
from provisioning import dispatch, execution, proving, runs
from provisioning.approval import approve, reject
from provisioning.models import Run
from provisioning.planning import make_plan
from tenants.models import Tenant


def push(newcomers: Sequence[Tenant], *, operator: User, approver: User) -> None:
    """Of the tenants in onboarding: two are pushed, one plan is turned down, one waits for approval."""
    first, second, third, fourth = newcomers[:4]
    with dispatch.waking_nobody():
        for tenant in (first, second):
            plan = make_plan(tenant=tenant, by=operator)
            if run := approve(plan=plan, plan_hash=plan.hash, by=approver):
                finish(run)
    refused = make_plan(tenant=third, by=operator)
    reject(plan=refused, plan_hash=refused.hash, by=approver, note="The customer moves its date: plan again next week.")
    make_plan(tenant=fourth, by=operator)


def finish(run: Run) -> None:
    """Do here what a worker would do: one device after the other, until nothing waits for any."""
    runs.begin(run.pk)
    while waiting := execution.ready_steps(timezone.now()).filter(run=run).order_by("stage", "pk").first():
        execution.drain_device(waiting.device_id)
    proving.check(run.pk)
