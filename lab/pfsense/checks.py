"""What the package checks before it takes a row, as far as our driver can run into it."""

import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_interface, ip_network
from typing import TYPE_CHECKING

from lab.pfsense.errors import ApiError, refuse
from lab.pfsense.models import Check, Row

if TYPE_CHECKING:
    from lab.pfsense.firewall import Firewall

FILTER_NAME = re.compile(r"[A-Za-z0-9_]+")
WORDS = ("any", "(self)", "l2tp", "pppoe")


def _fits(parse: object, text: object) -> bool:
    try:
        parse(str(text))  # type: ignore[operator]
    except ValueError:
        return False
    return True


def _filter_name(text: str, field: str) -> None:
    if not FILTER_NAME.fullmatch(text):
        raise refuse("FILTER_NAME_VALIDATOR_INVALID_CHARACTERS", f"Field '{field}' cannot be '{text}'.")
    if text.startswith("pkg_") or text.isdigit():
        raise refuse("FILTER_NAME_VALIDATOR_CANNOT_BE_NUMERICAL", f"Field '{field}' cannot be '{text}'.")


def vlan(fw: "Firewall", row: Row, was: Row | None) -> None:
    if row["if"] not in fw.ports:
        raise refuse("VLAN_INTERFACE_PARENT_NOT_FOUND", f"Parent interface `{row['if']}` does not exist.")
    row["vlanif"] = f"{row['if']}.{row['tag']}"


def interface(fw: "Firewall", row: Row, was: Row | None) -> None:
    known = {*fw.ports, *(one["vlanif"] for one in fw.config["vlans"]), was and was["if"]}
    if row["if"] not in known:
        raise refuse("FIELD_INVALID_CHOICE", f"Field `if` must be one of {sorted(filter(None, known))}.")
    _filter_name(str(row["descr"]), "descr")
    if any(alias["name"] == row["descr"] for alias in fw.config["aliases"]):
        raise refuse("UNIQUE_FROM_FOREIGN_MODEL", "Field `descr` is in use by an alias.")
    if row["typev4"] == "static":
        _static_address(fw, row, was)


def _static_address(fw: "Firewall", row: Row, was: Row | None) -> None:
    own = ip_interface(f"{row['ipaddr']}/{row['subnet']}")
    if own.network.prefixlen < 31 and own.ip in (own.network.network_address, own.network.broadcast_address):
        raise refuse(
            "NETWORK_INTERFACE_IPADDR_CANNOT_USE_NETWORK_ADDRESS",
            f"Interface 'ipaddr' cannot use '{row['ipaddr']}' because it is the network address",
        )
    for other in fw.config["interfaces"]:
        if (was is None or other["id"] != was["id"]) and other.get("ipaddr") == row["ipaddr"]:
            raise refuse("INTERFACE_IPADDR_ALREADY_IN_USE", "Interface `ipaddr` is currently in use")
    if any(route["network"] == str(own.network) for route in fw.config["routes"]):
        raise refuse("NETWORK_INTERFACE_IPADDR_CONFLICTS_WITH_STATIC_ROUTE", "It conflicts with a static route")


def gateway(fw: "Firewall", row: Row, was: Row | None) -> None:
    _filter_name(str(row["name"]), "name")
    at = fw.interface_shown_as(str(row["interface"]))
    if at is None:
        raise refuse("FIELD_INVALID_CHOICE", f"Field `interface` cannot be {row['interface']}.")
    if row["ipprotocol"] == "inet" and at.get("typev4") != "static":
        raise refuse("ROUTING_GATEWAY_INTERFACE_HAS_NO_IPV4", "Field `interface` needs an IPv4 address.")
    if ip_address(str(row["gateway"])).version != (4 if row["ipprotocol"] == "inet" else 6):
        raise refuse("ROUTING_GATEWAY_NO_IPV6_WITH_INET", "Field `gateway` is of another family.")


def route(fw: "Firewall", row: Row, was: Row | None) -> None:
    if not _fits(ip_network, row["network"]):
        raise refuse("SUBNET_VALIDATOR_FAILED", "Field `network` must be a subnet.")
    if not any(one["name"] == row["gateway"] for one in fw.config["gateways"]):
        raise ApiError(404, "FOREIGN_MODEL_FIELD_VALUE_NOT_FOUND", f"Field `gateway` could not locate {row['gateway']}")
    for one in fw.config["interfaces"]:
        if (
            one.get("typev4") == "static"
            and str(ip_interface(f"{one['ipaddr']}/{one['subnet']}").network) == row["network"]
        ):
            raise refuse("STATIC_ROUTE_CONFLICTS_WITH_IPV4_INTERFACE", f"It conflicts with interface `{one['id']}`")


