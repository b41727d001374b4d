"""What devices carry and what the inventory says, as values, for the tests of the rules."""

from typing import Any

from provisioning.audit.facts import Evidence, Facts, Found, Owner, TenantSite
from provisioning.audit.rules import judge
from provisioning.drivers.protocol import Attributes, Kind, ObjectId
from provisioning.firewall_intent import PRODUCTION, TEST, FirewallNetwork, Site, local_prefixes, policy
from provisioning.models import AuditRule, DeviceKind

ACME, BOREAL = Owner(1, "Acme"), Owner(2, "Boreal")
MANAGEMENT = ("172.31.0.0/24", "2001:db8:ffff::/48")
CUSTOMER = "192.168.10.0/24"
GATEWAY = "198.51.100.7"
NETWORKS = (FirewallNetwork(100, PRODUCTION, "10.0.0.0/24"), FirewallNetwork(101, TEST, "10.0.1.0/24"))
State = dict[ObjectId, Attributes]


def site(*, wan: str = "ipsec", **changes: Any) -> TenantSite:
    gateway = GATEWAY if wan == "ipsec" else ""
    given = {"owner": ACME, "wan": wan, "remote_gateway": gateway, "subnets": (CUSTOMER,), "networks": NETWORKS}
    return TenantSite(**given | changes)  # type: ignore[arg-type]


def on_firewall(state: State, *, of: TenantSite | None = None, **more: Any) -> Evidence:
    owners = {(1, 100): frozenset({ACME}), (1, 101): frozenset({ACME}), (1, 200): frozenset({BOREAL})}
    facts = Facts(
        DeviceKind.FIREWALL,
        owners=owners,
        management={(1, 10): "the management network mgmt"},
        domain=1,
        site=of or site(),
        management_prefixes=MANAGEMENT,
        **more,
    )
    return Evidence(state, facts)


def as_intended(*, of: TenantSite | None = None) -> State:
    """A firewall that carries exactly what the portal intends, beside what every pfSense has."""
    tenant = of or site()
    networks = list(tenant.networks)
    wanted = policy(
        networks=networks, site=Site(tenant.subnets, tunnel=bool(tenant.remote_gateway)), management=MANAGEMENT
    )
    rules = sorted(wanted.items(), key=lambda one: one[0].key)
    state: State = {
        ObjectId(Kind.INTERFACE, n.place): {"vlan_id": n.vid, "description": n.place, "address": n.prefix}
        for n in networks
    }
    state |= dict(rules)
    state |= foreign("wan/tracker-1", destination="(self)", protocol="tcp", ports="443")
    if tenant.remote_gateway:
        tunnel: Attributes = {
            "remote_prefixes": [*sorted(tenant.subnets)],
            "local_prefixes": [*local_prefixes(networks)],
        }
        state[ObjectId(Kind.TUNNEL, tenant.remote_gateway)] = tunnel
    return state


def rule(key: str, **changes: Any) -> State:
    attributes: dict[str, Any] = {
        **dict.fromkeys(("source", "destination", "protocol"), "any"),
        "action": "pass",
        "direction": "in",
        "family": "inet46",
        "ports": "",
    }
    return {ObjectId(Kind.RULE, key): attributes | changes}


def foreign(key: str, **changes: Any) -> State:
    stands_for = {"stands_for": {"(self)": ["203.0.113.2/32"]}} if changes.get("destination") == "(self)" else {}
    return rule(key, description="added by hand", **stands_for, **changes)


def nat(key: str, **changes: Any) -> State:
    attributes: dict[str, Any] = {
        **dict.fromkeys(("source", "destination", "protocol"), "any"),
        "action": "translate",
        "interface": key.split("/")[1],
        "family": "inet46",
        "ports": "",
        "target": "203.0.113.2",
        "description": "by hand",
    }
    return {ObjectId(Kind.NAT, key): attributes | changes}


def mode(name: str) -> State:
    return {ObjectId(Kind.NAT, "outbound/mode"): {"mode": name}}


def alias(name: str, *entries: str, type: str = "network") -> State:
    return {ObjectId(Kind.ALIAS, name): {"type": type, "entries": [*entries]}}


def found(seen: Evidence, rule: AuditRule) -> list[Found]:
    return [one for one in judge(seen) if one.rule == rule]
