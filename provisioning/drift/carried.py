"""What a device carries though nobody intends it: strange objects, and VLANs that leaked.

A VLAN has leaked when a device carries it while it is free here (nobody was ever given it, or its quarantine is over),
rests in quarantine, or is being released while the run that should have removed it has ended and no other is left.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby

from django.db.models import QuerySet

from inventory.models import Vlan, VlanState
from provisioning.drift.comparing import Difference, Wanted
from provisioning.drivers.protocol import Attributes, DeviceState, Kind, ObjectId
from provisioning.models import Device, DeviceKind, DriftKind, Leak, Plan, PlanStatus, Run, RunStatus
from provisioning.models.runs import OPEN_RUNS
from tenants.models import Network, NetworkStatus

EXCUSED = (VlanState.INFRASTRUCTURE, VlanState.RESERVED, VlanState.UNCLAIMED)
# More memberships of one trunk than this, of VLANs that do not exist on the switch and were never anybody's here, are
# a list that somebody opened wide and no leak of ours: they are told in one line, and take no VLAN away.
WIDE_TRUNK = 100

Place = tuple[int, int]  # core switch, VLAN ID


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a device's objects lie. ``rows``: (row, state) of each VLAN that is neither allocated nor held.

    ``dvs``: the core switch behind each distributed switch that pods use. ``leaked``: rows whose leak is known.
    ``stale``: the rows that are being released and that nothing will remove, with the tenant whose they are.
    """

    switch: int | None = None
    trunk_ports: frozenset[str] = frozenset()
    dvs: Mapping[str, int] = field(default_factory=dict)
    rows: Mapping[Place, tuple[int, str]] = field(default_factory=dict)
    leaked: frozenset[int] = frozenset()
    stale: Mapping[int, int] = field(default_factory=dict)

    def is_ours(self, id: ObjectId) -> bool:
        """Whether it is ours to judge: on a DVS that pods use, on a trunk that leads to a pod, or a switch's VLAN."""
        if id.kind == Kind.PORT_GROUP:
            return id.key.partition("/")[0] in self.dvs
        if id.kind == Kind.TRUNK_VLAN:
            return id.key.rpartition("/")[0] in self.trunk_ports
        return id.kind == Kind.VLAN and self.switch is not None

    def place(self, id: ObjectId, attributes: Attributes) -> Place | None:
        """The one VLAN that the object carries, where it carries one."""
        if id.kind == Kind.PORT_GROUP:
            vid, switch = attributes.get("vlan_id"), self.dvs.get(id.key.partition("/")[0])
            return (switch, vid) if switch is not None and isinstance(vid, int) else None
        number = id.key.rpartition("/")[2]
        return (self.switch, int(number)) if self.switch is not None and number.isdecimal() else None

    def leaks(self, place: Place | None) -> int | None:
        """The row of the VLAN there, if a device ought not to carry it."""
        row, state = self.rows.get(place, (None, "")) if place else (None, "")
        if state in (VlanState.FREE, VlanState.QUARANTINED):
            return row
        return row if state == VlanState.UNCLAIMED and row in self.leaked else None


def ground_of(device: Device) -> Ground | None:
    """What is known of the VLANs that the device may carry, in a fixed number of queries; None for a firewall."""
    switches = set(switches_of(device))
    if not switches:
        return None
    rows = Vlan.objects.filter(switch__in=switches).exclude(state__in=(VlanState.ALLOCATED, VlanState.HELD))
    told = {(switch, vid): (pk, state) for switch, vid, pk, state in rows.values_list("switch", "vid", "pk", "state")}
    ports: Iterable[str] = ()
    dvs: dict[str, int] = {}
    if device.kind == DeviceKind.CORE_SWITCH:
        ports = device.switch.pods.values_list("trunk_port", flat=True)  # type: ignore[union-attr]
    else:
        pods = device.vcenter.distributed_switches.filter(pods__isnull=False)  # type: ignore[union-attr]
        dvs = dict(pods.values_list("name", "pods__switch"))
    known = Leak.objects.filter(ended_at=None, vlan__switch__in=switches).values_list("vlan", flat=True)
    return Ground(device.switch_id, frozenset(ports), dvs, told, frozenset(known), _stale(switches))


def switches_of(device: Device) -> list[int]:
    """The core switches whose VLANs the device may carry."""
    if device.kind == DeviceKind.CORE_SWITCH:
        return [device.switch_id] if device.switch_id else []
    if device.kind != DeviceKind.VCENTER or device.vcenter is None:
        return []
    pods = device.vcenter.distributed_switches.filter(pods__isnull=False)
    return list(pods.values_list("pods__switch", flat=True).distinct())


