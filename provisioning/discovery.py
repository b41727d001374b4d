"""Finding the VLANs that a vCenter carries already: each port group read, and its VLAN marked in use.

A VLAN that nobody knew becomes unclaimed, so that no onboarding is given it; where the port group's name says whose
it is, that tenant adopts it. What cannot be decided by a machine is reported and left to a person.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from accounts.models import User
from inventory.allocation import lock, move
from inventory.models import CoreSwitch, DistributedSwitch, Pod, Vlan, VlanState
from provisioning.devices import note_contact, refuse_inside_a_transaction, target_of
from provisioning.drivers.protocol import DeviceError, DeviceState, Json, Kind
from provisioning.drivers.registry import opener
from provisioning.models import Device, DeviceKind, DriftFinding
from tenants.adoption import adopt
from tenants.life import TenantMoveRefused
from tenants.models import Network, NetworkRole, NetworkStatus, Tenant
from tenants.models.tenants import GONE

OUR_NAMES = rf"(?P<tenant>.+)-(?P<role>{'|'.join(NetworkRole.values)})-(?P<vid>\d+)"
ROLE_WORDS = {
    "prod": NetworkRole.FAILOVER_PRODUCTION,
    "production": NetworkRole.FAILOVER_PRODUCTION,
    "test": NetworkRole.FAILOVER_TEST,
    "repl": NetworkRole.REPLICATION,
} | {role.value: role for role in NetworkRole}


class Verdict(StrEnum):
    """What became of a port group, or of a VLAN that was unclaimed."""

    ADOPTED = "adopted by its tenant"
    UNCLAIMED = "marked in use, unclaimed"
    WAITING = "unclaimed already, waits for a person"
    KNOWN = "known: its tenant's own"
    CONFLICT = "conflict"
    SET_ASIDE = "reserved or infrastructure"
    NOT_ONE_VLAN = "carries no single VLAN"
    NO_POD = "on a switch without a pod"
    FREED = "gone from the device, free again"
    KEPT = "gone from the device, kept unclaimed"


@dataclass(frozen=True, slots=True)
class PortGroup:
    dvs: str
    name: str
    vlan: Json


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. ``group`` is what was read; for a VLAN that is gone, its last known name."""

    group: PortGroup
    verdict: Verdict
    note: str = ""


@dataclass(frozen=True, slots=True)
class Discovery:
    """All that was found. ``dry_run``: nothing was written, and this is what would have been."""

    findings: Sequence[Finding]
    dry_run: bool = False

    @property
    def totals(self) -> Mapping[Verdict, int]:
        counted = Counter(finding.verdict for finding in self.findings)
        return {verdict: counted[verdict] for verdict in Verdict if counted[verdict]}


class DiscoveryRefused(Exception):
    """The question itself is wrong: not a vCenter, or a pattern that cannot be used."""


def discover(
    *, device: Device, pattern: str = OUR_NAMES, by: User | None, now: datetime, dry_run: bool = False
) -> Discovery:
    """Read the vCenter and mark what it carries; running it again changes nothing more.

    ``pattern``: a regular expression for whole port group names, with a group ``tenant`` and perhaps ``role`` and
    ``vid``. Raises DiscoveryRefused, and DeviceError when the vCenter cannot be read.
    """
    names = compiled(pattern)
    if device.kind != DeviceKind.VCENTER:
        raise DiscoveryRefused(f"{device} is a {device.get_kind_display()}: only a vCenter has port groups.")
    groups = port_groups(_everything_on(device, now=now))
    pods = _pods_by_dvs(device)
    by_switch: dict[CoreSwitch, list[PortGroup]] = {}
    findings = []
    for group in groups:
        if problem := _not_placed(group, pods):
            findings.append(problem)
        else:
            by_switch.setdefault(pods[group.dvs][0].switch, []).append(group)
    with _undone() if dry_run else nullcontext():
        for switch in sorted({pod.switch for of_dvs in pods.values() for pod in of_dvs}, key=lambda one: one.pk):
            here = _Here(switch, device, pods, names, by, now)
            findings += here.settle(by_switch.get(switch, []), seen={group.dvs for group in groups})
    return Discovery(sorted(findings, key=lambda one: (one.group.dvs, str(one.group.vlan), one.group.name)), dry_run)


def compiled(pattern: str) -> re.Pattern[str]:
    """Raises DiscoveryRefused when it is no regular expression, or has no group ``tenant``."""
    try:
        names = re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise DiscoveryRefused(f"The pattern is not a regular expression: {error}.") from error
    if "tenant" not in names.groupindex:
        raise DiscoveryRefused("The pattern needs a group named tenant: (?P<tenant>…), and may have role and vid.")
    return names


