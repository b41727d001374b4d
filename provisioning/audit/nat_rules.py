"""Address translation on Zerto's path: nothing between Zerto's components, or them and vCenter, may be translated.

Zerto's path at a tenant's firewall is between the customer's prefixes and the tenant's own networks (test networks,
which nothing replicates into, left out), in both directions, on Zerto's ports. Its packets come in at one interface and
leave by another: the VLAN of the network on one side, the tunnel (``ipsec``) or, where there is none, the WAN on the
other. A translation counts where it is asked about such a packet and no earlier exemption took it out:

- an outbound mapping at the interface by which it leaves. What goes into a tunnel does not leave by the WAN, so what
  is translated there does not touch it. That holds for automatic outbound NAT too, which pfSense makes for its WAN, for
  IPv4: it counts only for a tenant whose site is reached over the WAN itself (MPLS, a private line);
- a port forward at the interface where it comes in; and one that leads to the ZCC on Zerto's ports wherever it is,
  because the customer's side then knows the ZCC by another address;
- a 1:1 mapping at either interface; and one of the ZCC itself wherever it is;
- a tunnel that translates its local prefix (pfSense calls it BINAT).

What the tenant translates for its own traffic to the internet, or of its test networks, is no finding.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from provisioning.audit.facts import Evidence, Found, TenantSite
from provisioning.audit.filtering import ANY_SERVICE, Decider, Names, decider, is_of, is_off, let_through, tcp
from provisioning.audit.firewall_rules import union
from provisioning.audit.ranges import Box, Ranges, addresses
from provisioning.drivers.protocol import Attributes, Kind, ObjectId
from provisioning.firewall_intent import TEST, FirewallNetwork, zcc_address, zcc_network, zerto_ports
from provisioning.models.audit_findings import AuditRule, Severity

MODE = ObjectId(Kind.NAT, "outbound/mode")
UNREAD = ObjectId(Kind.NAT, "unread")
BY_HAND, BY_ITSELF = ("hybrid", "advanced", ""), ("automatic", "hybrid")
AUTOMATIC: Attributes = {
    "action": "translate",
    "interface": "wan",
    "family": "inet",
    "protocol": "any",
    "source": "any",
    "destination": "any",
    "ports": "",
    "target": "the WAN's address",
    "description": "automatic outbound NAT",
}


@dataclass(frozen=True, slots=True)
class Flow:
    """Packets that begin a connection on Zerto's path."""

    family: str
    comes_in: str
    leaves: str
    box: Box


def flows(site: TenantSite, names: Names) -> Iterator[Flow]:
    ports = tcp(names, zerto_ports())
    for network in site.networks:
        if not network.prefix or network.role == TEST:
            continue
        family = network.family
        ours = addresses(network.prefix, family)
        theirs = union(addresses(prefix, family) for prefix in site.subnets)
        yield Flow(family, site.site.place, network.place, Box(theirs, ours, ports))
        yield Flow(family, network.place, site.site.place, Box(ours, theirs, ports))


def zerto_nat(seen: Evidence) -> Iterator[Found]:
    """See the module: one finding for each translation that is asked about Zerto's path."""
    site = seen.facts.site
    if site is None or not site.networks or not site.subnets:
        return
    names = Names.on(seen.state)
    hit: dict[str, tuple[Attributes, bool]] = {}
    for flow in flows(site, names):
        for one, certain in _asked_about(flow, seen, names):
            before = hit.get(one.key, (one.attributes, False))
            hit[one.key] = one.attributes, before[1] or certain
    for key, rule in _of_the_zcc(site, seen, names):
        hit[key] = rule, True
    for key, (rule, certain) in hit.items():
        yield _found(site, key, rule, certain=certain)
    yield from _tunnel_that_translates(seen, site)


def _asked_about(flow: Flow, seen: Evidence, names: Names) -> Iterator[tuple[Decider, bool]]:
    lists = (
        ("outbound", flow.leaves, flow.box),
        ("forward", flow.comes_in, flow.box),
        ("one-to-one", flow.leaves, Box(flow.box.source, flow.box.destination, ANY_SERVICE)),
    )
    for name, interface, asked in lists:
        deciders = [
            decider(key, rule, flow.family, names, lets="translate")
            for key, rule in _mappings(seen, name)
            if rule["interface"] == interface and is_of(rule, flow.family)
        ]
        for one, _, certain in let_through([asked], deciders):
            yield one, certain


