"""The rules of an intake, one by one and all at once."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from netaddr import IPNetwork

from tenants.models import NetworkRole, WanKind
from tenants.rules import Messages, NetworkWish, WanWish, check_name, check_networks, check_subnets, check_wan

MANAGEMENT = [("the provider's management (10.0.0.0/22)", IPNetwork("10.0.0.0/22"))]
PRODUCTION = NetworkWish(NetworkRole.FAILOVER_PRODUCTION)
TEST = NetworkWish(NetworkRole.FAILOVER_TEST)


def subnets(*texts: str) -> dict[str, list[str]]:
    messages = Messages()
    check_subnets(texts, provider=MANAGEMENT, messages=messages)
    return messages.by_field


def networks(*wishes: NetworkWish, customer: tuple[str, ...] = ()) -> dict[str, list[str]]:
    messages = Messages()
    known = [IPNetwork(text) for text in customer]
    check_networks(wishes, provider=MANAGEMENT, subnets=known, messages=messages)
    return messages.by_field


def wan(*, kind: WanKind = WanKind.MPLS, gateway: str | None = None, nat: bool = False) -> dict[str, list[str]]:
    messages = Messages()
    check_wan(WanWish(kind, gateway, nat), messages=messages)
    return messages.by_field


@pytest.mark.parametrize("name", ["Acme", "a1", "Acme-North_2", "x" * 50])
def test_a_name_that_zerto_takes_is_taken(name: str) -> None:
    messages = Messages()
    check_name(name, present=False, messages=messages)
    assert messages.by_field == {}


@pytest.mark.parametrize("name", ["", "a", "Acme Ltd", "Ümlaut", "-acme", "a/b", "x" * 51, "acme\n", "acme%2f"])
def test_a_name_with_special_characters_is_refused(name: str) -> None:
    messages = Messages()
    check_name(name, present=False, messages=messages)
    assert "special characters" in messages.by_field["name"][0]


def test_nat_in_the_path_is_refused_whatever_the_wan() -> None:
    assert "through NAT" in wan(nat=True)["nat"][0]


def test_bare_internet_is_refused_with_what_to_use_instead() -> None:
    assert "IPsec VPN, MPLS" in wan(kind=WanKind.INTERNET)["wan"][0]


@pytest.mark.parametrize("kind", [WanKind.MPLS, WanKind.PRIVATE_LINE, WanKind.STRETCHED_L2])
def test_a_natively_secured_wan_without_nat_is_fine(kind: WanKind) -> None:
    assert wan(kind=kind) == {}


@pytest.mark.parametrize("gateway", [None, "", " ", "gw.example.net", "0.0.0.0", "127.0.0.1", "224.0.0.5"])
def test_an_ipsec_vpn_needs_the_address_of_its_far_end(gateway: str | None) -> None:
    assert list(wan(kind=WanKind.IPSEC, gateway=gateway)) == ["remote_gateway"]


def test_customer_subnets_apart_from_everything_are_fine() -> None:
    assert subnets("192.168.10.0/24", "192.168.11.0/24", "2001:db8::/48") == {}


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["10.0.2.0/24"], "overlaps the provider's management"),
        (["10.0.0.0/8"], "overlaps the provider's management"),
        (["192.168.0.0/16", "192.168.10.0/24"], "192.168.10.0/24 lies within 192.168.0.0/16"),
        (["192.168.10.0/24", "192.168.10.0/24"], "listed twice"),
        (["0.0.0.0/0"], "every address there is"),
        (["224.1.0.0/16"], "multicast"),
        (["not a prefix"], "no prefix length"),
    ],
)
def test_a_customer_subnet_that_cannot_be_routed_apart_is_refused(texts: list[str], words: str) -> None:
    assert any(words in message for message in subnets(*texts)["customer_subnets"])


def test_every_bad_subnet_is_told_not_only_the_first() -> None:
    assert len(subnets("10.0.2.0/24", "bad", "192.168.1.1/24")["customer_subnets"]) == 3


def test_production_and_test_are_enough() -> None:
    assert networks(PRODUCTION, TEST) == {}


def test_any_number_of_extra_networks_may_come_beside_one_of_each() -> None:
    extra = [NetworkWish(NetworkRole.EXTRA)] * 4
    assert networks(PRODUCTION, TEST, NetworkWish(NetworkRole.REPLICATION), *extra) == {}


def test_both_missing_failover_networks_are_named() -> None:
    told = networks(NetworkWish(NetworkRole.EXTRA))["networks"]
    assert ["failover-production" in told[0], "failover-test" in told[1]] == [True, True]


@pytest.mark.parametrize("role", [r for r in NetworkRole if r != NetworkRole.EXTRA])
def test_a_role_that_a_tenant_has_once_is_refused_twice(role: NetworkRole) -> None:
    wishes = [PRODUCTION, TEST, NetworkWish(NetworkRole.REPLICATION), NetworkWish(role)]
    assert "role extra" in networks(*wishes)["networks"][0]


def test_one_vlan_id_for_two_networks_is_told_at_both() -> None:
    told = networks(NetworkWish(PRODUCTION.role, vid=100), NetworkWish(TEST.role, vid=100))
    assert set(told) == {"networks-0-vid", "networks-1-vid"}


def test_a_number_that_is_no_vlan_id_is_told_at_its_row() -> None:
    assert set(networks(PRODUCTION, NetworkWish(TEST.role, vid=5000))) == {"networks-1-vid"}


@pytest.mark.parametrize("prefix", ["10.0.1.0/24", "192.168.10.128/25", "172.16.0.0/12", "172.16.5.0/24", "x/24"])
def test_a_network_prefix_keeps_off_management_customer_subnets_and_the_other_networks(prefix: str) -> None:
    told = networks(
        NetworkWish(PRODUCTION.role, prefix="172.16.5.0/24"),
        NetworkWish(TEST.role, prefix=prefix),
        customer=("192.168.10.0/24",),
    )
    assert set(told) == {"networks-1-prefix"}


texts = st.one_of(
    st.text(max_size=20),
    st.builds("{}.{}.0.0/{}".format, st.integers(0, 255), st.integers(0, 3), st.integers(0, 32)),
)


@given(st.lists(texts, max_size=8))
def test_subnets_that_pass_are_disjoint_and_off_the_providers(found: list[str]) -> None:
    messages = Messages()
    read = check_subnets(found, provider=MANAGEMENT, messages=messages)
    if messages.by_field:
        return
    assert len(read) == len(found)
    everything = sorted([*read, MANAGEMENT[0][1]], key=lambda p: (p.version, p.first))
    for one, two in pairwise(everything):
        assert one.version != two.version or one.last < two.first


@given(st.lists(st.builds(NetworkWish, st.sampled_from(NetworkRole), st.integers(-5, 5000) | st.none()), max_size=8))
def test_networks_that_pass_have_the_required_roles_and_distinct_ids(wishes: list[NetworkWish]) -> None:
    if networks(*wishes):
        return
    roles = [wish.role for wish in wishes]
    vids = [wish.vid for wish in wishes if wish.vid is not None]
    assert roles.count(NetworkRole.FAILOVER_PRODUCTION) == roles.count(NetworkRole.FAILOVER_TEST) == 1
    assert roles.count(NetworkRole.REPLICATION) <= 1
    assert len(set(vids)) == len(vids)
    assert all(1 <= vid <= 4094 for vid in vids)
