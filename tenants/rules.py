"""What an intake must keep, as pure functions: values in, messages by field out. No ORM, no clock, no settings.

Nothing is translated between Zerto components, so the path has no NAT, and no prefix of a tenant may overlap the
provider's management or transit prefixes or another prefix of the same tenant. (Two tenants never meet: their
VLANs and firewalls are apart, so the same prefix may serve both.) Zerto's traffic may be in the clear, so the
network itself must secure it.

Fields of the messages: ``name``, ``pod``, ``wan``, ``remote_gateway``, ``nat``, ``customer_subnets``, ``networks``
(the set as a whole) and ``networks-<index>-<role|vid|prefix>`` (one of them).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from netaddr import AddrFormatError, IPAddress, IPNetwork

from inventory.models.switches import FIRST_VLAN_ID, LAST_VLAN_ID
from inventory.prefixes import NamedPrefix, overlapping_pairs, overlaps, parse_prefix
from tenants.models.networks import REQUIRED_ROLES, NetworkRole
from tenants.models.tenants import validate_zorg_name
from tenants.models.wan import NATIVELY_SECURED, WanKind

ONCE_PER_TENANT = (*REQUIRED_ROLES, NetworkRole.REPLICATION)


class IntakeRefused(Exception):
    """What was asked for breaks a rule; ``errors`` has every message, by field."""

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        self.errors: dict[str, list[str]] = {name: list(messages) for name, messages in errors.items()}
        super().__init__(" ".join(message for messages in self.errors.values() for message in messages))


@dataclass(frozen=True, slots=True)
class NetworkWish:
    """A network that is wanted. ``vid``: this VLAN ID and no other; None: the lowest free one."""

    role: NetworkRole
    vid: int | None = None
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class WanWish:
    """How the customer's site reaches the provider. ``nat``: is an address translated anywhere on the way?"""

    kind: WanKind
    remote_gateway: str | None = None
    nat: bool = False


@dataclass(slots=True)
class Messages:
    """Messages by field, in the order in which they were found."""

    by_field: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str, message: str) -> None:
        self.by_field.setdefault(name, []).append(message)

    def raise_if_any(self) -> None:
        if self.by_field:
            raise IntakeRefused(self.by_field)


def check_name(name: str, *, present: bool, messages: Messages) -> None:
    """``present``: whether a tenant of this name, in whatever letter case, is here and has not departed."""
    try:
        validate_zorg_name(name)
    except ValidationError as error:
        messages.add("name", error.messages[0])
        return
    if present:
        messages.add("name", name_taken(name))


def name_taken(name: str) -> str:
    return f"A tenant named {name} is here already (upper and lower case count as the same): choose another name."


def check_wan(wan: WanWish, *, messages: Messages) -> None:
    """The two hard rules: no NAT in the path, and a network that secures the traffic by itself."""
    if wan.nat:
        messages.add(
            "nat",
            "Zerto does not work through NAT: between its components, or to vCenter, nothing may be translated. "
            "Have the subnets routed as they are, or joined at layer 2, and then answer no.",
        )
    if wan.kind not in NATIVELY_SECURED:
        messages.add(
            "wan",
            "Bare internet is not secured, and replication may be in the clear: use an IPsec VPN, MPLS, a private "
            "line or a stretched layer 2.",
        )
    gateway = (wan.remote_gateway or "").strip()
    if wan.kind == WanKind.IPSEC and not gateway:
        messages.add("remote_gateway", "An IPsec VPN needs the address of the customer's VPN gateway.")
    elif gateway and not _is_host_address(gateway):
        messages.add("remote_gateway", f"{gateway!r} is not the address of a gateway: write for example 198.51.100.7.")


def _is_host_address(text: str) -> bool:
    try:
        address = IPAddress(text)
    except (AddrFormatError, ValueError):
        return False
    return not (address.is_multicast() or address.is_loopback() or address.is_link_local() or int(address) == 0)


