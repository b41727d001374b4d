"""Discovery: what each port group of a vCenter becomes in the inventory, and what is left to a person."""

from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from inventory.models import (
    DistributedSwitch,
    Pod,
    RangePurpose,
    Vlan,
    VlanMove,
    VlanRange,
    VlanState,
)
from inventory.ranges import apply_ranges
from lab.independent import add_groups, group_named, signed_in, wait
from lab.simulators import vcsim, why_not
from provisioning.discovery import Discovery, DiscoveryRefused, Verdict, discover
from provisioning.drivers.protocol import Json, Kind, Unreachable
from provisioning.models import Device, DeviceKind, DriverName, SimulatedDevice, SimulatedObject
from tenants.models import Network, NetworkRole, NetworkStatus, Tenant
from tests.factories import make_pod, make_switch, make_tenant, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def make_vcenter(pod: Pod, **fields: Any) -> Device:
    """The device entry of the pod's vCenter; a simulated one."""
    vcenter = pod.dvs.vcenter
    fields = {"driver": DriverName.SIMULATED, "address": f"{vcenter.slug}.simulated.invalid"} | fields
    return Device.objects.create(
        name=vcenter.name, slug=vcenter.slug, kind=DeviceKind.VCENTER, vcenter=vcenter, **fields
    )


def carry(device: Device, **groups: Json) -> None:
    """Have the simulated vCenter carry these port groups and no others: name → VLAN, on the pod's switch."""
    simulated, _ = SimulatedDevice.objects.get_or_create(address=device.address)
    SimulatedObject.objects.filter(device=simulated).delete()
    for name, vlan in groups.items():
        dvs, _, rest = name.rpartition("/")
        key = f"{dvs or 'dvs-pod-1'}/{rest}"
        SimulatedObject.objects.create(
            device=simulated, kind=Kind.PORT_GROUP, key=key, attributes={"vlan_id": vlan, "promiscuous": False}
        )


def look(device: Device, **options: Any) -> Discovery:
    return discover(device=device, by=None, now=NOW, **options)


def verdicts(discovery: Discovery) -> dict[str, Verdict]:
    return {finding.group.name: finding.verdict for finding in discovery.findings}


def note(discovery: Discovery, name: str) -> str:
    (found,) = [finding.note for finding in discovery.findings if finding.group.name == name]
    return found


def state(vid: int) -> tuple[str, str]:
    vlan = Vlan.objects.get(vid=vid, switch__name="core-a")
    return vlan.state, vlan.label


@pytest.fixture
def pod() -> Pod:
    return make_pod("pod-1")


@pytest.fixture
def vcenter(pod: Pod) -> Device:
    return make_vcenter(pod)


def test_a_vlan_that_nobody_knew_becomes_unclaimed_under_its_port_groups_name(vcenter: Device) -> None:
    carry(vcenter, legacy=12)
    olga = make_user("olga")

    found = discover(device=vcenter, by=olga, now=NOW)

    assert verdicts(found) == {"legacy": Verdict.UNCLAIMED}
    assert state(12) == (VlanState.UNCLAIMED, "legacy")
    moved = VlanMove.objects.get()
    assert (moved.from_state, moved.to_state, moved.by) == ("free", "unclaimed", olga)
    assert moved.why == "found on vc-pod-1"


def test_a_group_that_bears_a_present_tenants_name_is_adopted_and_keeps_its_name(vcenter: Device, pod: Pod) -> None:
    tenant = make_tenant("Acme", pod=pod, vids=())
    carry(vcenter, **{"ACME-failover-test-12": 12, "Nobody-failover-test-13": 13})

    found = look(vcenter)

    assert verdicts(found) == {
        "ACME-failover-test-12": Verdict.ADOPTED,
        "Nobody-failover-test-13": Verdict.UNCLAIMED,
    }
    network = tenant.networks.get()
    assert (network.port_group, network.role, network.status, network.number) == (
        "ACME-failover-test-12",
        NetworkRole.FAILOVER_TEST,
        NetworkStatus.LIVE,
        12,
    )
    assert state(12)[0] == VlanState.ALLOCATED
    assert "no present tenant" in note(found, "Nobody-failover-test-13")


