"""Operations, findings and runs in words, for people to read: pure, from rows that were fetched already."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from provisioning.models import Device, Operation, Run, RunStatus, Step, StepState

KINDS = {
    "vlan": "VLAN",
    "trunk_vlan": "VLAN on the trunk",
    "port_group": "port group",
    "segment": "segment",
    "interface": "interface",
    "gateway": "gateway",
    "route": "route",
    "alias": "firewall alias",
    "rule": "firewall rule",
    "tunnel": "IPsec tunnel",
    "nat": "address translation",
}
NAMES = {
    "vlan_id": "VLAN ID",
    "vni": "VNI",
    "transport_zone": "transport zone",
    "ours": "our tag",
    "mac_changes": "MAC changes",
    "forged_transmits": "forged transmits",
    "remote_prefixes": "remote prefixes",
    "local_prefixes": "local prefixes",
    "deviates": "not as we write it:",
}
# A database's JSON type may give names back in an order of its own (PostgreSQL's does).
ORDER = (
    *("vlan_id", "vni", "name", "description", "address", "promiscuous", "forged_transmits", "mac_changes"),
    *("action", "direction", "source", "destination", "protocol", "ports", "family"),
)
EMPTY_IN_WORDS = {"trunk_vlan": "member", "route": "present"}
EXEMPTION_PARTS = {"action", "interface", "family", "protocol", "source", "destination", "ports", "target"}
RULE_PARTS = {"action", "direction", "family", "protocol", "source", "destination", "ports"}
# What a value means where it does not say so itself: no ports named are all of them.
VALUES_IN_WORDS = {
    ("ports", ""): "all",
    ("family", "inet"): "IPv4",
    ("family", "inet6"): "IPv6",
    ("family", "inet46"): "IPv4 and IPv6",
}


def value_in_words(value: Any) -> str:
    if isinstance(value, bool):
        return "allowed" if value else "rejected"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value) if value not in ("", None) else "none"


def said(name: str, value: Any) -> str:
    """One attribute's value in words."""
    if name == "ours":
        return "borne" if value else "missing"
    known = VALUES_IN_WORDS.get((name, value)) if isinstance(value, str) else None
    return known or value_in_words(value)


def _rule_in_words(rule: dict[str, Any]) -> str:
    """``pass tcp from zcsp_customer to 10.0.0.2 on zcsp_zerto, IPv4``; what else there is to say comes after it."""
    traffic = "everything" if rule["protocol"] == "any" else rule["protocol"]
    ports = f" on {rule['ports']}" if rule["ports"] else ""
    words = [f"{rule['action']} {traffic} from {rule['source']} to {rule['destination']}{ports}"]
    words += ["on the way out"] if rule["direction"] == "out" else []
    words.append(said("family", rule["family"]))
    return ", ".join([*words, *_rest_in_words(rule, RULE_PARTS)])


def _exemption_in_words(mapping: dict[str, Any]) -> str:
    """``no translation on wan from zcsp_networks to zcsp_customer``; what else there is to say comes after it."""
    words = [f"no translation on {mapping['interface']} from {mapping['source']} to {mapping['destination']}"]
    words += [f"{mapping['protocol']} {mapping['ports']}".strip()] if mapping["protocol"] != "any" else []
    return ", ".join([*words, *_rest_in_words(mapping, EXEMPTION_PARTS)])


def _rest_in_words(attributes: dict[str, Any], said_already: set[str]) -> list[str]:
    rest = {name: value for name, value in attributes.items() if name not in said_already}
    return [f"{NAMES.get(name, name)} {value_in_words(value)}" for name, value in rest.items()]


def attributes_in_words(kind: str, attributes: dict[str, Any] | None) -> str:
    """``name Acme-100, VLAN ID 100``; what is not there is said so."""
    if attributes is None:
        return "not there"
    if kind == "rule" and attributes.keys() >= RULE_PARTS:
        return _rule_in_words(attributes)
    if kind == "nat" and attributes.get("action") == "exempt" and attributes.keys() >= EXEMPTION_PARTS:
        return _exemption_in_words(attributes)
    in_order = sorted(attributes.items(), key=lambda item: ORDER.index(item[0]) if item[0] in ORDER else len(ORDER))
    words = [f"{NAMES.get(name, name.replace('_', ' '))} {said(name, value)}" for name, value in in_order]
    return ", ".join(words) or EMPTY_IN_WORDS.get(kind, "there")


