"""What a tenant's firewall shall let pass, judged packet by packet as a firewall does: the first rule that fits."""

from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.drivers.protocol import Attributes, Kind, ObjectId
from provisioning.firewall_intent import (
    NO_TRANSLATION,
    FirewallNetwork,
    Site,
    local_prefixes,
    policy,
    zcc_address,
    zcc_network,
    zerto_ports,
)

PRODUCTION = FirewallNetwork(100, "failover-production", "10.1.0.0/24")
TEST = FirewallNetwork(101, "failover-test", "10.2.0.0/24")
REPLICATION = FirewallNetwork(102, "replication", "10.3.0.0/24")
EXTRA = FirewallNetwork(103, "extra", "10.4.0.0/24")
ALL = (PRODUCTION, TEST, REPLICATION, EXTRA)
MANAGEMENT = ("172.31.0.0/24",)
SITE = Site(("192.168.10.0/24", "192.168.11.0/24"), tunnel=True)
LINE = Site(SITE.subnets, tunnel=False)

Objects = Mapping[ObjectId, Attributes]


def objects(networks: Sequence[FirewallNetwork] = ALL, site: Site = SITE) -> Objects:
    return policy(networks=networks, site=site, management=MANAGEMENT)


class Judge:
    """A firewall's view of the rules: in the order of their keys, the first that fits decides, and none means no."""

    def __init__(self, wanted: Objects, networks: Sequence[FirewallNetwork] = ALL) -> None:
        self.rules = sorted((id.key, rule) for id, rule in wanted.items() if id.kind == Kind.RULE)
        self.aliases = {id.key: alias["entries"] for id, alias in wanted.items() if id.kind == Kind.ALIAS}
        self.networks = {network.place: network.prefix for network in networks}

    def passes(
        self, place: str, source: str, destination: str, *, port: int | None = None, direction: str = "in"
    ) -> bool:
        for key, rule in self.rules:
            if (
                key.startswith(f"{place}/")
                and rule["direction"] == direction
                and self._fits(rule, source, destination, port)
            ):
                return rule["action"] == "pass"
        return False

    def _fits(self, rule: Attributes, source: str, destination: str, port: int | None) -> bool:
        ports = rule["ports"] == "" or (port is not None and self._port_in(port, str(rule["ports"])))
        protocol = rule["protocol"] == "any" or port is not None
        return (
            ports
            and protocol
            and self._in(source, str(rule["source"]))
            and self._in(destination, str(rule["destination"]))
        )

    def _in(self, address: str, party: str) -> bool:
        if party == "any":
            return True
        entries: Any = self.aliases.get(party) or [self.networks.get(party, party)]
        return any(ip_address(address) in ip_network(entry) for entry in entries)

    def _port_in(self, port: int, ports: str) -> bool:
        spans = [str(entry).partition("-") for entry in self.aliases[ports]]  # type: ignore[union-attr]
        return any(int(first) <= port <= int(last or first) for first, _, last in spans)


CUSTOMER, ELSEWHERE = "192.168.10.20", "8.8.8.8"
VM, TEST_VM, EXTRA_VM = "10.1.0.50", "10.2.0.50", "10.4.0.50"
ZCC = "10.3.0.2"
EVERYONE = {"ipsec": CUSTOMER, "vlan100": VM, "vlan101": TEST_VM, "vlan102": ZCC, "vlan103": EXTRA_VM}


@pytest.mark.parametrize("port", [None, 22, 443, 4007, 9081, 9082])
@pytest.mark.parametrize(("place", "source"), [*EVERYONE.items(), ("wan", CUSTOMER)])
def test_nobody_reaches_the_management_prefix(place: str, source: str, port: int | None) -> None:
    for site in (SITE, LINE):
        assert not Judge(objects(site=site)).passes(place, source, "172.31.0.9", port=port)


@pytest.mark.parametrize("port", [4007, 4008, 9007, 9008, 9071, 9081, 9082, 9181])
def test_the_site_and_the_zcc_speak_on_zertos_ports_both_ways(port: int) -> None:
    judge = Judge(objects())
    assert judge.passes("ipsec", CUSTOMER, ZCC, port=port)
    assert judge.passes("vlan102", ZCC, CUSTOMER, port=port)


@pytest.mark.parametrize("port", [None, 22, 443, 4005, 4009, 9080, 9182, 9669, 9779, 9989])
def test_they_speak_on_no_other(port: int | None) -> None:
    judge = Judge(objects())
    assert not judge.passes("ipsec", CUSTOMER, ZCC, port=port)
    assert not judge.passes("vlan102", ZCC, CUSTOMER, port=port)
    assert not judge.passes("vlan102", ZCC, ELSEWHERE, port=port)


def test_where_production_carries_replication_the_zcc_is_guarded_and_the_machines_are_not() -> None:
    networks = (PRODUCTION, TEST)
    judge, zcc = Judge(objects(networks), networks), "10.1.0.2"
    assert judge.passes("ipsec", CUSTOMER, zcc, port=4008)
    assert not judge.passes("ipsec", CUSTOMER, zcc, port=443)
    assert not judge.passes("vlan100", zcc, CUSTOMER, port=443)
    assert judge.passes("ipsec", CUSTOMER, VM, port=443)
    assert judge.passes("vlan100", VM, CUSTOMER)


def test_the_test_network_and_production_do_not_see_each_other_nor_does_the_site_see_it() -> None:
    judge = Judge(objects())
    production = {place: address for place, address in EVERYONE.items() if place != "vlan101"}
    for (place, address), port in product(production.items(), (None, 443, 4007)):
        assert not judge.passes("vlan101", TEST_VM, address, port=port)
        assert not judge.passes(place, address, TEST_VM, port=port)


