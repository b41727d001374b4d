"""A NETCONF session that shares no code with the driver: it checks the driver's word, and does what others would do."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from lxml import etree
from ncclient import manager
from ncclient.manager import Manager

from lab.netconfd.server import OTHER_USERNAME, PARKED, Switch

NI = "http://openconfig.net/yang/network-instance"
IF = "http://openconfig.net/yang/interfaces"
ETHERNET, VLAN = "http://openconfig.net/yang/interfaces/ethernet", "http://openconfig.net/yang/vlan"
NC = "urn:ietf:params:xml:ns:netconf:base:1.0"


@contextmanager
def signed_in(core: Switch) -> Iterator[Manager]:
    session = manager.connect(
        host="127.0.0.1",
        port=core.port,
        username=OTHER_USERNAME,
        password=core.password,
        hostkey_verify=False,
        allow_agent=False,
        look_for_keys=False,
        timeout=60,
    )
    with session:
        yield session


def vlans(session: Manager) -> dict[int, str]:
    """Name by VLAN ID, as it runs."""
    found = _running(session).iter(f"{{{NI}}}vlan")
    return {int(one.findtext(f"{{{NI}}}vlan-id")): one.findtext(f"{{{NI}}}config/{{{NI}}}name") or "" for one in found}


def trunk(session: Manager, port: str) -> list[str]:
    """The port's list of VLANs, entry by entry, as it runs."""
    for interface in _running(session).iter(f"{{{IF}}}interface"):
        if interface.findtext(f"{{{IF}}}name") == port:
            return [entry.text for entry in interface.iter(f"{{{VLAN}}}trunk-vlans")]
    raise LookupError(port)


def write(
    session: Manager,
    *,
    vlans: Mapping[int, str] | None = None,
    port: str = "Ethernet1",
    add: Iterable[str] = (),
    take_off: Iterable[str] = (),
) -> None:
    """Create VLANs, add and take off entries of a trunk, and commit."""
    edit(session, vlans=vlans, port=port, add=add, take_off=take_off)
    session.commit()


def edit(
    session: Manager,
    *,
    vlans: Mapping[int, str] | None = None,
    port: str = "Ethernet1",
    add: Iterable[str] = (),
    take_off: Iterable[str] = (),
) -> None:
    """The same without the commit."""
    session.edit_config(_config(vlans or {}, port, add, take_off), target="candidate")


def clear(session: Manager) -> None:
    """Back to no VLAN and VLAN 999 on every trunk."""
    there = _running(session)
    parts = []
    for vlan in there.iter(f"{{{NI}}}vlan"):
        vid = vlan.findtext(f"{{{NI}}}vlan-id")
        parts.append(f'<vlan nc:operation="delete"><vlan-id>{vid}</vlan-id></vlan>')
    body = _instance(f"<vlans>{''.join(parts)}</vlans>") if parts else ""
    lists = []
    for interface in there.iter(f"{{{IF}}}interface"):
        entries = [entry.text for entry in interface.iter(f"{{{VLAN}}}trunk-vlans")]
        mode = next(interface.iter(f"{{{VLAN}}}interface-mode")).text
        wrong = [] if mode != "TRUNK" else [entry for entry in entries if entry != str(PARKED)]
        missing = [str(PARKED)] if mode == "TRUNK" and str(PARKED) not in entries else []
        if wrong or missing:
            lists.append(_interface(interface.findtext(f"{{{IF}}}name"), missing, wrong))
    if body or lists:
        body += f'<interfaces xmlns="{IF}">{"".join(lists)}</interfaces>' if lists else ""
        session.edit_config(_whole(body), target="candidate")
        session.commit()


def _running(session: Manager) -> Any:
    return etree.fromstring(session.get_config("running").xml.encode())


def _config(vlans: Mapping[int, str], port: str, add: Iterable[str], take_off: Iterable[str]) -> str:
    made = "".join(
        f"<vlan><vlan-id>{vid}</vlan-id><config><vlan-id>{vid}</vlan-id><name>{name}</name></config></vlan>"
        for vid, name in vlans.items()
    )
    body = _instance(f"<vlans>{made}</vlans>") if made else ""
    if entries := _interface(port, add, take_off):
        body += f'<interfaces xmlns="{IF}">{entries}</interfaces>'
    return _whole(body)


def _instance(body: str) -> str:
    return (
        f'<network-instances xmlns="{NI}"><network-instance><name>default</name>{body}</network-instance>'
        "</network-instances>"
    )


def _interface(port: str, add: Iterable[str], take_off: Iterable[str]) -> str:
    entries = "".join(f"<trunk-vlans>{entry}</trunk-vlans>" for entry in add)
    entries += "".join(f'<trunk-vlans nc:operation="delete">{entry}</trunk-vlans>' for entry in take_off)
    if not entries:
        return ""
    holder, kind = ("ethernet", ETHERNET) if re.match("Eth", port) else ("aggregation", f"{IF}/aggregate")
    return (
        f'<interface><name>{port}</name><{holder} xmlns="{kind}"><switched-vlan xmlns="{VLAN}"><config>{entries}'
        f"</config></switched-vlan></{holder}></interface>"
    )


def _whole(body: str) -> str:
    return f'<config xmlns="{NC}" xmlns:nc="{NC}">{body}</config>'
