"""What a core switch stood like at an instant: its settings and figures, the inputs of its ceiling, put together."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from capacity.planning.ceiling import Bounds, Ceiling, Counts, VCenterRoom, ceiling
from capacity.trail import Trail, end_of_day_of, trail_since
from inventory.models import CoreSwitch, DistributedSwitch, Pod, RangePurpose, VCenter, VlanRange
from inventory.models.switches import LAST_VLAN_ID
from inventory.ranges import FIRST_USABLE, Span

RECORDED = (CoreSwitch, VlanRange, Pod, DistributedSwitch, VCenter)


@dataclass(frozen=True, slots=True)
class PodThen:
    """A pod with its present tenants and their networks, under the name that it had."""

    pk: int
    name: str
    tenants: int
    networks: int


@dataclass(frozen=True, slots=True)
class Standing:
    """One core switch at an instant. ``roles``: present networks by role. ``notes``: what is not known for sure."""

    switch: CoreSwitch
    name: str
    bounds: Bounds
    spans: tuple[Span, ...]
    counts: Counts
    pods: tuple[PodThen, ...]
    vcenters: tuple[VCenterRoom, ...]
    roles: Mapping[str, int]
    notes: tuple[str, ...] = ()

    @property
    def customers(self) -> int:
        return sum(pod.tenants for pod in self.pods)

    @property
    def networks(self) -> int:
        return sum(pod.networks for pod in self.pods)

    @property
    def ceiling(self) -> Ceiling:
        return ceiling(
            bounds=self.bounds,
            spans=self.spans,
            counts=self.counts,
            customers=self.customers,
            networks=self.networks,
            vcenters=self.vcenters,
        )


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts at an instant: VLANs by state and networks by role of a switch, tenants and networks of a pod.

    Tenants on VXLAN and their networks are left out: they take no VLAN. ``port_groups`` of a pod has theirs too.
    """

    counts: Mapping[int, Counts]
    roles: Mapping[int, Mapping[str, int]]
    tenants: Mapping[int, int]
    networks: Mapping[int, int]
    port_groups: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class _PodSeen:
    pk: int
    name: str
    switch: int
    vcenter: int
    vcenter_name: str
    is_archived: bool


@dataclass(frozen=True, slots=True)
class SwitchThen:
    """The settings of a switch at an instant; ``known_since``: its first record, where that is later."""

    switch: CoreSwitch
    name: str
    bounds: Bounds
    spans: tuple[Span, ...]
    pods: tuple[_PodSeen, ...]
    known_since: datetime | None


@dataclass(frozen=True, slots=True)
class Inventory:
    """The switches in use at an instant, by name, and every pod of all switches, archived ones too."""

    switches: tuple[SwitchThen, ...]
    pods: tuple[_PodSeen, ...]


def inventory_at(instant: datetime) -> Inventory:
    """What there was at that instant; a switch that was recorded later comes with its first settings on record."""
    trail = trail_since(instant, *RECORDED)
    pods = _pods(trail)
    behind: dict[int, list[_PodSeen]] = defaultdict(list)
    for pod in pods:
        behind[pod.switch].append(pod)
    switches = CoreSwitch.objects.prefetch_related("ranges")
    in_use = [switch for switch in switches if switch.archived_at is None or switch.archived_at > instant]
    return Inventory(tuple(_switch(switch, trail, behind[switch.pk]) for switch in in_use), tuple(pods))


def _switch(switch: CoreSwitch, trail: Trail, pods: Sequence[_PodSeen]) -> SwitchThen:
    made = trail.made_at(switch)
    at = trail.since if made is None else end_of_day_of(made)
    values = {field.name: trail.before(switch, field.name, at=at) for field in fields(Bounds)}
    return SwitchThen(
        switch=switch,
        name=trail.before(switch, "name", at=at),
        bounds=Bounds(**{name: None if value == "None" else int(value) for name, value in values.items()}),  # type: ignore[arg-type]
        spans=tuple(_spans(switch, trail, at)),
        pods=tuple(pods),
        known_since=made,
    )


def _spans(switch: CoreSwitch, trail: Trail, at: datetime) -> list[Span]:
    """The ranges of then: those there now that were made before, and those deleted since."""
    names = ("purpose", "first", "last", "reason")
    there = [row for row in switch.ranges.all() if trail.was_there(row, at=at)]
    kept = [[trail.before(row, name, at=at) for name in names] for row in there]
    gone = [row for row in trail.deleted(VlanRange, at=at) if row.get("switch") == str(switch.pk)]
    kept += [[row.get(name, "") for name in names] for row in gone]
    spans = [
        Span(RangePurpose(purpose), int(first), int(last), "" if reason == "None" else reason)
        for purpose, first, last, reason in kept
    ]
    spans.sort(key=lambda span: span.first)
    if not any(span.purpose == RangePurpose.USABLE for span in spans):
        spans.append(Span(RangePurpose.USABLE, FIRST_USABLE, LAST_VLAN_ID))
    return spans


def _pods(trail: Trail) -> list[_PodSeen]:
    at = trail.since
    vcenters = {row.pk: row.vcenter for row in DistributedSwitch.objects.select_related("vcenter")}
    seen = []
    for pod in Pod.objects.all():
        vcenter = vcenters[int(trail.before(pod, "dvs", at=at))]
        seen.append(
            _PodSeen(
                pk=pod.pk,
                name=trail.before(pod, "name", at=at),
                switch=int(trail.before(pod, "switch", at=at)),
                vcenter=vcenter.pk,
                vcenter_name=trail.before(vcenter, "name", at=at),
                is_archived=(pod.archived_at is not None and pod.archived_at <= at) or not trail.was_there(pod, at=at),
            )
        )
    return seen


def standings(inventory: Inventory, figures: Figures) -> list[Standing]:
    """Settings and figures of one instant, together. A vCenter is filled by the pods of all switches."""
    used: dict[int, int] = defaultdict(int)
    behind: dict[int, dict[str, None]] = defaultdict(dict)
    for pod in inventory.pods:
        used[pod.vcenter] += figures.port_groups.get(pod.pk, 0)
    for then in inventory.switches:
        for pod in _counted(then, figures):
            behind[pod.vcenter][then.name] = None
    rooms = {key: (used[key], tuple(names)) for key, names in behind.items()}
    return [_standing(then, figures, rooms) for then in inventory.switches]


def _counted(then: SwitchThen, figures: Figures) -> list[_PodSeen]:
    return [pod for pod in then.pods if not pod.is_archived or figures.networks.get(pod.pk)]


def _standing(then: SwitchThen, figures: Figures, rooms: Mapping[int, tuple[int, tuple[str, ...]]]) -> Standing:
    vcenters = {pod.vcenter: pod.vcenter_name for pod in _counted(then, figures)}
    pods = [
        PodThen(pod.pk, pod.name, figures.tenants.get(pod.pk, 0), figures.networks.get(pod.pk, 0))
        for pod in then.pods
        if not pod.is_archived or figures.networks.get(pod.pk) or figures.tenants.get(pod.pk)
    ]
    return Standing(
        switch=then.switch,
        name=then.name,
        bounds=then.bounds,
        spans=then.spans,
        counts=figures.counts.get(then.switch.pk, Counts()),
        pods=tuple(pods),
        vcenters=tuple(VCenterRoom(name, *rooms[key]) for key, name in vcenters.items()),
        roles=dict(figures.roles.get(then.switch.pk, {})),
    )
