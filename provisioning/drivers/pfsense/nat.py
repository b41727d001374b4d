"""Address translation, read: outbound mappings and their mode, port forwards, 1:1 mappings.

An audit says from it where Zerto's path is translated; what is written of it is in ``exemptions``. A mapping has no
name on pfSense, so one that is not ours is known by what it does: list, interface, and a short hash of the rest. The
order in which they come here is the one in which pfSense tries them.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from provisioning.drivers.pfsense import exemptions
from provisioning.drivers.pfsense.api import Api
from provisioning.drivers.pfsense.snapshot import Row, Snapshot
from provisioning.drivers.protocol import Attributes, DeviceState, Kind, ObjectId, Refused, SignInRefused

PATHS = {
    "outbound": exemptions.MAPPINGS,
    "forwards": "/firewall/nat/port_forwards",
    "one_to_one": "/firewall/nat/one_to_one/mappings",
}


def take(api: Api) -> dict[str, Any]:
    """The lists for a snapshot. A user without the privilege, or an old package, does not fail the whole read."""
    try:
        rows: dict[str, Any] = {name: api.get(path, what=f"reading {path}") or [] for name, path in PATHS.items()}
        mode = api.get(exemptions.MODE, what="reading the mode of outbound NAT") or {}
    except (Refused, SignInRefused) as error:
        return {"nat_unread": str(error)}
    return rows | {"outbound_mode": str(mode.get("mode") or "")}


def read(seen: Snapshot) -> DeviceState:
    if seen.nat_unread:
        return {ObjectId(Kind.NAT, "unread"): {"why": seen.nat_unread}}
    found: dict[ObjectId, Attributes] = {}
    if seen.outbound_mode:
        found[ObjectId(Kind.NAT, "outbound/mode")] = {"mode": seen.outbound_mode}
    for id, attributes in _mappings(seen):
        key = id.key
        while ObjectId(Kind.NAT, key) in found:
            key = f"{key}+"
        found[ObjectId(Kind.NAT, key)] = attributes
    return found


def _mappings(seen: Snapshot) -> Iterable[tuple[ObjectId, Attributes]]:
    for row in seen.outbound:
        mapping = _told(seen, row, exempt="nonat")
        if exemptions.is_ours(row):
            yield exemptions.id_of(row), exemptions.told(seen, row, mapping)
        else:
            yield _by_deed("outbound", mapping)
    yield from (_by_deed("forward", _forward(seen, row)) for row in seen.forwards)
    for row in seen.one_to_one:
        mapping = _told(seen, row, exempt="nobinat") | {"target": str(row.get("external") or "")}
        yield _by_deed("one-to-one", mapping)


def _by_deed(name: str, mapping: Attributes) -> tuple[ObjectId, Attributes]:
    return ObjectId(Kind.NAT, f"{name}/{mapping['interface']}/{_short_hash(mapping)}"), mapping


def _forward(seen: Snapshot, row: Row) -> dict[str, Any]:
    told = _told(seen, row, exempt="nordr")
    told["target_ports"] = str(row.get("local_port") or "").replace(":", "-")
    if row.get("associated_rule_id") == "pass":
        told["passes"] = True  # what it forwards is let in without asking the filter's rules
    return told


def _told(seen: Snapshot, row: Row, *, exempt: str) -> dict[str, Any]:
    source, destination = str(row.get("source") or "any"), str(row.get("destination") or "any")
    target = str(row.get("target") or "")
    told: dict[str, Any] = {
        "action": "exempt" if row.get(exempt) else "translate",
        "interface": seen.place_of(str(row["interface"])),
        "family": str(row.get("ipprotocol") or "inet46"),
        "protocol": str(row.get("protocol") or "any"),
        "source": source,
        "destination": destination,
        "ports": str(row.get("destination_port") or "").replace(":", "-"),
        "target": target,
        "description": str(row.get("descr") or ""),
    }
    if known := seen.networks_of(source, destination, target):
        told["stands_for"] = known
    if row.get("source_port"):
        told["conditions"] = ["a source port"]
    if row.get("disabled"):
        told["deviates"] = ["switched off"]
    return told


def _short_hash(attributes: Mapping[str, Any]) -> str:
    text = json.dumps(attributes, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:10]
