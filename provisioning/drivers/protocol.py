"""The protocol that every driver speaks: read everything, apply a batch, remove a batch, say what is there.

A device is a set of *objects*; an object has a kind, a key that is natural on that device (never an array index), and
attributes that are plain JSON values. Intent, plan, drift and read-back all compare these same values.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Protocol, Self

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]
Attributes = Mapping[str, Json]


class Kind(StrEnum):
    """What an object is. Keys and attributes, by kind:

    ========== ==================== ==========================================================================
    kind       key                  attributes
    ========== ==================== ==========================================================================
    vlan       ``<vid>``            ``name``
    trunk_vlan ``<port>/<vid>``     none: it is a member or it is not (a trunk's list is never replaced)
                                    ``<port>/all``, read only: a trunk without a list, which carries every VLAN
    port_group ``<dvs>/<name>``     ``vlan_id``, ``promiscuous``, ``forged_transmits``, ``mac_changes``
    segment    ``<segment id>``     ``vni``, ``transport_zone`` and ``gateway`` (policy paths; no gateway: empty),
                                    ``ours``: it bears our tag
    interface  ``vlan<vid>``        ``vlan_id``, ``description``, ``address`` (empty, a network such as
                                    10.0.0.0/24, which stands for its first host, or another host's 10.0.0.9/24)
    gateway    ``<name>``           ``interface`` (``wan`` or ``vlan<vid>``), ``address``
    route      ``<customer prefix>`` ``via`` (``wan``: the gateway there; or a gateway's name)
    alias      ``<name>``           ``type`` (``network``, ``host`` or ``port``), ``entries`` (sorted)
    rule       ``<where>/<rank>-<name>`` ``action`` (``pass`` or ``block``), ``direction`` (``in`` or ``out``),
                                    ``family`` (``inet``, ``inet6`` or ``inet46``), ``protocol`` (``tcp``, ``udp``,
                                    ``icmp`` or ``any``), ``source`` and ``destination`` (``any``, a prefix, an
                                    address, an alias, or ``vlan<vid>`` for that network), ``ports`` (empty, a port,
                                    ``first-last``, or an alias). ``where``: ``wan``, ``ipsec`` or ``vlan<vid>``;
                                    rules of one place come in the order of their keys, before all others there
    tunnel     ``<remote gateway>`` ``remote_prefixes`` (sorted); ``local_prefixes`` (sorted) where not everything
    nat        ``<list>/<interface>/<hash>`` read only, nobody intends any: ``action`` (``translate`` or ``exempt``),
                                    ``interface``, ``family``, ``protocol``, ``source``, ``destination``, ``ports`` as
                                    of a rule, ``target``; of a port forward ``target_ports``, and ``passes`` where it
                                    asks no rule. ``list``: ``outbound``, ``forward`` or ``one-to-one``.
                                    ``outbound/mode`` has ``mode``; ``unread`` says ``why`` there is none to judge
    ========== ==================== ==========================================================================

    A driver that finds an object right in all of these and yet not as it writes it (switched off, a weaker cipher)
    adds ``deviates``, a sorted list of what is different; nobody intends that, so it shows as a difference.

    Rules and translations come in the order in which the device asks them. Those that are not ours also say, where it
    applies: ``floating``, ``quick`` and ``places`` (asked before the rules of one place; ``quick``: decides at once;
    no place: every one), ``conditions`` (what narrows it beside addresses and ports) and ``stands_for`` (the prefixes
    that the name of an interface stands for).
    """

    VLAN = "vlan"
    TRUNK_VLAN = "trunk_vlan"
    PORT_GROUP = "port_group"
    SEGMENT = "segment"
    INTERFACE = "interface"
    GATEWAY = "gateway"
    ROUTE = "route"
    ALIAS = "alias"
    RULE = "rule"
    TUNNEL = "tunnel"
    NAT = "nat"


@dataclass(frozen=True, slots=True, order=True)
class ObjectId:
    kind: Kind
    key: str

    def __str__(self) -> str:
        return f"{self.kind.replace('_', ' ')} {self.key}"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a device is and how to sign in. ``repr`` leaves the secret out.

    ``tls``: ``verify`` (the system's authorities, or ``ca_pem`` where given) or ``pinned`` (``thumbprint``: SHA-256
    in hex, colons allowed). ``tunnel_key``: the pre-shared key of the tunnels of a tenant's firewall.
    """

    name: str
    address: str
    username: str = ""
    password: str = field(default="", repr=False)
    tls: str = "verify"
    thumbprint: str = ""
    ca_pem: str = field(default="", repr=False)
    tunnel_key: str = field(default="", repr=False)
    timeout_seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class Change:
    """An object as it shall be: created where it is missing, changed where it differs."""

    id: ObjectId
    after: Attributes


@dataclass(frozen=True, slots=True)
class Facts:
    """What a test of the connection found, for a person to read."""

    product: str
    version: str
    details: tuple[str, ...] = ()


class DeviceError(Exception):
    """A device did not do what was asked. ``transient``: the same call may work later. The message says what to do."""

    transient = False


class Unreachable(DeviceError):
    """No answer, or the connection broke."""

    transient = True


class SignInRefused(DeviceError):
    """The device refused user name or password."""


class CertificateNotTrusted(DeviceError):
    """The device's certificate is not vouched for, or is not the pinned one."""


class Refused(DeviceError):
    """The device understood and said no."""


Outcomes = Mapping[ObjectId, DeviceError | None]
DeviceState = Mapping[ObjectId, Attributes]


class Surveyed(dict[ObjectId, Attributes]):
    """A device's state that also knows what stands in the way of objects that are not there.

    ``obstacle(id)``: why this object cannot be created on the device as it is now, in words that say what to do;
    empty where the read tells nothing against it. A plan is refused for it, before anything is written.
    """

    def __init__(self, objects: DeviceState, obstacle: Callable[[ObjectId], str]) -> None:
        super().__init__(objects)
        self.obstacle = obstacle


class Driver(Protocol):
    """A session with one device, opened by entering it and certainly closed by leaving it.

    Entering raises Unreachable, SignInRefused or CertificateNotTrusted. ``apply`` and ``remove`` answer one outcome an
    object (None: the device took it) and raise only when the session as a whole broke; they promise nothing about
    atomicity, so the caller reads back. ``read`` is in bulk: its cost does not grow by one call an object.
    """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def read(self) -> DeviceState: ...

    def apply(self, changes: Sequence[Change]) -> Outcomes: ...

    def remove(self, ids: Sequence[ObjectId]) -> Outcomes: ...

    def facts(self) -> Facts: ...