@dataclass(frozen=True, slots=True)
class OperationRow:
    """One line of a plan or a run; on a change only what differs is told."""

    position: int
    action: str
    kind: str
    key: str
    before: str
    after: str
    step: Step | None = None
    found: str = ""


@dataclass(frozen=True, slots=True)
class DeviceGroup:
    """Consecutive operations on one device."""

    device: Device
    stage: int
    rows: list[OperationRow]


def only_what_differs(
    one: dict[str, Any] | None, other: dict[str, Any] | None
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Both with the attributes that are not the same; untouched where one of them is not there at all."""
    if not one or not other:
        return one, other
    differing = {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}
    return (
        {name: value for name, value in one.items() if name in differing},
        {name: value for name, value in other.items() if name in differing},
    )


def operation_row(op: Operation, step: Step | None = None) -> OperationRow:
    before, after = only_what_differs(op.before, op.after)
    return OperationRow(
        position=op.position,
        action=op.get_action_display(),
        kind=KINDS.get(op.kind, op.kind),
        key=op.key,
        before=attributes_in_words(op.kind, before),
        after=attributes_in_words(op.kind, after),
        step=step,
        found=_found(op, step),
    )


def _found(op: Operation, step: Step | None) -> str:
    """What the device said instead, where a step failed."""
    if step is None or step.state != StepState.FAILED:
        return ""
    return attributes_in_words(op.kind, step.read_back if step.read_back is not None else step.found)


def by_device(pairs: Iterable[tuple[Operation, Step | None]]) -> list[DeviceGroup]:
    """Operations in their order, those that follow one another on one device put together."""
    groups: list[DeviceGroup] = []
    for op, step in pairs:
        if not groups or groups[-1].device != op.device or groups[-1].stage != op.stage:
            groups.append(DeviceGroup(op.device, op.stage, []))
        groups[-1].rows.append(operation_row(op, step))
    return groups


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a run stands, truly: ``label`` for the badge, ``detail`` for the sentence beside it."""

    state: str
    label: str
    detail: str
    done: int
    total: int
    is_open: bool


def standing(run: Run, steps: list[Step], *, now: datetime) -> Standing:
    """A run is said to be running only while a live worker holds one of its devices."""
    undoing = run.status == RunStatus.UNDOING
    counted = [step for step in steps if (step.undoes_id is not None) == undoing]
    done = sum(step.state in (StepState.DONE, StepState.ALREADY) for step in counted)
    label, detail = run.get_status_display(), run.message
    if run.is_open and run.paused_at:
        label, detail = "paused", f"Paused by {run.paused_by or 'somebody who is gone'}: no step begins."
    elif run.status == RunStatus.QUEUED:
        label, detail = "waiting for a worker", _retry(run.not_before, run.message, now=now)
    elif run.status == RunStatus.RUNNING:
        label, detail = _running(counted, now=now)
    elif run.status == RunStatus.CHECKING:
        detail = _retry(run.not_before, run.message, now=now) if run.message else "All is written: one more look."
    elif run.status == RunStatus.SUCCEEDED:
        detail = "Everything was read back from the devices, once more at the end, and agrees."
    state = run.status if label == run.get_status_display() else RunStatus.QUEUED
    if run.status == RunStatus.REFUSED:
        label = "refused"
    return Standing(str(state), label, detail, done, len(counted), run.is_open)


def _running(steps: list[Step], *, now: datetime) -> tuple[str, str]:
    left = [step for step in steps if step.state in (StepState.PENDING, StepState.WRITING)]
    for step in left:
        if step.device.lease_until and step.device.lease_until > now and step.device.lease_owner:
            return RunStatus.RUNNING.label, f"A worker has a session with {step.device}."
    paused = [step for step in left if step.not_before and step.not_before > now]
    if paused:
        return "waiting to try again", _retry(paused[0].not_before, paused[0].message, now=now)
    return "waiting for a worker", "No worker is at it right now: it goes on as soon as one is free."


def _retry(not_before: datetime | None, message: str, *, now: datetime) -> str:
    if not_before and not_before > now:
        seconds = max(1, int((not_before - now).total_seconds()))
        if not message:
            return f"A worker is looking at its devices; if it died, another does so in {seconds} s."
        return f"{message} The next attempt is in {seconds} s."
    return message or "It begins as soon as a worker is free."