def test_what_is_meant_for_the_tunnel_leaves_the_wan_in_the_clear_by_no_rule_that_a_person_adds() -> None:
    first = min(id.key for id in objects() if id.key.startswith("wan/"))
    rule = objects()[ObjectId(Kind.RULE, first)]
    assert (rule["action"], rule["direction"], rule["destination"]) == ("block", "out", "zcsp_customer")
    assert rule["family"] == "inet46"
    judge = Judge(objects())
    assert not judge.passes("wan", VM, CUSTOMER, direction="out")
    assert not judge.passes("wan", CUSTOMER, VM)


def test_over_a_private_line_the_site_comes_in_from_the_wan_and_nothing_is_held_back_there() -> None:
    judge = Judge(objects(site=LINE))
    assert judge.passes("wan", CUSTOMER, ZCC, port=4008)
    assert not judge.passes("wan", CUSTOMER, ZCC, port=443)
    assert not [id for id in objects(site=LINE) if "clear" in id.key or id.key.startswith("ipsec/")]


def test_a_network_that_the_firewall_does_not_route_gets_nothing_but_its_guard() -> None:
    unrouted = FirewallNetwork(100, "failover-production")
    rules = {id.key for id in objects([unrouted]) if id.kind == Kind.RULE and id.key.startswith("vlan")}
    assert rules == {"vlan100/10-no-management"}


def test_without_networks_nothing_is_wanted_and_without_a_site_nothing_about_one() -> None:
    assert objects([]) == {}
    assert not [id for id in objects(site=Site((), tunnel=True)) if "customer" in id.key or "clear" in id.key]


def test_no_alias_is_empty_and_none_is_left_that_nobody_needs() -> None:
    wanted = objects([TEST], Site((), tunnel=True))
    assert {id.key for id in wanted if id.kind == Kind.ALIAS} == {"zcsp_management", "zcsp_tests"}
    assert all(alias["entries"] for id, alias in wanted.items() if id.kind == Kind.ALIAS)


def test_every_alias_that_a_rule_names_is_there() -> None:
    for networks, site in product([ALL, (PRODUCTION,), (TEST,)], [SITE, LINE, Site((), tunnel=True)]):
        wanted = objects(networks, site)
        named = {str(rule[part]) for id, rule in wanted.items() if id.kind == Kind.RULE for part in PARTIES}
        assert {name for name in named if name.startswith("zcsp_")} <= {i.key for i in wanted if i.kind == Kind.ALIAS}


PARTIES = ("source", "destination", "ports")


@settings(max_examples=60)
@given(st.lists(st.sampled_from(ALL), unique=True), st.booleans(), st.sampled_from([None, 80, 4007, 9081, 9100]))
def test_whatever_networks_there_are_management_stays_out_of_reach(
    networks: list[FirewallNetwork], tunnel: bool, port: int | None
) -> None:
    site = Site(SITE.subnets, tunnel=tunnel)
    judge = Judge(objects(networks, site), networks)
    for place, source in (*EVERYONE.items(), ("wan", CUSTOMER)):
        assert not judge.passes(place, source, "172.31.0.9", port=port)


def test_ports_follow_the_number_of_vras() -> None:
    assert "9082-9087" in zerto_ports(vras=3)
    assert zerto_ports() == sorted(zerto_ports())


def test_the_zcc_is_in_the_replication_network_else_in_production_at_the_second_host() -> None:
    assert zcc_network(ALL) == REPLICATION
    assert zcc_network((TEST, PRODUCTION)) == PRODUCTION
    assert zcc_network((TEST, EXTRA)) is None
    assert zcc_address(PRODUCTION) == "10.1.0.2"
    assert zcc_address(FirewallNetwork(1, "replication", "2001:db8::/64")) == "2001:db8::2"
    assert zcc_address(FirewallNetwork(1, "replication", "10.0.0.8/32")) == "10.0.0.8"


def test_the_tunnel_carries_all_but_test() -> None:
    assert local_prefixes(ALL) == ["10.1.0.0/24", "10.3.0.0/24", "10.4.0.0/24"]


def test_ipv6_rules_are_of_their_family() -> None:
    network = FirewallNetwork(100, "failover-production", "2001:db8:1::/64")
    wanted = objects([network], Site(("2001:db8:2::/64",), tunnel=True))
    assert wanted[ObjectId(Kind.RULE, "ipsec/30-zcc")]["family"] == "inet6"


def test_what_goes_over_the_wan_itself_is_exempted_from_translation_and_what_a_tunnel_carries_needs_no_exemption() -> (
    None
):
    over_the_wan = objects(site=LINE)
    assert {id for id in over_the_wan if id.kind == Kind.NAT} == {NO_TRANSLATION}
    exempt = over_the_wan[NO_TRANSLATION]
    assert (exempt["action"], exempt["interface"]) == ("exempt", "wan")
    entries = {
        side: over_the_wan[ObjectId(Kind.ALIAS, str(exempt[side]))]["entries"] for side in ("source", "destination")
    }
    assert entries["source"] == sorted(network.prefix for network in (PRODUCTION, REPLICATION, EXTRA))
    assert entries["destination"] == sorted(LINE.subnets)
    assert not [id for id in objects(site=SITE) if id.kind == Kind.NAT]


def test_a_tenant_with_nothing_but_a_test_network_has_nothing_to_exempt() -> None:
    assert NO_TRANSLATION not in objects((TEST,), LINE)
