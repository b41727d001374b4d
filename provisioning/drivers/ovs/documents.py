"""OVSDB's rows as a switch's state, and an edit as the operations of one transaction. Pure.

Open vSwitch has no list of VLANs: a VLAN's name is kept with the bridge, in its ``external_ids``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from provisioning.drivers.switches.state import Edit, SwitchState
from provisioning.drivers.switches.trunks import TRUNK_MODE, Trunk, TrunkEdit

NAME_KEY = "zcsp-vlan-"  # and the VLAN ID
TRUNK_MODES = {"trunk", "native-tagged", "native-untagged"}
Operation = dict[str, Any]
Row = Mapping[str, Any]

READING: tuple[Operation, ...] = (
    {"op": "select", "table": "Open_vSwitch", "where": [], "columns": ["cur_cfg", "ovs_version", "db_version"]},
    {"op": "select", "table": "Bridge", "where": [], "columns": ["_uuid", "name", "ports", "external_ids"]},
    {"op": "select", "table": "Port", "where": [], "columns": ["_uuid", "name", "tag", "trunks", "vlan_mode"]},
)


@dataclass(frozen=True, slots=True)
class Found:
    """A bridge and its ports as they were read. ``ids``: each port's row; ``bridge_id`` empty: no such bridge."""

    state: SwitchState
    bridge: str
    bridge_id: str
    ids: Mapping[str, str]
    version: str


def found_in(results: Sequence[Any], bridge: str) -> Found:
    """What the database answered to READING. No bridge named: the only one that there is."""
    root, bridges, ports = (result["rows"] for result in results)
    names = sorted(row["name"] for row in bridges)
    wanted = bridge or (names[0] if len(names) == 1 else "")
    version = str((root[0]["ovs_version"] if root else "") or "")
    row = next((one for one in bridges if one["name"] == wanted), None)
    if row is None:
        return Found(SwitchState(None, {}, names), wanted, "", {}, version)
    own = {uuid for _, uuid in _elements(row["ports"])}
    of_bridge = [port for port in ports if port["_uuid"][1] in own]
    state = SwitchState(_names(row), {port["name"]: _trunk(port) for port in of_bridge}, names)
    return Found(state, wanted, row["_uuid"][1], {port["name"]: port["_uuid"][1] for port in of_bridge}, version)


def _names(bridge: Row) -> dict[int, str]:
    pairs = ((key.removeprefix(NAME_KEY), name) for key, name in bridge["external_ids"][1] if key.startswith(NAME_KEY))
    return {int(vid): name for vid, name in pairs if vid.isdecimal()}


def _trunk(port: Row) -> Trunk:
    """Without a mode, a port with a tag is an access port, and any other a trunk."""
    mode = (_elements(port["vlan_mode"]) or ["access" if _elements(port["tag"]) else "trunk"])[0]
    entries = tuple(str(vid) for vid in sorted(_elements(port["trunks"])))
    return Trunk(port["name"], "", TRUNK_MODE if mode in TRUNK_MODES else mode, entries)


def _elements(value: Any) -> list[Any]:
    """A set's elements; a set of one is written without the set around it."""
    return list(value[1]) if isinstance(value, list) and value[:1] == ["set"] else [value]


def operations_of(edit: Edit, found: Found) -> list[Operation]:
    """One transaction. Each trunk's list is asked to be what was read, and then only added to or taken from."""
    whole: list[Operation] = []
    for trunk in edit.trunks:
        whole += _of_trunk(trunk, found.ids[trunk.trunk.port])
    mutations: list[Any] = []
    touched = [*edit.vlans, *edit.gone_vlans]
    if touched:  # an insertion leaves a key that is there alone, so what is renamed is taken off first
        mutations.append(["external_ids", "delete", ["set", [f"{NAME_KEY}{vid}" for vid in touched]]])
    if edit.vlans:
        pairs = [[f"{NAME_KEY}{vid}", name] for vid, name in edit.vlans.items()]
        mutations.append(["external_ids", "insert", ["map", pairs]])
    if mutations:
        whole.append({"op": "mutate", "table": "Bridge", "where": _row(found.bridge_id), "mutations": mutations})
    # What makes ovs-vswitchd say, in cur_cfg, when it has taken the change.
    whole.append({"op": "mutate", "table": "Open_vSwitch", "where": [], "mutations": [["next_cfg", "+=", 1]]})
    whole.append({"op": "select", "table": "Open_vSwitch", "where": [], "columns": ["next_cfg"]})
    return whole


def _of_trunk(edit: TrunkEdit, port_id: str) -> list[Operation]:
    before = [int(entry) for entry in edit.trunk.entries]
    new, gone = sorted(edit.members_after - set(before)), sorted(set(before) - edit.members_after)
    mutations = [["trunks", "insert", ["set", new]]] * bool(new) + [["trunks", "delete", ["set", gone]]] * bool(gone)
    as_read = {"op": "wait", "timeout": 0, "table": "Port", "where": _row(port_id), "columns": ["trunks"]}
    return [
        {**as_read, "until": "==", "rows": [{"trunks": ["set", before]}]},
        {"op": "mutate", "table": "Port", "where": _row(port_id), "mutations": mutations},
    ]


def _row(uuid: str) -> list[Any]:
    return [["_uuid", "==", ["uuid", uuid]]]


def applied(number: int, *, milliseconds: int) -> list[Operation]:
    """Wait until ovs-vswitchd has taken the configuration of this number, or a later one."""
    return [
        {"op": "wait", "timeout": milliseconds, "table": "Open_vSwitch", "where": [["cur_cfg", ">=", number]]}
        | {"columns": ["next_cfg"], "until": "!=", "rows": []}
    ]
