"""VLANs, port groups and trunks: whose they are and who else is on them."""

from dataclasses import replace
from typing import Any

import pytest

from provisioning.audit.facts import Evidence, Facts, Owner
from provisioning.audit.gathering import domains_of
from provisioning.drivers.protocol import Attributes, Kind, ObjectId
from provisioning.models import AuditRule, DeviceKind, Severity
from tests.provisioning.audit.evidence import ACME, BOREAL, as_intended, found, on_firewall

CLEAN = {"promiscuous": False, "forged_transmits": False, "mac_changes": False}
OWN, OTHER = "dvs-1/Acme-failover-production-100", "dvs-2/Boreal-failover-production-200"


def vcenter(groups: dict[str, Any], **policy: bool) -> Evidence:
    """Two distributed switches of one domain; Acme has VLAN 100, Boreal VLAN 200, the provider VLAN 10."""
    state: dict[ObjectId, Attributes] = {
        ObjectId(Kind.PORT_GROUP, key): {"vlan_id": vlan, **CLEAN, **policy} for key, vlan in groups.items()
    }
    facts = Facts(
        DeviceKind.VCENTER,
        owners={(1, 100): frozenset({ACME}), (1, 200): frozenset({BOREAL})},
        management={(1, 10): "the management network mgmt"},
        domains={"dvs-1": 1, "dvs-2": 1, "dvs-far": 9},
        domain_names={1: "core-1"},
        port_groups={OWN: ACME, OTHER: BOREAL, "dvs-1/legacy": BOREAL},
        tenants={"acme": ACME, "boreal": BOREAL},
    )
    return Evidence(state, facts)


def test_each_on_its_own_vlan_is_no_finding() -> None:
    clean = vcenter({OWN: 100, OTHER: 200, "dvs-1/mgmt": 10, "dvs-1/somebody": 300})
    assert [one for rule in AuditRule for one in found(clean, rule)] == []


@pytest.mark.parametrize(
    "groups",
    [
        {OWN: 200},  # Acme's port group on Boreal's VLAN
        {OWN: 100, "dvs-1/legacy": 100},  # a group that was adopted for Boreal, whatever its name
        {OWN: 100, "dvs-2/boreal-extra-100": 100},  # a group that bears Boreal's name, on another switch
        {"dvs-1/Acme-extra-7": 300, "dvs-2/Boreal-extra-7": 300},  # nobody's VLAN, two tenants' groups
    ],
)
def test_a_vlan_of_two_tenants_is_found_whichever_way_it_shows(groups: dict[str, int]) -> None:
    (one,) = found(vcenter(groups), AuditRule.SHARED_VLAN)
    assert one.severity == Severity.CRITICAL
    assert [owner.name for owner in one.owners] == ["Acme", "Boreal"]
    assert one.subject.endswith("of core-1")


def test_the_same_number_in_another_domain_is_another_vlan() -> None:
    assert found(vcenter({OWN: 100, "dvs-far/Boreal-extra-100": 100}), AuditRule.SHARED_VLAN) == []


def test_a_management_vlan_on_a_tenants_group_is_found_and_on_the_providers_own_not() -> None:
    (one,) = found(vcenter({"dvs-1/Acme-extra-10": 10, "dvs-1/mgmt": 10}), AuditRule.MANAGEMENT_VLAN)
    assert one.says == (
        "dvs-1/Acme-extra-10, a port group of Acme, is on VLAN 10, which is the management network mgmt."
    )


@pytest.mark.parametrize(
    ("policy", "severity"),
    [("promiscuous", Severity.SERIOUS), ("forged_transmits", Severity.SERIOUS), ("mac_changes", Severity.WARNING)],
)
def test_each_policy_is_found_on_a_group_with_a_tenants_vlan(policy: str, severity: Severity) -> None:
    (one,) = found(vcenter({OWN: 100}, **{policy: True}), AuditRule.PORT_POLICY)
    assert one.severity == severity
    (one,) = found(vcenter({"dvs-1/sniffer": 200}, **{policy: True}), AuditRule.PORT_POLICY)
    assert one.owners == [BOREAL]
    assert found(vcenter({"dvs-1/mgmt": 10}, **{policy: True}), AuditRule.PORT_POLICY) == []


