"""Gateways, and static routes to the customer's subnets."""

from collections.abc import Iterable
from typing import Any

from provisioning.drivers.pfsense.api import Api
from provisioning.drivers.pfsense.names import family_of, same_network
from provisioning.drivers.pfsense.snapshot import Row, Snapshot, take
from provisioning.drivers.protocol import Attributes, Change, DeviceState, Kind, ObjectId, Refused

GATEWAY, ROUTE = "/routing/gateway", "/routing/static_route"
WAN = "wan"


def read(seen: Snapshot) -> DeviceState:
    found: dict[ObjectId, Attributes] = {}
    for row in seen.gateways:
        told = {"interface": seen.place_of(str(row["interface"])), "address": str(row["gateway"])}
        found[ObjectId(Kind.GATEWAY, str(row["name"]))] = _with_deviations(told, row)
    wan = {seen.wan_gateway("inet"), seen.wan_gateway("inet6")}
    for row in seen.routes:
        via = WAN if row["gateway"] in wan else str(row["gateway"])
        # The first of two routes to one network is the one that counts.
        found.setdefault(ObjectId(Kind.ROUTE, str(row["network"])), _with_deviations({"via": via}, row))
    return found


def _with_deviations(told: dict[str, str], row: Row) -> Attributes:
    wrong = sorted(_deviations(row))
    return {**told, "deviates": [*wrong]} if wrong else {**told}


def _deviations(row: Row) -> Iterable[str]:
    if row.get("disabled"):
        yield "switched off"
    if row.get("force_down"):
        yield "held down"


def put_gateway(api: Api, shown_as: str, change: Change, *, last: bool) -> None:
    name, wanted = change.id.key, change.after
    seen = take(api, "interfaces", "vlans", "gateways", shown_as=shown_as)
    address = str(wanted["address"])
    body: dict[str, Any] = {
        "ipprotocol": family_of(address),
        "interface": seen.shown(str(wanted["interface"])),
        "gateway": address,
        "disabled": False,
        "force_down": False,
    }
    there = _gateway(seen, name)
    if there is None:
        api.post(GATEWAY, {"name": name, **body}, what=str(change.id), apply=last)
    elif any(there.get(field) != value for field, value in body.items()):
        api.patch(GATEWAY, {"id": there["id"], **body}, what=str(change.id), apply=last)


def drop_gateway(api: Api, shown_as: str, id: ObjectId, *, last: bool) -> None:
    there = _gateway(take(api, "gateways", shown_as=shown_as), id.key)
    if there is not None:
        refuse_another(api, api.delete(GATEWAY, there["id"], what=str(id), apply=last), "name", there)


def _gateway(seen: Snapshot, name: str) -> Row | None:
    return next((row for row in seen.gateways if row["name"] == name), None)


def put_route(api: Api, shown_as: str, change: Change, *, last: bool) -> None:
    network = change.id.key
    seen = take(api, "interfaces", "vlans", "gateways", "routes", shown_as=shown_as)
    body: dict[str, Any] = {"gateway": _gateway_for(seen, network, str(change.after["via"])), "disabled": False}
    there = _route(seen, network)
    if there is None:
        api.post(ROUTE, {"network": network, **body}, what=str(change.id), apply=last)
    elif any(there.get(field) != value for field, value in body.items()):
        api.patch(ROUTE, {"id": there["id"], **body}, what=str(change.id), apply=last)


def _gateway_for(seen: Snapshot, network: str, via: str) -> str:
    if via != WAN:
        return via
    family = family_of(network)
    if name := seen.wan_gateway(family):
        return name
    kind = "IPv6" if family == "inet6" else "IPv4"
    raise Refused(
        f"{seen.where} does not say which {kind} gateway leads out of its WAN: add one under System, Routing, and "
        "where there are several, make one the default."
    )


def drop_route(api: Api, shown_as: str, id: ObjectId, *, last: bool) -> None:
    there = _route(take(api, "routes", shown_as=shown_as), id.key)
    if there is not None:
        refuse_another(api, api.delete(ROUTE, there["id"], what=str(id), apply=last), "network", there)


def _route(seen: Snapshot, network: str) -> Row | None:
    return next((row for row in seen.routes if same_network(str(row["network"]), network)), None)


def refuse_another(api: Api, removed: Row, field: str, meant: Row) -> None:
    """Ids are places in a list: where somebody else took one away in the same moment, ours hit its neighbour."""
    if field in removed and removed[field] != meant[field]:
        raise Refused(
            f"{api.where}: somebody else changed it in the same moment, and {removed[field]} was removed instead of "
            f"{meant[field]}: put it back by hand."
        )
