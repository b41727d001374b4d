"""Adopting: intent takes the device's value where it has a place for it, and is offered nowhere else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inventory.allocation import claim
from inventory.models import RangePurpose, Vlan, VlanRange, VlanState
from inventory.ranges import apply_ranges
from provisioning.drift import check
from provisioning.drift.adopting import AdoptRefused, keep_unclaimed, networks_to_adopt, set_aside, take_over
from provisioning.drivers.protocol import Kind
from provisioning.models import Device, DriftFinding, DriftKind
from tenants.adoption import adopt
from tenants.life import TenantMoveRefused
from tenants.models import NetworkRole, NetworkStatus, Tenant
from tenants.rules import IntakeRefused
from tests.factories import make_user
from tests.provisioning.drift.scenes import finding, live_tenant, lose_group, rename_vlan, state, stray, switch_of
from tests.provisioning.drift.scenes import vcenter_of as vcenter
from tests.provisioning.things import approved, put, work

pytestmark = pytest.mark.django_db
GROUP = {"vlan_id": 100, "promiscuous": False, "forged_transmits": False, "mac_changes": False}


def renamed_group(tenant: Tenant, name: str = "acme-production") -> DriftFinding:
    lose_group(tenant)
    put(vcenter(tenant), Kind.PORT_GROUP, f"dvs-pod-1/{name}", **GROUP)
    check(vcenter(tenant))
    return finding(name)


def renumbered(tenant: Tenant, address: str) -> DriftFinding:
    network = tenant.networks.get(vlan__vid=100)
    firewall = Device.objects.get(tenant=tenant)
    put(firewall, Kind.INTERFACE, "vlan100", vlan_id=100, description=network.port_group, address=address)
    check(firewall)
    return DriftFinding.objects.get(device=firewall, kind=Kind.INTERFACE)


def test_a_renamed_port_group_gives_its_network_its_name() -> None:
    tenant = live_tenant()
    found = renamed_group(tenant)
    assert networks_to_adopt([found])[found.pk].vlan.vid == 100  # type: ignore[union-attr]
    take_over(found, as_seen="acme-production")
    assert check(vcenter(tenant)) == []
    assert tenant.networks.get(vlan__vid=100).port_group == "acme-production"
    (name,) = check(switch_of(tenant))  # the switch bears the old name, until a plan has told it
    assert (name.drift, name.intended) == (DriftKind.CHANGED, {"name": "acme-production"})


def test_a_second_port_group_on_a_tenants_vlan_is_none_of_its_networks() -> None:
    tenant = live_tenant()
    stray(tenant.pod, 100, name="shadow")
    check(vcenter(tenant))
    assert networks_to_adopt(list(DriftFinding.objects.all())) == {}
    with pytest.raises(AdoptRefused):
        take_over(finding("shadow"), as_seen="shadow")


def test_a_name_that_we_could_not_write_is_not_taken_over() -> None:
    found = renamed_group(live_tenant(), "acme%2fproduction")
    with pytest.raises(TenantMoveRefused, match="letters, digits"):
        take_over(found, as_seen="acme%2fproduction")


def test_a_renumbered_interface_gives_its_network_its_prefix() -> None:
    tenant = live_tenant()
    found = renumbered(tenant, "172.16.5.0/24")
    take_over(found, as_seen="172.16.5.0/24")
    assert tenant.networks.get(vlan__vid=100).prefix == "172.16.5.0/24"
    approved(tenant)
    work()
    assert check(Device.objects.get(tenant=tenant)) == []


def test_a_prefix_that_overlaps_is_refused_as_at_intake() -> None:
    found = renumbered(live_tenant(), "192.168.10.0/25")
    with pytest.raises(IntakeRefused, match="overlaps the customer's subnet"):
        take_over(found, as_seen="192.168.10.0/25")


def test_one_hosts_address_is_no_prefix_and_is_not_offered() -> None:
    assert networks_to_adopt([renumbered(live_tenant(), "172.16.5.9/24")]) == {}


def test_a_vlans_name_is_made_from_its_port_group_so_it_cannot_be_adopted() -> None:
    assert networks_to_adopt([rename_vlan(live_tenant())]) == {}


def test_another_value_than_was_seen_is_refused() -> None:
    tenant = live_tenant()
    found = renumbered(tenant, "172.16.5.0/24")
    with pytest.raises(AdoptRefused, match="no longer as you saw it"):
        take_over(found, as_seen="172.16.4.0/24")
    assert tenant.networks.get(vlan__vid=100).prefix == ""


def leaked(tenant: Tenant) -> Vlan:
    stray(tenant.pod, 300, name="storage")
    check(vcenter(tenant))
    return Vlan.objects.get(vid=300)


def test_a_leaked_vlan_is_adopted_by_its_tenant_and_drift_is_over() -> None:
    tenant = live_tenant()
    vlan = leaked(tenant)
    network = adopt(vlan=vlan, tenant=tenant, role=NetworkRole.EXTRA, by=None, now=timezone.now())
    assert (network.port_group, network.status) == ("storage", NetworkStatus.LIVE)
    (left,) = check(vcenter(tenant))  # the stray lacks our security settings: now it is the tenant's, and changed
    assert (left.drift, left.tenant, left.vlan) == (DriftKind.CHANGED, tenant, None)
    assert state(300) == VlanState.ALLOCATED


def test_a_leaked_vlan_becomes_infrastructure_and_stays_so_when_ranges_are_applied() -> None:
    tenant = live_tenant()
    vlan = leaked(tenant)
    set_aside(vlan=vlan, reason="storage replication", by=make_user(), now=timezone.now())
    assert not DriftFinding.objects.exists()
    assert check(vcenter(tenant)) == []
    assert VlanRange.objects.get(first=300, last=300).purpose == RangePurpose.INFRASTRUCTURE
    apply_ranges(tenant.pod.switch, by=None)
    assert state(300) == VlanState.INFRASTRUCTURE


def test_left_among_the_unclaimed_it_is_no_drift_and_nobody_is_given_it() -> None:
    tenant = live_tenant()
    vlan = leaked(tenant)
    keep_unclaimed(vlan=vlan, now=timezone.now())
    assert check(vcenter(tenant)) == []
    assert state(300) == VlanState.UNCLAIMED
    got = claim(switch=tenant.pod.switch, count=300, until=timezone.now() + timedelta(days=1), by=None, why="x")
    assert 300 not in {one.vid for one in got}


def test_only_what_is_unclaimed_is_set_aside() -> None:
    tenant = live_tenant()
    vlan = Vlan.objects.get(vid=100)
    for verb in (keep_unclaimed, lambda **known: set_aside(reason="x", by=make_user(), **known)):
        with pytest.raises(AdoptRefused, match="only an unclaimed VLAN"):
            verb(vlan=vlan, now=timezone.now())
    assert tenant.networks.get(vlan=vlan).status == NetworkStatus.LIVE