def test_what_vsphere_does_not_say_is_not_taken_for_allowed() -> None:
    state = {ObjectId(Kind.PORT_GROUP, OWN): {"vlan_id": 100, "promiscuous": None, "forged_transmits": None}}
    assert found(Evidence(state, vcenter({}).facts), AuditRule.PORT_POLICY) == []


@pytest.mark.parametrize(
    ("vlan", "severity"),
    [
        (["0-4094"], Severity.SERIOUS),
        (["90-110", "500"], Severity.SERIOUS),
        (4095, Severity.SERIOUS),
        (["300-400"], None),
    ],
)
def test_a_trunk_group_is_found_where_it_covers_a_tenants_vlan(vlan: Any, severity: Severity | None) -> None:
    found_here = found(vcenter({"dvs-1/trunk": vlan}), AuditRule.TRUNK_ALL)
    assert [one.severity for one in found_here] == ([severity] if severity else [])


def test_a_tenants_own_trunk_over_another_tenants_vlan_is_critical() -> None:
    (one,) = found(vcenter({"dvs-1/Acme-extra-1": ["100-200"]}), AuditRule.TRUNK_ALL)
    assert one.severity == Severity.CRITICAL
    assert one.data["tenant_vlans"] == [100, 200]


def test_a_finding_about_very_many_tenants_is_tied_to_none_of_them() -> None:
    many = {(1, vid): frozenset({Owner(vid, f"Tenant{vid}")}) for vid in range(100, 130)}
    seen = vcenter({"dvs-1/trunk": ["0-4094"]}, promiscuous=True)
    crowded = Evidence(seen.state, replace(seen.facts, owners=many))
    for rule in (AuditRule.TRUNK_ALL, AuditRule.PORT_POLICY):
        (one,) = found(crowded, rule)
        assert one.owners == []
        assert "Tenant104 and 25 more" in one.says


def test_a_port_that_carries_all_is_serious_where_it_leads_to_a_pod() -> None:
    facts = Facts(DeviceKind.CORE_SWITCH, trunk_ports={"port-channel1": "pod-1"})
    state: dict[ObjectId, Attributes] = {
        ObjectId(Kind.TRUNK_VLAN, key): {} for key in ("port-channel1/all", "eth2/all", "eth3/100")
    }
    severities = {one.subject: one.severity for one in found(Evidence(state, facts), AuditRule.TRUNK_ALL)}
    assert severities == {"port-channel1": Severity.SERIOUS, "eth2": Severity.WARNING}


def test_another_tenants_vlan_on_a_firewall_is_found_and_so_is_a_management_vlan() -> None:
    extra: dict[ObjectId, Attributes] = {
        ObjectId(Kind.INTERFACE, f"vlan{vid}"): {"vlan_id": vid, "description": "", "address": ""}
        for vid in (200, 10, 300)
    }
    seen = on_firewall(as_intended() | extra)
    (one,) = found(seen, AuditRule.FOREIGN_VLAN)
    assert [owner.name for owner in one.owners] == ["Acme", "Boreal"]
    (two,) = found(seen, AuditRule.MANAGEMENT_VLAN)
    assert two.subject == "vlan10"


def test_switches_that_a_distributed_switch_ties_together_are_one_domain() -> None:
    assert domains_of([(1, 10), (2, 20), (3, 30)]) == {1: 1, 2: 2, 3: 3}
    assert domains_of([(1, 10), (2, 10), (2, 20), (3, 20), (4, 40)]) == {1: 1, 2: 1, 3: 1, 4: 4}
    assert domains_of([(3, 10), (2, 10), (2, 20), (1, 20)]) == {1: 1, 2: 1, 3: 1}


def test_a_name_that_only_looks_like_a_tenants_is_nobodys() -> None:
    facts = vcenter({}).facts
    assert facts.named_in("ACME-failover-test-12") == ACME
    assert facts.named_in("Acme-12") is None
    assert facts.named_in("Zephyr-failover-test-12") is None
    assert Owner(1, "Acme") == ACME