def port_groups(state: DeviceState) -> list[PortGroup]:
    """The port groups of what a vCenter said, by switch and name."""
    split = [(one.key.partition("/"), found) for one, found in state.items() if one.kind == Kind.PORT_GROUP]
    return sorted(
        (PortGroup(dvs, name, found.get("vlan_id")) for (dvs, _, name), found in split),
        key=lambda group: (group.dvs, group.name),
    )


def _everything_on(device: Device, *, now: datetime) -> DeviceState:
    """All distributed switches, also those that the inventory does not have."""
    refuse_inside_a_transaction()
    try:
        with opener(device.driver)(target_of(device), ()) as session:
            state = session.read()
    except DeviceError as error:
        note_contact({device: error}, now=now)
        raise
    note_contact({device: state}, now=now)
    return state


def _pods_by_dvs(device: Device) -> dict[str, list[Pod]]:
    switches = DistributedSwitch.objects.filter(vcenter=device.vcenter).prefetch_related("pods__switch")
    return {dvs.name: list(dvs.pods.all()) for dvs in switches if dvs.pods.all()}


def _not_placed(group: PortGroup, pods: Mapping[str, Sequence[Pod]]) -> Finding | None:
    """Why the VLAN of this group is not one of a core switch that we know."""
    of_dvs = pods.get(group.dvs)
    if not of_dvs:
        return Finding(group, Verdict.NO_POD, f"no pod of the inventory uses {group.dvs}")
    if len({pod.switch_id for pod in of_dvs}) > 1:
        names = ", ".join(pod.name for pod in of_dvs)
        return Finding(group, Verdict.NO_POD, f"the pods of {group.dvs} ({names}) hang off different core switches")
    if isinstance(group.vlan, bool) or not isinstance(group.vlan, int) or not 1 <= group.vlan <= 4094:
        carried = ", ".join(map(str, group.vlan)) if isinstance(group.vlan, list) else str(group.vlan)
        return Finding(group, Verdict.NOT_ONE_VLAN, f"it carries {carried}")
    return None


