"""Which rules let something through: held against asking every packet of a small world, one by one."""

from ipaddress import ip_address, ip_network
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from provisioning.audit.facts import Evidence, Facts
from provisioning.audit.firewall_rules import management_reach
from provisioning.drivers.protocol import Attributes, Kind, ObjectId
from provisioning.models import DeviceKind
from tests.provisioning.audit.evidence import site

PLACE = "vlan100"
MANAGEMENT = "10.9.0.0/30"
WORLD = ["8.8.8.8", *(f"10.9.0.{n}" for n in range(8))]  # four of management, four beside it, one far away
PORTS = (22, 443, 4007)
ALIASES: dict[str, list[str]] = {"hosts": ["10.9.0.1", "10.9.0.5"], "both": ["hosts", "10.9.0.2/31"], "nothing": []}
PARTY = (
    st.tuples(
        st.sampled_from(["", "!"]),
        st.sampled_from(
            ["any", "10.9.0.0/29", "10.9.0.0/30", "10.9.0.2/31", "10.9.0.4/30", "10.9.0.3", "8.8.8.8", *ALIASES]
        ),
    )
    .map("".join)
    .filter(lambda party: party != "!any")
)
RULE = st.fixed_dictionaries(
    {
        "action": st.sampled_from(["pass", "block", "reject"]),
        "direction": st.just("in"),
        "family": st.sampled_from(["inet", "inet46", "inet6"]),
        "source": PARTY,
        "destination": PARTY,
        "protocol": st.sampled_from(["any", "tcp", "udp", "tcp/udp", "icmp"]),
        "ports": st.sampled_from(["", "443", "20-500"]),
        "off": st.sampled_from([False, False, False, True]),
        "sort": st.sampled_from(["own", "own", "quick", "last"]),
    }
).map(dict)
RULES = st.lists(RULE, max_size=6)


def evidence(rules: list[dict[str, Any]]) -> Evidence:
    state: dict[ObjectId, Attributes] = {
        ObjectId(Kind.ALIAS, name): {"type": "network", "entries": [*entries]} for name, entries in ALIASES.items()
    }
    state[ObjectId(Kind.INTERFACE, PLACE)] = {"vlan_id": 100, "description": "", "address": ""}
    for number, given_rule in enumerate(rules):
        told = {name: value for name, value in given_rule.items() if name not in ("off", "sort")}
        if given_rule["protocol"] in ("any", "icmp"):
            told["ports"] = ""
        if given_rule["off"]:
            told["deviates"] = ["switched off"]
        if given_rule["sort"] != "own":
            told |= {"floating": True, "quick": given_rule["sort"] == "quick", "places": [PLACE]}
        state[ObjectId(Kind.RULE, f"{PLACE}/tracker-{number}")] = told
    return Evidence(state, Facts(DeviceKind.FIREWALL, site=site(), management_prefixes=(MANAGEMENT,)))


def found(rules: list[dict[str, Any]]) -> set[str]:
    return {one.subject.removeprefix("rule ") for one in management_reach(evidence(rules))}


def asked_one_by_one(rules: list[dict[str, Any]]) -> set[str]:
    """The rules that decide to pass a packet for a management address, of all packets of the world."""
    state = evidence(rules).state
    ordered = [(id.key, one) for id, one in state.items() if id.kind == Kind.RULE and not one.get("deviates")]
    ordered = (
        [one for one in ordered if one[1].get("quick")]
        + [one for one in ordered if not one[1].get("floating")]
        + [one for one in reversed(ordered) if one[1].get("floating") and not one[1].get("quick")]
    )
    packets = [
        (source, destination, protocol, port)
        for source in WORLD
        for destination in WORLD
        if ip_address(destination) in ip_network(MANAGEMENT)
        for protocol in ("tcp", "udp", "icmp", "esp")
        for port in (PORTS if protocol in ("tcp", "udp") else (0,))
    ]
    deciding = ((next(((key, one) for key, one in ordered if fits(one, *packet)), None)) for packet in packets)
    return {key for key, one in filter(None, deciding) if one["action"] == "pass"}


def fits(rule: Attributes, source: str, destination: str, protocol: str, port: int) -> bool:
    if rule["family"] == "inet6" or not (
        is_in(source, str(rule["source"])) and is_in(destination, str(rule["destination"]))
    ):
        return False
    if rule["protocol"] != "any" and protocol not in str(rule["protocol"]).split("/"):
        return False
    first, _, last = str(rule["ports"]).partition("-")
    return not rule["ports"] or int(first) <= port <= int(last or first)


def is_in(address: str, party: str) -> bool:
    if party.startswith("!"):
        return not is_in(address, party[1:])
    if party in ALIASES:
        return any(is_in(address, entry) for entry in ALIASES[party])
    return party == "any" or ip_address(address) in ip_network(party)


@given(RULES)
def test_the_rules_found_are_those_that_pass_some_packet_first(rules: list[dict[str, Any]]) -> None:
    assert found(rules) == asked_one_by_one(rules)


def keep_numbers(rules: list[dict[str, Any]], first: dict[str, Any]) -> set[str]:
    """What is found with one more rule before all, numbered as without it."""
    moved = {int(key.rpartition("-")[2]) - 1 for key in found([first, *rules])}
    return {f"{PLACE}/tracker-{number}" for number in moved if number >= 0}


@given(RULES, RULE)
def test_a_block_before_them_never_adds_a_finding(rules: list[dict[str, Any]], first: dict[str, Any]) -> None:
    block = {**first, "action": "block", "sort": "quick"}
    assert keep_numbers(rules, block) <= found(rules)


@given(RULES)
def test_a_block_of_everything_before_them_leaves_none(rules: list[dict[str, Any]]) -> None:
    block = plain(action="block", sort="quick")
    assert found([block, *rules]) == set()


@given(RULES, st.sampled_from(["any", MANAGEMENT, "both", "!8.8.8.8"]))
def test_a_pass_for_a_management_prefix_in_the_first_place_is_always_found(
    rules: list[dict[str, Any]], destination: str
) -> None:
    assert f"{PLACE}/tracker-0" in found([plain(destination=destination, sort="quick"), *rules])


@given(RULES)
def test_a_rule_that_is_switched_off_changes_nothing(rules: list[dict[str, Any]]) -> None:
    assert keep_numbers(rules, plain(off=True)) == found(rules)


def plain(**changes: Any) -> dict[str, Any]:
    rule: dict[str, Any] = {"action": "pass", "direction": "in", "family": "inet46", "source": "any"}
    return {**rule, "destination": "any", "protocol": "any", "ports": "", "off": False, "sort": "own", **changes}