def test_another_pattern_reads_another_providers_names(vcenter: Device, pod: Pod) -> None:
    tenant = make_tenant("Acme", pod=pod, vids=())
    carry(vcenter, cust_Acme_prod=12, cust_Acme_dmz=13, xcust_Acme_test=14)

    found = look(vcenter, pattern=r"cust_(?P<tenant>\w+)_(?P<role>\w+)")

    assert verdicts(found)["xcust_Acme_test"] == Verdict.UNCLAIMED
    roles = {network.port_group: network.role for network in tenant.networks.all()}
    assert roles == {"cust_Acme_prod": NetworkRole.FAILOVER_PRODUCTION, "cust_Acme_dmz": NetworkRole.EXTRA}


def test_running_it_again_changes_nothing_and_says_what_is_known(vcenter: Device, pod: Pod) -> None:
    make_tenant("Acme", pod=pod, vids=())
    carry(vcenter, **{"Acme-failover-test-12": 12, "legacy": 13})
    look(vcenter)
    moves = VlanMove.objects.count()

    found = look(vcenter)

    assert verdicts(found) == {"Acme-failover-test-12": Verdict.KNOWN, "legacy": Verdict.WAITING}
    assert VlanMove.objects.count() == moves
    assert Network.objects.count() == 1


def test_what_waited_is_adopted_once_its_tenant_is_there(vcenter: Device, pod: Pod) -> None:
    carry(vcenter, **{"Acme-failover-test-12": 12})
    look(vcenter)
    make_tenant("Acme", pod=pod, vids=())
    assert verdicts(look(vcenter)) == {"Acme-failover-test-12": Verdict.ADOPTED}


def test_a_dry_run_tells_the_same_and_writes_nothing(vcenter: Device, pod: Pod) -> None:
    make_tenant("Acme", pod=pod, vids=())
    carry(vcenter, **{"Acme-failover-test-12": 12, "legacy": 13})

    dry = look(vcenter, dry_run=True)

    assert not Network.objects.exists()
    assert not VlanMove.objects.exists()
    assert {state(12), state(13)} == {(VlanState.FREE, "")}
    assert verdicts(dry) == verdicts(look(vcenter))


@pytest.mark.parametrize("vlan", [["0-4094"], "private 300", 0, None, 4095, True])
def test_a_group_without_a_single_vlan_is_reported_and_marks_nothing(vcenter: Device, vlan: Json) -> None:
    carry(vcenter, trunk=vlan)
    assert verdicts(look(vcenter)) == {"trunk": Verdict.NOT_ONE_VLAN}
    assert not VlanMove.objects.exists()


def test_reserved_and_infrastructure_vlans_are_reported_and_left(vcenter: Device, pod: Pod) -> None:
    VlanRange.objects.create(switch=pod.switch, purpose=RangePurpose.INFRASTRUCTURE, first=10, last=20)
    apply_ranges(pod.switch, by=None)
    carry(vcenter, storage=12, default=1)
    found = look(vcenter)
    assert verdicts(found) == {"storage": Verdict.SET_ASIDE, "default": Verdict.SET_ASIDE}
    assert state(12)[0] == VlanState.INFRASTRUCTURE
    assert "VLAN 12 is infrastructure" in note(found, "storage")


def test_another_group_on_a_tenants_vlan_is_a_conflict(vcenter: Device, pod: Pod) -> None:
    make_tenant("Acme", pod=pod, vids=(100, 101))
    carry(vcenter, **{"Acme-failover-production-100": 100, "stray": 101})
    found = look(vcenter)
    assert verdicts(found) == {"Acme-failover-production-100": Verdict.KNOWN, "stray": Verdict.CONFLICT}
    assert "VLAN 101 belongs to Acme, whose port group is dvs-pod-1/Acme-failover-test-101" in note(found, "stray")


def test_two_groups_on_one_unknown_vlan_mark_it_in_use_and_are_a_conflict(vcenter: Device, pod: Pod) -> None:
    make_tenant("Acme", pod=pod, vids=())
    carry(vcenter, **{"Acme-failover-test-12": 12, "other": 12})
    found = look(vcenter)
    assert set(verdicts(found).values()) == {Verdict.CONFLICT}
    assert state(12)[0] == VlanState.UNCLAIMED
    assert "also carried by dvs-pod-1/other" in note(found, "Acme-failover-test-12")