def _stale(switches: Collection[int]) -> dict[int, int]:
    """The VLANs that are being released though a run about them has ended, with no plan waiting and no run under way.

    One that nobody made a plan for yet is no leak: its tenant's page says that it is behind.
    """
    leaving = Network.objects.filter(
        status=NetworkStatus.REMOVING, vlan__switch__in=switches, vlan__state=VlanState.RELEASING
    )
    of = {network: (vlan, tenant) for network, vlan, tenant in leaving.values_list("pk", "vlan", "tenant")}
    tenants = {tenant for _, tenant in of.values()}
    if not tenants:
        return {}
    busy = set(Plan.objects.filter(tenant__in=tenants, status=PlanStatus.PROPOSED).values_list("tenant", flat=True))
    runs = Run.objects.filter(plan__tenant__in=tenants)
    busy |= set(runs.filter(status__in=OPEN_RUNS).values_list("plan__tenant", flat=True))
    tried = _left_by(runs.exclude(status__in=OPEN_RUNS).order_by("pk"))
    return {vlan: tenant for network, (vlan, tenant) in of.items() if network in tried and tenant not in busy}


def _left_by(ended: QuerySet[Run]) -> set[int]:
    """The networks that the last run of each tenant should have taken off its devices, or put there and could not."""
    last = {tenant: told for tenant, *told in ended.values_list("plan__tenant", "status", "plan__networks")}
    left: set[int] = set()
    for status, networks in last.values():
        left.update(networks.get("absent", []))
        if status != RunStatus.SUCCEEDED:
            left.update(networks.get("present", []))
    return left


def strangers(ground: Ground, wanted: Wanted, state: DeviceState) -> list[Difference]:
    """What nobody here intends, where it is ours to judge; of what leaked, the tenant that had the VLAN last."""
    found = list(_judged(ground, wanted, state))
    owners = last_owners({one.vlan_id for one in found if one.vlan_id and one.tenant_id is None})
    told = [replace(one, tenant_id=owners.get(one.vlan_id or 0, one.tenant_id)) for one in found]
    return _without_wide_trunks(told, state)


def _judged(ground: Ground, wanted: Wanted, state: DeviceState) -> Iterator[Difference]:
    for id, attributes in state.items():
        if not ground.is_ours(id):
            continue
        place = ground.place(id, attributes)
        row, vlan_state = ground.rows.get(place, (None, "")) if place else (None, "")
        if row is not None and row in ground.stale and id in wanted.known and id not in wanted.required:
            yield Difference(DriftKind.LEAKED, id, ground.stale[row], None, attributes, row)
        elif wanted.is_known(id):
            continue
        elif leaking := ground.leaks(place):
            yield Difference(DriftKind.LEAKED, id, None, None, attributes, leaking)
        elif vlan_state not in EXCUSED and id.kind != Kind.TRUNK_VLAN:
            yield Difference(DriftKind.UNKNOWN, id, None, None, attributes)


def with_vlan(difference: Difference, ground: Ground) -> Difference:
    """A changed port group may have moved onto a VLAN that is free here: that VLAN leaked with it."""
    if difference.drift != DriftKind.CHANGED or difference.found is None:
        return difference
    return replace(difference, vlan_id=ground.leaks(ground.place(difference.id, difference.found)))


def last_owners(vlans: Collection[int]) -> dict[int, int]:
    """The tenant whose network each VLAN carried last, of those that ever carried one."""
    gone = Network.objects.filter(vlan__in=vlans, status=NetworkStatus.REMOVED).order_by("removed_on", "pk")
    return dict(gone.values_list("vlan", "tenant")) if vlans else {}


def _without_wide_trunks(found: list[Difference], state: DeviceState) -> list[Difference]:
    idle: dict[str, list[Difference]] = {}
    for one in found:
        port, _, vid = one.id.key.rpartition("/")
        if one.id.kind == Kind.TRUNK_VLAN and one.tenant_id is None and ObjectId(Kind.VLAN, vid) not in state:
            idle.setdefault(port, []).append(one)
    wide = {port: members for port, members in idle.items() if len(members) > WIDE_TRUNK}
    left_out = {one.id for members in wide.values() for one in members}
    return [one for one in found if one.id not in left_out] + [_wide(port, wide[port]) for port in sorted(wide)]


def _wide(port: str, members: list[Difference]) -> Difference:
    vids = sorted(int(one.id.key.rpartition("/")[2]) for one in members)
    found: Attributes = {"vlans_nobody_has": _in_words(vids)}
    return Difference(DriftKind.UNKNOWN, ObjectId(Kind.TRUNK_VLAN, f"{port}/others"), None, None, found)


def _in_words(vids: list[int]) -> str:
    """``2-99, 200``: ascending numbers, their runs drawn together."""
    runs = [[vid for _, vid in run] for _, run in groupby(enumerate(vids), key=lambda one: one[1] - one[0])]
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
