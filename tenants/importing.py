"""Judging an import: each row against the rules and what is here. Pure: rows and a ``World`` in, verdicts out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from django.core.exceptions import ValidationError
from netaddr import IPNetwork

from inventory.models.pods import VSPHERE_NAME
from inventory.models.vlans import VlanState
from inventory.prefixes import NamedPrefix, parse_prefix
from tenants.import_file import Row
from tenants.models.networks import NetworkRole, port_group_name
from tenants.models.wan import WanKind
from tenants.rules import (
    Messages,
    NetworkWish,
    WanWish,
    check_name,
    check_networks,
    check_subnets,
    check_wan,
)

OF_THE_TENANT = ("pod", "onboarded_on", "wan", "remote_gateway", "customer_subnets", "nat")
NAT_WORDS = {"": False, "no": False, "yes": True}
IMPORTABLE = (VlanState.FREE, VlanState.UNCLAIMED)


class Outcome(StrEnum):
    NEW = "ok"
    ALREADY = "already there"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class KnownPod:
    """``key``: its row's id."""

    key: int
    switch: int
    switch_name: str
    dvs: int
    provider: tuple[NamedPrefix, ...]
    is_archived: bool = False


@dataclass(frozen=True, slots=True)
class KnownVlan:
    """``owner``: the tenant whose present network it is, or empty."""

    state: VlanState
    label: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class KnownNetwork:
    """A network that is here; ``vid`` is None for one on VXLAN, which no row of an import is about."""

    vid: int | None
    role: NetworkRole
    port_group: str
    prefix: str


