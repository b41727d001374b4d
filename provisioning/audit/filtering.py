"""What a firewall's ordered rules decide about a set of packets, by set arithmetic. Pure.

The first rule that fits decides, as pf does it: floating rules that decide at once, then those of interface groups,
then those of the interface, and where none of these fits, the last fitting floating rule that does not decide at once.

Each rule has two readings. ``may``: everything it could be about; ``must``: what it is certainly about. A rule that
lets through is held to the first, one that stops to the second, so nothing that gets through is missed; they differ
only where something cannot be known here: a host name in an alias, an address from DHCP, a schedule, a source port.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from provisioning.audit.ranges import NOTHING, Box, Ranges, addresses, everything, subtract
from provisioning.drivers.protocol import Attributes, DeviceState, Kind

Reading = tuple[Ranges, Ranges]  # may, must
PORTS = Ranges(((0, 65535),))
UDP = 65536  # a service is one number: TCP's ports, UDP's after them, then the other protocols, then all we cannot name
OTHERS = ("icmp", "esp", "ah", "gre", "ipv6", "igmp", "pim", "ospf", "carp", "pfsync", "ipv6-icmp")
FIRST_OTHER = 2 * UDP
UNNAMED = FIRST_OTHER + len(OTHERS)
ANY_SERVICE = Ranges(((0, UNNAMED),))
INTERFACE = re.compile(r"wan|lan|ipsec|opt\d+|vlan\d+")
NO_GROUPS = ("openvpn", "l2tp", "pppoe", "wireguard")  # places of their own, which no tenant's traffic comes in by
OFF = "switched off"
NARROWED = {"asks for a source port", "has conditions of its own"}
NO_PACKET = Box(NOTHING, NOTHING, NOTHING)


@dataclass(frozen=True, slots=True)
class Names:
    """What the names in rules stand for on one firewall."""

    aliases: Mapping[str, Attributes] = field(default_factory=dict)
    networks: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def on(cls, state: DeviceState) -> "Names":
        aliases = {id.key: attributes for id, attributes in state.items() if id.kind == Kind.ALIAS}
        networks = {
            id.key: [str(attributes["address"])]
            for id, attributes in state.items()
            if id.kind == Kind.INTERFACE and attributes.get("address")
        }
        return cls(aliases, networks)

    def party(self, text: str, family: str, stands_for: Mapping[str, Sequence[str]]) -> Reading:
        """The addresses of a rule's source or destination."""
        name = text.removeprefix("!")
        may, must = self._addresses(name, family, stands_for)
        if name == text:
            return may, must
        return everything(family) - must, everything(family) - may

    def _addresses(self, name: str, family: str, stands_for: Mapping[str, Sequence[str]]) -> Reading:
        if name in ("any", ""):
            return everything(family), everything(family)
        if (known := stands_for.get(name) or self.networks.get(name)) is not None:
            return self._entries(known, family, seen=frozenset())
        return self._entries([name], family, seen=frozenset())

    def _entries(self, entries: Iterable[str], family: str, *, seen: frozenset[str]) -> Reading:
        may, must = NOTHING, NOTHING
        for entry in entries:
            more_may, more_must = self._entry(entry, family, seen=seen)
            may, must = may | more_may, must | more_must
        return may, must

    def _entry(self, entry: str, family: str, *, seen: frozenset[str]) -> Reading:
        alias = self.aliases.get(entry)
        if alias is not None and entry not in seen:
            if alias.get("type") in ("host", "network"):
                return self._entries(map(str, _listed(alias)), family, seen=seen | {entry})
            return everything(family), NOTHING  # a table from elsewhere
        try:
            found = addresses(entry, family)
        except ValueError:  # a host name
            return (NOTHING, NOTHING) if alias is not None else (everything(family), NOTHING)
        return found, found

    def service(self, protocol: str, ports: str) -> Reading:
        if protocol == "any":
            return ANY_SERVICE, ANY_SERVICE
        if protocol in OTHERS:
            one = FIRST_OTHER + OTHERS.index(protocol)
            return (only := Ranges(((one, one),))), only
        offsets = {"tcp": (0,), "udp": (UDP,), "tcp/udp": (0, UDP)}.get(protocol)
        if offsets is None:
            return Ranges(((UNNAMED, UNNAMED),)), NOTHING
        may, must = self.ports(ports)
        return _shifted(may, offsets), _shifted(must, offsets)

    def ports(self, text: str, *, seen: frozenset[str] = frozenset()) -> Reading:
        if text in ("", "any"):
            return PORTS, PORTS
        if found := re.fullmatch(r"(\d+)(?:[-:](\d+))?", text):
            exact = Ranges.of([(int(found[1]), int(found[2] or found[1]))])
            return exact, exact
        alias = self.aliases.get(text)
        if alias is None or alias.get("type") != "port":
            return PORTS, NOTHING
        may, must = NOTHING, NOTHING
        for entry in map(str, _listed(alias)) if text not in seen else ():
            more_may, more_must = self.ports(entry, seen=seen | {text})
            may, must = may | more_may, must | more_must
        return may, must