def test_a_quarantined_vlan_that_a_device_carries_is_a_conflict_and_stays_quarantined(vcenter: Device) -> None:
    Vlan.objects.filter(vid=12).update(state=VlanState.QUARANTINED)
    carry(vcenter, ghost=12)
    assert verdicts(look(vcenter)) == {"ghost": Verdict.CONFLICT}
    assert state(12)[0] == VlanState.QUARANTINED


def test_a_name_that_contradicts_its_vlan_is_left_to_a_person(vcenter: Device, pod: Pod) -> None:
    make_tenant("Acme", pod=pod, vids=())
    carry(vcenter, **{"Acme-failover-test-12": 77})
    found = look(vcenter)
    assert verdicts(found) == {"Acme-failover-test-12": Verdict.UNCLAIMED}
    assert "its name says VLAN 12, it carries 77" in note(found, "Acme-failover-test-12")


def test_a_second_network_of_a_role_that_is_taken_is_left_to_a_person(vcenter: Device, pod: Pod) -> None:
    make_tenant("Acme", pod=pod, vids=(100, 101))
    carry(vcenter, **{"Acme-failover-test-12": 12})
    found = look(vcenter)
    assert verdicts(found) == {"Acme-failover-test-12": Verdict.UNCLAIMED}
    assert "failover-test network already" in note(found, "Acme-failover-test-12")


def test_a_tenant_of_another_pod_is_named_and_nothing_is_adopted(vcenter: Device, pod: Pod) -> None:
    make_tenant("Acme", pod=make_pod("pod-2", switch=pod.switch), vids=())
    carry(vcenter, **{"Acme-failover-test-12": 12})
    found = look(vcenter)
    assert verdicts(found) == {"Acme-failover-test-12": Verdict.UNCLAIMED}
    assert "Acme is in pod-2" in note(found, "Acme-failover-test-12")


def test_groups_on_a_switch_without_a_pod_are_reported(vcenter: Device, pod: Pod) -> None:
    DistributedSwitch.objects.create(vcenter=pod.dvs.vcenter, name="dvs-spare")
    carry(vcenter, **{"dvs-spare/a": 12, "dvs-unheard-of/b": 13})
    found = look(vcenter)
    assert set(verdicts(found).values()) == {Verdict.NO_POD}
    assert "no pod of the inventory uses dvs-spare" in note(found, "a")
    assert not VlanMove.objects.exists()


def test_a_switch_whose_pods_hang_off_different_cores_is_reported(vcenter: Device, pod: Pod) -> None:
    core = make_switch("core-b")
    Pod.objects.create(name="pod-x", slug="pod-x", switch=core, dvs=pod.dvs, trunk_port="p1")
    carry(vcenter, legacy=12)
    found = look(vcenter)
    assert "different core switches" in note(found, "legacy")
    assert not VlanMove.objects.exists()


def test_an_unclaimed_vlan_that_is_gone_is_free_again(vcenter: Device) -> None:
    carry(vcenter, legacy=12, other=13)
    look(vcenter)
    carry(vcenter, other=13)

    found = look(vcenter)

    assert verdicts(found) == {"legacy": Verdict.FREED, "other": Verdict.WAITING}
    assert state(12) == (VlanState.FREE, "")


def test_a_vlan_that_another_vcenter_may_carry_is_kept(vcenter: Device, pod: Pod) -> None:
    make_pod("pod-2", switch=pod.switch)
    carry(vcenter, legacy=12, other=13)
    look(vcenter)
    carry(vcenter, other=13)

    found = look(vcenter)

    assert verdicts(found)["legacy"] == Verdict.KEPT
    assert "vc-pod-2 serves core-a too" in note(found, "legacy")
    assert state(12)[0] == VlanState.UNCLAIMED


def test_an_empty_answer_frees_nothing(vcenter: Device) -> None:
    carry(vcenter, legacy=12)
    look(vcenter)
    carry(vcenter)
    found = look(vcenter)
    assert verdicts(found) == {"legacy": Verdict.KEPT}
    assert "can the account see them?" in note(found, "legacy")


