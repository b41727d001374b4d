"""What tenants want on a device, and where the device differs from it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from provisioning.drivers.protocol import Attributes, DeviceState, ObjectId
from provisioning.intent import TenantFacts, gather, intended_on
from provisioning.models import Device, DeviceKind, DriftKind
from tenants.models import NetworkStatus, Tenant
from tenants.models.tenants import GONE


@dataclass(slots=True)
class Wanted:
    """What a device must carry (with whose it is), and what it may carry while a push is on its way."""

    required: dict[ObjectId, tuple[Attributes, int]] = field(default_factory=dict)
    known: set[ObjectId] = field(default_factory=set)

    def is_known(self, id: ObjectId) -> bool:
        return id in self.known or id in self.required


@dataclass(frozen=True, slots=True)
class Difference:
    """``vlan_id``: the row of the VLAN that the object keeps on the device, though it is free or resting here."""

    drift: DriftKind
    id: ObjectId
    tenant_id: int | None
    intended: Attributes | None
    found: Attributes | None
    vlan_id: int | None = None


def facts_on(device: Device) -> list[TenantFacts]:
    """The facts about all tenants on the device, in a number of queries that does not grow with them."""
    return gather(_tenants_on(device))


def _tenants_on(device: Device) -> Any:
    tenants = Tenant.objects.exclude(status__in=GONE)
    if device.kind == DeviceKind.CORE_SWITCH:
        return tenants.filter(pod__switch=device.switch_id).values("pk")
    if device.kind == DeviceKind.VCENTER:
        return tenants.filter(pod__dvs__vcenter=device.vcenter_id).values("pk")
    if device.kind == DeviceKind.NSX:
        return tenants.filter(pod__nsx=device.nsx_id).values("pk")
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
    segments = tuple(segment for segment in facts.segments if segment.status == NetworkStatus.LIVE)
    return replace(facts, networks=live, segments=segments)


def agreed(before: Sequence[TenantFacts], after: Sequence[TenantFacts], kind: DeviceKind) -> Wanted:
    """What was wanted both before and after a look: a run that ended in between is no drift. Pure."""
    first, last = wish_of(before, kind), wish_of(after, kind)
    required = {id: wish for id, wish in first.required.items() if last.required.get(id) == wish}
    return Wanted(required, first.known | last.known | first.required.keys() | last.required.keys())


def compare(wanted: Wanted, state: DeviceState) -> Iterable[Difference]:
    """What is missing, and what is there but other than wanted. Pure."""
    for id, (attributes, tenant_id) in wanted.required.items():
        there = state.get(id)
        if there is None:
            yield Difference(DriftKind.MISSING, id, tenant_id, attributes, None)
        elif dict(there) != dict(attributes):
            yield Difference(DriftKind.CHANGED, id, tenant_id, attributes, there)