def _mappings(seen: Evidence, name: str) -> Iterator[tuple[str, Attributes]]:
    """The mappings of one list that are in force, in their order; automatic outbound NAT comes after those by hand."""
    mode = str(seen.state.get(MODE, {}).get("mode", ""))
    if name != "outbound" or mode in BY_HAND:
        for id, rule in seen.state.items():
            if id.kind == Kind.NAT and id.key.startswith(f"{name}/") and id != MODE and not is_off(rule):
                yield id.key, rule
    if name == "outbound" and mode in BY_ITSELF:
        yield MODE.key, AUTOMATIC | {"mode": mode}  # type: ignore[operator]


def _of_the_zcc(site: TenantSite, seen: Evidence, names: Names) -> Iterator[tuple[str, Attributes]]:
    """Port forwards and 1:1 mappings that give the ZCC another address, at whatever interface."""
    network = zcc_network(site.networks)
    if network is None:
        return
    zcc = addresses(zcc_address(network), network.family)
    for key, rule in _mappings(seen, "forward"):
        ports = tcp(names, [str(rule.get("target_ports") or rule["ports"])]) & tcp(names, zerto_ports())
        is_zertos = ports and str(rule["protocol"]) in ("any", "tcp", "tcp/udp") and rule["action"] == "translate"
        if is_zertos and _leads_to(zcc, str(rule["target"]), network, rule, names):
            yield key, rule
    for key, rule in _mappings(seen, "one-to-one"):
        if rule["action"] == "translate" and _leads_to(zcc, str(rule["source"]), network, rule, names):
            yield key, rule


def _leads_to(zcc: Ranges, party: str, network: FirewallNetwork, rule: Attributes, names: Names) -> bool:
    given = rule.get("stands_for")
    return bool(names.party(party, network.family, given if isinstance(given, dict) else {})[1] & zcc)  # type: ignore[arg-type]


def _found(site: TenantSite, key: str, rule: Attributes, *, certain: bool) -> Found:
    kind = {"outbound": "outbound NAT", "forward": "port forward", "one-to-one": "1:1 NAT"}[key.partition("/")[0]]
    name = f" “{rule['description']}”" if rule.get("description") and key != MODE.key else ""
    kind = f"automatic {kind}" if key == MODE.key else kind
    verb = "translates" if certain else "may translate"
    said = (
        f"On {rule['interface']}, {kind}{name} {verb} addresses on Zerto's path of {site.owner.name}: from "
        f"{rule['source']} to {rule['destination']}, as {rule['target'] or 'another address'}."
    )
    severity = Severity.SERIOUS if certain else Severity.WARNING
    return Found(AuditRule.ZERTO_NAT, f"nat {key}", severity, said, {"nat": key, **rule}, (site.owner,))


def _tunnel_that_translates(seen: Evidence, site: TenantSite) -> Iterable[Found]:
    tunnel = seen.state.get(ObjectId(Kind.TUNNEL, site.remote_gateway), {}) if site.remote_gateway else {}
    deviates = tunnel.get("deviates")
    if isinstance(deviates, list) and "translates addresses" in deviates:
        said = f"The tunnel of {site.owner.name} to {site.remote_gateway} translates the addresses that go through it."
        subject = f"tunnel {site.remote_gateway}"
        yield Found(AuditRule.ZERTO_NAT, subject, Severity.SERIOUS, said, dict(tunnel), (site.owner,))


def not_seen(seen: Evidence) -> Iterator[Found]:
    """A firewall that does not show its address translation: it cannot be called clean."""
    if seen.facts.site and (unread := seen.state.get(UNREAD)):
        said = f"Address translation on the firewall of {seen.facts.site.owner.name} could not be read: {unread['why']}"
        yield Found(AuditRule.NOT_SEEN, "nat", Severity.WARNING, said, dict(unread), (seen.facts.site.owner,))
