"""Every value that a person types to set a tenant up in Zerto: its ZORG, its ZCC, routes, ports and pairing. Pure.

No documented call of Zerto's makes a ZORG or deploys a ZCC. What is not recorded is told as missing, never guessed. A
ZCC has two legs: one in the tenant's network, where its default gateway is the tenant's firewall, and one in the
provider's ZCC/transit network, where what is not in that network itself needs a static route.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from provisioning.firewall_intent import (
    FIRST_VRA_PORT,
    MANAGERS,
    PEERS,
    FirewallNetwork,
    firewall_address,
    zcc_address,
    zcc_network,
)

PORTS_PER_VRA = 2  # through the ZCC, in each direction
TOKEN_HOURS = 48  # that a pairing token of a ZVM lives


@dataclass(frozen=True, slots=True)
class TenantNetwork:
    """``carrier``: ``VLAN 100`` or ``VNI 5000``. ``number``: of either."""

    role: str
    role_in_words: str
    number: int
    carrier: str
    port_group: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Transit:
    """The provider's side of the ZCC. ``address``: the ZCC's own."""

    name: str
    prefix: str
    address: str
    vid: int | None = None
    gateway: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the worksheet is made from. ``transit``: None where no address could be taken, and ``why_none`` says why.

    ``management``: the provider's other prefixes, by name. ``by_hand``: its firewall is set up by a person as well.
    """

    tenant: str
    vcenter: str
    dvs: str
    networks: tuple[TenantNetwork, ...]
    customer_subnets: tuple[str, ...]
    transit: Transit | None
    why_none: str = ""
    management: tuple[tuple[str, str], ...] = ()
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that a person does and ticks off. ``missing``: what has to be recorded first."""

    key: str
    title: str
    how: str
    values: tuple[Value, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Opening:
    """A row of the port matrix. ``opened_by``: whose firewall lets it out or in. All of it is TCP."""

    opened_by: str
    source: str
    destination: str
    ports: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Worksheet:
    tasks: tuple[Task, ...]
    openings: tuple[Opening, ...] = field(default=())

    @property
    def missing(self) -> list[str]:
        return [reason for task in self.tasks for reason in task.missing]


def worksheet(facts: Facts, *, customer_vras: int, provider_vras: int) -> Worksheet:
    """``customer_vras``, ``provider_vras``: replication appliances on each side, at least one."""
    tasks = [_zorg(facts), _resources(facts), _zcc(facts), _routes(facts)]
    if facts.by_hand:
        tasks.append(_firewall(facts))
    openings = port_matrix(customer_vras=customer_vras, provider_vras=provider_vras)
    ports = "The table of ports says who opens what towards whom. Nothing on the way may translate addresses."
    tasks += [Task("ports", "Open the ports", ports), _pairing(facts)]
    return Worksheet(tuple(tasks), openings)


def _zorg(facts: Facts) -> Task:
    how = "In the Zerto Cloud Manager, or on the ZVM where there is none: a new ZORG of exactly this name."
    return Task("zorg", "Create the ZORG", how, (Value("ZORG name", facts.tenant),))


def _resources(facts: Facts) -> Task:
    """Which of the provider's resources the ZORG may recover into."""
    networks = [Value(f"{network.role_in_words} network", network.port_group) for network in facts.networks]
    values = (Value("vCenter", facts.vcenter), Value("Distributed switch", facts.dvs), *networks)
    return Task(
        "resources", "Give it its networks", "In the ZORG: the site, and these port groups and no others.", values
    )


def _zcc(facts: Facts) -> Task:
    """Both legs of the connector."""
    how = "From the ZVM, into the ZORG: the connector of Zerto's own, with one leg on each side."
    missing: list[str] = []
    values = [Value("ZCC name", f"ZCC-{facts.tenant}")]
    values += _tenant_leg(facts, missing)
    values += _provider_leg(facts, missing)
    return Task("zcc", "Deploy the ZCC", how, tuple(values), tuple(missing))


def _tenant_leg(facts: Facts, missing: list[str]) -> Iterator[Value]:
    leg = _leg(facts.networks)
    if leg is None:
        missing.append(
            "No replication or failover-production network has a prefix: record it on the tenant's page, then the "
            "ZCC's address there follows."
        )
        return
    network, seen = leg
    yield Value("Tenant side: port group", network.port_group)
    yield Value("Tenant side: on", network.carrier)
    yield Value("Tenant side: IP address", zcc_address(seen))
    yield Value("Tenant side: subnet mask", str(ip_network(network.prefix).netmask))
    yield Value("Tenant side: default gateway", firewall_address(seen))


def _leg(networks: Sequence[TenantNetwork]) -> tuple[TenantNetwork, FirewallNetwork] | None:
    """The network that the ZCC is in, by the same rule as the firewall's."""
    as_seen = {network.number: FirewallNetwork(network.number, network.role, network.prefix) for network in networks}
    found = zcc_network(as_seen.values())
    if found is None:
        return None
    return next(network for network in networks if network.number == found.vid), found


