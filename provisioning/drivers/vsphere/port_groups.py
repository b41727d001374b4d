"""Port groups, from vSphere's words to ours and back. Pure: it takes and gives values, and calls nobody."""

import re
from functools import cache
from typing import Any

from provisioning.drivers.protocol import Attributes, Json, Refused
from provisioning.drivers.vsphere.sdk import vim

FIRST_VLAN_ID, LAST_VLAN_ID = 1, 4094
LONGEST_NAME = 80
ESCAPED = {"%2f": "/", "%5c": "\\", "%25": "%"}
UPLINK_TAG = "SYSTEM/DVS.UPLINKPG"
FEW_PORTS = 8  # vSphere grows a group by itself as machines are plugged in

_dvs = vim.dvs.VmwareDistributedVirtualSwitch


def unescaped(name: str) -> str:
    """The name as a person typed it: vSphere hands back '/', '\\' and '%' escaped."""
    return re.sub("%2f|%5c|%25", lambda found: ESCAPED[found[0].lower()], name, flags=re.IGNORECASE)


def split_key(key: str) -> tuple[str, str]:
    """The switch and the group's name of ``<dvs>/<name>``; raises Refused when vSphere could not take the name."""
    dvs, _, name = key.partition("/")
    if not dvs or not name or len(name) > LONGEST_NAME or set(name) & set("/\\%"):
        raise Refused(f"'{key}' cannot be a port group: write switch/name, at most 80 characters, without / \\ %.")
    return dvs, name


def attributes_of(port_config: Any) -> dict[str, Json]:
    """A group's attributes. None where vSphere does not say; a list of ranges for a trunk, words for a private VLAN."""
    policy = getattr(port_config, "macManagementPolicy", None)
    older = getattr(port_config, "securityPolicy", None)  # the same three before vSphere 6.7
    return {
        "vlan_id": vlan_of(getattr(port_config, "vlan", None)),
        "promiscuous": _flag(policy, older, "allowPromiscuous"),
        "forged_transmits": _flag(policy, older, "forgedTransmits"),
        "mac_changes": _flag(policy, older, "macChanges"),
    }


def _flag(policy: Any, older: Any, name: str) -> bool | None:
    value = getattr(policy, name, None)
    if value is None:
        value = getattr(getattr(older, name, None), "value", None)
    return value if value is None else bool(value)


def vlan_of(spec: Any) -> Json:
    if isinstance(spec, _dvs.TrunkVlanSpec):
        return [str(run.start) if run.start == run.end else f"{run.start}-{run.end}" for run in spec.vlanId]
    if isinstance(spec, _dvs.PvlanSpec):
        return f"private {spec.pvlanId}"
    if isinstance(spec, _dvs.VlanIdSpec):
        return int(spec.vlanId)
    return None


def differs(found: Attributes, wanted: Attributes) -> bool:
    """A JSON value is compared with its type: VLAN 1 is not True."""
    return any(name not in found or (type(found[name]), found[name]) != (type(v), v) for name, v in wanted.items())


def new_group(name: str, attributes: Attributes) -> Any:
    """The specification of a group to create."""
    return vim.dvs.DistributedVirtualPortgroup.ConfigSpec(
        name=name,
        description="ZCSP Portal",
        type="earlyBinding",
        numPorts=FEW_PORTS,
        autoExpand=True,
        defaultPortConfig=written(_dvs.VmwarePortConfigPolicy(), attributes),
    )


def changed_group(version: str, attributes: Attributes) -> Any:
    """The specification that changes a group's VLAN and security policy; what it does not set, vSphere leaves alone.

    ``version``: of the configuration that it was made for. vSphere refuses it once somebody changed anything since.
    """
    return vim.dvs.DistributedVirtualPortgroup.ConfigSpec(
        configVersion=version, defaultPortConfig=written(_dvs.VmwarePortConfigPolicy(), attributes)
    )


def refuse_unwritable(attributes: Attributes) -> None:
    """Raises Refused for a VLAN that a tenant's port group cannot carry."""
    vid = attributes.get("vlan_id")
    if isinstance(vid, bool) or not isinstance(vid, int) or not FIRST_VLAN_ID <= vid <= LAST_VLAN_ID:
        raise Refused(f"VLAN {vid} cannot be written: a tenant's port group carries one VLAN ID, 1 to 4094.")


def written(port_config: Any, attributes: Attributes) -> Any:
    """``port_config`` with VLAN ID and security policy set."""
    port_config.vlan = _dvs.VlanIdSpec(vlanId=attributes["vlan_id"], inherited=False)
    port_config.macManagementPolicy = _policy(
        *(bool(attributes.get(name, False)) for name in ("promiscuous", "forged_transmits", "mac_changes"))
    )
    return port_config


@cache  # eight at most, and never changed: making one takes as long as sending it
def _policy(promiscuous: bool, forged_transmits: bool, mac_changes: bool) -> Any:
    return _dvs.MacManagementPolicy(
        inherited=False,
        allowPromiscuous=promiscuous,
        forgedTransmits=forged_transmits,
        macChanges=mac_changes,
    )
