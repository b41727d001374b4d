"""The way to the management networks, and the WAN: what is found on a firewall, and what is not."""

import pytest

from provisioning.drivers.protocol import Attributes, Kind, ObjectId
from provisioning.firewall_intent import REPLICATION, FirewallNetwork
from provisioning.models import AuditRule, Severity
from tests.provisioning.audit.evidence import (
    CUSTOMER,
    GATEWAY,
    MANAGEMENT,
    NETWORKS,
    State,
    alias,
    as_intended,
    foreign,
    found,
    nat,
    on_firewall,
    rule,
    site,
)

REACH, WAN = AuditRule.MANAGEMENT_REACH, AuditRule.CLEAR_WAN
TUNNEL = ObjectId(Kind.TUNNEL, GATEWAY)


# --- The way to the management networks -----------------------------------------------------------


@pytest.mark.parametrize("wan", ["ipsec", "mpls", "private-line", "stretched-l2"])
def test_a_firewall_as_the_portal_writes_it_has_no_finding(wan: str) -> None:
    tenant = site(wan=wan)
    state = as_intended(of=tenant)
    for kind in AuditRule:
        assert found(on_firewall(state, of=tenant), kind) == []


def test_a_pass_for_everything_after_our_block_is_shadowed_and_before_it_is_found() -> None:
    late = foreign("vlan100/tracker-7")
    assert found(on_firewall(as_intended() | late), REACH) == []
    (one,) = found(on_firewall(late | as_intended()), REACH)
    assert one.severity == Severity.CRITICAL
    assert one.data["places"] == ["vlan100"]
    assert one.data["reaches"] == [*MANAGEMENT]
    assert "Rule vlan100/tracker-7 “added by hand” passes everything from any to any" in one.says
    assert one.owners[0].name == "Acme"


def test_our_block_that_is_switched_off_or_has_conditions_of_its_own_shadows_nothing() -> None:
    late = foreign("vlan100/tracker-7")
    for deviation in ("switched off", "has conditions of its own"):
        state = as_intended()
        ours = ObjectId(Kind.RULE, "vlan100/10-no-management")
        state[ours] = {**state[ours], "deviates": [deviation]}
        assert len(found(on_firewall(state | late), REACH)) == 1, deviation


def test_a_floating_rule_is_asked_before_ours_wherever_it_is_for() -> None:
    for places in ([], ["any"], ["ipsec", "vlan101"]):
        floating = foreign("floating/tracker-8", direction="any", floating=True, quick=True, places=places)
        (one,) = found(on_firewall(as_intended() | floating), REACH)
        assert set(one.data["places"]) >= (
            {"ipsec", "vlan101"} if places[1:] else {"vlan100", "vlan101", "ipsec", "wan"}
        )


def test_a_floating_rule_that_does_not_decide_at_once_counts_only_where_no_other_decides() -> None:
    floating = foreign("floating/tracker-8", direction="in", floating=True, quick=False, places=["vlan100", "wan"])
    (one,) = found(on_firewall(as_intended() | floating), REACH)
    # At the VLAN our block decides first; at the WAN of a tenant with a tunnel there is none of ours.
    assert one.data["places"] == ["wan"]


def test_a_rule_on_the_way_out_or_for_the_other_family_lets_nothing_in() -> None:
    out = foreign("vlan100/tracker-7", direction="out", floating=True, quick=True, places=["vlan100"])
    other = foreign("vlan100/tracker-9", family="inet6", destination="172.31.0.0/24")
    assert found(on_firewall(out | other | as_intended()), REACH) == []


def test_version_6_is_judged_as_version_4_is() -> None:
    late = foreign("vlan100/tracker-7", family="inet6", destination="2001:db8:ffff:1::/64")
    assert found(on_firewall(as_intended() | late), REACH) == []
    (one,) = found(on_firewall(late | as_intended()), REACH)
    assert one.data["reaches"] == ["2001:db8:ffff:1::/64"]


def test_an_alias_is_taken_apart_and_only_what_overlaps_is_told() -> None:
    names = alias("outer", "inner", "8.8.8.0/24") | alias("inner", "172.31.0.128/25", "backup.example.net")
    (one,) = found(on_firewall(names | foreign("vlan100/tracker-7", destination="outer") | as_intended()), REACH)
    assert one.severity == Severity.CRITICAL
    assert "172.31.0.128/25" in one.data["reaches"]
    beside = alias("outer", "172.31.1.0/24", "8.8.8.0/24")
    assert found(on_firewall(beside | foreign("vlan100/tracker-7", destination="outer") | as_intended()), REACH) == []


def test_what_cannot_be_resolved_is_a_warning_that_says_so() -> None:
    for names, destination in (
        (alias("hosts", "backup.example.net", type="host"), "hosts"),
        ({}, "WAN2"),
        ({}, "nowhere"),
    ):
        (one,) = found(
            on_firewall(names | foreign("vlan100/tracker-7", destination=destination) | as_intended()), REACH
        )
        if names:  # a host name in an alias: it may be anything, and nobody can say
            assert one.severity == Severity.WARNING or not one.data["certain"]
        else:
            assert one.severity == Severity.WARNING
            assert "cannot be resolved here" in one.says


def test_an_exception_that_is_not_for_management_is_found_by_its_complement() -> None:
    (one,) = found(on_firewall(foreign("vlan100/tracker-7", destination="!10.0.0.0/8") | as_intended()), REACH)
    assert one.severity == Severity.CRITICAL
    management = alias("provider", *MANAGEMENT)
    spared = management | foreign("vlan100/tracker-7", destination="!provider")
    assert found(on_firewall(spared | as_intended()), REACH) == []


