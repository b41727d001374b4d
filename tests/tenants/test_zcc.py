"""Addresses for ZCCs: one a tenant, from its pod's transit network, given back when the tenant is gone."""

import pytest
from django.utils import timezone

from inventory.models import ManagementNetwork, NetworkPurpose, Pod
from tenants import offboarding
from tenants.models import Tenant, Zcc
from tenants.settling import settle
from tenants.zcc import NoZccAddress, ensure_zcc, lowest_free
from tests.factories import make_management_network, make_pod, make_tenant

pytestmark = pytest.mark.django_db


def transit(pod: Pod | None, prefix: str = "10.2.0.0/24", **fields: object) -> ManagementNetwork:
    return make_management_network(prefix, purpose=NetworkPurpose.TRANSIT, pod=pod, **fields)


def tenants(count: int, pod: Pod) -> list[Tenant]:
    return [make_tenant(f"Tenant{n}", pod=pod, vids=(), subnets=()) for n in range(count)]


def test_each_tenant_has_an_address_of_its_own_beyond_those_that_are_kept() -> None:
    pod = make_pod()
    network = transit(pod)
    given = [ensure_zcc(tenant) for tenant in tenants(3, pod)]
    assert [zcc.address for zcc in given] == ["10.2.0.10", "10.2.0.11", "10.2.0.12"]
    assert {zcc.network for zcc in given} == {network}


def test_asking_again_gives_the_same() -> None:
    pod = make_pod()
    transit(pod)
    (acme,) = tenants(1, pod)
    assert ensure_zcc(acme) == ensure_zcc(acme)
    assert Zcc.objects.count() == 1


def test_the_gateway_is_given_to_nobody() -> None:
    pod = make_pod()
    transit(pod, gateway="10.2.0.10")
    (acme,) = tenants(1, pod)
    assert ensure_zcc(acme).address == "10.2.0.11"


def test_a_network_in_use_before_gives_addresses_from_the_one_that_is_said_there() -> None:
    pod = make_pod()
    transit(pod, zccs_from="10.2.0.100")
    assert [ensure_zcc(tenant).address for tenant in tenants(2, pod)] == ["10.2.0.100", "10.2.0.101"]


def test_the_pods_own_network_comes_first_then_the_providers() -> None:
    pod = make_pod()
    transit(None, "10.3.0.0/24")
    transit(pod, "10.2.0.0/28")  # hosts 10 to 14
    given = [ensure_zcc(tenant).address for tenant in tenants(6, pod)]
    assert given == [*(f"10.2.0.{n}" for n in range(10, 15)), "10.3.0.10"]


def test_another_pods_network_an_archived_one_and_a_management_network_give_none() -> None:
    pod = make_pod()
    transit(make_pod("pod-2", switch=pod.switch), "10.3.0.0/24")
    transit(pod, "10.4.0.0/24", archived_at=timezone.now())
    make_management_network("10.5.0.0/24", pod=pod)
    (acme,) = tenants(1, pod)
    with pytest.raises(NoZccAddress, match="pod-1 has no ZCC/transit network"):
        ensure_zcc(acme)


def test_a_full_network_is_told_by_its_name() -> None:
    pod = make_pod()
    transit(pod, "10.2.0.0/28", name="transit-1")
    *_, last = everybody = tenants(6, pod)
    for tenant in everybody[:-1]:
        ensure_zcc(tenant)
    with pytest.raises(NoZccAddress, match=r"transit-1 \(10.2.0.0/28\) is taken"):
        ensure_zcc(last)


def test_the_address_is_free_again_once_the_tenant_is_gone_and_not_before() -> None:
    pod = make_pod()
    transit(pod)
    acme, other = make_tenant("Acme", pod=pod), make_tenant("Bolt", pod=pod, vids=())
    ensure_zcc(acme)
    offboarding.begin(tenant=acme, by=None, now=timezone.now())
    assert ensure_zcc(other).address == "10.2.0.11"
    settle(tenant=acme, by=None, now=timezone.now())
    assert not Zcc.objects.filter(tenant=acme).exists()
    assert ensure_zcc(make_tenant("Core", pod=pod, vids=())).address == "10.2.0.10"


def test_a_network_of_ipv6_gives_addresses_too() -> None:
    assert lowest_free("2001:db8::/64", []) == "2001:db8::a"
    assert lowest_free("2001:db8::/125", []) == ""