def test_a_renamed_group_gives_its_vlan_the_new_name(vcenter: Device) -> None:
    carry(vcenter, legacy=12)
    look(vcenter)
    carry(vcenter, renamed=12)
    assert verdicts(look(vcenter)) == {"renamed": Verdict.WAITING}
    assert state(12) == (VlanState.UNCLAIMED, "renamed")


@pytest.mark.parametrize(
    ("pattern", "message"), [("(", "not a regular expression"), (r"(?P<role>\w+)", "group named tenant")]
)
def test_a_pattern_that_cannot_be_used_is_refused_before_the_device_is_read(
    vcenter: Device, pattern: str, message: str
) -> None:
    with pytest.raises(DiscoveryRefused, match=message):
        look(vcenter, pattern=pattern)
    assert not SimulatedDevice.objects.exists()


def test_only_a_vcenter_is_discovered() -> None:
    device = Device.objects.create(
        name="core", slug="core", kind=DeviceKind.CORE_SWITCH, driver="simulated", switch=make_switch()
    )
    with pytest.raises(DiscoveryRefused, match="is a core switch: only a vCenter"):
        look(device)


def test_a_vcenter_that_does_not_answer_changes_nothing_and_is_noted(vcenter: Device) -> None:
    SimulatedDevice.objects.create(address=vcenter.address, fault=SimulatedDevice.Fault.UNREACHABLE)
    with pytest.raises(Unreachable):
        look(vcenter)
    vcenter.refresh_from_db()
    assert "does not answer" in vcenter.last_error


# --- The command ----------------------------------------------------------------------------------


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("discover_vlans", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_prints_a_line_a_group_and_totals(vcenter: Device) -> None:
    carry(vcenter, legacy=12, trunk=["0-99", "200"])
    printed = run("vc-pod-1")
    assert "dvs-pod-1  legacy      12         marked in use, unclaimed" in printed
    assert "carries no single VLAN: it carries 0-99, 200" in printed
    assert "      1  marked in use, unclaimed" in printed
    assert state(12)[0] == VlanState.UNCLAIMED


def test_the_command_only_looks_when_told_so(vcenter: Device) -> None:
    carry(vcenter, legacy=12)
    assert "Nothing was written" in run("vc-pod-1", "--dry-run")
    assert state(12)[0] == VlanState.FREE


def test_the_command_names_the_vcenters_when_asked_for_another(vcenter: Device) -> None:
    with pytest.raises(CommandError, match=r"no device vc-9. vCenters: vc-pod-1\."):
        run("vc-9")


def test_the_command_says_in_a_sentence_that_a_pattern_or_a_device_fails(vcenter: Device) -> None:
    with pytest.raises(CommandError, match="not a regular expression"):
        run("vc-pod-1", "--pattern", "(")
    SimulatedDevice.objects.create(address=vcenter.address, fault=SimulatedDevice.Fault.UNREACHABLE)
    with pytest.raises(CommandError, match="does not answer"):
        run("vc-pod-1")


# --- Over the real API ----------------------------------------------------------------------------


@pytest.mark.lab
def test_a_vcenter_is_discovered_over_its_api(pod: Pod) -> None:
    if reason := why_not():
        pytest.skip(reason)
    with vcsim(dvs=("dvs-pod-1", "dvs-spare")) as simulator, signed_in(simulator) as content:
        device = make_vcenter(pod, driver=DriverName.VSPHERE, address=simulator.address)
        device.username, device.ca_pem = simulator.username, simulator.ca_pem
        device.set_password(simulator.password)
        device.save()
        make_tenant("Acme", pod=pod, vids=())
        add_groups(content, "dvs-pod-1", {"legacy": 12, "Acme-failover-test-13": 13})
        add_groups(content, "dvs-spare", {"spare": 14})

        first = verdicts(look(device))
        wait(group_named(content, "legacy").Destroy_Task())
        second = verdicts(look(device))

    assert first == {
        "legacy": Verdict.UNCLAIMED,
        "Acme-failover-test-13": Verdict.ADOPTED,
        "spare": Verdict.NO_POD,
    }
    assert second == {"legacy": Verdict.FREED, "Acme-failover-test-13": Verdict.KNOWN, "spare": Verdict.NO_POD}
    assert Tenant.objects.get().networks.get().number == 13
