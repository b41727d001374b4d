"""What is asked of the switch and what it answers, as OpenConfig XML. Pure: no session."""

from typing import Any

from lxml import etree

from provisioning.drivers.switches.state import Edit, SwitchState
from provisioning.drivers.switches.trunks import Trunk, TrunkEdit

NETCONF = "urn:ietf:params:xml:ns:netconf:base:1.0"
NETWORK_INSTANCES = "http://openconfig.net/yang/network-instance"
INTERFACES = "http://openconfig.net/yang/interfaces"
VLAN = "http://openconfig.net/yang/vlan"
HOLDERS = {  # the container of a port's VLANs, and its namespace: an Ethernet port's, and a bundle's
    "ethernet": "http://openconfig.net/yang/interfaces/ethernet",
    "aggregation": "http://openconfig.net/yang/interfaces/aggregate",
}
OPERATION = f"{{{NETCONF}}}operation"
Element = Any  # lxml's element


def reading_filter() -> Element:
    """The subtree filter for all that we read, in one request."""
    whole = etree.Element(f"{{{NETCONF}}}filter", type="subtree")
    instance = _under(whole, NETWORK_INSTANCES, "network-instances", "network-instance")
    _under(instance, NETWORK_INSTANCES, "name")
    vlan = _under(instance, NETWORK_INSTANCES, "vlans", "vlan")
    _under(vlan, NETWORK_INSTANCES, "vlan-id")
    _under(vlan, NETWORK_INSTANCES, "config", "name")
    interface = _under(whole, INTERFACES, "interfaces", "interface")
    _under(interface, INTERFACES, "name")
    for holder, namespace in HOLDERS.items():
        _under(_under(interface, namespace, holder), VLAN, "switched-vlan", "config")
    return whole


def state_of(data: Element, network_instance: str) -> SwitchState:
    """What the switch answered to that filter."""
    vlans: dict[int, str] | None = None
    names = []
    for instance in data.iter(f"{{{NETWORK_INSTANCES}}}network-instance"):
        names.append(_text(instance, NETWORK_INSTANCES, "name"))
        if names[-1] == network_instance:
            vlans = {}
            for vlan in instance.iterfind(_path(NETWORK_INSTANCES, "vlans", "vlan")):
                vid = int(_text(vlan, NETWORK_INSTANCES, "vlan-id"))
                vlans[vid] = _text(vlan, NETWORK_INSTANCES, "config", "name")
    interfaces = data.iter(f"{{{INTERFACES}}}interface")
    trunks = {trunk.port: trunk for trunk in map(_trunk, interfaces) if trunk.port}
    return SwitchState(vlans, trunks, names)


def _trunk(interface: Element) -> Trunk:
    port = _text(interface, INTERFACES, "name")
    for holder, namespace in HOLDERS.items():
        path = f"{{{namespace}}}{holder}/" + _path(VLAN, "switched-vlan", "config")
        if (config := interface.find(path)) is not None:
            listed = (str(entry.text or "").strip() for entry in config.iterfind(f"{{{VLAN}}}trunk-vlans"))
            mode = _text(config, VLAN, "interface-mode")
            return Trunk(port, holder, mode, tuple(entry for entry in listed if entry))
    return Trunk(port, "", "", ())


def config_of(edit: Edit, network_instance: str) -> Element:
    """The edit as one ``config``, to be sent with the default operation ``none``: only what is marked is changed."""
    config = etree.Element(f"{{{NETCONF}}}config", nsmap={"nc": NETCONF})
    if edit.vlans or edit.gone_vlans:
        instance = _under(config, NETWORK_INSTANCES, "network-instances", "network-instance")
        _under(instance, NETWORK_INSTANCES, "name").text = network_instance
        vlans = _under(instance, NETWORK_INSTANCES, "vlans")
        if edit.vlans:
            vlans.set(OPERATION, "merge")
        for vid, name in edit.vlans.items():
            _vlan(vlans, vid, name)
        for vid in edit.gone_vlans:
            gone = _under(vlans, NETWORK_INSTANCES, "vlan")
            gone.set(OPERATION, "delete")
            _under(gone, NETWORK_INSTANCES, "vlan-id").text = str(vid)
    if edit.trunks:
        interfaces = _under(config, INTERFACES, "interfaces")
        for one in edit.trunks:
            _trunk_entries(interfaces, one)
    return config


def _vlan(vlans: Element, vid: int, name: str) -> None:
    vlan = _under(vlans, NETWORK_INSTANCES, "vlan")
    _under(vlan, NETWORK_INSTANCES, "vlan-id").text = str(vid)
    config = _under(vlan, NETWORK_INSTANCES, "config")
    _under(config, NETWORK_INSTANCES, "vlan-id").text = str(vid)
    _under(config, NETWORK_INSTANCES, "name").text = name


def _trunk_entries(interfaces: Element, edit: TrunkEdit) -> None:
    interface = _under(interfaces, INTERFACES, "interface")
    _under(interface, INTERFACES, "name").text = edit.trunk.port
    holder = _under(interface, HOLDERS[edit.trunk.holder], edit.trunk.holder)
    config = _under(holder, VLAN, "switched-vlan", "config")
    for operation, entries in (("merge", edit.merge), ("delete", edit.delete)):
        for entry in entries:
            leaf = _under(config, VLAN, "trunk-vlans")
            leaf.set(OPERATION, operation)
            leaf.text = entry


def _under(parent: Element, namespace: str, *names: str) -> Element:
    """The last of a chain of new elements below ``parent``."""
    for name in names:
        parent = etree.SubElement(parent, f"{{{namespace}}}{name}", nsmap={None: namespace})
    return parent


def _path(namespace: str, *names: str) -> str:
    return "/".join(f"{{{namespace}}}{name}" for name in names)


def _text(parent: Element, namespace: str, *names: str) -> str:
    return str(parent.findtext(_path(namespace, *names)) or "").strip()
