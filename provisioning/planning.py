"""Plans: the difference between what a tenant wants and what its devices say now, stored in the order of the push."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import User
from provisioning.devices import devices_of, ensure_firewall, read_all
from provisioning.drivers.protocol import Attributes, DeviceError, DeviceState, Kind, ObjectId, Surveyed
from provisioning.facts import facts_about
from provisioning.intent import DeviceIntent, Intent, TenantFacts, fingerprint, intended
from provisioning.models import Action, Device, DeviceKind, Operation, Plan, PlanStatus, Purpose, Run
from provisioning.models.runs import OPEN_RUNS
from provisioning.tunnel_keys import ensure_tunnel_key
from tenants.models import NetworkStatus, Tenant, TenantStatus

# What is added goes from the switch to the firewall; what is removed goes the other way, after it.
ADD_STAGES = {DeviceKind.CORE_SWITCH: 10, DeviceKind.VCENTER: 20, DeviceKind.NSX: 20, DeviceKind.FIREWALL: 30}
REMOVE_STAGES = {DeviceKind.FIREWALL: 40, DeviceKind.VCENTER: 50, DeviceKind.NSX: 50, DeviceKind.CORE_SWITCH: 60}
# Within a stage: a VLAN before its membership of the trunk, an interface before what is routed through it, an alias
# before the rule that names it, and the rule that keeps clear traffic off the WAN before the way that leads there.
KIND_ORDER = (
    *(Kind.VLAN, Kind.TRUNK_VLAN, Kind.PORT_GROUP, Kind.SEGMENT),
    *(Kind.INTERFACE, Kind.ALIAS, Kind.RULE, Kind.NAT, Kind.GATEWAY, Kind.ROUTE, Kind.TUNNEL),
)


@dataclass(frozen=True, slots=True)
class Reason:
    device: str
    text: str


class PlanRefused(Exception):
    """No plan was made. ``reasons`` say why, device by device; ``retry``: it may work once the device is mended."""

    def __init__(self, *reasons: Reason, retry: bool = False) -> None:
        self.reasons, self.retry = reasons, retry
        super().__init__(" ".join(f"{reason.device}: {reason.text}" for reason in reasons))


@dataclass(frozen=True, slots=True)
class Drafted:
    """One operation before it is stored. ``before``/``after``: attributes, None where the object is not there."""

    stage: int
    device_id: int
    action: str
    kind: str
    key: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def make_plan(
    *,
    tenant: Tenant,
    by: User | None,
    purpose: Purpose | None = None,
    read: Mapping[Device, DeviceState | DeviceError] | None = None,
) -> Plan:
    """Read the tenant's devices, and store what must change on them as a plan that waits for approval.

    It replaces an older plan that still waits. ``purpose``: RESTORE for putting back what drifted; else it follows
    from where the tenant stands. ``read``: what devices said just now, where they were read for several tenants.
    Raises PlanRefused, DeviceMissing; the tenant and its VLANs stay as they are.
    A plan without operations is a plan like any other: its run reads the devices once more and then settles.
    """
    _refuse_where_no_plan_is_due(tenant)
    facts = facts_about(tenant)
    intent = intended(facts)
    devices = devices_of(tenant)
    if DeviceKind.FIREWALL not in devices and intent[DeviceKind.FIREWALL].present:
        devices[DeviceKind.FIREWALL] = ensure_firewall(tenant)
    if any(id.kind == Kind.TUNNEL for id in intent[DeviceKind.FIREWALL].present):
        ensure_tunnel_key(tenant)
    states = _read(devices, read or {})
    refuse_conflicts(devices, intent, states, facts)
    drafted = draft(devices, intent, states)
    with transaction.atomic():
        return _store(tenant, facts, intent, drafted, purpose=purpose or purpose_of(tenant), by=by)


def _refuse_where_no_plan_is_due(tenant: Tenant) -> None:
    if tenant.is_gone:
        raise PlanRefused(Reason(tenant.name, f"is {tenant.get_status_display()}: there is nothing to push."))
    if Run.objects.filter(plan__tenant=tenant, status__in=OPEN_RUNS).exists():
        raise PlanRefused(Reason(tenant.name, "has a run under way: wait until it ends, then make a plan."))


def purpose_of(tenant: Tenant) -> Purpose:
    if tenant.status == TenantStatus.ONBOARDING:
        return Purpose.ONBOARD
    if tenant.status == TenantStatus.OFFBOARDING:
        return Purpose.OFFBOARD
    moving = tenant.networks.filter(status__in=[NetworkStatus.PLANNED, NetworkStatus.REMOVING])
    return Purpose.CHANGE if moving.exists() else Purpose.RESTORE


def _read(
    devices: Mapping[DeviceKind, Device], read: Mapping[Device, DeviceState | DeviceError]
) -> dict[DeviceKind, DeviceState]:
    answers = {**read, **read_all(device for device in devices.values() if device not in read)}
    errors = [Reason(d.name, str(answers[d])) for d in devices.values() if isinstance(answers[d], DeviceError)]
    if errors:
        raise PlanRefused(*errors, retry=True)
    states: dict[DeviceKind, DeviceState] = {}
    for kind, device in devices.items():
        answer = answers[device]
        assert not isinstance(answer, DeviceError)
        states[kind] = answer
    return states


def refuse_conflicts(
    devices: Mapping[DeviceKind, Device],
    intent: Intent,
    states: Mapping[DeviceKind, DeviceState],
    facts: TenantFacts,
) -> None:
    """Raises PlanRefused when a device carries something of somebody else's where a new network shall go, or cannot
    have what is wanted."""
    reasons = [
        Reason(device.name, text)
        for kind, device in devices.items()
        for text in (*_conflicts(intent[kind], states[kind], facts), *_obstacles(intent[kind], states[kind]))
    ]
    if reasons:
        raise PlanRefused(*reasons)


def _obstacles(wish: DeviceIntent, state: DeviceState) -> Iterable[str]:
    """What the device itself says against objects that it lacks, each reason once."""
    if isinstance(state, Surveyed):
        missing = sorted(wish.present.keys() - state.keys())
        yield from dict.fromkeys(why for id in missing if (why := state.obstacle(id)))


def _conflicts(wish: DeviceIntent, state: DeviceState, facts: TenantFacts) -> Iterable[str]:
    for id in sorted(wish.claims):
        there, wanted = state.get(id), wish.present[id]
        if id.kind == Kind.VLAN and there is not None and there.get("name") != wanted["name"]:
            yield (
                f"VLAN {id.key} is there already under the name “{there.get('name')}”, which is not ours: find out "
                "whose it is, or choose another VLAN ID."
            )
        elif id.kind == Kind.PORT_GROUP:
            if there is not None and there.get("vlan_id") != wanted["vlan_id"]:
                yield (
                    f"Port group {id.key} is there already on VLAN {there.get('vlan_id')}, not {wanted['vlan_id']}: "
                    "it is not ours to change."
                )
            yield from _others_on_the_vlan(id, wanted, state, facts.dvs)
        elif id.kind == Kind.SEGMENT:
            yield from _conflicts_of_segment(id, wanted, state)


def _conflicts_of_segment(id: ObjectId, wanted: Attributes, state: DeviceState) -> Iterable[str]:
    there = state.get(id)
    if there is not None and not there.get("ours"):
        yield f"Segment {id.key} is there already without our tag: it is not ours to change."
    for other, attributes in state.items():
        if other != id and other.kind == Kind.SEGMENT and attributes.get("vni") == wanted["vni"]:
            yield (
                f"Segment {other.key} uses VNI {wanted['vni']} already: the tenant would share it. Give the VNI pool "
                "of the inventory other bounds than what others use on this manager."
            )


def _others_on_the_vlan(id: ObjectId, wanted: Attributes, state: DeviceState, dvs: str) -> Iterable[str]:
    for other, attributes in state.items():
        if other == id or other.kind != Kind.PORT_GROUP or not other.key.startswith(f"{dvs}/"):
            continue
        if attributes.get("vlan_id") == wanted["vlan_id"]:
            yield (
                f"Port group {other.key} uses VLAN {wanted['vlan_id']} already: the tenant would share it. Adopt it, "
                "or choose another VLAN ID."
            )


def draft(
    devices: Mapping[DeviceKind, Device], intent: Intent, states: Mapping[DeviceKind, DeviceState]
) -> list[Drafted]:
    """Every operation that takes the devices from what they carry to what is intended, in the order of the push."""
    drafted = [op for kind, d in devices.items() for op in difference(d.pk, kind, intent[kind], states[kind])]
    return sorted(drafted, key=_order)


def difference(device_id: int, kind: DeviceKind, wish: DeviceIntent, state: DeviceState) -> Iterable[Drafted]:
    for id, after in wish.present.items():
        before = state.get(id)
        if before is None:
            yield Drafted(ADD_STAGES[kind], device_id, Action.CREATE, id.kind, id.key, None, dict(after))
        elif dict(before) != dict(after):
            yield Drafted(ADD_STAGES[kind], device_id, Action.CHANGE, id.kind, id.key, dict(before), dict(after))
    for id in wish.absent:
        if (before := state.get(id)) is not None:
            yield Drafted(REMOVE_STAGES[kind], device_id, Action.REMOVE, id.kind, id.key, dict(before), None)


def _order(op: Drafted) -> tuple[Any, ...]:
    """By stage and device, then as the device needs it, then by the number that the key ends in (the VLAN ID)."""
    rank = KIND_ORDER.index(Kind(op.kind))
    number = re.search(r"\d+$", op.key) if op.kind != Kind.RULE else None  # rules come in the order of their keys
    vid = int(number[0]) if number else 0
    return op.stage, op.device_id, -rank if op.action == Action.REMOVE else rank, vid, op.key


def is_far_reaching(drafted: Sequence[Drafted]) -> bool:
    """Whether so much is touched, or removed, that two people must approve it (the blast radius)."""
    removals = sum(operation.action == Action.REMOVE for operation in drafted)
    return len(drafted) > settings.TWO_APPROVERS_ABOVE or removals > settings.TWO_APPROVERS_REMOVALS


def hash_of(*, tenant_id: int, purpose: str, intent_hash: str, operations: Sequence[Drafted]) -> str:
    """SHA-256 over a canonical text of everything that an approval is about."""
    whole = {
        "tenant": tenant_id,
        "purpose": str(purpose),
        "intent": intent_hash,
        "operations": [asdict(operation) for operation in operations],
    }
    return hashlib.sha256(json.dumps(whole, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def stored_hash(plan: Plan) -> str:
    """The hash of the plan as it is stored now; another one than ``plan.hash`` means that it was tampered with."""
    operations = [
        Drafted(op.stage, op.device_id, op.action, op.kind, op.key, op.before, op.after)
        for op in plan.operations.order_by("position")
    ]
    return hash_of(tenant_id=plan.tenant_id, purpose=plan.purpose, intent_hash=plan.intent_hash, operations=operations)


def _store(
    tenant: Tenant, facts: TenantFacts, intent: Intent, drafted: list[Drafted], *, purpose: Purpose, by: User | None
) -> Plan:
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    intent_hash = fingerprint(intent)
    if fingerprint(intended(facts_about(tenant))) != intent_hash:
        raise PlanRefused(Reason(tenant.name, "was changed while its devices were read: try again."), retry=True)
    _refuse_where_no_plan_is_due(tenant)
    tenant.plans.filter(status=PlanStatus.PROPOSED).update(status=PlanStatus.SUPERSEDED)
    plan = Plan.objects.create(
        tenant=tenant,
        purpose=purpose,
        hash=hash_of(tenant_id=tenant.pk, purpose=purpose, intent_hash=intent_hash, operations=drafted),
        intent_hash=intent_hash,
        needs_two=is_far_reaching(drafted),
        networks={"present": facts.present_ids, "absent": facts.removing_ids},
        made_by=by,
    )
    Operation.objects.bulk_create(
        [Operation(plan=plan, position=position, **asdict(op)) for position, op in enumerate(drafted, 1)]
    )
    return plan
