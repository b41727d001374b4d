"""A tenant that is live on its devices, and what somebody then does to them behind the portal's back."""

from datetime import datetime, timedelta

from django.utils import timezone

from inventory.models import Pod, Vlan, VlanState
from provisioning.drift import check
from provisioning.drift.accepting import accept, seen
from provisioning.drivers.protocol import Kind
from provisioning.models import Device, DriftAcceptance, DriftFinding
from tenants.models import Network, NetworkStatus, Tenant
from tests.factories import make_pod, make_tenant, make_user
from tests.provisioning.things import approved, make_devices, put, take_away, work


def live_tenant(name: str = "Acme", *, pod: Pod | None = None, vids: tuple[int, ...] = (100, 101)) -> Tenant:
    """Pushed and read back: its devices carry what is intended."""
    pod = pod or make_pod()
    make_devices(pod)
    tenant = make_tenant(name, pod=pod, vids=vids)
    approved(tenant)
    work()
    return tenant


def switch_of(tenant: Tenant) -> Device:
    return Device.objects.get(switch=tenant.pod.switch)


def vcenter_of(tenant: Tenant) -> Device:
    return Device.objects.get(vcenter=tenant.pod.dvs.vcenter)


def lose_group(tenant: Tenant, vid: int = 100) -> DriftFinding:
    """One of its port groups is gone from the vCenter."""
    network = tenant.networks.get(vlan__vid=vid)
    take_away(vcenter_of(tenant), Kind.PORT_GROUP, f"{tenant.pod.dvs.name}/{network.port_group}")
    check(vcenter_of(tenant))
    return finding(network.port_group)


def rename_vlan(tenant: Tenant, vid: int = 100, name: str = "renamed") -> DriftFinding:
    put(switch_of(tenant), Kind.VLAN, str(vid), name=name)
    check(switch_of(tenant))
    return DriftFinding.objects.get(kind=Kind.VLAN, key=str(vid))


def stray(pod: Pod, vid: object, name: str = "stray") -> None:
    """A port group that nobody here made, on the pod's distributed switch."""
    vcenter = Device.objects.get(vcenter=pod.dvs.vcenter)
    put(vcenter, Kind.PORT_GROUP, f"{pod.dvs.name}/{name}", vlan_id=vid)


def finding(ending: str) -> DriftFinding:
    found: DriftFinding = DriftFinding.objects.get(key__endswith=ending)
    return found


def state(vid: int) -> str:
    return Vlan.objects.get(vid=vid).state


def accepted(found: DriftFinding, *, until: datetime | None = None, reason: str = "works on it") -> DriftAcceptance:
    now = timezone.now()
    return accept(
        finding=found,
        as_seen=seen(found),
        reason=reason,
        until=until or now + timedelta(days=30),
        by=make_user(f"user-{DriftAcceptance.objects.count()}"),
        now=now,
    )


def had_once(tenant: Tenant, vid: int, *, state: VlanState = VlanState.QUARANTINED) -> Network:
    """A network that the tenant had and that was removed; its VLAN rests."""
    vlan = Vlan.objects.get(switch=tenant.pod.switch, vid=vid)
    until = timezone.now() + timedelta(days=3) if state == VlanState.QUARANTINED else None
    Vlan.objects.filter(pk=vlan.pk).update(state=state, until=until)
    return Network.objects.create(
        tenant=tenant,
        role="extra",
        vlan=vlan,
        port_group=f"{tenant.name}-extra-{vid}",
        status=NetworkStatus.REMOVED,
        live_on=timezone.localdate(),
        removed_on=timezone.localdate(),
    )
