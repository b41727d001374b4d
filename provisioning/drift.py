"""Drift: what devices carry against what all tenants on them want, as of the last look."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from inventory.models import Vlan, VlanState
from provisioning.devices import read_one
from provisioning.drivers.protocol import Attributes, DeviceError, DeviceState, Kind, ObjectId
from provisioning.intent import TenantFacts, gather, intended_on
from provisioning.models import Device, DeviceKind, DriftFinding, DriftKind
from tenants.models import NetworkStatus, Tenant
from tenants.models.tenants import GONE

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Wanted:
    """What a device must carry (with whose it is), and what it may carry while a push is on its way."""

    required: dict[ObjectId, tuple[Attributes, int]] = field(default_factory=dict)
    known: set[ObjectId] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Difference:
    drift: DriftKind
    id: ObjectId
    tenant_id: int | None
    intended: Attributes | None
    found: Attributes | None


def check(device: Device) -> list[DriftFinding]:
    """Read the device and replace what is known of its drift; what was there before keeps its first date.

    Intent is gathered before and after the look, and only what both say is judged: a run that ended in between is
    no drift. Raises DeviceError; the old findings stay then.
    """
    before = wanted_on(device)
    state = read_one(device)
    after = wanted_on(device)
    required = {id: wish for id, wish in before.required.items() if after.required.get(id) == wish}
    wanted = Wanted(required, before.known | after.known)
    differences = [*compare(wanted, state), *unknown(device, wanted, state)]
    return _replace(device, differences, now=timezone.now())


def check_quietly(device: Device) -> None:
    """For the schedule: a device that cannot be read is told on its page, and in the log."""
    try:
        check(device)
    except DeviceError as error:
        logger.warning("Drift of %s was not checked: %s", device, error)


def wanted_on(device: Device) -> Wanted:
    """What all tenants on the device want, in a number of queries that does not grow with them."""
    kind = DeviceKind(device.kind)
    return wish_of(gather(_tenants_on(device)), kind)


def _tenants_on(device: Device) -> Any:
    tenants = Tenant.objects.exclude(status__in=GONE)
    if device.kind == DeviceKind.CORE_SWITCH:
        return tenants.filter(pod__switch=device.switch_id).values("pk")
    if device.kind == DeviceKind.VCENTER:
        return tenants.filter(pod__dvs__vcenter=device.vcenter_id).values("pk")
    return tenants.filter(firewall=device).values("pk")


def wish_of(tenants: Iterable[TenantFacts], kind: DeviceKind) -> Wanted:
    """Only what is live must be there: what is planned or being removed may be there or not. Pure.

    What the tenant's other networks have a say in (a rule, a tunnel) may be as it was or as it will be until they are
    live, so it is not judged before.
    """
    wanted = Wanted()
    for facts in tenants:
        whole = intended_on(kind, facts)
        wanted.known |= whole.present.keys() | whole.absent
        for id, attributes in intended_on(kind, _live_part(facts)).present.items():
            if whole.present.get(id, attributes) == attributes:
                wanted.required[id] = attributes, facts.id
    return wanted


def _live_part(facts: TenantFacts) -> TenantFacts:
    live = tuple(network for network in facts.networks if network.status == NetworkStatus.LIVE)
    return replace(facts, networks=live)


def compare(wanted: Wanted, state: DeviceState) -> Iterable[Difference]:
    """What is missing, and what is there but other than wanted. Pure."""
    for id, (attributes, tenant_id) in wanted.required.items():
        there = state.get(id)
        if there is None:
            yield Difference(DriftKind.MISSING, id, tenant_id, attributes, None)
        elif dict(there) != dict(attributes):
            yield Difference(DriftKind.CHANGED, id, tenant_id, attributes, there)


def unknown(device: Device, wanted: Wanted, state: DeviceState) -> Iterable[Difference]:
    """What nobody here intends, where it is ours to judge.

    On a vCenter: port groups of its distributed switches that pods use. On a switch: VLANs that are neither
    reserved, nor infrastructure, nor already listed as unclaimed for a person to adopt.
    """
    judge = {DeviceKind.VCENTER: _port_groups_to_judge, DeviceKind.CORE_SWITCH: _vlans_to_judge}.get(
        DeviceKind(device.kind)
    )
    for id in judge(device, state) if judge else ():
        if id not in wanted.known and id not in wanted.required:
            yield Difference(DriftKind.UNKNOWN, id, None, None, state[id])


def _port_groups_to_judge(device: Device, state: DeviceState) -> list[ObjectId]:
    switches = device.vcenter.distributed_switches.filter(pods__isnull=False)  # type: ignore[union-attr]
    ours = set(switches.values_list("name", flat=True))
    excused = set(
        Vlan.objects.filter(switch__pods__dvs__vcenter=device.vcenter_id, state__in=_EXCUSED).values_list(
            "vid", flat=True
        )
    )
    return [
        id
        for id, attributes in state.items()
        if id.kind == Kind.PORT_GROUP and id.key.partition("/")[0] in ours and attributes.get("vlan_id") not in excused
    ]


_EXCUSED = (VlanState.INFRASTRUCTURE, VlanState.RESERVED, VlanState.UNCLAIMED)


def _vlans_to_judge(device: Device, state: DeviceState) -> list[ObjectId]:
    rows = Vlan.objects.filter(switch=device.switch_id, state__in=_EXCUSED)
    excused = {str(vid) for vid in rows.values_list("vid", flat=True)}
    return [id for id in state if id.kind == Kind.VLAN and id.key not in excused]


def _replace(device: Device, differences: Iterable[Difference], *, now: datetime) -> list[DriftFinding]:
    with transaction.atomic():
        Device.objects.select_for_update().get(pk=device.pk)  # two looks at once would store everything twice
        since = {(f.kind, f.key, f.drift): f.first_seen_at for f in device.findings.all()}
        device.findings.all().delete()
        return DriftFinding.objects.bulk_create(
            [_finding(device, difference, since, now=now) for difference in differences], batch_size=500
        )


def _finding(
    device: Device, difference: Difference, since: Mapping[tuple[str, str, str], datetime], *, now: datetime
) -> DriftFinding:
    return DriftFinding(
        device=device,
        tenant_id=difference.tenant_id,
        drift=difference.drift,
        kind=difference.id.kind,
        key=difference.id.key,
        intended=None if difference.intended is None else dict(difference.intended),
        found=None if difference.found is None else dict(difference.found),
        first_seen_at=since.get((difference.id.kind, difference.id.key, difference.drift), now),
    )
