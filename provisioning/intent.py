"""What tenants want on each device: the objects that shall be there, and those that shall not.

The core is pure: values in, values out. ``gather`` reads the values from the database, for one tenant or for many,
in a number of queries that does not grow with them.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Prefetch

from inventory.models import ManagementNetwork
from provisioning.drivers.protocol import Attributes, Json, Kind, ObjectId
from provisioning.firewall_intent import FirewallNetwork, Site, local_prefixes, policy
from provisioning.models import DeviceKind
from tenants.models import Network, NetworkStatus, Tenant, TenantStatus, WanKind

VLAN_NAME_LENGTH = 32  # what the common switch platforms take
PRESENT = (NetworkStatus.PLANNED, NetworkStatus.LIVE)


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    id: int
    vid: int
    port_group: str
    status: str
    prefix: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class SegmentFacts:
    """A network on VXLAN. ``key``: the segment's ID, which is its name too."""

    id: int
    vni: int
    key: str
    status: str


@dataclass(frozen=True, slots=True)
class TenantFacts:
    """A tenant as far as devices are concerned. ``leaving``: it is being offboarded.

    ``management_prefixes``: the provider's own, which no tenant may reach. ``networks``: those on VLANs;
    ``segments``: those on VXLAN, made in ``transport_zone`` and hung off ``gateway`` (empty: none). ``leaked``: what
    it had once, let go, and a device carries again.
    """

    id: int
    name: str
    dvs: str
    trunk_port: str
    networks: tuple[NetworkFacts, ...]
    customer_subnets: tuple[str, ...] = ()
    remote_gateway: str | None = None
    leaving: bool = False
    management_prefixes: tuple[str, ...] = ()
    segments: tuple[SegmentFacts, ...] = ()
    transport_zone: str = ""
    gateway: str = ""
    leaked: frozenset[tuple[DeviceKind, ObjectId]] = frozenset()

    @property
    def on_vxlan(self) -> bool:
        return bool(self.segments)

    @property
    def present_ids(self) -> list[int]:
        """The networks that shall be there, on VLANs and on VXLAN."""
        return [n.id for n in self.present] + [s.id for s in self.segments if s.status in PRESENT]

    @property
    def removing_ids(self) -> list[int]:
        return [n.id for n in self.removing] + [s.id for s in self.segments if s.status == NetworkStatus.REMOVING]

    @property
    def present(self) -> tuple[NetworkFacts, ...]:
        return tuple(n for n in self.networks if n.status in PRESENT)

    @property
    def removing(self) -> tuple[NetworkFacts, ...]:
        return tuple(n for n in self.networks if n.status == NetworkStatus.REMOVING)


@dataclass(frozen=True, slots=True)
class DeviceIntent:
    """What one tenant wants on one device. ``claims``: ids that are new to us, so that nobody else may have them."""

    present: Mapping[ObjectId, Attributes] = field(default_factory=dict)
    absent: frozenset[ObjectId] = frozenset()
    claims: frozenset[ObjectId] = frozenset()


Intent = Mapping[DeviceKind, DeviceIntent]


def intended(facts: TenantFacts) -> Intent:
    """What the tenant wants on its core switch, its vCenter and its firewall, and on VXLAN on its NSX manager."""
    kinds = [DeviceKind.CORE_SWITCH, DeviceKind.VCENTER, DeviceKind.FIREWALL]
    if facts.on_vxlan:
        kinds.append(DeviceKind.NSX)
    return {kind: intended_on(kind, facts) for kind in kinds}


def intended_on(kind: DeviceKind, facts: TenantFacts) -> DeviceIntent:
    """The same for one of them: a firewall's rules are many, and a switch's drift does not ask about them."""
    if kind == DeviceKind.CORE_SWITCH:
        return _without_leaked(kind, facts, _over_networks(facts, _on_switch))
    if kind == DeviceKind.VCENTER:
        return _without_leaked(kind, facts, _over_networks(facts, _on_vcenter))
    if kind == DeviceKind.NSX:
        return _on_nsx(facts)
    return _firewall(facts)


def _without_leaked(kind: DeviceKind, facts: TenantFacts, wish: DeviceIntent) -> DeviceIntent:
    leaked = {id for where, id in facts.leaked if where == kind}
    return replace(wish, absent=wish.absent | (leaked - wish.present.keys()))


def vlan_name(network: NetworkFacts) -> str:
    """The VLAN's name on a switch: the port group's, and where that is too long, its beginning and the VLAN ID.

    The ID stays, because two networks of one long-named tenant would else bear one name, which NX-OS refuses.
    """
    if len(network.port_group) <= VLAN_NAME_LENGTH:
        return network.port_group
    end = f"-{network.vid}"
    return network.port_group[: VLAN_NAME_LENGTH - len(end)] + end


def _on_switch(facts: TenantFacts, network: NetworkFacts) -> dict[ObjectId, Attributes]:
    return {
        ObjectId(Kind.VLAN, str(network.vid)): {"name": vlan_name(network)},
        ObjectId(Kind.TRUNK_VLAN, f"{facts.trunk_port}/{network.vid}"): {},
    }


def _on_vcenter(facts: TenantFacts, network: NetworkFacts) -> dict[ObjectId, Attributes]:
    return {
        ObjectId(Kind.PORT_GROUP, f"{facts.dvs}/{network.port_group}"): {
            "vlan_id": network.vid,
            "promiscuous": False,
            "forged_transmits": False,
            "mac_changes": False,
        }
    }


