"""Address translation on Zerto's path, and the much of it that is none of Zerto's."""

import pytest

from provisioning.drivers.protocol import Kind, ObjectId
from provisioning.firewall_intent import NO_TRANSLATION
from provisioning.models import AuditRule, Severity
from tests.provisioning.audit.evidence import CUSTOMER, GATEWAY, State, as_intended, found, mode, nat, on_firewall, site

NAT = AuditRule.ZERTO_NAT
MPLS = site(wan="mpls")
ZCC, PRODUCTION, TESTS = "10.0.0.2", "10.0.0.0/24", "10.0.1.0/24"


def over_the_tunnel(*states: State) -> list[str]:
    state = as_intended()
    for one in states:
        state |= one
    return [finding.subject for finding in found(on_firewall(state), NAT)]


def over_mpls(*states: State, exempt: bool = False) -> list[str]:
    """``exempt``: our own exemption is where it belongs; without it the firewall is as a person set it up."""
    state = as_intended(of=MPLS)
    if not exempt:
        del state[NO_TRANSLATION]
    for one in states:
        state |= one
    return [finding.subject for finding in found(on_firewall(state, of=MPLS), NAT)]


def test_outbound_nat_at_the_wan_does_not_touch_what_goes_into_a_tunnel() -> None:
    assert over_the_tunnel(mode("automatic")) == []
    assert over_the_tunnel(mode("hybrid"), nat("outbound/wan/a", source=PRODUCTION)) == []


def test_automatic_outbound_nat_translates_what_leaves_by_the_wan_of_a_private_line() -> None:
    assert over_mpls(mode("automatic")) == ["nat outbound/mode"]
    assert over_mpls(mode("hybrid")) == ["nat outbound/mode"]
    assert over_mpls(mode("disabled")) == []
    assert over_mpls(mode("advanced")) == []


def test_our_own_exemption_takes_the_whole_path_out_of_automatic_nat() -> None:
    assert over_mpls(mode("hybrid"), exempt=True) == []


def test_an_exemption_for_the_customer_takes_it_out_of_automatic_nat_and_a_narrower_one_does_not() -> None:
    exempt = nat("outbound/wan/a", action="exempt", destination=CUSTOMER)
    assert over_mpls(mode("hybrid"), exempt) == []
    assert over_mpls(mode("hybrid"), nat("outbound/wan/a", action="exempt", destination="192.168.10.0/25")) != []
    assert over_mpls(mode("automatic"), exempt) != []  # mappings by hand are not asked in that mode
    off = nat("outbound/wan/a", action="exempt", destination=CUSTOMER, deviates=["switched off"])
    assert over_mpls(mode("hybrid"), off) != []


def test_a_mapping_by_hand_is_found_where_it_is_asked_about_the_path() -> None:
    assert over_the_tunnel(mode("hybrid"), nat("outbound/ipsec/a", source="10.0.0.0/16")) == ["nat outbound/ipsec/a"]
    assert over_the_tunnel(mode("hybrid"), nat("outbound/vlan100/a", source=CUSTOMER)) == ["nat outbound/vlan100/a"]
    assert over_mpls(mode("advanced"), nat("outbound/wan/a", destination=CUSTOMER)) == ["nat outbound/wan/a"]


@pytest.mark.parametrize(
    "elsewhere",
    [
        nat("outbound/ipsec/a", source=TESTS),
        nat("outbound/ipsec/a", source=PRODUCTION, destination="10.77.0.0/16"),
        nat("outbound/ipsec/a", source=PRODUCTION, protocol="udp"),
        nat("outbound/ipsec/a", source=PRODUCTION, protocol="tcp", ports="25"),
        nat("outbound/ipsec/a", source=PRODUCTION, family="inet6"),
        nat("outbound/ipsec/a", source=PRODUCTION, deviates=["switched off"]),
        nat("outbound/ipsec/a", source=PRODUCTION, action="exempt"),
        nat("outbound/vlan101/a", source=CUSTOMER),
        nat(
            "forward/wan/a",
            destination="203.0.113.2",
            protocol="tcp",
            ports="443",
            target="10.0.0.50",
            target_ports="443",
        ),
        nat("forward/wan/a", destination="203.0.113.2", protocol="tcp", ports="22", target=ZCC, target_ports="22"),
        nat("one-to-one/wan/a", source="10.0.0.50", target="203.0.113.50"),
    ],
)
def test_what_is_translated_beside_the_path_is_no_finding(elsewhere: State) -> None:
    assert over_the_tunnel(mode("hybrid"), elsewhere) == []


def test_a_port_forward_to_the_zcc_on_zertos_ports_is_found_wherever_it_is() -> None:
    forward = nat(
        "forward/wan/a", destination="203.0.113.2", protocol="tcp", ports="9071", target=ZCC, target_ports="9071"
    )
    assert over_the_tunnel(forward) == ["nat forward/wan/a"]


def test_a_port_forward_in_the_path_redirects_it() -> None:
    forward = nat("forward/ipsec/a", destination=PRODUCTION, protocol="tcp", target="10.9.9.9", target_ports="443")
    assert over_the_tunnel(forward) == ["nat forward/ipsec/a"]


def test_one_to_one_is_found_in_the_path_and_for_the_zcc_anywhere() -> None:
    assert over_the_tunnel(nat("one-to-one/ipsec/a", source=PRODUCTION, target="10.99.0.0")) == [
        "nat one-to-one/ipsec/a"
    ]
    assert over_the_tunnel(nat("one-to-one/wan/a", source=ZCC, target="203.0.113.9")) == ["nat one-to-one/wan/a"]


def test_a_mapping_that_asks_for_a_source_port_does_not_hide_the_next() -> None:
    narrow = nat("outbound/ipsec/a", action="exempt", conditions=["a source port"])
    assert over_the_tunnel(mode("hybrid"), narrow, nat("outbound/ipsec/b")) == ["nat outbound/ipsec/b"]


def test_a_tunnel_that_translates_is_found() -> None:
    state = as_intended()
    tunnel = ObjectId(Kind.TUNNEL, GATEWAY)
    state[tunnel] = {**state[tunnel], "deviates": ["translates addresses"]}
    (one,) = found(on_firewall(state), NAT)
    assert one.severity == Severity.SERIOUS


def test_a_firewall_that_does_not_show_its_translations_is_not_called_clean() -> None:
    unread: State = {ObjectId(Kind.NAT, "unread"): {"why": "the user lacks a privilege"}}
    (one,) = found(on_firewall(as_intended() | unread), AuditRule.NOT_SEEN)
    assert "the user lacks a privilege" in one.says