def alias(fw: "Firewall", row: Row, was: Row | None) -> None:
    _filter_name(str(row["name"]), "name")
    if len(str(row["name"])) > 31:
        raise refuse("STRING_FIELD_MAXIMUM_LENGTH", "Field `name` is too long.")
    names = {one["name"] for one in fw.config["aliases"]}
    for entry in row["address"]:
        if not _fits_alias(str(row["type"]), str(entry)) and entry not in names:
            raise refuse(f"INVALID_{row['type'].upper()}_ALIAS_ADDRESS", f"'{entry}' is not valid.")
    if len(row["detail"]) > len(row["address"]):
        raise refuse("TOO_MANY_ALIAS_DETAILS", "Aliases cannot contain more 'detail' items than 'address' items.")
    row["detail"] = [*row["detail"], *["Entry added"] * (len(row["address"]) - len(row["detail"]))]


def _fits_alias(kind: str, entry: str) -> bool:
    if kind == "port":
        return all(part.isdigit() for part in entry.split(":"))
    return _fits(ip_address, entry) if kind == "host" else "/" in entry and _fits(ip_network, entry)


def rule(fw: "Firewall", row: Row, was: Row | None) -> None:
    if len(row["interface"]) > 1 and not row["floating"]:
        raise refuse("FIREWALL_RULE_MULTIPLE_INTERFACE_WITHOUT_FLOATING", "Only floating rules have several.")
    for shown in row["interface"]:
        if shown not in ("enc0", "any") and fw.interface_shown_as(shown) is None:
            raise refuse("FIELD_INVALID_CHOICE", f"Field `interface` cannot be {shown}.")
    _addresses(fw, row)
    aliases = {one["name"]: one["type"] for one in fw.config["aliases"]}
    for field in ("source_port", "destination_port"):
        text = str(row.get(field) or "")
        if text and aliases.get(text) != "port" and not all(part.isdigit() for part in text.split(":")):
            raise refuse("PORT_FIELD_INVALID_VALUE", f"Field `{field}` cannot be {text}.")
    row["tracker"] = was["tracker"] if was else int(fw.clock())


def _addresses(fw: "Firewall", row: Row) -> None:
    aliases = {one["name"]: one["type"] for one in fw.config["aliases"]}
    for field in ("source", "destination"):
        text = str(row[field]).removeprefix("!")
        known = text in WORDS or aliases.get(text) in ("host", "network") or fw.interface_shown_as(text)
        if not known and not _fits(ip_network, text):
            raise refuse("FILTER_ADDRESS_FIELD_INVALID_VALUE", f"Field `{field}` cannot be {text}.")


def nat(fw: "Firewall", row: Row, was: Row | None) -> None:
    if row["interface"] != "enc0" and fw.interface_shown_as(str(row["interface"])) is None:
        raise refuse("FIELD_INVALID_CHOICE", f"Field `interface` cannot be {row['interface']}.")
    _addresses(fw, row)


def phase1(fw: "Firewall", row: Row, was: Row | None) -> None:
    others = [one for one in fw.config["phase1s"] if was is None or one["ikeid"] != was["ikeid"]]
    if any(one["remote_gateway"] == row["remote_gateway"] and not one["disabled"] for one in others):
        raise refuse("IPSEC_PHASE_1_ILLEGAL_DUPLICATE_REMOTE_GATEWAY", "Field `remote_gateway` must be unique.")
    if fw.interface_shown_as(str(row["interface"])) is None:
        raise refuse("FIELD_INVALID_CHOICE", f"Field `interface` cannot be {row['interface']}.")
    if not row["encryption"]:
        raise refuse("FIELD_INVALID_MANY_VALUE", "Field `encryption` needs one value.")
    used = {one["ikeid"] for one in others}
    row["ikeid"] = was["ikeid"] if was else next(n for n in range(1, 10_000) if n not in used)


def phase2(fw: "Firewall", row: Row, was: Row | None) -> None:
    if not any(one["ikeid"] == row["ikeid"] for one in fw.config["phase1s"]):
        raise ApiError(404, "FOREIGN_MODEL_FIELD_VALUE_NOT_FOUND", f"Field `ikeid` could not locate {row['ikeid']}")
    want = 4 if row["mode"] == "tunnel" else 6
    for side in ("localid", "remoteid"):
        if row[f"{side}_type"] == "network" and ip_address(row[f"{side}_address"]).version != want:
            raise refuse("IPSEC_PHASE_2_LOCALID_ADDRESS_MUST_BE_IPV4_WITH_TUNNEL_MODE", "Another family.")
    row["uniqid"] = was["uniqid"] if was else f"{fw.next_number():013x}"
    row["reqid"] = was["reqid"] if was else fw.next_number()


CHECKS: Mapping[str, Sequence[Check]] = {
    "vlan": (vlan,),
    "interface": (interface,),
    "gateway": (gateway,),
    "route": (route,),
    "alias": (alias,),
    "rule": (rule,),
    "nat": (nat,),
    "phase1": (phase1,),
    "phase2": (phase2,),
}
