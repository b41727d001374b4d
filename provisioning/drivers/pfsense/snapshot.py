"""Everything that the driver looks at, read in one call a list, and what the lists say about each other."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_interface, ip_network
from typing import Any

from provisioning.drivers.pfsense.api import Api
from provisioning.drivers.pfsense.faults import PackageMissing
from provisioning.drivers.protocol import Refused

Row = Mapping[str, Any]
IPSEC = "enc0"  # the interface on which a tunnel's traffic comes in
LISTS = {
    "interfaces": "/interfaces",
    "vlans": "/interface/vlans",
    "gateways": "/routing/gateways",
    "routes": "/routing/static_routes",
    "aliases": "/firewall/aliases",
    "rules": "/firewall/rules",
    "phase1s": "/vpn/ipsec/phase1s",
    "phase2s": "/vpn/ipsec/phase2s",
}
TUNNEL_LISTS = ("phase1s", "phase2s")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The lists as the API gave them. ``shown_as``: which of an interface's fields names it in other objects.

    A row's ``id`` is its place in its list, so it is true only until the next write: look things up anew for each.
    """

    where: str
    shown_as: str = "descr"
    interfaces: Sequence[Row] = ()
    vlans: Sequence[Row] = ()
    gateways: Sequence[Row] = ()
    default_gateways: Row = field(default_factory=dict)
    routes: Sequence[Row] = ()
    aliases: Sequence[Row] = ()
    rules: Sequence[Row] = ()
    phase1s: Sequence[Row] = ()
    phase2s: Sequence[Row] = ()
    outbound: Sequence[Row] = ()
    forwards: Sequence[Row] = ()
    one_to_one: Sequence[Row] = ()
    outbound_mode: str = ""
    no_tunnels: str = ""  # why the firewall can have none
    nat_unread: str = ""  # why the lists of address translation could not be read

    # --- Interfaces -------------------------------------------------------------------------------

    def trunk(self) -> str | None:
        """The port that carries the tenant's VLANs: the interface called TRUNK, else where all VLANs are already.

        None where there is neither. Raises Refused where VLANs hang off several ports and none is called TRUNK.
        """
        for row in self.interfaces:
            if str(row["descr"]).upper() == "TRUNK":
                return str(row["if"])
        parents = sorted({str(row["if"]) for row in self.vlans})
        if len(parents) > 1:
            raise Refused(
                f"{self.where} has VLANs on several ports ({', '.join(parents)}): assign the one that carries the "
                "tenant's as an interface, and call it TRUNK."
            )
        return parents[0] if parents else None

    def vlan(self, vid: int, trunk: str | None) -> Row | None:
        return next((row for row in self.vlans if row["if"] == trunk and row["tag"] == vid), None)

    def assigned(self, port: str) -> Row | None:
        """The interface that a port is assigned to."""
        return next((row for row in self.interfaces if row["if"] == port), None)

    def place_of(self, shown: str) -> str:
        """``wan``, ``ipsec``, ``vlan<vid>``; what is none of them keeps its name."""
        if shown == IPSEC:
            return "ipsec"
        row = next((row for row in self.interfaces if row[self.shown_as] == shown), None)
        if row is None or row["id"] == "wan":
            return "wan" if row else shown
        trunk = self.trunk()
        vlan = next((one for one in self.vlans if one["if"] == trunk and port_of(one) == row["if"]), None)
        return f"vlan{vlan['tag']}" if vlan else str(row["id"])

    def shown(self, place: str) -> str:
        """How other objects name the interface of a place. Raises Refused where there is none."""
        if place == "ipsec":
            return IPSEC
        row: Row | None = None
        if number := re.fullmatch(r"vlan(\d+)", place):
            vlan = self.vlan(int(number[1]), self.trunk())
            row = self.assigned(port_of(vlan)) if vlan else None
        else:
            row = next((row for row in self.interfaces if row["id"] == place), None)
        if row is None:
            raise Refused(f"{self.where} has no interface {place}: add it first.")
        return str(row[self.shown_as])

    def networks_of(self, *parties: str) -> dict[str, list[str]]:
        """What an interface's name stands for in a rule: its networks, or with ``:ip`` its addresses; ``(self)``: every
        address of the firewall. What is not known here (an address from DHCP) is left out."""
        found: dict[str, list[str]] = {}
        for party in (text.removeprefix("!") for text in parties):
            name, only_address = party.removesuffix(":ip"), party.endswith(":ip") or party == "(self)"
            rows = [row for row in self.interfaces if name in ("(self)", row[self.shown_as])]
            known = sorted({text for row in rows for text in _addresses(row, whole=not only_address)})
            if known:
                found[party] = known
        return found

    # --- Gateways ---------------------------------------------------------------------------------

    def wan_gateway(self, family: str) -> str | None:
        """The gateway that leads out of the WAN: the only one there, or the default where there are several."""
        wan = [row["name"] for row in self.gateways if self._on_wan(row) and row["ipprotocol"] == family]
        if len(wan) == 1:
            return str(wan[0])
        default = self.default_gateways.get("defaultgw6" if family == "inet6" else "defaultgw4")
        return str(default) if default in wan else None

    def _on_wan(self, gateway: Row) -> bool:
        return self.place_of(str(gateway["interface"])) == "wan"


def _addresses(interface: Row, *, whole: bool) -> Iterator[str]:
    for kind, static, address, length in (
        ("typev4", "static", "ipaddr", "subnet"),
        ("typev6", "staticv6", "ipaddrv6", "subnetv6"),
    ):
        if interface.get(kind) == static and interface.get(address):
            found = ip_interface(f"{interface[address]}/{interface[length]}")
            yield str(found.network if whole else ip_network(found.ip))


def port_of(vlan: Row) -> str:
    return str(vlan.get("vlanif") or f"{vlan['if']}.{vlan['tag']}")


def take(api: Api, *lists: str, shown_as: str = "") -> Snapshot:
    """Read these lists, or all of them; one call each, however long they are."""
    if not shown_as:
        settings = api.get("/system/restapi/settings", what="reading the API's settings")
        shown_as = str(settings.get("represent_interfaces_as") or "descr")
    rows: dict[str, Any] = {}
    for name in lists or LISTS:
        try:
            rows[name] = api.get(LISTS[name], what=f"reading {LISTS[name]}") or []
        except PackageMissing as error:  # there are none, and none can be made
            if name not in TUNNEL_LISTS:
                raise
            rows[name] = []
            rows["no_tunnels"] = str(error)
    default: Row = {}
    if "routes" in rows:
        default = api.get("/routing/gateway/default", what="reading the default gateway") or {}
    return Snapshot(api.where, shown_as, default_gateways=default, **rows)
