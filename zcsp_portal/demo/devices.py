"""Writes the demo's simulated devices: each carries what is intended and live, and a few have drifted."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from django.utils.text import slugify

from inventory.models import Pod, Vlan, VlanState
from provisioning.drivers.protocol import Attributes, Kind, ObjectId
from provisioning.intent import TenantFacts, gather, intended
from provisioning.models import Device, DeviceKind, DriverName, SimulatedDevice, SimulatedObject
from tenants.models import NetworkStatus, Tenant, TenantStatus
from zcsp_portal.demo.inventory import Owned

_BATCH = 1000
_ON_DEVICES = (NetworkStatus.LIVE, NetworkStatus.REMOVING)
Carried = dict[ObjectId, Attributes]


@dataclass(frozen=True, slots=True)
class Drifted:
    """A difference that somebody made on a device behind the portal's back. ``now`` is None where it is gone."""

    device: Device
    id: ObjectId
    now: Attributes | None


@dataclass(frozen=True, slots=True)
class Written:
    """How many devices there are, and which are worth a look: those that many tenants share, and the drifted."""

    devices: int
    to_look_at: tuple[Device, ...]


def write_devices(owned: Owned, tenants: Sequence[Tenant]) -> Written:
    """A device a switch, vCenter and settled tenant, and what each carries."""
    settled = [t for t in tenants if t.status in (TenantStatus.ACTIVE, TenantStatus.OFFBOARDING)]
    devices = _write_device_rows(owned, settled)
    carried: dict[Device, Carried] = {device: {} for device in devices}
    by_switch = {d.switch_id: d for d in devices if d.switch_id}
    by_vcenter = {d.vcenter_id: d for d in devices if d.vcenter_id}
    by_tenant = {d.tenant_id: d for d in devices if d.tenant_id}
    facts = {fact.id: fact for fact in gather([t.pk for t in settled])}
    for tenant in settled:
        wish = intended(_as_pushed(facts[tenant.pk]))
        carried[by_switch[tenant.pod.switch_id]] |= wish[DeviceKind.CORE_SWITCH].present
        carried[by_vcenter[tenant.pod.dvs.vcenter_id]] |= wish[DeviceKind.VCENTER].present
        carried[by_tenant[tenant.pk]] |= wish[DeviceKind.FIREWALL].present
    for device, id, attributes in _unclaimed(owned, by_vcenter):
        carried[device][id] = attributes
    drifted = list(drifts(carried))
    for drift in drifted:
        _apply(drift, carried)
    _write_carried(carried)
    shared = [device for device in devices if device.kind != DeviceKind.FIREWALL]
    return Written(len(devices), tuple(dict.fromkeys([*shared, *(drift.device for drift in drifted)])))


def _as_pushed(facts: TenantFacts) -> TenantFacts:
    """The tenant as its devices know it: what is being removed is still there, what is planned is not."""
    networks = tuple(replace(n, status=NetworkStatus.LIVE.value) for n in facts.networks if n.status in _ON_DEVICES)
    return replace(facts, networks=networks, leaving=False)


def _write_device_rows(owned: Owned, tenants: Iterable[Tenant]) -> list[Device]:
    rows = [
        Device(kind=DeviceKind.CORE_SWITCH, switch=switch, **_named(switch.name)) for switch in owned.switches.values()
    ]
    rows += [
        Device(kind=DeviceKind.VCENTER, vcenter=vcenter, **_named(vcenter.name)) for vcenter in owned.vcenters.values()
    ]
    rows += [Device(kind=DeviceKind.FIREWALL, tenant=tenant, **_named(f"fw-{tenant.slug}")) for tenant in tenants]
    return Device.objects.bulk_create(rows, batch_size=_BATCH)


def _named(name: str) -> dict[str, str]:
    return {
        "name": name,
        "slug": slugify(name),
        "driver": DriverName.SIMULATED,
        "address": f"{name}.simulated.invalid",
    }


def _unclaimed(owned: Owned, by_vcenter: dict[int, Device]) -> Iterator[tuple[Device, ObjectId, Attributes]]:
    """The port groups that nobody here knows, on the newest pod of the switch whose VLANs they use."""
    newest: dict[int, Pod] = {pod.switch_id: pod for pod in owned.pods.values()}
    for vlan in Vlan.objects.filter(state=VlanState.UNCLAIMED).order_by("switch", "vid"):
        dvs = newest[vlan.switch_id].dvs
        yield by_vcenter[dvs.vcenter_id], ObjectId(Kind.PORT_GROUP, f"{dvs.name}/{vlan.label}"), port_group(vlan.vid)


def port_group(vid: int) -> Attributes:
    return {"vlan_id": vid, "promiscuous": False, "forged_transmits": False, "mac_changes": False}


def drifts(carried: dict[Device, Carried]) -> Iterator[Drifted]:
    """On the fullest vCenter: a port group gone, one on another VLAN, one left promiscuous, one that nobody intended.
    On a switch: a VLAN that left its trunk. On a firewall: a route gone."""
    vcenters = [d for d in carried if d.kind == DeviceKind.VCENTER]
    groups = _of(Kind.PORT_GROUP, carried[vcenters[0]])
    gone, moved, promiscuous = groups[20], groups[200], groups[400]
    yield Drifted(vcenters[0], gone, None)
    yield Drifted(vcenters[0], moved, {**carried[vcenters[0]][moved], "vlan_id": 3999})
    yield Drifted(vcenters[0], promiscuous, {**carried[vcenters[0]][promiscuous], "promiscuous": True})
    dvs = groups[0].key.partition("/")[0]
    yield Drifted(vcenters[0], ObjectId(Kind.PORT_GROUP, f"{dvs}/test-lab-do-not-touch"), port_group(3777))
    switch = next(d for d in carried if d.kind == DeviceKind.CORE_SWITCH)
    yield Drifted(switch, _of(Kind.TRUNK_VLAN, carried[switch])[50], None)
    firewall = [d for d in carried if d.kind == DeviceKind.FIREWALL][7]
    yield Drifted(firewall, _of(Kind.ROUTE, carried[firewall])[0], None)


def _of(kind: Kind, objects: Carried) -> list[ObjectId]:
    return sorted(id for id in objects if id.kind == kind)


def _apply(drifted: Drifted, carried: dict[Device, Carried]) -> None:
    if drifted.now is None:
        del carried[drifted.device][drifted.id]
    else:
        carried[drifted.device][drifted.id] = drifted.now


def _write_carried(carried: dict[Device, Carried]) -> None:
    pretended = SimulatedDevice.objects.bulk_create(
        [SimulatedDevice(address=device.address) for device in carried], batch_size=_BATCH
    )
    SimulatedObject.objects.bulk_create(
        [
            SimulatedObject(device=simulated, kind=id.kind, key=id.key, attributes=attributes)
            for simulated, objects in zip(pretended, carried.values(), strict=True)
            for id, attributes in objects.items()
        ],
        batch_size=2000,
    )