def _on_nsx(facts: TenantFacts) -> DeviceIntent:
    """A segment for each network on VXLAN. NSX makes the port groups on the vCenter by itself, and no switch carries
    a VLAN for it."""
    present: dict[ObjectId, Attributes] = {}
    claims: set[ObjectId] = set()
    absent: set[ObjectId] = set()
    for segment in facts.segments:
        id = ObjectId(Kind.SEGMENT, segment.key)
        if segment.status not in PRESENT:
            absent.add(id)
            continue
        place: Attributes = {"transport_zone": facts.transport_zone, "gateway": facts.gateway}
        present[id] = {"vni": segment.vni, **place, "ours": True}
        if segment.status == NetworkStatus.PLANNED:
            claims.add(id)
    return DeviceIntent(present, frozenset(absent - present.keys()), frozenset(claims))


def _on_firewall(facts: TenantFacts, network: NetworkFacts) -> dict[ObjectId, Attributes]:
    attributes: Attributes = {
        "vlan_id": network.vid,
        "description": network.port_group,
        "address": network.prefix,
    }
    return {ObjectId(Kind.INTERFACE, f"vlan{network.vid}"): attributes}


def _over_networks(facts: TenantFacts, objects: Any) -> DeviceIntent:
    present: dict[ObjectId, Attributes] = {}
    claims: set[ObjectId] = set()
    for network in facts.present:
        wanted = objects(facts, network)
        present |= wanted
        if network.status == NetworkStatus.PLANNED:
            claims |= wanted.keys()
    absent = {id for network in facts.removing for id in objects(facts, network)}
    return DeviceIntent(present, frozenset(absent - present.keys()), frozenset(claims))


def _firewall(facts: TenantFacts) -> DeviceIntent:
    networks = _over_networks(facts, _on_firewall)
    routing = _routing(facts)
    # What a network that goes away had of rules goes with it.
    stale = _policy(facts, [*facts.present, *facts.removing]).keys()
    if facts.present:
        present = {**networks.present, **_policy(facts, facts.present), **routing}
        return DeviceIntent(present, frozenset((networks.absent | stale) - present.keys()))
    return DeviceIntent({}, frozenset(networks.absent | stale | (routing.keys() if facts.leaving else set())))


def _policy(facts: TenantFacts, networks: Iterable[NetworkFacts]) -> dict[ObjectId, Attributes]:
    site = Site(facts.customer_subnets, tunnel=facts.remote_gateway is not None)
    return policy(networks=_seen_by_firewall(networks), site=site, management=facts.management_prefixes)


def _seen_by_firewall(networks: Iterable[NetworkFacts]) -> list[FirewallNetwork]:
    return [FirewallNetwork(n.vid, n.role, n.prefix) for n in networks]


def _routing(facts: TenantFacts) -> dict[ObjectId, Attributes]:
    routing: dict[ObjectId, Attributes] = {
        ObjectId(Kind.ROUTE, prefix): {"via": "wan"} for prefix in facts.customer_subnets
    }
    if facts.remote_gateway:
        tunnel: dict[str, Json] = {"remote_prefixes": [*sorted(facts.customer_subnets)]}
        local = local_prefixes(_seen_by_firewall(facts.present))
        if local and facts.customer_subnets:
            tunnel["local_prefixes"] = [*local]
        routing[ObjectId(Kind.TUNNEL, facts.remote_gateway)] = tunnel
    return routing


def fingerprint(intent: Intent) -> str:
    """One hash over the whole intent: it changes when the tenant wants anything else on any device."""
    whole = {
        kind.value: {
            "present": {str(id): dict(attributes) for id, attributes in wish.present.items()},
            "absent": sorted(map(str, wish.absent)),
            "claims": sorted(map(str, wish.claims)),
        }
        for kind, wish in intent.items()
    }
    return hashlib.sha256(json.dumps(whole, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def gather(tenants: Collection[int] | Any) -> list[TenantFacts]:
    """The facts about these tenants (ids, or a queryset of them), in seven queries however many there are."""
    networks = Network.objects.exclude(status=NetworkStatus.REMOVED).select_related("vlan", "vni")
    found: Iterable[Tenant] = (
        Tenant.objects.filter(pk__in=tenants)
        .select_related("pod__dvs", "pod__nsx", "wan")
        .prefetch_related(Prefetch("networks", queryset=networks, to_attr="on_devices"), "customer_subnets")
    )
    management = tuple(ManagementNetwork.objects.filter(archived_at=None).values_list("prefix", flat=True))
    return [_facts(tenant, management) for tenant in found]


def _facts(tenant: Tenant, management: tuple[str, ...]) -> TenantFacts:
    wan, nsx = getattr(tenant, "wan", None), tenant.pod.nsx
    networks: list[Network] = tenant.on_devices  # type: ignore[attr-defined]  # from gather's prefetch
    return TenantFacts(
        id=tenant.pk,
        name=tenant.name,
        dvs=tenant.pod.dvs.name,
        trunk_port=tenant.pod.trunk_port,
        networks=tuple(
            NetworkFacts(n.pk, n.vlan.vid, n.port_group, n.status, n.prefix, n.role) for n in networks if n.vlan
        ),
        segments=tuple(SegmentFacts(n.pk, n.vni.number, n.port_group, n.status) for n in networks if n.vni),
        transport_zone=nsx.transport_zone_path if nsx else "",
        gateway=nsx.connectivity_path if nsx else "",
        customer_subnets=tuple(subnet.prefix for subnet in tenant.customer_subnets.all()),
        remote_gateway=wan.remote_gateway if wan and wan.kind == WanKind.IPSEC else None,
        leaving=tenant.status == TenantStatus.OFFBOARDING,
        management_prefixes=management,
    )
