"""What a tenant's firewall shall let pass, and what it shall stop. Pure.

Two sources decide it. Zerto's ports: a tenant's site reaches its cloud connector (ZCC) on these and on nothing else.
And the two rules of a WAN: nothing that touches Zerto is translated, so where the site is reached over the WAN itself
it is exempted from the translation that firewalls do there unasked; and the network itself secures the traffic, so what
is meant for a tunnel never leaves in the clear while the tunnel is down.

Whatever no rule allows, the firewall drops; the rules that block are there to come before anything that a person adds.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from itertools import islice

from provisioning.drivers.protocol import Attributes, Json, Kind, ObjectId

TEST, REPLICATION, PRODUCTION = "failover-test", "replication", "failover-production"

# Aliases: the customer's site, the provider's own prefixes, the ports through the ZCC; of the tenant's networks those
# that are not for tests, those that hold its machines, and those for tests.
CUSTOMER, MANAGEMENT, ZERTO = "zcsp_customer", "zcsp_management", "zcsp_zerto"
NETWORKS, MACHINES, TESTS = "zcsp_networks", "zcsp_machines", "zcsp_tests"
ALIASES = frozenset({CUSTOMER, MANAGEMENT, ZERTO, NETWORKS, MACHINES, TESTS})

WAN = "wan"
NO_TRANSLATION = ObjectId(Kind.NAT, f"outbound/{WAN}/10-no-translation")

# Zerto's documented defaults, between a tenant's site and its ZCC. 9082 and up: two ports for each VRA.
VRAS = 50
PEERS = ("4007-4008", "9007-9008")  # control and data between VRAs, in the clear and encrypted
MANAGERS = ("9071", "9081")  # between the sites' ZVMs, and towards the ZCC
FIRST_VRA_PORT = 9082


def zerto_ports(*, vras: int = VRAS) -> list[str]:
    """The ports through the ZCC for so many VRAs."""
    return sorted([*PEERS, *MANAGERS, f"{FIRST_VRA_PORT}-{FIRST_VRA_PORT + 2 * vras - 1}"])


@dataclass(frozen=True, slots=True)
class FirewallNetwork:
    """A network that the firewall has an interface in. ``prefix``: empty where the firewall does not route it."""

    vid: int
    role: str
    prefix: str = ""

    @property
    def place(self) -> str:
        return f"vlan{self.vid}"

    @property
    def family(self) -> str:
        return "inet6" if ip_network(self.prefix).version == 6 else "inet"


@dataclass(frozen=True, slots=True)
class Site:
    """How the customer's site is reached. ``tunnel``: over IPsec, so that its traffic comes in from there."""

    subnets: Sequence[str]
    tunnel: bool

    @property
    def place(self) -> str:
        return "ipsec" if self.tunnel else WAN


def zcc_network(networks: Iterable[FirewallNetwork]) -> FirewallNetwork | None:
    """Where the ZCC is: the replication network, else failover-production, which carries replication by default."""
    for role in (REPLICATION, PRODUCTION):
        for network in networks:
            if network.role == role and network.prefix:
                return network
    return None


def firewall_address(network: FirewallNetwork) -> str:
    """The firewall's own address in a network, which is the gateway of everything in it: the first host."""
    return str(next(ip_network(network.prefix).hosts()))


def zcc_address(network: FirewallNetwork) -> str:
    """The ZCC's address in its network: the second host, next to the firewall, which is the first."""
    hosts = list(islice(ip_network(network.prefix).hosts(), 2))
    return str(hosts[-1])


def local_prefixes(networks: Iterable[FirewallNetwork]) -> list[str]:
    """What the tunnel carries on this side: everything of the tenant but its test networks."""
    return sorted(network.prefix for network in networks if network.prefix and network.role != TEST)


def policy(*, networks: Sequence[FirewallNetwork], site: Site, management: Sequence[str]) -> dict[ObjectId, Attributes]:
    """Aliases and rules for these networks; none where there is no network.

    ``management``: the provider's prefixes that no tenant reaches but through its ZCC's other leg.
    """
    if not networks:
        return {}
    aliases = {name: entries for name, entries in _aliases(networks, site, management).items() if entries}
    # A rule about nobody is left out: a firewall does not load one whose alias is empty. So is an alias of no rule.
    rules = {key: rule for key, rule in _rules(networks, site) if not _named(rule) & (ALIASES - aliases.keys())}
    objects: dict[ObjectId, Attributes] = {ObjectId(Kind.RULE, key): rule for key, rule in rules.items()}
    if not site.tunnel and not {NETWORKS, CUSTOMER} - aliases.keys():
        objects[NO_TRANSLATION] = _exempt(source=NETWORKS, destination=CUSTOMER)
    named = {name for object in objects.values() for name in _named(object)}
    for name in aliases.keys() & named:
        kind = "port" if name == ZERTO else "network"
        objects[ObjectId(Kind.ALIAS, name)] = {"type": kind, "entries": [*sorted(aliases[name])]}
    return objects


