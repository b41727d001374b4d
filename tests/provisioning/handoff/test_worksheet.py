"""Every value to type, from what is recorded; what is not recorded is told and never guessed."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.firewall_intent import VRAS, zerto_ports
from provisioning.worksheet import Facts, Task, TenantNetwork, Transit, Worksheet, port_matrix, worksheet

PRODUCTION = TenantNetwork(
    "failover-production", "failover-production", 100, "VLAN 100", "Acme-failover-production-100", "10.1.0.0/24"
)
TEST = TenantNetwork("failover-test", "failover-test", 101, "VLAN 101", "Acme-failover-test-101", "10.1.1.0/24")
REPLICATION = TenantNetwork("replication", "replication", 102, "VLAN 102", "Acme-replication-102", "10.1.2.0/24")
TRANSIT = Transit("ZCC transit pod-1", "10.2.0.0/22", "10.2.0.10", 21, "10.2.0.1")
FACTS = Facts(
    tenant="Acme",
    vcenter="vc-1",
    dvs="dvs-1",
    networks=(PRODUCTION, TEST, REPLICATION),
    customer_subnets=("192.168.10.0/24",),
    transit=TRANSIT,
    management=(("management", "10.0.0.0/22"),),
)


def sheet(**changes: Any) -> Worksheet:
    return worksheet(replace(FACTS, **changes), customer_vras=3, provider_vras=4)


def task(key: str, **changes: Any) -> Task:
    return next(one for one in sheet(**changes).tasks if one.key == key)


def values(key: str, **changes: Any) -> dict[str, str]:
    return {value.label: value.value for value in task(key, **changes).values}


def test_the_tasks_come_in_the_order_in_which_they_are_done() -> None:
    assert [one.key for one in sheet().tasks] == ["zorg", "resources", "zcc", "routes", "ports", "pairing"]
    assert sheet().missing == []


def test_the_zorg_bears_the_tenants_name_and_has_its_port_groups() -> None:
    assert values("zorg") == {"ZORG name": "Acme"}
    assert values("resources")["failover-test network"] == "Acme-failover-test-101"


def test_the_zcc_has_a_leg_on_each_side() -> None:
    assert values("zcc") == {
        "ZCC name": "ZCC-Acme",
        "Tenant side: port group": "Acme-replication-102",
        "Tenant side: on": "VLAN 102",
        "Tenant side: IP address": "10.1.2.2",
        "Tenant side: subnet mask": "255.255.255.0",
        "Tenant side: default gateway": "10.1.2.1",
        "Provider side: network": "ZCC transit pod-1",
        "Provider side: on": "VLAN 21",
        "Provider side: IP address": "10.2.0.10",
        "Provider side: subnet mask": "255.255.252.0",
        "Provider side: gateway": "10.2.0.1",
    }


def test_without_a_replication_network_it_is_in_failover_production() -> None:
    assert values("zcc", networks=(TEST, PRODUCTION))["Tenant side: IP address"] == "10.1.0.2"


def test_the_providers_prefixes_are_routed_by_its_own_side_and_the_customers_by_the_default_gateway() -> None:
    routes = values("routes")
    assert routes["10.0.0.0/22 (management)"] == "via 10.2.0.1"
    assert routes["192.168.10.0/24"] == "by the default gateway"
    assert routes["At the customer's site"] == "10.1.2.0/24 towards the provider"


def test_the_customer_pairs_with_the_tenant_side() -> None:
    assert values("pairing") == {"Peer site": "10.1.2.2, port 9071"}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"transit": None, "why_none": "pod-1 has no ZCC/transit network."},
            "pod-1 has no ZCC/transit network",
        ),
        ({"transit": replace(TRANSIT, gateway=None)}, "ZCC transit pod-1 has no gateway recorded"),
        ({"transit": replace(TRANSIT, prefix="10.9.0.0/24")}, "10.2.0.10 is not in ZCC transit pod-1 (10.9.0.0/24)"),
        ({"networks": (replace(PRODUCTION, prefix=""), TEST)}, "No replication or failover-production network has"),
    ],
)
def test_what_is_not_recorded_is_told_and_not_guessed(changes: dict[str, Any], told: str) -> None:
    assert any(told in reason for reason in sheet(**changes).missing)


def test_on_vxlan_the_firewall_is_a_task_too() -> None:
    on_vxlan = replace(PRODUCTION, number=5000, carrier="VNI 5000")
    (firewall,) = [one for one in sheet(networks=(on_vxlan,), by_hand=True).tasks if one.key == "firewall"]
    assert [(value.label, value.value) for value in firewall.values] == [("failover-production (VNI 5000)", "10.1.0.1")]
    assert values("zcc", networks=(on_vxlan,), by_hand=True)["Tenant side: on"] == "VNI 5000"


def test_three_vras_there_and_four_here_are_six_ports_towards_the_customer_and_eight_towards_the_provider() -> None:
    by_purpose = {one.purpose: one for one in port_matrix(customer_vras=3, provider_vras=4)}
    towards_customer = by_purpose["6 ports: 2 for each of the customer's 3 VRAs"]
    towards_provider = by_purpose["8 ports: 2 for each of the provider's 4 VRAs"]
    assert (towards_customer.opened_by, towards_customer.ports) == ("provider", "9082-9087")
    assert (towards_provider.opened_by, towards_provider.ports) == ("customer", "9082-9089")


@given(customer=st.integers(1, VRAS), provider=st.integers(1, VRAS))
def test_whatever_the_numbers_each_side_opens_two_ports_a_vra_and_the_tenants_firewall_passes_them(
    customer: int, provider: int
) -> None:
    ranges = [one.ports for one in port_matrix(customer_vras=customer, provider_vras=provider) if "VRA" in one.purpose]
    spans = [tuple(map(int, ports.split("-"))) for ports in ranges if ports.startswith("9082")]
    assert [last - first + 1 for first, last in spans] == [2 * customer, 2 * provider]
    (passed,) = [entry for entry in zerto_ports() if entry.startswith("9082")]
    assert max(last for _, last in spans) <= int(passed.rpartition("-")[2])
