"""A tenant's VLAN on its firewall: the VLAN on the trunk port, and the interface that is assigned to it.

Making one takes two writes, and so does removing it. Between them there is a VLAN without an interface; whether it is
on its way in or out is told by the VLAN's description, so that a session that finds it can finish either.
"""

from collections.abc import Iterable
from typing import Any

from provisioning.drivers.pfsense.api import Api
from provisioning.drivers.pfsense.names import address_of, description_of, family_of, host_of, interface_name
from provisioning.drivers.pfsense.snapshot import Row, Snapshot, port_of, take
from provisioning.drivers.protocol import Attributes, Change, DeviceState, Kind, ObjectId, Refused

VLAN, INTERFACE = "/interface/vlan", "/interface"
LEAVING = "being removed: "
MOST_VID = 4094


def read(seen: Snapshot) -> DeviceState:
    trunk = seen.trunk()
    found: dict[ObjectId, Attributes] = {}
    for vlan in seen.vlans:
        if vlan["if"] == trunk and (attributes := _attributes(vlan, seen.assigned(port_of(vlan)))):
            found[ObjectId(Kind.INTERFACE, f"vlan{vlan['tag']}")] = attributes
    return found


def _attributes(vlan: Row, interface: Row | None) -> Attributes | None:
    """None: no interface, and not on its way out either, so there is none yet."""
    if interface is None:
        what, leaving, left = str(vlan.get("descr") or "").partition(LEAVING)
        if what or not leaving:
            return None
        description, _, address = left.partition(", ")
        return {"vlan_id": vlan["tag"], "description": description, "address": address}
    told: dict[str, Any] = {
        "vlan_id": vlan["tag"],
        "description": description_of(str(interface["descr"])),
        "address": _address(interface),
    }
    if wrong := sorted(_deviations(interface)):
        told["deviates"] = wrong
    return told


def _address(interface: Row) -> str:
    if interface.get("typev4") == "static":
        return address_of(str(interface["ipaddr"]), int(interface["subnet"]))
    if interface.get("typev6") == "staticv6":
        return address_of(str(interface["ipaddrv6"]), int(interface["subnetv6"]))
    return ""


def _deviations(interface: Row) -> Iterable[str]:
    if not interface.get("enable"):
        yield "switched off"
    if interface.get("blockpriv") or interface.get("blockbogons"):
        yield "blocks private networks"
    if interface.get("typev4") == "dhcp" or interface.get("typev6") not in (None, "", "none", "staticv6"):
        yield "takes an address by itself"
    if interface.get("typev4") == "static" and interface.get("typev6") == "staticv6":
        yield "has a second address"


def _vid(id: ObjectId) -> int:
    number = id.key.removeprefix("vlan")
    if not number.isdigit() or not 1 <= int(number) <= MOST_VID:
        raise Refused(f"{id.key}: an interface's key is vlan and a VLAN ID, such as vlan100.")
    return int(number)


def put(api: Api, shown_as: str, change: Change, *, last: bool) -> None:
    vid, wanted = _vid(change.id), change.after
    if wanted.get("vlan_id") != vid:
        raise Refused(f"{change.id.key} cannot carry VLAN {wanted.get('vlan_id')}: its key names another.")
    body = {**_settings(wanted), "enable": True, "blockpriv": False, "blockbogons": False}
    seen = take(api, "interfaces", "vlans", shown_as=shown_as)
    trunk = seen.trunk() or _free_port(api, seen)
    vlan = seen.vlan(vid, trunk)
    there = seen.assigned(port_of(vlan)) if vlan else None
    if there is not None:
        if any(there.get(name) != value for name, value in body.items()):
            api.patch(INTERFACE, {"id": there["id"], **body}, what=change.id.key, apply=last)
        return
    _refuse_without_lan(seen)
    if vlan is None:
        new = {"if": trunk, "tag": vid, "descr": str(wanted["description"])}
        vlan = api.post(VLAN, new, what=change.id.key, at_once=True)
    _no_longer_leaving(api, vlan, wanted)
    api.post(INTERFACE, {"if": port_of(vlan), **body}, what=change.id.key, apply=last)


