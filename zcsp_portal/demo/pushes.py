"""A few plans and runs, made through the very verbs that the screens use, so that they are as true as any."""

from collections.abc import Sequence

from django.utils import timezone

from accounts.models import User
from provisioning import beginning, dispatch, execution, proving
from provisioning.approval import approve, reject
from provisioning.holding import why_held
from provisioning.models import Run, Step
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


class PushStuck(Exception):
    """A run of the demo does not end by itself; the message says what keeps it."""


def finish(run: Run) -> None:
    """Do here what a worker would do: one device after the other, until nothing waits for any. Raises PushStuck.

    Every turn settles the step that was next, or is the last: nobody else is here to let a held device go.
    """
    beginning.begin(run.pk)
    last = None
    while waiting := _next_step(run):
        if waiting == last:
            raise PushStuck(f"{run} does not go on: {_what_keeps(waiting)}")
        execution.drain_device(waiting.device_id)
        last = waiting
    proving.check(run.pk)
    run.refresh_from_db()
    if run.is_open:
        raise PushStuck(f"{run} does not end: {run.message or run.get_status_display()}")


def _next_step(run: Run) -> Step | None:
    return execution.ready_steps(timezone.now()).filter(run=run).order_by("stage", "pk").first()


def _what_keeps(step: Step) -> str:
    if held := why_held(step.device, now=timezone.now()):
        return f"{step.device} gets no work. {held.reason}"
    return f"{step.device}: {step.message or step.device.last_error or 'another process has it'}"