def test_a_block_with_a_schedule_does_not_shadow_and_a_pass_with_one_is_found() -> None:
    block = foreign("vlan100/tracker-6", action="block", conditions=["a schedule"])
    assert len(found(on_firewall(block | foreign("vlan100/tracker-7") | as_intended()), REACH)) == 1
    (one,) = found(on_firewall(foreign("vlan100/tracker-7", conditions=["a schedule"]) | as_intended()), REACH)
    assert one.severity == Severity.CRITICAL


def test_a_rule_of_a_group_of_interfaces_may_apply_and_one_of_openvpn_does_not() -> None:
    (one,) = found(on_firewall(as_intended() | foreign("tenants/tracker-7")), REACH)
    assert one.severity == Severity.WARNING
    assert found(on_firewall(as_intended() | foreign("openvpn/tracker-7") | foreign("lan/tracker-8")), REACH) == []


def test_at_the_wan_the_providers_own_traffic_is_not_the_tenants() -> None:
    own = foreign("wan/tracker-7", source=MANAGEMENT[0], destination=MANAGEMENT[0], family="inet")
    assert found(on_firewall(as_intended() | own), REACH) == []
    anybody = foreign("wan/tracker-7", destination=MANAGEMENT[0], family="inet", protocol="tcp", ports="443")
    (one,) = found(on_firewall(as_intended() | anybody), REACH)
    assert one.data["places"] == ["wan"]


def test_the_firewalls_own_address_is_no_management_prefix_unless_it_lies_in_one() -> None:
    within = foreign("wan/tracker-9", destination="(self)") | {}
    (id,) = within
    within[id] = {**within[id], "stands_for": {"(self)": ["172.31.0.9/32"]}}
    (one,) = found(on_firewall(as_intended() | within), REACH)
    assert one.data["reaches"] == ["172.31.0.9/32"]


def test_a_port_forward_that_asks_no_rule_into_management_is_found() -> None:
    forward = nat("forward/wan/a", destination="203.0.113.2", target="172.31.0.5", target_ports="443", passes=True)
    (one,) = found(on_firewall(as_intended() | forward), REACH)
    assert "without asking a rule" in one.says
    asks = nat("forward/wan/a", destination="203.0.113.2", target="172.31.0.5", target_ports="443")
    assert found(on_firewall(as_intended() | asks), REACH) == []


# --- The WAN --------------------------------------------------------------------------------------


def without_tunnel() -> State:
    state = as_intended()
    del state[TUNNEL]
    return state


def test_a_tunnel_that_is_missing_is_serious_and_critical_where_nothing_stops_clear_traffic() -> None:
    (one,) = found(on_firewall(without_tunnel()), WAN)
    assert one.severity == Severity.SERIOUS
    assert "is not on the firewall." in one.says
    state = without_tunnel()
    del state[ObjectId(Kind.RULE, "wan/10-no-clear-traffic")]
    (one,) = found(on_firewall(state), WAN)
    assert one.severity == Severity.CRITICAL
    assert "no rule of ours stops clear traffic" in one.says


@pytest.mark.parametrize(
    ("deviation", "severity"),
    [
        ("switched off", Severity.SERIOUS),
        ("a prefix is switched off", Severity.SERIOUS),
        ("does not encrypt", Severity.CRITICAL),
        ("another encryption in phase 2", Severity.WARNING),
    ],
)
def test_a_tunnel_is_judged_by_what_it_does_not_do(deviation: str, severity: Severity) -> None:
    state = as_intended()
    state[TUNNEL] = {**state[TUNNEL], "deviates": [deviation]}
    (one,) = found(on_firewall(state), WAN)
    assert one.severity == severity


def test_a_prefix_that_the_tunnel_is_not_for_goes_in_the_clear() -> None:
    tenant = site(subnets=(CUSTOMER, "192.168.20.0/24"))
    state: dict[ObjectId, Attributes] = as_intended(of=tenant)
    state[TUNNEL] = {**state[TUNNEL], "remote_prefixes": [CUSTOMER, "192.168.20.0/25"]}
    (one,) = found(on_firewall(state, of=tenant), WAN)
    assert "is not for 192.168.20.128/25" in one.says
    state[TUNNEL] = {**state[TUNNEL], "remote_prefixes": ["192.168.0.0/16"]}
    assert found(on_firewall(state, of=tenant), WAN) == []


def test_the_bare_internet_is_critical_and_what_is_not_live_yet_is_not_judged() -> None:
    (one,) = found(on_firewall({}, of=site(wan="internet")), WAN)
    assert one.severity == Severity.CRITICAL
    assert found(on_firewall({}, of=site(networks=())), WAN) == []


def test_a_private_wan_needs_no_tunnel() -> None:
    for wan in ("mpls", "private-line", "stretched-l2"):
        assert found(on_firewall({}, of=site(wan=wan)), WAN) == []


def test_an_own_rule_for_the_zcc_is_no_way_past_it() -> None:
    replicating = site(networks=(*NETWORKS, FirewallNetwork(102, REPLICATION, "10.0.2.0/24")))
    assert found(on_firewall(as_intended(of=replicating), of=replicating), REACH) == []
    wide = rule("vlan102/05-zcc", source="10.0.2.2", destination="172.31.0.0/24", family="inet")
    (one,) = found(on_firewall(wide | as_intended(of=replicating), of=replicating), REACH)
    assert one.subject == "rule vlan102/05-zcc"
