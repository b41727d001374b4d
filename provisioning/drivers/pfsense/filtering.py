"""Aliases, and the rules that name them.

A rule of ours is known by its description, which holds its key: pfSense's own tracker is the second in which a rule
was made, and two rules can share it. A rule that is not ours is known by that tracker, so that an audit sees it.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from provisioning.drivers.pfsense import exemptions
from provisioning.drivers.pfsense.api import Api
from provisioning.drivers.pfsense.names import OURS, family_of
from provisioning.drivers.pfsense.routing import refuse_another
from provisioning.drivers.pfsense.snapshot import Row, Snapshot, take
from provisioning.drivers.protocol import Attributes, Change, DeviceState, Kind, ObjectId, Refused

ALIAS, RULE = "/firewall/alias", "/firewall/rule"
LEAVING = "leaving, zcsp "  # one that another takes the place of; until it is gone, it is the one that counts
FLOATING = "floating"
WITH_PORTS = ("tcp", "udp", "tcp/udp")


def read(seen: Snapshot) -> DeviceState:
    found: dict[ObjectId, Attributes] = {
        ObjectId(Kind.ALIAS, str(row["name"])): {"type": row["type"], "entries": [*sorted(_entries(row))]}
        for row in seen.aliases
    }
    leaving = {key_of(seen, row) for row in seen.rules if _is_leaving(row)}
    for row in seen.rules:
        id = ObjectId(Kind.RULE, key_of(seen, row))
        if id.key in leaving and not _is_leaving(row):
            continue
        while id in found:  # two rules of one second
            id = ObjectId(Kind.RULE, f"{id.key}+")
        found[id] = _rule_attributes(seen, row)
    return found


def _entries(row: Row) -> list[str]:
    port = row["type"] == "port"
    return [str(entry).replace(":", "-") if port else str(entry) for entry in row.get("address") or ()]


# --- Aliases --------------------------------------------------------------------------------------


def put_alias(api: Api, shown_as: str, change: Change, *, last: bool) -> None:
    name, kind = change.id.key, str(change.after["type"])
    entries = change.after["entries"]
    assert isinstance(entries, list)
    written = [str(entry).replace("-", ":") if kind == "port" else str(entry) for entry in entries]
    there = _alias(take(api, "aliases", shown_as=shown_as), name)
    # A description an entry is not ours to keep, and old ones may not outnumber the new entries.
    body = {"type": kind, "address": written, "detail": []}
    if there is None:
        api.post(ALIAS, {"name": name, **body}, what=str(change.id), apply=last)
    elif there["type"] != kind or sorted(there.get("address") or ()) != sorted(written):
        api.patch(ALIAS, {"id": there["id"], **body}, what=str(change.id), apply=last)


def drop_alias(api: Api, shown_as: str, id: ObjectId, *, last: bool) -> None:
    """The API removes an alias that rules still name, and the filter then fails to load: so look first."""
    seen = take(api, "aliases", "rules", shown_as=shown_as)
    there = _alias(seen, id.key)
    if there is None:
        return
    if users := [*_users(seen, id.key), *exemptions.naming(api, id.key)]:
        raise Refused(f"{id} is still used by {', '.join(users[:3])}: change that first, then remove it.")
    refuse_another(api, api.delete(ALIAS, there["id"], what=str(id), apply=last), "name", there)


def _alias(seen: Snapshot, name: str) -> Row | None:
    return next((row for row in seen.aliases if row["name"] == name), None)


def _users(seen: Snapshot, name: str) -> Iterable[str]:
    for row in seen.rules:
        named = (row.get(field) for field in ("source", "destination", "source_port", "destination_port"))
        if name in {str(value or "").removeprefix("!") for value in named}:
            yield f"the rule “{row.get('descr') or row.get('tracker')}”"
    yield from (f"the alias {row['name']}" for row in seen.aliases if name in (row.get("address") or ()))


# --- Rules ----------------------------------------------------------------------------------------


def _is_leaving(row: Row) -> bool:
    return str(row.get("descr") or "").startswith(LEAVING)


def _is_ours(row: Row) -> bool:
    return str(row.get("descr") or "").startswith(OURS)


def key_of(seen: Snapshot, row: Row) -> str:
    if _is_ours(row) or _is_leaving(row):
        return str(row["descr"]).removeprefix(LEAVING).removeprefix(OURS)
    places = row.get("interface") or []
    where = seen.place_of(str(places[0])) if len(places) == 1 else FLOATING
    return f"{where}/tracker-{row.get('tracker')}"


def _rule_attributes(seen: Snapshot, row: Row) -> Attributes:
    told: dict[str, Any] = {
        "action": row["type"],
        "direction": row.get("direction") or "any" if row.get("floating") else "in",
        "family": row["ipprotocol"],
        "protocol": row.get("protocol") or "any",
        "source": _party(seen, str(row["source"])),
        "destination": _party(seen, str(row["destination"])),
        "ports": str(row.get("destination_port") or "").replace(":", "-"),
    }
    if _is_ours(row):
        if wrong := sorted(_rule_deviations(seen, row)):
            told["deviates"] = wrong
    elif not _is_leaving(row):
        told |= {"description": str(row.get("descr") or ""), **_for_an_audit(seen, row)}
        if row.get("disabled"):
            told["deviates"] = ["switched off"]
    return told


def _for_an_audit(seen: Snapshot, row: Row) -> dict[str, Any]:
    """What decides when a rule that is not ours is asked, and about what: where it differs from the plain case."""
    told: dict[str, Any] = {}
    if row.get("floating"):
        places = sorted(seen.place_of(str(shown)) for shown in row.get("interface") or ())
        told |= {"floating": True, "quick": bool(row.get("quick")), "places": places}
    if narrowed := [*_conditions(row)]:
        told["conditions"] = narrowed
    if known := seen.networks_of(str(row["source"]), str(row["destination"])):
        told["stands_for"] = {_party(seen, party): networks for party, networks in known.items()}
    return told


def _conditions(row: Row) -> Iterable[str]:
    """What keeps it from deciding about all that its addresses and ports say."""
    if row.get("source_port"):
        yield "a source port"
    if row.get("sched"):
        yield "a schedule"
    if set(row.get("icmptype") or ()) - {"any"}:
        yield "kinds of ICMP"
    if row.get("tcp_flags_set") or row.get("tcp_flags_out_of"):
        yield "TCP flags"


def _party(seen: Snapshot, shown: str) -> str:
    place = seen.place_of(shown)
    return place if place.startswith("vlan") else shown


def _rule_deviations(seen: Snapshot, row: Row) -> Iterable[str]:
    if row.get("disabled"):
        yield "switched off"
    if [seen.place_of(str(shown)) for shown in row.get("interface") or ()] != [key_of(seen, row).partition("/")[0]]:
        yield "on another interface"
    if row.get("floating") and not row.get("quick"):
        yield "does not decide at once"
    if row.get("source_port"):
        yield "asks for a source port"
    if row.get("gateway") or row.get("sched") or row.get("tag") or row.get("statetype", "keep state") != "keep state":
        yield "has conditions of its own"
    if _comes_too_late(seen.rules, row):
        yield "comes after another rule"


def _peers(rules: Sequence[Row], row: Row) -> list[tuple[int, Row]]:
    """The rules that are looked at together with this one, with their places in the list."""
    same = ("interface", "floating")
    if row.get("floating"):
        same = ("floating", "floating")
    return [(i, one) for i, one in enumerate(rules) if all((one.get(f) or 0) == (row.get(f) or 0) for f in same)]


def _goes_before(row: Row, other: Row) -> bool:
    """Ours come in the order of their keys, and before all that are not ours: the first that fits decides."""
    return not _is_ours(other) or str(row["descr"]) < str(other["descr"])


def _comes_too_late(rules: Sequence[Row], row: Row) -> bool:
    for _, other in _peers(rules, row):
        if other is row or other.get("descr") == row["descr"]:
            return False
        if _goes_before(row, other):
            return True
    return False


def put_rule(api: Api, shown_as: str, change: Change, *, last: bool) -> None:
    """A rule that has to become another sort of rule (the API does not change that) is replaced: see LEAVING."""
    what, seen = str(change.id), _look(api, shown_as)
    body = _body(seen, change.id.key, change.after)
    old = _described(seen, f"{LEAVING}{change.id.key}")
    there = _described(seen, body["descr"])
    if there is not None and old is None and bool(there.get("floating")) != body["floating"]:
        api.patch(RULE, {"id": there["id"], "descr": f"{LEAVING}{change.id.key}"}, what=what)
        old, there = there, None
    _bring(api, _look(api, shown_as) if old else seen, there, body, what=what, last=last and old is None)
    if old is not None:
        gone = _described(_look(api, shown_as), f"{LEAVING}{change.id.key}")
        if gone is not None:
            refuse_another(api, api.delete(RULE, gone["id"], what=what, apply=last), "descr", gone)


def _look(api: Api, shown_as: str) -> Snapshot:
    return take(api, "interfaces", "vlans", "rules", shown_as=shown_as)


def _described(seen: Snapshot, descr: str) -> Row | None:
    return next((row for row in seen.rules if row.get("descr") == descr), None)


def _bring(api: Api, seen: Snapshot, there: Row | None, body: dict[str, Any], *, what: str, last: bool) -> None:
    """Make the rule, or change it where it differs, in its place."""
    place = _place(seen.rules, body)
    if there is None:
        at = {} if place is None else {"placement": place}
        api.post(RULE, {**body, **at}, what=what, apply=last)
        return
    late = _comes_too_late(seen.rules, there)
    if late or any(there.get(field) != value for field, value in body.items()):
        fields = {field: value for field, value in body.items() if field != "floating"}
        at = {"placement": len(seen.rules) if place is None else place} if late else {}
        api.patch(RULE, {"id": there["id"], **fields, **at}, what=what, apply=last)


def _place(rules: Sequence[Row], body: Row) -> int | None:
    """Where in the list, counted without the rule itself; None: at its end."""
    others = [row for row in rules if row.get("descr") != body["descr"]]
    return next((i for i, other in _peers(others, body) if _goes_before(body, other)), None)


def _body(seen: Snapshot, key: str, wanted: Attributes) -> dict[str, Any]:
    where, _, name = key.partition("/")
    if not name or "/" in name:
        raise Refused(f"rule {key}: a rule's key is a place, a slash and a name, such as wan/10-no-clear-traffic.")
    out, protocol = wanted["direction"] == "out", str(wanted["protocol"])
    body: dict[str, Any] = {
        "type": wanted["action"],
        "interface": [seen.shown(where)],
        "ipprotocol": wanted["family"],
        "protocol": None if protocol == "any" else protocol,
        "source": _shown_party(seen, str(wanted["source"])),
        "destination": _shown_party(seen, str(wanted["destination"])),
        "descr": f"{OURS}{key}",
        "disabled": False,
        "log": wanted["action"] == "block",
        "floating": out,
        "statetype": "keep state",
    }
    if protocol in WITH_PORTS:
        ports = str(wanted["ports"])
        span = ports.replace("-", ":") if ports.replace("-", "").isdigit() else ports
        body |= {"source_port": None, "destination_port": span or None}
    elif wanted["ports"]:
        raise Refused(f"rule {key}: the protocol {protocol} has no ports.")
    return body | ({"quick": True, "direction": "out"} if out else {})


def _shown_party(seen: Snapshot, party: str) -> str:
    if party.startswith("vlan") and party[4:].isdigit():
        return seen.shown(party)
    if "/" in party:
        family_of(party)
    return party


def drop_rule(api: Api, shown_as: str, id: ObjectId, *, last: bool) -> None:
    """The rule, and before it one that was to take its place; of rules that are not ours, the one and no other."""
    while rows := _rules_of(_look(api, shown_as), id.key):
        ours = _is_ours(rows[0]) or _is_leaving(rows[0])
        gone = api.delete(RULE, rows[0]["id"], what=str(id), apply=last and (len(rows) == 1 or not ours))
        refuse_another(api, gone, "descr", rows[0])
        if not ours:
            return


def _rules_of(seen: Snapshot, key: str) -> list[Row]:
    return sorted((row for row in seen.rules if key_of(seen, row) == key), key=_is_leaving)
