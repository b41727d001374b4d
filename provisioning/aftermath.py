"""After a run that did not succeed: what moved or went wrong, item by item, and where the tenant stands since."""

from collections.abc import Iterable
from dataclasses import dataclass

from provisioning import wording
from provisioning.facts import facts_about
from provisioning.intent import fingerprint, intended
from provisioning.models import Device, Plan, Run, RunStatus, Step, StepState, Undone
from provisioning.models.runs import OPEN_RUNS

ENDED_BADLY = (RunStatus.REFUSED, RunStatus.FAILED, RunStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class Item:
    """One object that was not as the plan found it, or would not be written; all but ``device`` in words."""

    device: Device
    kind: str
    key: str
    planned_from: str
    now: str
    said: str


@dataclass(frozen=True, slots=True)
class Aftermath:
    """``newer``: the last plan made since; ``open_run``: what is under way. ``changed``: the tenant wants something
    else than this run's plan was made for."""

    items: list[Item]
    newer: Plan | None
    open_run: Run | None
    changed: bool


def aftermath(run: Run, steps: Iterable[Step]) -> Aftermath | None:
    """None for a run that goes on or succeeded."""
    if run.status not in ENDED_BADLY:
        return None
    tenant = run.plan.tenant
    # What was left on devices changed the tenant's networks by itself: that is told elsewhere.
    comparable = run.undone in (Undone.NOTHING, Undone.ALL)
    return Aftermath(
        items=[_item(step) for step in steps if _is_told(step)],
        newer=tenant.plans.filter(pk__gt=run.plan_id).order_by("-pk").first(),
        open_run=Run.objects.filter(plan__tenant=tenant, status__in=OPEN_RUNS).first(),
        changed=comparable and fingerprint(intended(facts_about(tenant))) != run.plan.intent_hash,
    )


def follows(plan: Plan) -> Run | None:
    """The run that ended badly and that this plan is a new attempt at, if the tenant's last one did."""
    last = Run.objects.filter(plan__tenant=plan.tenant_id, plan__lt=plan.pk).order_by("-plan_id").first()
    return last if last and last.status in ENDED_BADLY else None


def to_plan_anew(plans: Iterable[Plan]) -> Run | None:
    """The run of the newest of a tenant's ``plans``, where it ended badly and nobody has planned anew since."""
    newest = next(iter(plans), None)
    run: Run | None = getattr(newest, "run", None)
    return run if run and run.status in ENDED_BADLY else None


def _is_told(step: Step) -> bool:
    return bool(step.message) and step.undoes_id is None and step.state in (StepState.FAILED, StepState.SKIPPED)


def _item(step: Step) -> Item:
    op, found = step.operation, step.read_back if step.read_back is not None else step.found
    before, now = wording.only_what_differs(step.before, found)
    if before == now:
        before, now = step.before, found
    return Item(
        device=step.device,
        kind=wording.KINDS.get(op.kind, op.kind),
        key=op.key,
        planned_from=wording.attributes_in_words(op.kind, before),
        now=wording.attributes_in_words(op.kind, now),
        said=step.message,
    )
