"""Putting back what drifted: plans for the tenants concerned, which somebody approves like any other."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import User
from inventory.models import VlanState
from provisioning.devices import DeviceMissing, devices_of, read_all
from provisioning.facts import leaked_objects
from provisioning.models import Device, DriftFinding, DriftKind, Plan, PlanStatus
from provisioning.planning import PlanRefused, Reason, make_plan
from tenants.models import Tenant
from tenants.models.tenants import GONE

AT_ONCE = 25  # tenants a click: each plan is read by somebody who approves it

# What a tenant's plan puts right: what it wants and is not so, and what it is letting go and is there still.
OF_PRESENT_TENANTS = Q(tenant__isnull=False) & ~Q(tenant__status__in=GONE)
RESTORABLE = OF_PRESENT_TENANTS & (
    Q(drift__in=(DriftKind.MISSING, DriftKind.CHANGED)) | Q(drift=DriftKind.LEAKED, vlan__state=VlanState.RELEASING)
)


@dataclass(frozen=True, slots=True)
class Restoring:
    """``waiting``: plans that put all of it right and wait for approval already. ``left``: tenants left for later."""

    made: Sequence[Plan]
    waiting: Sequence[Plan]
    refused: Sequence[Reason]
    left: int = 0

    @property
    def plans(self) -> list[Plan]:
        return [*self.made, *self.waiting]


def restore(findings: Iterable[DriftFinding], *, by: User) -> Restoring:
    """Make a plan for each tenant concerned, over everything that differs for it; write nothing.

    What leaked and was the tenant's own goes with it, as the plan of every tenant takes it away.

    The devices that the tenants share are read once for all of them. Twice makes no second plan.
    """
    of: dict[int, list[DriftFinding]] = {}
    findings = list(findings)
    ours = leaked_objects({f.tenant_id for f in findings if f.tenant_id})
    can = (RESTORABLE & Q(pk__in=[f.pk for f in findings])) | (
        OF_PRESENT_TENANTS & Q(pk__in=[f.pk for f in findings if f.pk in ours])
    )
    for finding in DriftFinding.objects.filter(can).order_by("tenant__name"):
        of.setdefault(finding.tenant_id or 0, []).append(finding)
    waiting = _waiting_for(of)
    concerned = [pk for pk in of if pk not in waiting]
    tenants = Tenant.objects.select_related("pod__switch", "pod__dvs__vcenter").in_bulk(concerned[:AT_ONCE])
    made, refused = _make_plans([tenants[pk] for pk in concerned[:AT_ONCE]], by=by)
    return Restoring(made, list(waiting.values()), refused, len(concerned[AT_ONCE:]))


def _waiting_for(of: Mapping[int, Sequence[DriftFinding]]) -> dict[int, Plan]:
    """The plan of each tenant that waits for approval and leads all of this back, from where it was found."""
    proposed = Plan.objects.filter(tenant__in=of, status=PlanStatus.PROPOSED).prefetch_related("operations")
    found = {}
    for plan in proposed:
        does = {(op.device_id, op.kind, op.key): (op.before, op.after) for op in plan.operations.all()}
        wants = {(f.device_id, f.kind, f.key): (f.found, f.intended) for f in of[plan.tenant_id]}
        if all(does.get(key) == way for key, way in wants.items()):
            found[plan.tenant_id] = plan
    return found


def _make_plans(tenants: Sequence[Tenant], *, by: User) -> tuple[list[Plan], list[Reason]]:
    made, refused = [], []
    devices: dict[int, list[Device]] = {}
    for tenant in tenants:
        try:
            devices[tenant.pk] = list(devices_of(tenant).values())
        except DeviceMissing as missing:
            refused.append(Reason(tenant.name, str(missing)))
    read = read_all(dict.fromkeys(device for of_tenant in devices.values() for device in of_tenant))
    for tenant in tenants:
        if tenant.pk not in devices:
            continue
        try:
            made.append(make_plan(tenant=tenant, by=by, read=read))
        except PlanRefused as refusal:
            refused += [Reason(f"{tenant}, {reason.device}", reason.text) for reason in refusal.reasons]
    return made, refused