def _listed(alias: Attributes) -> Sequence[Any]:
    entries = alias.get("entries")
    return entries if isinstance(entries, list) else []


def _shifted(ports: Ranges, offsets: Iterable[int]) -> Ranges:
    return Ranges.of((first + offset, last + offset) for offset in offsets for first, last in ports.runs)


def tcp(names: Names, ports: Iterable[str]) -> Ranges:
    """These ports over TCP."""
    return Ranges.of(run for text in ports for run in names.ports(text)[0].runs)


@dataclass(frozen=True, slots=True)
class Decider:
    """A rule as it bears on one place. ``sure``: what its names certainly say; ``must``: that, where nothing narrows it
    further, so that no later rule is asked about it."""

    key: str
    lets_through: bool
    may: Box
    sure: Box
    must: Box
    attributes: Attributes


def decider(key: str, rule: Attributes, family: str, names: Names, *, lets: str, certain: bool = True) -> Decider:
    """``lets``: the action that lets through; every other one stops."""
    given = rule.get("stands_for")
    stands_for: Mapping[str, Sequence[str]] = given if isinstance(given, dict) else {}  # type: ignore[assignment]
    sides = [
        names.party(str(rule["source"]), family, stands_for),
        names.party(str(rule["destination"]), family, stands_for),
        names.service(str(rule["protocol"]), str(rule["ports"])),
    ]
    may = Box(*(side[0] for side in sides))
    sure = Box(*(side[1] for side in sides)) if certain else NO_PACKET
    narrowed = rule.get("conditions") or NARROWED & set(_deviations(rule))
    return Decider(key, rule["action"] == lets, may, sure, NO_PACKET if narrowed else sure, rule)


def _deviations(rule: Attributes) -> list[str]:
    found = rule.get("deviates")
    return [str(text) for text in found] if isinstance(found, list) else []


def is_off(rule: Attributes) -> bool:
    return OFF in _deviations(rule)


def is_of(rule: Attributes, family: str) -> bool:
    return str(rule["family"]) in (family, "inet46")


def asked_at(place: str, family: str, state: DeviceState, names: Names) -> list[Decider]:
    """The rules for what comes in at a place, in the order in which they decide."""
    floating, grouped, own, last = [list[Decider]() for _ in range(4)]
    for id, rule in state.items():
        if id.kind != Kind.RULE or is_off(rule) or not is_of(rule, family) or rule["direction"] == "out":
            continue
        where = id.key.partition("/")[0]
        if rule.get("floating"):
            places = rule.get("places")
            listed = [str(one) for one in places] if isinstance(places, list) else []
            if certain := _covers(listed, place):
                one = decider(id.key, rule, family, names, lets="pass", certain=certain == "yes")
                (floating if rule.get("quick") else last).append(one)
        elif where == place and "on another interface" not in _deviations(rule):
            own.append(decider(id.key, rule, family, names, lets="pass"))
        elif _covers([where], place) == "perhaps":
            grouped.append(decider(id.key, rule, family, names, lets="pass", certain=False))
    return [*floating, *grouped, *own, *reversed(last)]


def _covers(places: Sequence[str], place: str) -> str:
    """``yes``, ``perhaps`` (a group of interfaces, whose members are not read) or nothing."""
    if not places or "any" in places or place in places:
        return "yes"
    groups = [one for one in places if not INTERFACE.fullmatch(one) and one.lower() not in NO_GROUPS]
    return "perhaps" if groups else ""


def let_through(asked: Iterable[Box], deciders: Iterable[Decider]) -> Iterator[tuple[Decider, list[Box], bool]]:
    """Each rule that lets some of this through, with what it lets through for certain, else with what it may."""
    left = [box for box in asked if box]
    for one in deciders:
        if not left:
            return
        if one.lets_through and (reached := [box & one.may for box in left if box & one.may]):
            sure = [box & one.sure for box in left if box & one.sure]
            yield one, sure or reached, bool(sure)
        if one.must:
            left = subtract(left, one.must)
