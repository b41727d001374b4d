"""Devices for the tests of provisioning, and a way to work through everything in this process, without a broker."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from inventory.models import Pod, Vlan, VlanState
from provisioning import beginning, execution, proving
from provisioning.approval import approve
from provisioning.devices import open_driver
from provisioning.drivers.protocol import Change, Kind, ObjectId
from provisioning.models import Device, DeviceKind, DriverName, Plan, Run, SimulatedDevice
from provisioning.planning import make_plan
from tenants.models import Network, NetworkRole, NetworkStatus, Tenant, TenantStatus, WanConnection, WanKind
from tenants.models.networks import port_group_name
from tests.factories import make_pod, make_user


def make_devices(pod: Pod) -> tuple[Device, Device]:
    """Simulated devices for the pod's core switch and vCenter, where they have none."""
    switch, _ = Device.objects.get_or_create(
        switch=pod.switch,
        defaults={
            "name": pod.switch.name,
            "slug": f"device-{pod.switch.slug}",
            "kind": DeviceKind.CORE_SWITCH,
            "driver": DriverName.SIMULATED,
            "address": f"{pod.switch.slug}.simulated.invalid",
        },
    )
    vcenter, _ = Device.objects.get_or_create(
        vcenter=pod.dvs.vcenter,
        defaults={
            "name": pod.dvs.vcenter.name,
            "slug": f"device-{pod.dvs.vcenter.slug}",
            "kind": DeviceKind.VCENTER,
            "driver": DriverName.SIMULATED,
            "address": f"{pod.dvs.vcenter.slug}.simulated.invalid",
        },
    )
    return switch, vcenter


def make_newcomer(
    name: str = "Acme",
    *,
    pod: Pod | None = None,
    vids: Sequence[int] = (100, 101),
    subnets: Sequence[str] = ("192.168.10.0/24",),
) -> Tenant:
    """A tenant as intake leaves it: planned networks on held VLANs, and devices that know nothing of it."""
    pod = pod or make_pod()
    make_devices(pod)
    tenant = Tenant.objects.create(name=name, slug=name.lower(), pod=pod, status=TenantStatus.ONBOARDING)
    for vid, role in zip(vids, [*NetworkRole, *[NetworkRole.EXTRA] * len(vids)], strict=False):
        add_network(tenant, vid, role)
    WanConnection.objects.create(tenant=tenant, kind=WanKind.IPSEC, remote_gateway="198.51.100.7")
    for prefix in subnets:
        tenant.customer_subnets.create(prefix=prefix)
    return tenant


def add_network(tenant: Tenant, vid: int, role: NetworkRole = NetworkRole.EXTRA) -> Network:
    vlan = Vlan.objects.get(switch=tenant.pod.switch, vid=vid)
    Vlan.objects.filter(pk=vlan.pk).update(state=VlanState.HELD, until=timezone.now() + timedelta(days=14))
    return Network.objects.create(
        tenant=tenant,
        role=role,
        vlan=vlan,
        port_group=port_group_name(tenant=tenant.name, role=role, vid=vid),
        status=NetworkStatus.PLANNED,
    )


def leaving(tenant: Tenant) -> Tenant:
    """A live tenant as offboarding leaves it: its networks go, their VLANs are releasing."""
    for network in tenant.networks.select_related("vlan"):
        Vlan.objects.filter(networks=network).update(state="releasing")
    tenant.networks.update(status=NetworkStatus.REMOVING)
    Tenant.objects.filter(pk=tenant.pk).update(status=TenantStatus.OFFBOARDING)
    tenant.refresh_from_db()
    return tenant


def approved(tenant: Tenant, *, approver: User | None = None) -> Run:
    """A plan for the tenant, approved by somebody else; its run is queued."""
    plan = make_plan(tenant=tenant, by=None)
    run = approve(plan=plan, plan_hash=plan.hash, by=approver or approver_of_tests())
    assert run, "the plan wants a second approver"
    return run


def approver_of_tests() -> User:
    return User.objects.filter(username="ann").first() or make_user("ann")


def work() -> None:
    """Begin what is queued, drain what is ready, check what is written, in this process, until nothing is due."""
    while True:
        now = timezone.now()
        queued = beginning.queued(now)
        devices = execution.devices_with_ready_steps(now)
        unproved = proving.awaiting_proof(now)
        if not queued and not devices and not unproved:
            return
        for run in queued[:1]:
            beginning.begin(run.pk)
        for device_id in devices:
            execution.drain_device(device_id)
        for run in unproved[:1]:
            proving.check(run.pk)


def due_now() -> None:
    """Let every pause before a retry be over."""
    from provisioning.models import Step

    Step.objects.update(not_before=None)
    Run.objects.update(not_before=None)


def fault(device: Device, fault: str = "", *, write_delay_ms: int = 0) -> None:
    SimulatedDevice.objects.update_or_create(
        address=device.address, defaults={"fault": fault, "write_delay_ms": write_delay_ms}
    )


def carries(device: Device) -> dict[str, dict[str, Any]]:
    """What the device says that it carries, by ``kind key``, read through its driver."""
    with open_driver(device) as session:
        return {str(id): dict(attributes) for id, attributes in session.read().items()}


def put(device: Device, kind: Kind, key: str, **attributes: Any) -> None:
    """What somebody else writes to the device behind our back."""
    with open_driver(device) as session:
        session.apply([Change(ObjectId(kind, key), attributes)])


def take_away(device: Device, kind: Kind, key: str) -> None:
    with open_driver(device) as session:
        session.remove([ObjectId(kind, key)])


def lines(run: Run) -> str:
    return "\n".join(run.log.values_list("text", flat=True))


def plan_texts(plan: Plan) -> list[str]:
    """``stage action kind key`` of each operation, in order."""
    return [f"{op.stage} {op.action} {op.kind} {op.key}" for op in plan.operations.all()]