def _refuse_without_lan(seen: Snapshot) -> None:
    """pfSense gives the first free name to a new interface, and ``lan`` is no name like others."""
    if not any(row["id"] == "lan" for row in seen.interfaces):
        raise Refused(
            f"{seen.where} has no LAN, so it would make the tenant's network its LAN and open its own management to "
            "it. Assign the port that carries the tenant's VLANs as LAN, without an address, and call it TRUNK."
        )


def _settings(wanted: Attributes) -> dict[str, Any]:
    """Name and address as the API takes them; fields of the family that is not used are left out."""
    named: dict[str, Any] = {"descr": interface_name(str(wanted["description"]))}
    address = str(wanted.get("address") or "")
    if not address:
        return {**named, "typev4": "none", "typev6": "none"}
    host, length = host_of(address)
    if family_of(host) == "inet6":
        return {**named, "typev4": "none", "typev6": "staticv6", "ipaddrv6": host, "subnetv6": length}
    return {**named, "typev4": "static", "ipaddr": host, "subnet": length, "typev6": "none"}


def _no_longer_leaving(api: Api, vlan: Row, wanted: Attributes) -> None:
    """A VLAN that a removal left behind is taken over. Changing it remakes the port, which nothing uses yet."""
    if str(vlan.get("descr") or "").startswith(LEAVING):
        body = {"id": vlan["id"], "descr": str(wanted["description"])}
        api.patch(VLAN, body, what=f"VLAN {vlan['tag']}", at_once=True)


def _free_port(api: Api, seen: Snapshot) -> str:
    """The one port that could be the trunk, where no VLAN says which it is. Raises Refused."""
    wan = next((row["if"] for row in seen.interfaces if row["id"] == "wan"), None)
    ports = api.get("/interface/available_interfaces", what="reading its ports") or []
    able = sorted({str(port["if"]) for port in ports if port["if"] != wan and "." not in str(port["if"])})
    if len(able) == 1:
        return able[0]
    found = f"it has {', '.join(able)}" if able else "it has none besides the WAN"
    raise Refused(
        f"{seen.where}: which port carries the tenant's VLANs? {found}. Assign that port as an interface, and call it "
        "TRUNK."
    )


def drop(api: Api, shown_as: str, id: ObjectId, *, last: bool) -> None:
    """Take the interface away; ``finish`` takes the VLAN, once that is live."""
    seen = take(api, "interfaces", "vlans", shown_as=shown_as)
    vlan = seen.vlan(_vid(id), seen.trunk())
    there = seen.assigned(port_of(vlan)) if vlan else None
    if vlan is None or there is None:
        return
    left = _attributes(vlan, there) or {}
    note = f"{LEAVING}{left['description']}, {left['address']}"
    api.patch(VLAN, {"id": vlan["id"], "descr": note}, what=id.key, at_once=True)
    try:
        api.delete(INTERFACE, str(there["id"]), what=id.key, apply=last)
    except Refused:
        _put_back(api, vlan, there, what=id.key)
        raise


def _put_back(api: Api, vlan: Row, interface: Row, *, what: str) -> None:
    """The interface stays after all. Changing the VLAN remade its port, so the interface has to be set up again."""
    api.patch(VLAN, {"id": vlan["id"], "descr": str(vlan.get("descr") or "")}, what=what, at_once=True)
    api.patch(INTERFACE, {"id": interface["id"], "descr": interface["descr"]}, what=what)


def finish(api: Api, shown_as: str, id: ObjectId) -> None:
    seen = take(api, "interfaces", "vlans", shown_as=shown_as)
    vlan = seen.vlan(_vid(id), seen.trunk())
    if vlan is None:
        return
    if there := seen.assigned(port_of(vlan)):
        raise Refused(f"{id.key}: the interface {there['descr']} still uses its VLAN: remove that first.")
    gone = api.delete(VLAN, vlan["id"], what=id.key, at_once=True)
    if gone.get("tag", vlan["tag"]) != vlan["tag"]:
        raise Refused(f"{api.where}: VLAN {gone['tag']} was removed instead of {vlan['tag']}: put it back by hand.")
