"""What a vCenter cannot have is refused when the plan is made, in words that say what to do, and nothing is written."""

from typing import Any

import pytest

from inventory.models import DistributedSwitch
from lab.independent import add_groups, snapshot
from lab.simulators import Simulator, vcsim
from provisioning.drivers.protocol import Kind, ObjectId, Refused, Surveyed, Target
from provisioning.drivers.vsphere import VSphere
from provisioning.drivers.vsphere.port_groups import split_key
from provisioning.models import Device, DriverName, Plan, RunStatus
from provisioning.planning import PlanRefused, make_plan
from tenants.models import Network, Tenant
from tests.provisioning.things import approved, lines, make_newcomer, work
from tests.provisioning.vsphere.conftest import target_of
from tests.provisioning.vsphere.groups import group

pytestmark = [pytest.mark.lab, pytest.mark.django_db]

ACME_101 = "Acme-failover-test-101"


def newcomer_on(simulator: Simulator, *, dvs: str = "dvs-a", **changes: Any) -> Tenant:
    """A tenant whose pod is on a switch of that vCenter. ``changes``: of the vCenter's entry."""
    tenant = make_newcomer()
    DistributedSwitch.objects.filter(pk=tenant.pod.dvs.pk).update(name=dvs)
    device = Device.objects.get(vcenter=tenant.pod.dvs.vcenter)
    device.driver, device.address, device.username = DriverName.VSPHERE, simulator.address, simulator.username
    device.ca_pem = simulator.ca_pem
    device.set_password(changes.pop("password", simulator.password))
    for name, value in changes.items():
        setattr(device, name, value)
    device.save()
    return Tenant.objects.get()


def why_refused(tenant: Tenant) -> str:
    with pytest.raises(PlanRefused) as refused:
        make_plan(tenant=tenant, by=None)
    assert not Plan.objects.exists()
    return str(refused.value)


def test_a_tenant_without_anything_in_the_way_is_planned_and_pushed(simulator: Simulator, other: Any) -> None:
    run = approved(newcomer_on(simulator))
    work()
    run.refresh_from_db()
    assert run.status == RunStatus.SUCCEEDED, lines(run)
    assert ACME_101 in snapshot(other)


# --- What is in the way ---------------------------------------------------------------------------


def test_a_switch_that_the_vcenter_lacks_is_refused_once_naming_those_it_has(simulator: Simulator, other: Any) -> None:
    before = snapshot(other)
    why = why_refused(newcomer_on(simulator, dvs="dvs-z"))
    told = "has no distributed switch dvs-z. There: dvs-a, dvs-b. Correct the pod's switch."
    assert why.count(told) == 1  # once, not once a group
    assert snapshot(other) == before


def test_a_port_group_of_that_name_on_another_switch_of_the_folder_is_refused(simulator: Simulator, other: Any) -> None:
    add_groups(other, "dvs-b", {ACME_101: 101})
    why = why_refused(newcomer_on(simulator))
    assert f"dvs-a/{ACME_101}: " in why
    assert "another port group of that name already, on the switch dvs-b" in why
    assert "a name can be had once in a folder: rename one of them" in why


def test_a_port_group_of_that_name_on_another_vlan_is_refused(simulator: Simulator, other: Any) -> None:
    add_groups(other, "dvs-a", {ACME_101: 77})
    assert f"Port group dvs-a/{ACME_101} is there already on VLAN 77, not 101: it is not ours to change" in why_refused(
        newcomer_on(simulator)
    )


def test_a_name_that_the_switch_gave_to_its_uplinks_is_refused(target: Target, other: Any) -> None:
    (uplinks,) = [name for name in snapshot(other) if name.startswith("dvs-a-DVUplinks")]
    with VSphere(target) as vsphere:
        state = vsphere.read()
    assert isinstance(state, Surveyed)
    assert "on this switch, one that is not a tenant's" in state.obstacle(group(uplinks))


# --- Names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a/b", "a\\b", "a%2fb", "x" * 81, ""])
def test_a_name_that_vsphere_would_escape_or_cut_is_refused_by_the_read(target: Target, name: str) -> None:
    with VSphere(target) as vsphere:
        state = vsphere.read()
    assert isinstance(state, Surveyed)
    assert "write switch/name, at most 80 characters, without / \\ %" in state.obstacle(group(name))


def test_a_name_of_80_characters_is_taken(target: Target, other: Any) -> None:
    with VSphere(target) as vsphere:
        state = vsphere.read()
    assert isinstance(state, Surveyed)
    assert state.obstacle(group("x" * 80)) == ""
    with pytest.raises(Refused):
        split_key(f"dvs-a/{'x' * 81}")


def test_a_tenants_network_with_such_a_name_is_refused_with_the_plan(simulator: Simulator, other: Any) -> None:
    tenant = newcomer_on(simulator)
    Network.objects.filter(tenant=tenant, vlan__vid=101).update(port_group="Acme/101")
    assert "'dvs-a/Acme/101' cannot be a port group" in why_refused(tenant)


def test_what_is_no_port_group_is_refused_by_the_read(target: Target, other: Any) -> None:
    with VSphere(target) as vsphere:
        state = vsphere.read()
    assert isinstance(state, Surveyed)
    assert "a vCenter carries port groups only" in state.obstacle(ObjectId(Kind.VLAN, "7"))


# --- Signing in -----------------------------------------------------------------------------------


def test_wrong_credentials_are_refused_with_where_to_correct_them(simulator: Simulator) -> None:
    why = why_refused(newcomer_on(simulator, password="guess"))
    assert "refuses the user name or the password: correct them on the device" in why
    assert "guess" not in why


def test_an_expired_certificate_is_refused_with_what_to_do() -> None:
    with vcsim(dvs=("dvs-a",), expired=True) as old:
        why = why_refused(newcomer_on(old))
        assert "its certificate has expired. Renew it on the vCenter; until then, compare its thumbprint" in why
        tenant = Tenant.objects.get()
        Device.objects.filter(vcenter=tenant.pod.dvs.vcenter).update(ca_pem="", tls="pinned", thumbprint=old.thumbprint)
        assert make_plan(tenant=Tenant.objects.get(), by=None).operations.filter(kind=Kind.PORT_GROUP).count() == 2


def test_a_certificate_of_its_own_making_is_refused_with_what_to_do(simulator: Simulator) -> None:
    why = why_refused(newcomer_on(simulator, ca_pem=""))
    assert "compare its thumbprint on the vCenter and pin it" in why


def test_a_wrong_thumbprint_is_refused_and_the_one_that_was_shown_is_told(simulator: Simulator) -> None:
    why = why_refused(newcomer_on(simulator, ca_pem="", tls="pinned", thumbprint="00" * 32))
    assert simulator.thumbprint in why
    assert "if not, do not go on" in why


# --- Refused at push time -------------------------------------------------------------------------


def test_a_name_taken_between_plan_and_push_fails_the_run_naming_it_and_all_is_undone(
    simulator: Simulator, other: Any
) -> None:
    run = approved(newcomer_on(simulator))
    add_groups(other, "dvs-b", {ACME_101: 101})
    work()
    run.refresh_from_db()
    assert run.status == RunStatus.FAILED, lines(run)
    assert "another port group of that name already, on the switch dvs-b" in run.message
    assert "All that was written was undone, and read back" in run.message
    with VSphere(target_of(simulator), ["dvs-a"]) as vsphere:
        assert vsphere.read() == {}