@contextmanager
def _undone() -> Iterator[None]:
    """A dry run does all that a real one does, and then leaves nothing."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@dataclass(frozen=True, slots=True)
class _Here:
    """One core switch, and what it takes to judge the port groups that carry its VLANs."""

    switch: CoreSwitch
    device: Device
    pods: Mapping[str, Sequence[Pod]]
    names: re.Pattern[str]
    by: User | None
    now: datetime

    def settle(self, groups: Sequence[PortGroup], *, seen: Iterable[str]) -> list[Finding]:
        with transaction.atomic():
            findings = self._mark(groups)
            findings += self._let_go(groups, seen=frozenset(seen))
        tenants = self._tenants()
        return [self._match(finding, tenants) for finding in findings]

    def _mark(self, groups: Sequence[PortGroup]) -> list[Finding]:
        """Mark free VLANs in use, in one move; say of each group how its VLAN stands."""
        by_vid: dict[int, list[PortGroup]] = {}
        for group in groups:
            assert isinstance(group.vlan, int)
            by_vid.setdefault(group.vlan, []).append(group)
        vlans = list(lock(Vlan.objects.filter(switch=self.switch, vid__in=by_vid).order_by("vid")))
        owners = {
            network.vlan_id: network
            for network in Network.objects.exclude(status=NetworkStatus.REMOVED)
            .filter(vlan__in=[vlan.pk for vlan in vlans if vlan.state != VlanState.FREE])
            .select_related("tenant__pod__dvs")
        }
        findings = []
        free = []
        for vlan in vlans:
            here = by_vid[vlan.vid]
            findings += [_judge(group, vlan, owners.get(vlan.pk), crowd=here) for group in here]
            if vlan.state == VlanState.FREE:
                vlan.label = here[0].name
                free.append(vlan)
            elif vlan.state == VlanState.UNCLAIMED and vlan.label not in {group.name for group in here}:
                vlan.label = here[0].name  # the port group was renamed
                vlan.save(update_fields=["label"])
        move(free, to=VlanState.UNCLAIMED, by=self.by, why=f"found on {self.device}")
        Vlan.objects.bulk_update(free, ["label"], batch_size=500)
        return findings

    def _let_go(self, groups: Sequence[PortGroup], *, seen: frozenset[str]) -> list[Finding]:
        """Free the unclaimed VLANs that are gone, if this vCenter is the one place where they could be."""
        # What leaked is on some device still, perhaps on the switch alone: the check of that device ends it.
        leaking = DriftFinding.objects.filter(vlan__switch=self.switch).values("vlan")
        gone = Vlan.objects.filter(switch=self.switch, state=VlanState.UNCLAIMED).exclude(pk__in=leaking)
        vlans = list(lock(gone.exclude(vid__in=[group.vlan for group in groups]).order_by("vid")))
        if not vlans:
            return []
        reason = self._why_not_gone(seen)
        if not reason:
            labels = {vlan.vid: vlan.label for vlan in vlans}
            move(vlans, to=VlanState.FREE, by=self.by, why=f"read back gone from {self.device}")
            return [Finding(PortGroup("", labels[vlan.vid], vlan.vid), Verdict.FREED) for vlan in vlans]
        return [Finding(PortGroup("", vlan.label, vlan.vid), Verdict.KEPT, reason) for vlan in vlans]

    def _why_not_gone(self, seen: frozenset[str]) -> str:
        elsewhere = self.switch.pods.exclude(dvs__vcenter=self.device.vcenter).select_related("dvs__vcenter")
        if pod := elsewhere.first():
            return f"{pod.dvs.vcenter} serves {self.switch} too: it may be there"
        silent = [dvs for dvs, of_dvs in self.pods.items() if of_dvs[0].switch == self.switch and dvs not in seen]
        if silent:  # an account without the right to look sees an empty switch
            return f"{silent[0]} showed no port group at all: can the account see them?"
        return ""

    def _tenants(self) -> dict[str, Tenant]:
        present = Tenant.objects.exclude(status__in=GONE).select_related("pod__switch", "pod__dvs")
        return {tenant.name.lower(): tenant for tenant in present}

    def _match(self, finding: Finding, tenants: Mapping[str, Tenant]) -> Finding:
        """Have the tenant that the name speaks of adopt an unclaimed VLAN; where that cannot be, say why."""
        group = finding.group
        if finding.verdict not in (Verdict.UNCLAIMED, Verdict.WAITING) or not (
            name := self.names.fullmatch(group.name)
        ):
            return finding
        words = name.groupdict()
        tenant = tenants.get((words["tenant"] or "").lower())
        if tenant is None:
            return Finding(group, finding.verdict, f"no present tenant is named {words['tenant']}")
        if tenant.pod not in self.pods[group.dvs]:
            return Finding(group, finding.verdict, f"{tenant} is in {tenant.pod}, on {tenant.pod.dvs}")
        if words.get("vid") and int(words["vid"]) != group.vlan:
            return Finding(group, finding.verdict, f"its name says VLAN {words['vid']}, it carries {group.vlan}")
        role = ROLE_WORDS.get((words.get("role") or "").lower(), NetworkRole.EXTRA)
        vlan = Vlan.objects.get(switch=self.switch, vid=str(group.vlan))
        try:
            adopt(vlan=vlan, tenant=tenant, role=role, by=self.by, now=self.now)
        except TenantMoveRefused as refusal:
            return Finding(group, finding.verdict, str(refusal))
        return Finding(group, Verdict.ADOPTED, f"{tenant}, {role.label}")


def _judge(group: PortGroup, vlan: Vlan, owner: Network | None, *, crowd: Sequence[PortGroup]) -> Finding:
    """How a port group and the VLAN that it carries agree; ``crowd``: all groups with that VLAN."""
    if owner:
        return _owned(group, vlan, owner)
    if vlan.state in (VlanState.RESERVED, VlanState.INFRASTRUCTURE):
        return Finding(group, Verdict.SET_ASIDE, f"{vlan} is {vlan.get_state_display()}")
    if len(crowd) > 1:
        others = ", ".join(f"{one.dvs}/{one.name}" for one in crowd if one != group)
        return Finding(group, Verdict.CONFLICT, f"{vlan} is also carried by {others}")
    if vlan.state == VlanState.FREE:
        return Finding(group, Verdict.UNCLAIMED)
    if vlan.state == VlanState.UNCLAIMED:
        return Finding(group, Verdict.WAITING)
    return Finding(group, Verdict.CONFLICT, f"{vlan} is {vlan.get_state_display()}, yet a device carries it")


def _owned(group: PortGroup, vlan: Vlan, owner: Network) -> Finding:
    if (owner.port_group, owner.tenant.pod.dvs.name) == (group.name, group.dvs):
        return Finding(group, Verdict.KNOWN, owner.tenant.name)
    where = f"{owner.tenant.pod.dvs.name}/{owner.port_group}"
    return Finding(group, Verdict.CONFLICT, f"{vlan} belongs to {owner.tenant}, whose port group is {where}")
