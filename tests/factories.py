"""Functions that make one believable thing each, with defaults; name only what the test is about."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib.auth.models import Group
from django.db import connection

from accounts.models import User
from accounts.roles import Role
from inventory.models import (
    CoreSwitch,
    DistributedSwitch,
    ManagementNetwork,
    NsxManager,
    Platform,
    Pod,
    RangePurpose,
    VCenter,
    Vlan,
    VlanRange,
    VlanState,
    VniPool,
)
from inventory.models.switches import FIRST_VLAN_ID, LAST_VLAN_ID
from inventory.ranges import base_state, spans_of
from tenants.models import (
    CustomerSubnet,
    Network,
    NetworkRole,
    NetworkStatus,
    Tenant,
    TenantStatus,
    WanConnection,
    WanKind,
)
from tenants.models.networks import port_group_name

PASSWORD = "correct horse battery staple"


def make_user(username: str = "olga", *roles: Role) -> User:
    user = User.objects.create_user(username=username, password=PASSWORD)
    user.groups.set([Group.objects.get_or_create(name=role.value)[0] for role in roles])
    return user


def make_switch(name: str = "core-a", *, usable: tuple[int, int] | None = None, **fields: Any) -> CoreSwitch:
    """A core switch with its 4,094 VLAN rows; ``usable`` narrows what tenants may have."""
    switch = CoreSwitch.objects.create(name=name, slug=name, platform=fields.pop("platform", Platform.OTHER), **fields)
    if usable:
        VlanRange.objects.create(switch=switch, purpose=RangePurpose.USABLE, first=usable[0], last=usable[1])
    fill_with_vlans(switch)
    return switch


def fill_with_vlans(switch: CoreSwitch) -> None:
    """What ``apply_ranges`` does for a new switch, in a tenth of its time: hundreds of tests want a switch."""
    spans = spans_of(switch)
    rows = [(switch.pk, vid, base_state(vid, spans).value) for vid in range(FIRST_VLAN_ID, LAST_VLAN_ID + 1)]
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO inventory_vlan (switch_id, vid, state, label) VALUES (%s, %s, %s, '')", rows)


def make_pod(name: str = "pod-1", *, switch: CoreSwitch | None = None, **fields: Any) -> Pod:
    """A pod with a vCenter and a DVS of its own."""
    vcenter = VCenter.objects.create(name=f"vc-{name}", slug=f"vc-{name}", address=f"vc-{name}.example.net")
    dvs = DistributedSwitch.objects.create(vcenter=vcenter, name=f"dvs-{name}")
    return Pod.objects.create(
        name=name, slug=name, switch=switch or make_switch(), dvs=dvs, trunk_port="port-channel1", **fields
    )


def make_nsx_manager(name: str = "nsx-1", *, first: int = 5000, last: int = 16_777_215) -> NsxManager:
    """An NSX manager with its VNI pool."""
    zone = "/infra/sites/default/enforcement-points/default/transport-zones/overlay"
    nsx = NsxManager.objects.create(name=name, slug=name, transport_zone_path=zone)
    VniPool.objects.create(nsx=nsx, first=first, last=last, next=first)
    return nsx


def make_management_network(prefix: str = "10.0.0.0/22", **fields: Any) -> ManagementNetwork:
    return ManagementNetwork.objects.create(name=fields.pop("name", f"management {prefix}"), prefix=prefix, **fields)


def make_tenant(
    name: str = "Acme",
    *,
    pod: Pod | None = None,
    status: TenantStatus = TenantStatus.ACTIVE,
    vids: Sequence[int] = (100, 101),
    onboarded_on: date | None = date(2026, 1, 15),
    subnets: Sequence[str] = ("192.168.10.0/24",),
) -> Tenant:
    """A tenant as it stands after onboarding: live networks on allocated VLANs, an IPsec WAN."""
    pod = pod or make_pod()
    tenant = Tenant.objects.create(name=name, slug=name.lower(), pod=pod, status=status, onboarded_on=onboarded_on)
    roles = [NetworkRole.FAILOVER_PRODUCTION, NetworkRole.FAILOVER_TEST, NetworkRole.REPLICATION]
    for index, vid in enumerate(vids):
        vlan = Vlan.objects.get(switch=pod.switch, vid=vid)
        Vlan.objects.filter(pk=vlan.pk).update(state=VlanState.ALLOCATED)
        role = roles[index] if index < len(roles) else NetworkRole.EXTRA
        Network.objects.create(
            tenant=tenant,
            role=role,
            vlan=vlan,
            port_group=port_group_name(tenant=name, role=role, vid=vid),
            status=NetworkStatus.LIVE,
            live_on=onboarded_on,
        )
    WanConnection.objects.create(tenant=tenant, kind=WanKind.IPSEC, remote_gateway="198.51.100.7")
    CustomerSubnet.objects.bulk_create(CustomerSubnet(tenant=tenant, prefix=prefix) for prefix in subnets)
    return tenant
