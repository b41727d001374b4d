"""Findings in words, field by field, with what can be done about each: for the screens."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from inventory.models import VlanState
from provisioning import wording
from provisioning.drift.accepting import seen
from provisioning.drift.adopting import networks_to_adopt, value_of
from provisioning.facts import leaked_objects
from provisioning.models import DriftFinding, DriftKind
from tenants.models import Network


@dataclass(frozen=True, slots=True)
class Field:
    """One field that differs: its name, what is intended and what was found, in words."""

    name: str
    intended: str
    found: str


@dataclass(frozen=True, slots=True)
class Row:
    """A finding as it is shown. ``adopts``: the network that can take over ``value``. ``by_hand``: what is left to do
    where the portal can do nothing."""

    finding: DriftFinding
    kind: str
    fields: list[Field]
    summary: str
    seen: str
    restorable: bool
    accepted: bool
    adopts: Network | None
    value: str
    may_claim: bool
    leak: str
    by_hand: str


def finding_rows(findings: Iterable[DriftFinding], *, now: datetime) -> list[Row]:
    """Fetched with device, tenant, vlan__switch and acceptance__by, they cost six queries more at most."""
    findings = list(findings)
    adopted = networks_to_adopt(findings)
    leaked = leaked_objects({f.tenant_id for f in findings if f.tenant_id and f.drift == DriftKind.LEAKED})
    return [_row(finding, adopted, ours=finding.pk in leaked, now=now) for finding in findings]


def _row(finding: DriftFinding, adopted: Mapping[int, Network], *, ours: bool, now: datetime) -> Row:
    acceptance = finding.acceptance
    state = finding.vlan.state if finding.vlan else ""
    leaving = ours or (finding.drift == DriftKind.LEAKED and state == VlanState.RELEASING)
    owned = finding.tenant is not None and not finding.tenant.is_gone
    restorable = owned and (finding.drift in (DriftKind.MISSING, DriftKind.CHANGED) or leaving)
    network = adopted.get(finding.pk)
    leaked = finding.drift == DriftKind.LEAKED
    return Row(
        finding=finding,
        kind=wording.KINDS.get(finding.kind, finding.kind),
        fields=fields_of(finding.intended, finding.found) if finding.drift == DriftKind.CHANGED else [],
        summary=_summary(finding),
        seen=seen(finding),
        restorable=restorable,
        accepted=bool(acceptance and acceptance.ended_at is None and acceptance.until > now),
        adopts=network,
        value=value_of(finding) if network else "",
        may_claim=leaked and state == VlanState.UNCLAIMED,
        leak=_leak_in_words(finding, state) if finding.vlan else "",
        by_hand="" if restorable or network else _by_hand(finding, state),
    )


def fields_of(intended: Mapping[str, Any] | None, found: Mapping[str, Any] | None) -> list[Field]:
    """Each field that differs, in the order in which attributes are told."""
    here, there = intended or {}, found or {}
    names = sorted(here.keys() | there.keys(), key=lambda name: (_rank(name), name))
    return [
        Field(wording.NAMES.get(name, name.replace("_", " ")), _value(name, here), _value(name, there))
        for name in names
        if here.get(name) != there.get(name) or (name in here) != (name in there)
    ]


def _rank(name: str) -> int:
    return wording.ORDER.index(name) if name in wording.ORDER else len(wording.ORDER)


def _value(name: str, attributes: Mapping[str, Any]) -> str:
    return wording.said(name, attributes[name]) if name in attributes else "not set"


def _summary(finding: DriftFinding) -> str:
    if finding.drift == DriftKind.MISSING:
        return f"intended: {wording.attributes_in_words(finding.kind, finding.intended)}; not there"
    return wording.attributes_in_words(finding.kind, finding.found)


def _leak_in_words(finding: DriftFinding, state: str) -> str:
    """How the leaked VLAN stands here now, and what that means for the next tenant."""
    vlan = finding.vlan
    assert vlan is not None
    had = f"{finding.tenant} had it last" if finding.tenant else "no tenant here ever had it"
    where = f"{vlan} of {vlan.switch}"
    if finding.drift != DriftKind.LEAKED:
        return f"It carries {where} now, which was free here: nobody is given that VLAN while it does."
    if state == VlanState.UNCLAIMED:
        return f"{where} was free here; {had}. It is unclaimed now, so nobody is given it."
    if state == VlanState.QUARANTINED:
        return f"{where} rests in quarantine; {had}. The quarantine does not end while a device carries it."
    if state == VlanState.RELEASING:
        return f"{where} is being released by {finding.tenant}, and no run is left that removes it."
    label = vlan.get_state_display()
    return f"{where} is {label} by now: the next look at the device tells how it stands."


def _by_hand(finding: DriftFinding, state: str) -> str:
    if finding.drift == DriftKind.LEAKED and finding.tenant and finding.tenant.is_gone:
        return f"{finding.tenant} has left, so no plan can take it away: remove it on the device."
    if finding.drift == DriftKind.LEAKED and state == VlanState.UNCLAIMED:
        return "Adopt the VLAN for its tenant, or remove the object on the device."
    if finding.drift in (DriftKind.LEAKED, DriftKind.UNKNOWN):
        return "Nobody here intends it: find out whose it is, and remove it on the device."
    return "Its tenant is gone: remove it on the device."