def _provider_leg(facts: Facts, missing: list[str]) -> Iterator[Value]:
    transit = facts.transit
    if transit is None:
        missing.append(facts.why_none)
        return
    if ip_address(transit.address) not in ip_network(transit.prefix):
        missing.append(f"{transit.address} is not in {transit.name} ({transit.prefix}) any more: correct its prefix.")
    yield Value("Provider side: network", transit.name)
    if transit.vid:
        yield Value("Provider side: on", f"VLAN {transit.vid}")
    yield Value("Provider side: IP address", transit.address)
    yield Value("Provider side: subnet mask", str(ip_network(transit.prefix).netmask))
    if transit.gateway:
        yield Value("Provider side: gateway", transit.gateway)
    else:
        missing.append(f"{transit.name} has no gateway recorded: enter it under Management networks.")


def _routes(facts: Facts) -> Task:
    """To the provider's side only: everything else goes by the default gateway, to the tenant's firewall."""
    how = (
        "On the ZCC: the provider's prefixes by its leg there. The customer's prefixes need none, because the default "
        "gateway leads to them; the customer's own routers need the way back, to the tenant side's network."
    )
    gateway = facts.transit.gateway if facts.transit else None
    routes = [Value(f"{prefix} ({name})", f"via {gateway}") for name, prefix in facts.management] if gateway else []
    for subnet in facts.customer_subnets:
        routes.append(Value(subnet, "by the default gateway"))
    leg = _leg(facts.networks)
    if leg is not None:
        routes.append(Value("At the customer's site", f"{leg[0].prefix} towards the provider"))
    missing = (
        () if gateway else ("Without the ZCC/transit network's gateway there is no way to the provider's prefixes.",)
    )
    return Task("routes", "Set its static routes", how, tuple(routes), missing)


def _firewall(facts: Facts) -> Task:
    how = (
        "On VXLAN nothing is pushed to it. A leg in each segment, with this address; Zerto's ports between the site "
        "and the ZCC; nothing to the provider's management prefixes; test and production apart; no address translation."
    )
    values = [
        Value(
            f"{network.role_in_words} ({network.carrier})",
            firewall_address(FirewallNetwork(network.number, network.role, network.prefix)),
        )
        for network in facts.networks
        if network.prefix
    ]
    without = [network.port_group for network in facts.networks if not network.prefix]
    missing = (f"No prefix is recorded for {', '.join(without)}.",) if without else ()
    return Task("firewall", "Set up its firewall", how, tuple(values), missing)


def _pairing(facts: Facts) -> Task:
    leg = _leg(facts.networks)
    how = (
        f"At the customer's site, on its ZVM: a new peer site, at the ZCC's address on the tenant side. A pairing "
        f"token from the provider's ZVM lives {TOKEN_HOURS} hours."
    )
    values = (Value("Peer site", f"{zcc_address(leg[1])}, port {MANAGERS[0]}"),) if leg else ()
    return Task("pairing", "Pair the sites", how, values)


def port_matrix(*, customer_vras: int, provider_vras: int) -> tuple[Opening, ...]:
    """Who opens which ports towards whom, by Zerto's documented defaults.

    Through the ZCC each side opens two ports towards the other for each VRA that the other has: with 3 VRAs at the
    customer and 4 at the provider, the provider opens 6 towards the customer, and the customer 8 towards the provider.
    """
    peers = f"{PEERS[0]} ({PEERS[1]} where encrypted)"
    managers = f"{MANAGERS[0]} ({MANAGERS[1]} in older releases)"
    theirs, ours = "customer's VRAs", "ZCC"
    return (
        Opening("both", "customer's ZVM", "ZCC", managers, "the two sites' ZVMs, paired"),
        Opening("both", "ZCC", "customer's ZVM", managers, "the two sites' ZVMs, paired"),
        Opening("provider", ours, theirs, peers, "control and data between VRAs"),
        Opening("customer", theirs, ours, peers, "control and data between VRAs"),
        Opening("provider", ours, theirs, vra_ports(customer_vras), _two_for_each(customer_vras, "the customer's")),
        Opening("customer", theirs, ours, vra_ports(provider_vras), _two_for_each(provider_vras, "the provider's")),
        Opening("provider, inside", "provider's ZVM", "ZCC", "22", "managing the ZCC"),
    )


def vra_ports(vras: int) -> str:
    """``9082-9087`` for three."""
    return f"{FIRST_VRA_PORT}-{FIRST_VRA_PORT + PORTS_PER_VRA * vras - 1}"


def _two_for_each(vras: int, whose: str) -> str:
    return f"{PORTS_PER_VRA * vras} ports: {PORTS_PER_VRA} for each of {whose} {vras} VRA{'' if vras == 1 else 's'}"