@dataclass(frozen=True, slots=True)
class KnownTenant:
    key: int
    name: str
    pod: int
    is_active: bool
    networks: tuple[KnownNetwork, ...]
    subnets: tuple[IPNetwork, ...]
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class World:
    """What is here already. Pods by name and slug, tenants by name in lower case, VLANs by (switch, ID), port group
    names in use (lower case) by DVS."""

    pods: Mapping[str, KnownPod]
    tenants: Mapping[str, KnownTenant]
    vlans: Mapping[tuple[int, int], KnownVlan]
    port_groups: frozenset[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class NewNetwork:
    wish: NetworkWish
    vid: int
    port_group: str


@dataclass(frozen=True, slots=True)
class Intake:
    """A tenant of the file with what is new about it. ``tenant``: its row's id where it is here already."""

    name: str
    pod: KnownPod
    tenant: int | None
    onboarded_on: date | None
    wan: WanWish | None
    subnets: tuple[str, ...]
    networks: tuple[NewNetwork, ...]


@dataclass(slots=True)
class Verdict:
    """What becomes of one line, and why."""

    line: int
    tenant: str
    outcome: Outcome
    told: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Judgement:
    verdicts: list[Verdict]
    intakes: list[Intake]

    @property
    def is_fine(self) -> bool:
        return all(verdict.outcome != Outcome.WRONG for verdict in self.verdicts)


def judge(rows: Sequence[Row], world: World, *, today: date) -> Judgement:
    """A verdict a row, in the file's order, and what is to be done where all are fine."""
    verdicts = {row.line: Verdict(row.line, row["tenant"], Outcome.NEW) for row in rows}
    by_tenant: dict[str, list[Row]] = {}
    for row in rows:
        by_tenant.setdefault(row["tenant"].lower(), []).append(row)
    seen = Seen()
    intakes = [_Group(group, world, seen, verdicts, today).judge() for group in by_tenant.values()]
    return Judgement(list(verdicts.values()), [intake for intake in intakes if intake is not None])


@dataclass(slots=True)
class Seen:
    """What earlier lines of the file took: the line by (switch, ID) and by (DVS, port group in lower case)."""

    vlans: dict[tuple[int, int], int] = field(default_factory=dict)
    port_groups: dict[tuple[int, str], int] = field(default_factory=dict)


class _Group:
    """The rows of one tenant under judgement."""

    def __init__(self, rows: list[Row], world: World, seen: Seen, verdicts: Mapping[int, Verdict], today: date) -> None:
        self.rows, self.world, self.seen, self.verdicts, self.today = rows, world, seen, verdicts, today
        self.name = rows[0]["tenant"]
        self.known = world.tenants.get(self.name.lower())
        self.said = {column: next((r[column] for r in rows if r[column]), "") for column in OF_THE_TENANT}

    def wrong(self, row: Row, message: str) -> None:
        verdict = self.verdicts[row.line]
        verdict.outcome = Outcome.WRONG
        if message not in verdict.told:
            verdict.told.append(message)

    def is_wrong(self) -> bool:
        return any(self.verdicts[row.line].outcome == Outcome.WRONG for row in self.rows)

    def judge(self) -> Intake | None:
        self._agree()
        pod = self._pod()
        if pod is None:
            return None
        networks = [(row, found) for row in self.rows if (found := self._network(row, pod)) is not None]
        onboarded_on = self._date()
        wan, subnets = self._rules(pod, networks)
        if self.is_wrong() or not networks:
            return None
        return Intake(
            name=self.name,
            pod=pod,
            tenant=self.known.key if self.known else None,
            onboarded_on=onboarded_on,
            wan=wan,
            subnets=tuple(str(prefix) for prefix in subnets),
            networks=tuple(network for _, network in networks),
        )

    def _agree(self) -> None:
        """All rows of a tenant, where they say something about it, say the same."""
        for row in self.rows:
            if row.problem:
                self.wrong(row, row.problem)
            if row["tenant"] != self.name:
                self.wrong(row, f"writes {row['tenant']!r}, line {self.rows[0].line} {self.name!r}: write one.")
            for column, first in self.said.items():
                if row[column] and row[column] != first:
                    self.wrong(row, f"{column}: {row[column]!r} here, {first!r} on an earlier line of this tenant.")
            if self.known:
                self._agree_with_what_is_here(row, self.known)

    def _agree_with_what_is_here(self, row: Row, known: KnownTenant) -> None:
        if not known.is_active:
            self.wrong(row, f"{known.name} is here and is not active, so it gains no networks.")
        for column, stored in known.values.items():
            if row[column] and normal(column, row[column]) != stored:
                self.wrong(
                    row, f"{column}: {row[column]!r} here, but {known.name} has {stored!r}: edit it on its page."
                )

    def _pod(self) -> KnownPod | None:
        pod = self.world.pods.get(self.said["pod"])
        for row in self.rows:
            if pod is None:
                self.wrong(row, f"pod: no pod is named {self.said['pod']!r}: create it, or mend the name.")
            elif pod.is_archived:
                self.wrong(row, f"pod: {self.said['pod']} is archived.")
            elif self.known and self.known.pod != pod.key:
                self.wrong(row, f"pod: {self.known.name} is in another pod.")
        return pod

    def _network(self, row: Row, pod: KnownPod) -> NewNetwork | None:
        """The row's network where it is new; None where it is wrong or already there."""
        role = NetworkRole(row["role"]) if row["role"] in NetworkRole.values else None
        if role is None:
            self.wrong(row, f"role: {row['role']!r} is none of {', '.join(NetworkRole.values)}.")
        vid = _vid(row["vlan"])
        if vid is None:
            self.wrong(row, f"vlan: {row['vlan']!r} is no VLAN ID: write a number from 1 to 4094.")
        if role is None or vid is None:
            return None
        first = self.seen.vlans.setdefault((pod.switch, vid), row.line)
        if first != row.line:
            self.wrong(row, f"vlan: VLAN {vid} of {pod.switch_name} is on line {first} already.")
            return None
        here = next((n for n in self.known.networks if n.vid == vid), None) if self.known else None
        if here is not None:
            self._already(row, role, here)
            return None
        return self._new(row, role, vid, pod)

    def _already(self, row: Row, role: NetworkRole, here: KnownNetwork) -> None:
        differing = [
            f"{column}: {said!r} here, but {stored!r} is stored."
            for column, said, stored in (
                ("role", role.value, here.role.value),
                ("port_group", row["port_group"], here.port_group),
                ("prefix", row["prefix"], here.prefix),
            )
            if said and said != stored
        ]
        for message in differing:
            self.wrong(row, message)
        if not differing and self.verdicts[row.line].outcome != Outcome.WRONG:
            self.verdicts[row.line].outcome = Outcome.ALREADY

    def _new(self, row: Row, role: NetworkRole, vid: int, pod: KnownPod) -> NewNetwork:
        vlan = self.world.vlans.get((pod.switch, vid))
        if vlan is None:
            self.wrong(row, f"vlan: {pod.switch_name} has no VLAN {vid}: give the switch its ranges first.")
        elif vlan.state not in IMPORTABLE:
            owner = f" by {vlan.owner}" if vlan.owner else ""
            self.wrong(row, f"vlan: VLAN {vid} of {pod.switch_name} is {vlan.state.label}{owner}.")
        found = vlan.label if vlan is not None and vlan.state == VlanState.UNCLAIMED else ""
        name = row["port_group"] or found or port_group_name(tenant=self.name, role=role, vid=vid)
        self._check_port_group(row, name, pod, is_found=bool(found) and name == found)
        return NewNetwork(NetworkWish(role, vid, row["prefix"]), vid, name[:80])

    def _check_port_group(self, row: Row, name: str, pod: KnownPod, *, is_found: bool) -> None:
        if not is_found:
            try:
                VSPHERE_NAME(name)
            except ValidationError as error:
                self.wrong(row, f"port_group: {error.messages[0]}")
        key = (pod.dvs, name.lower())
        first = self.seen.port_groups.setdefault(key, row.line)
        if first != row.line:
            self.wrong(row, f"port_group: {name} is on line {first} already, for the same DVS.")
        elif key in self.world.port_groups:
            self.wrong(row, f"port_group: {name} is in use on this DVS already.")

    def _date(self) -> date | None:
        said = self.said["onboarded_on"]
        if not said:
            return None
        try:
            found = date.fromisoformat(said)
        except ValueError:
            self._tell_all("onboarded_on", f"{said!r} is no date: write for example 2024-05-31.")
            return None
        if found > self.today:
            self._tell_all("onboarded_on", f"{said} is in the future.")
        return found

    def _tell_all(self, column: str, message: str) -> None:
        """A message about the tenant, at the lines that say the thing, or else at all of its lines."""
        for row in [r for r in self.rows if r[column]] or self.rows:
            self.wrong(row, f"{column}: {message}")

    def _rules(
        self, pod: KnownPod, networks: Sequence[tuple[Row, NewNetwork]]
    ) -> tuple[WanWish | None, Sequence[IPNetwork]]:
        messages = Messages()
        wan: WanWish | None = None
        subnets: Sequence[IPNetwork] = self.known.subnets if self.known else ()
        if self.known is None:
            check_name(self.name, present=False, messages=messages)
            wan = self._wan(messages)
            subnets = check_subnets(
                split_subnets(self.said["customer_subnets"]), provider=pod.provider, messages=messages
            )
        present = self.known.networks if self.known else ()
        check_networks(
            [network.wish for _, network in networks],
            provider=pod.provider,
            subnets=subnets,
            present_roles=[n.role for n in present],
            present_prefixes=[(f"{n.port_group} ({n.prefix})", parse_prefix(n.prefix)) for n in present if n.prefix],
            messages=messages,
        )
        self._tell(messages, networks)
        return wan, subnets

    def _wan(self, messages: Messages) -> WanWish | None:
        kind, nat = self.said["wan"], NAT_WORDS.get(self.said["nat"].lower())
        if nat is None:
            messages.add("nat", f"{self.said['nat']!r} is neither yes nor no.")
        if kind not in WanKind.values:
            messages.add("wan", f"{kind!r} is none of {', '.join(WanKind.values)}.")
            return None
        wish = WanWish(WanKind(kind), self.said["remote_gateway"] or None, nat=bool(nat))
        check_wan(wish, messages=messages)
        return wish

    def _tell(self, messages: Messages, networks: Sequence[tuple[Row, NewNetwork]]) -> None:
        is_whole = self.known is not None or len(networks) == len(self.rows)
        for name, told in messages.by_field.items():
            if name == "networks" and not is_whole:
                continue  # a row that could not be read may be the very network that is missed here
            _, of_row, rest = name.partition("networks-")
            for message in told:
                if of_row:
                    index, _, column = rest.partition("-")
                    self.wrong(networks[int(index)][0], f"{column}: {message}")
                else:
                    self._tell_all({"networks": "role", "name": "tenant"}.get(name, name), message)


def _vid(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= 4094 else None


def split_subnets(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def normal(column: str, value: str) -> str:
    """A cell as what is stored would write it, for comparing the two."""
    if column == "customer_subnets":
        return ";".join(sorted(split_subnets(value)))
    return value.lower() if column == "nat" else value


def pods_named(rows: Iterable[Row]) -> set[str]:
    return {row["pod"] for row in rows if row["pod"]}
