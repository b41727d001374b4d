"""Exemptions from address translation: between a tenant's networks and its site, addresses stay what they are.

By itself pfSense translates whatever leaves by its WAN (outbound NAT, mode *automatic*). Where a site is reached over
the WAN and not through a tunnel, that is Zerto's path. An exemption is an outbound mapping that says "do not NAT". It
stands before all others, and needs a mode in which mappings are asked at all: *hybrid*, where it was automatic.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from provisioning.drivers.pfsense.api import Api
from provisioning.drivers.pfsense.names import OURS
from provisioning.drivers.pfsense.routing import refuse_another
from provisioning.drivers.pfsense.snapshot import Row, Snapshot, take
from provisioning.drivers.protocol import Attributes, Change, Kind, ObjectId, Refused, SignInRefused

MAPPING, MAPPINGS = "/firewall/nat/outbound/mapping", "/firewall/nat/outbound/mappings"
MODE = "/firewall/nat/outbound/mode"
AUTOMATIC, HYBRID = "automatic", "hybrid"


def is_ours(row: Row) -> bool:
    return str(row.get("descr") or "").startswith(OURS)


def id_of(row: Row) -> ObjectId:
    """It is known by its description, which holds its key, as a rule of ours is."""
    return ObjectId(Kind.NAT, f"outbound/{str(row['descr']).removeprefix(OURS)}")


def told(seen: Snapshot, row: Row, mapping: Attributes) -> Attributes:
    """``mapping`` without what every mapping of ours has, and with what keeps it from deciding."""
    plain = {name: value for name, value in mapping.items() if name not in ("description", "conditions", "deviates")}
    wrong = sorted(_deviations(seen, row))
    return {**plain, "deviates": [*wrong]} if wrong else plain


def _deviations(seen: Snapshot, row: Row) -> Iterable[str]:
    if row.get("disabled"):
        yield "switched off"
    if row.get("source_port"):
        yield "asks for a source port"
    if seen.outbound_mode == AUTOMATIC:
        yield "not asked, because outbound NAT is automatic"
    if _comes_too_late(seen, row):
        yield "comes after another mapping"


def _comes_too_late(seen: Snapshot, row: Row) -> bool:
    before = seen.outbound[: [one is row for one in seen.outbound].index(True)]
    return any(not is_ours(one) and one["interface"] == row["interface"] for one in before)


def obstacle(seen: Snapshot) -> str:
    """Why the firewall can have no exemption as it stands; empty where it can."""
    if seen.nat_unread:
        return f"nothing can be exempted from address translation that cannot be read: {seen.nat_unread}"
    asleep = [row for row in seen.outbound if not is_ours(row) and not row.get("disabled")]
    if seen.outbound_mode == AUTOMATIC and asleep:
        return (
            f"{seen.where} has outbound NAT mappings that automatic mode does not ask ({len(asleep)}). An exemption "
            "needs mode hybrid, which would wake them: switch them off, or set that mode yourself."
        )
    return ""


def put(api: Api, shown_as: str, change: Change, *, last: bool) -> None:
    what, seen = str(change.id), _look(api, shown_as)
    body = _body(seen, change.id, change.after)
    if reason := obstacle(seen):
        raise Refused(f"{what}: {reason}")
    if seen.outbound_mode == AUTOMATIC:
        api.patch(MODE, {"mode": HYBRID}, what=what)
    there = _described(seen, body["descr"])
    if there is None:
        try:
            api.post(MAPPING, {**body, "placement": 0}, what=what, apply=last)
        except (Refused, SignInRefused):
            if seen.outbound_mode == AUTOMATIC:
                api.patch(MODE, {"mode": AUTOMATIC}, what=what)
            raise
        return
    late = _comes_too_late(seen, there)
    if late or there.get("source_port") or any(there.get(field) != value for field, value in body.items()):
        at = {"placement": 0} if late else {}
        api.patch(MAPPING, {"id": there["id"], "source_port": None, **body, **at}, what=what, apply=last)


def _body(seen: Snapshot, id: ObjectId, wanted: Attributes) -> dict[str, Any]:
    outbound, _, key = id.key.partition("/")
    place, _, name = key.partition("/")
    plain = not name or "/" in name or wanted["protocol"] != "any" or wanted["ports"] or wanted["target"]
    if outbound != "outbound" or wanted["action"] != "exempt" or plain:
        raise Refused(f"{id}: of address translation only exemptions are written, outbound and from all of it.")
    return {
        "interface": seen.shown(place),
        "protocol": None,
        "source": wanted["source"],
        "destination": wanted["destination"],
        "nonat": True,
        "descr": f"{OURS}{key}",
        "disabled": False,
    }


def drop(api: Api, shown_as: str, id: ObjectId, *, last: bool) -> None:
    """With the last mapping, hybrid mode is what automatic mode was: it is set back."""
    seen = _look(api, shown_as)
    there = next((row for row in seen.outbound if is_ours(row) and id_of(row) == id), None)
    if there is None:
        return
    if seen.outbound_mode == HYBRID and len(seen.outbound) == 1:
        api.patch(MODE, {"mode": AUTOMATIC}, what=str(id))
    refuse_another(api, api.delete(MAPPING, there["id"], what=str(id), apply=last), "descr", there)


def _look(api: Api, shown_as: str) -> Snapshot:
    seen = take(api, "interfaces", "vlans", shown_as=shown_as)
    mode = api.get(MODE, what="reading the mode of outbound NAT") or {}
    rows = api.get(MAPPINGS, what=f"reading {MAPPINGS}") or []
    return replace(seen, outbound=rows, outbound_mode=str(mode.get("mode") or ""))


def _described(seen: Snapshot, descr: str) -> Row | None:
    return next((row for row in seen.outbound if row.get("descr") == descr), None)


def naming(api: Api, alias: str) -> Iterable[str]:
    """The mappings that name an alias, as far as the API's user may see them."""
    try:
        rows = api.get(MAPPINGS, what=f"reading {MAPPINGS}") or []
    except (Refused, SignInRefused):
        return
    for row in rows:
        if alias in {str(row.get(field) or "").removeprefix("!") for field in ("source", "destination", "target")}:
            yield f"the outbound mapping “{row.get('descr') or row['id']}”"