def check_subnets(
    texts: Sequence[str], *, provider: Sequence[NamedPrefix], messages: Messages, name: str = "customer_subnets"
) -> list[IPNetwork]:
    """The prefixes that can be read, after telling of those that cannot and of every overlap."""
    read: list[IPNetwork] = []
    for text in texts:
        prefix = _read(text, name, messages)
        if prefix is not None:
            read.append(prefix)
    for prefix in read:
        _check_against(prefix, provider, name, messages)
    twice = [prefix for prefix, times in Counter(read).items() if times > 1]
    for prefix in twice:
        messages.add(name, f"{prefix} is listed twice: keep one.")
    for one, other in overlapping_pairs([(str(prefix), prefix) for prefix in dict.fromkeys(read)]):
        messages.add(name, f"{one} lies within {other}: keep one of the two.")
    return read


def _read(text: str, name: str, messages: Messages) -> IPNetwork | None:
    try:
        prefix = parse_prefix(text)
    except ValueError as error:
        messages.add(name, str(error))
        return None
    if prefix.prefixlen == 0:
        messages.add(name, f"{prefix} is every address there is: name the subnets one by one.")
        return None
    if prefix.is_multicast() or prefix.is_loopback() or prefix.is_link_local():
        messages.add(name, f"{prefix} cannot be routed to hosts: it is multicast, loopback or link-local.")
        return None
    return prefix


def _check_against(prefix: IPNetwork, others: Iterable[NamedPrefix], name: str, messages: Messages) -> None:
    for other in overlaps(prefix, others):
        messages.add(name, f"{prefix} overlaps {other}: nothing is translated on the way, so it must be renumbered.")


def check_networks(
    wishes: Sequence[NetworkWish],
    *,
    provider: Sequence[NamedPrefix],
    subnets: Sequence[IPNetwork],
    present_roles: Sequence[NetworkRole] = (),
    present_prefixes: Sequence[NamedPrefix] = (),
    messages: Messages,
) -> None:
    """The networks wanted, one by one and as a set, beside those that the tenant has already (``present_…``)."""
    _check_roles(wishes, present_roles, messages)
    _check_vids(wishes, messages)
    taken = [*provider, *((f"the customer's subnet {prefix}", prefix) for prefix in subnets), *present_prefixes]
    for index, wish in enumerate(wishes):
        if not wish.prefix.strip():
            continue
        name = f"networks-{index}-prefix"
        prefix = _read(wish.prefix, name, messages)
        if prefix is not None:
            _check_against(prefix, taken, name, messages)
            taken.append((f"the prefix of another of its networks ({prefix})", prefix))


def check_no_vids(wishes: Sequence[NetworkWish], *, place: str, messages: Messages) -> None:
    """On VXLAN a network takes a VNI, and nobody chooses which."""
    for index, wish in enumerate(wishes):
        if wish.vid is not None:
            messages.add(
                f"networks-{index}-vid",
                f"{place} places tenants on VXLAN, where a network takes the next VNI: leave the VLAN ID empty.",
            )


def _check_roles(wishes: Sequence[NetworkWish], present: Sequence[NetworkRole], messages: Messages) -> None:
    """Of a tenant that is here already (``present``) only what is added is judged, not what it came with."""
    wanted = {wish.role for wish in wishes}
    counted = Counter([*(wish.role for wish in wishes), *present])
    for role in REQUIRED_ROLES:
        if not counted[role] and not present:
            messages.add("networks", f"A tenant needs a {role.label} network: add one.")
    for role in ONCE_PER_TENANT:
        if role in wanted and counted[role] > 1:
            messages.add(
                "networks", f"A tenant has one {role.label} network; for further networks choose the role extra."
            )


def _check_vids(wishes: Sequence[NetworkWish], messages: Messages) -> None:
    times = Counter(wish.vid for wish in wishes if wish.vid is not None)
    for index, wish in enumerate(wishes):
        if wish.vid is None:
            continue
        if not FIRST_VLAN_ID <= wish.vid <= LAST_VLAN_ID:
            messages.add(f"networks-{index}-vid", f"{wish.vid} is no VLAN ID: a VLAN ID is a number from 1 to 4094.")
        elif times[wish.vid] > 1:
            messages.add(
                f"networks-{index}-vid", f"VLAN {wish.vid} is asked for more than once: each network has its own."
            )
