"""Taking the device's word: intent becomes what a device carries, only where intent has a place for it."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from inventory.allocation import lock, move
from inventory.models import RangePurpose, Vlan, VlanRange, VlanState
from inventory.prefixes import parse_prefix
from provisioning.drift.leaks import leave_unclaimed
from provisioning.drivers.protocol import Kind
from provisioning.models import DriftFinding, DriftKind
from tenants.adoption import adopt_name, adopt_prefix
from tenants.models import Network, NetworkStatus
from tenants.models.tenants import GONE


class AdoptRefused(Exception):
    """Nothing was taken over; the message says why."""


def networks_to_adopt(findings: Iterable[DriftFinding]) -> dict[int, Network]:
    """For each finding (by its id) whose value intent can take: the network that takes it. Three queries at most.

    A strange port group on the VLAN of a live network whose own port group is missing there was renamed. An interface
    of a firewall that bears another network's address was renumbered.
    """
    findings = list(findings)
    renamed = [f for f in findings if f.drift == DriftKind.UNKNOWN and f.kind == Kind.PORT_GROUP]
    renumbered = [f for f in findings if _address_alone(f)]
    live = Network.objects.filter(status=NetworkStatus.LIVE, vlan__isnull=False).exclude(tenant__status__in=GONE)
    live = live.select_related("vlan", "tenant__pod__dvs")
    return (_renamed(renamed, live) if renamed else {}) | (_renumbered(renumbered, live) if renumbered else {})


def _renamed(findings: list[DriftFinding], live: QuerySet[Network]) -> dict[int, Network]:
    devices = {f.device_id for f in findings}
    missing = DriftFinding.objects.filter(device__in=devices, drift=DriftKind.MISSING, kind=Kind.PORT_GROUP)
    gone = set(missing.values_list("device", "key"))
    vids = {vid for f in findings if isinstance(vid := (f.found or {}).get("vlan_id"), int)}
    owners: dict[object, Network] = {
        (n.tenant.pod.dvs.vcenter_id, n.tenant.pod.dvs.name, n.vlan.vid): n
        for n in live.filter(vlan__vid__in=vids, tenant__pod__dvs__vcenter__device__in=devices)
        if n.vlan is not None
    }
    found = {}
    for f in findings:
        dvs = f.key.partition("/")[0]
        network = owners.get((f.device.vcenter_id, dvs, (f.found or {}).get("vlan_id")))
        if network and (f.device_id, f"{dvs}/{network.port_group}") in gone:
            found[f.pk] = network
    return found


def _renumbered(findings: list[DriftFinding], live: QuerySet[Network]) -> dict[int, Network]:
    theirs = live.filter(tenant__in={f.tenant_id for f in findings})
    of: dict[object, Network] = {(n.tenant_id, f"vlan{n.vlan.vid}"): n for n in theirs if n.vlan is not None}
    return {f.pk: network for f in findings if (network := of.get((f.tenant_id, f.key)))}


def _address_alone(finding: DriftFinding) -> bool:
    """Whether the interface is as intended but for its address."""
    if finding.drift != DriftKind.CHANGED or finding.kind != Kind.INTERFACE:
        return False
    intended, found = finding.intended or {}, finding.found or {}
    differs = {name for name in intended.keys() | found.keys() if intended.get(name) != found.get(name)}
    return differs == {"address"} and _is_a_network(str(found.get("address", "")))


def _is_a_network(address: str) -> bool:
    """An address with host bits is one host's, which a network's prefix cannot hold."""
    try:
        parse_prefix(address)
    except ValueError:
        return False
    return True


def take_over(finding: DriftFinding, *, as_seen: object) -> Network:
    """Make the network want what the device carries. Raises AdoptRefused, TenantMoveRefused, IntakeRefused.

    ``as_seen``: the value that the person saw, which must be the one that was found still.
    """
    network = networks_to_adopt([finding]).get(finding.pk)
    value = value_of(finding)
    if network is None or value != as_seen:
        raise AdoptRefused("It is no longer as you saw it: read the device again.")
    if finding.kind == Kind.PORT_GROUP:
        return adopt_name(network=network, name=value)
    return adopt_prefix(network=network, prefix=value)


def value_of(finding: DriftFinding) -> str:
    """What intent would take over: the port group's name, or the interface's network."""
    if finding.kind == Kind.PORT_GROUP:
        return finding.key.partition("/")[2]
    return str((finding.found or {}).get("address", ""))


def set_aside(*, vlan: Vlan, reason: str, by: User, now: datetime) -> None:
    """The leaked VLAN is the provider's own: infrastructure from now on, in the switch's ranges too.

    Raises AdoptRefused when it is not unclaimed any more.
    """
    with transaction.atomic():
        found = lock(Vlan.objects.filter(pk=vlan.pk)).get()
        _must_be_unclaimed(found)
        VlanRange.objects.create(
            switch_id=found.switch_id,
            purpose=RangePurpose.INFRASTRUCTURE,
            first=found.vid,
            last=found.vid,
            reason=reason[:120],
        )
        move([found], to=VlanState.FREE, by=by, why="not a tenant's: becomes infrastructure")
        move([found], to=VlanState.INFRASTRUCTURE, by=by, why=reason, label=found.label)
        _forget(found, now=now)


def keep_unclaimed(*, vlan: Vlan, now: datetime) -> None:
    """It is known and waits for its tenant among the unclaimed VLANs: drift does not tell it any more."""
    with transaction.atomic():
        found = lock(Vlan.objects.filter(pk=vlan.pk)).get()
        _must_be_unclaimed(found)
        _forget(found, now=now)


def _must_be_unclaimed(vlan: Vlan) -> None:
    if vlan.state != VlanState.UNCLAIMED:
        raise AdoptRefused(f"{vlan} is {vlan.get_state_display()} by now: only an unclaimed VLAN can be set aside.")


def _forget(vlan: Vlan, *, now: datetime) -> None:
    leave_unclaimed(vlan, now=now)
    DriftFinding.objects.filter(vlan=vlan, drift=DriftKind.LEAKED).delete()
    DriftFinding.objects.filter(vlan=vlan).update(vlan=None)
