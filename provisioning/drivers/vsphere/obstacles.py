"""What stands in the way of a port group on a vCenter as it was found, in words that say what to do."""

from typing import Any

from provisioning.drivers.protocol import Kind, ObjectId, Refused
from provisioning.drivers.vsphere.collecting import Survey
from provisioning.drivers.vsphere.port_groups import split_key


def obstacle_on(vcenter: str, found: Survey, id: ObjectId) -> str:
    """Why this object cannot be created there; empty where nothing is known against it."""
    try:
        refuse_impossible(vcenter, found, id)
    except Refused as error:
        return str(error)
    return ""


def refuse_impossible(vcenter: str, found: Survey, id: ObjectId) -> None:
    """Raises Refused for what this vCenter cannot have, or cannot take without another being renamed."""
    if id.kind != Kind.PORT_GROUP:
        raise Refused(f"{id}: a vCenter carries port groups only.")
    dvs, name = split_key(id.key)
    folder = found.folders[the_switch(vcenter, found, dvs)]
    other = found.names.get((folder, name))
    if id.key not in found.groups and other is not None:
        whose = f"the switch {other}" if other != dvs else "this switch, one that is not a tenant's"
        raise Refused(
            f"{id.key}: {vcenter} has another port group of that name already, on {whose}, and a name can be had once "
            "in a folder: rename one of them."
        )


def the_switch(vcenter: str, found: Survey, dvs: str) -> Any:
    """The switch of that name. Raises Refused when there is none, or more than one."""
    switches = found.switches.get(dvs, ())
    if len(switches) == 1:
        return switches[0]
    if switches:
        raise Refused(f"{vcenter} has {len(switches)} distributed switches named {dvs}: rename one.")
    there = ", ".join(sorted(found.switches)) or "none that this account may see"
    raise Refused(f"{vcenter} has no distributed switch {dvs}. There: {there}. Correct the pod's switch.")