def _named(rule: Attributes) -> set[str]:
    return {str(rule["source"]), str(rule["destination"]), str(rule["ports"])} & ALIASES


def _aliases(networks: Sequence[FirewallNetwork], site: Site, management: Sequence[str]) -> dict[str, Sequence[str]]:
    routed = [network for network in networks if network.prefix]
    return {
        CUSTOMER: site.subnets,
        MANAGEMENT: management,
        ZERTO: zerto_ports(),
        NETWORKS: [network.prefix for network in routed if network.role != TEST],
        MACHINES: [network.prefix for network in routed if network.role not in (TEST, REPLICATION)],
        TESTS: [network.prefix for network in routed if network.role == TEST],
    }


def _exempt(*, source: str, destination: str) -> Attributes:
    everything: dict[str, Json] = {"family": "inet46", "protocol": "any", "ports": "", "target": ""}
    return {"action": "exempt", "interface": WAN, "source": source, "destination": destination, **everything}


Rule = tuple[str, Attributes]


def _rules(networks: Sequence[FirewallNetwork], site: Site) -> Iterator[Rule]:
    for place in [*(network.place for network in networks), site.place]:
        yield f"{place}/10-no-management", _block(destination=MANAGEMENT)
    yield f"{site.place}/20-no-test", _block(destination=TESTS)
    for network in networks:
        if network.prefix:
            yield from _cut_off(network)
    yield from _between_site_and_networks([network for network in networks if network.prefix], site)
    if site.tunnel:
        yield "wan/10-no-clear-traffic", _block(destination=CUSTOMER, direction="out")
        yield "wan/20-no-clear-traffic", _block(source=CUSTOMER)


def _cut_off(network: FirewallNetwork) -> Iterator[Rule]:
    """A test network and production, the customer's own site included, do not see each other."""
    if network.role == TEST:
        yield f"{network.place}/20-no-production", _block(destination=NETWORKS)
        yield f"{network.place}/20-no-customer", _block(destination=CUSTOMER)
    else:
        yield f"{network.place}/20-no-test", _block(destination=TESTS)


def _between_site_and_networks(networks: Sequence[FirewallNetwork], site: Site) -> Iterator[Rule]:
    """Zerto's ports between the site and the ZCC, nothing else with the ZCC; then the tenant's own traffic."""
    if zcc := zcc_network(networks):
        address, family = zcc_address(zcc), zcc.family
        yield f"{site.place}/30-zcc", _pass(source=CUSTOMER, destination=address, ports=ZERTO, family=family)
        yield f"{zcc.place}/30-zcc", _pass(source=address, destination=CUSTOMER, ports=ZERTO, family=family)
        yield f"{site.place}/40-nothing-else-to-zcc", _block(destination=address, family=family)
        yield f"{zcc.place}/40-nothing-else-from-zcc", _block(source=address, family=family)
    yield f"{site.place}/50-machines", _pass(source=CUSTOMER, destination=MACHINES)
    for network in networks:
        if network.role not in (TEST, REPLICATION):
            yield f"{network.place}/50-customer", _pass(source=MACHINES, destination=CUSTOMER)


def _pass(*, source: str, destination: str, family: str = "inet46", ports: str = "") -> Attributes:
    return _rule("pass", source=source, destination=destination, family=family, ports=ports)


def _block(
    *, source: str = "any", destination: str = "any", direction: str = "in", family: str = "inet46"
) -> Attributes:
    return _rule("block", source=source, destination=destination, family=family, direction=direction)


def _rule(
    action: str, *, source: str, destination: str, family: str, direction: str = "in", ports: str = ""
) -> Attributes:
    rule: dict[str, Json] = {
        "action": action,
        "direction": direction,
        "family": family,
        "protocol": "tcp" if ports else "any",
        "source": source,
        "destination": destination,
        "ports": ports,
    }
    return rule
