"""IPsec to the customer's site: one phase 1 for each remote gateway, one phase 2 for each pair of prefixes.

A tunnel takes many writes, and none of them is live before the last. Until then phase 1's description says what the
tunnel was before, and that is what a read answers: a session that ended in the middle is followed by one that starts
from the same state. pfSense hides the pre-shared key from its readers; the driver does not look at it either.
"""

import json
from collections.abc import Iterable
from ipaddress import ip_network
from itertools import product
from typing import Any

from provisioning.drivers.pfsense.api import Api
from provisioning.drivers.pfsense.names import family_of
from provisioning.drivers.pfsense.routing import refuse_another
from provisioning.drivers.pfsense.snapshot import Row, Snapshot, take
from provisioning.drivers.protocol import Attributes, Change, DeviceState, Json, Kind, ObjectId, Refused

PHASE1, PHASE2 = "/vpn/ipsec/phase1", "/vpn/ipsec/phase2"
FINISHED, UNFINISHED = "zcsp", "zcsp, unfinished; before: "
LONGEST_DESCRIPTION = 1024
EVERYTHING = {"inet": "0.0.0.0/0", "inet6": "::/0"}

# What RFC 8247 and RFC 8221 ask of every implementation or recommend: IKEv2, AES-GCM, SHA-256, 2048-bit MODP.
CIPHER, CIPHER_BITS, GROUP = "aes256gcm", 128, 14
PROPOSAL1 = {
    "encryption_algorithm_name": CIPHER,
    "encryption_algorithm_keylen": CIPHER_BITS,
    "hash_algorithm": "sha256",
    "dhgroup": GROUP,
}
PROPOSAL2 = {
    "protocol": "esp",
    "encryption_algorithm_option": [{"name": CIPHER, "keylen": CIPHER_BITS}],
    "hash_algorithm_option": ["hmac_sha256"],
    "pfsgroup": GROUP,
}

Pair = tuple[str, str]  # local and remote prefix


def read(seen: Snapshot) -> DeviceState:
    found = {ObjectId(Kind.TUNNEL, str(row["remote_gateway"])): _attributes(seen, row) for row in seen.phase1s}
    return {id: attributes for id, attributes in found.items() if attributes is not None}


def _attributes(seen: Snapshot, phase1: Row) -> Attributes | None:
    note = str(phase1.get("descr") or "")
    if note.startswith(UNFINISHED):
        try:
            before: Attributes | None = json.loads(note.removeprefix(UNFINISHED))
        except ValueError:  # a person has been at the description
            return _as_found(seen, phase1)
        return before
    return _as_found(seen, phase1)


def _as_found(seen: Snapshot, phase1: Row) -> Attributes:
    phase2s = _phase2s(seen, phase1)
    pairs = {pair_of(row) for row in phase2s}
    local, remote = sorted({one for one, _ in pairs}), sorted({other for _, other in pairs})
    told: dict[str, Json] = {"remote_prefixes": [*remote]}
    if not set(local) <= set(EVERYTHING.values()):
        told["local_prefixes"] = [*local]
    wrong = {*_deviations1(seen, phase1), *(text for row in phase2s for text in _deviations2(row))}
    if pairs != set(wanted_pairs(local, remote)) or len(phase2s) != len(pairs):
        wrong.add("not every local prefix goes to every remote one")
    if wrong:
        told["deviates"] = [*sorted(wrong)]
    return told


def _phase2s(seen: Snapshot, phase1: Row) -> list[Row]:
    return [row for row in seen.phase2s if row["ikeid"] == phase1["ikeid"]]


def pair_of(phase2: Row) -> Pair:
    return _side(phase2, "localid"), _side(phase2, "remoteid")


def _side(phase2: Row, side: str) -> str:
    kind = phase2.get(f"{side}_type")
    if kind not in ("network", "address"):
        return str(kind)  # the network of an interface
    address = str(phase2[f"{side}_address"])
    length = phase2[f"{side}_netbits"] if kind == "network" else ip_network(address).prefixlen
    return f"{address}/{length}"


def wanted_pairs(local: Iterable[str], remote: Iterable[str]) -> Iterable[Pair]:
    """Every local prefix with every remote one of its family."""
    return (pair for pair in product(local, remote) if _family(pair[0]) in (None, _family(pair[1])))


def _family(text: str) -> str | None:
    try:
        return family_of(text)
    except Refused:
        return None


def _deviations1(seen: Snapshot, row: Row) -> Iterable[str]:
    if row.get("disabled"):
        yield "switched off"
    if row.get("iketype") != "ikev2":
        yield "not IKEv2 only"
    if row.get("authentication_method") != "pre_shared_key":
        yield "signs in another way"
    if seen.place_of(str(row["interface"])) != "wan":
        yield "not on the WAN"
    offers = row.get("encryption") or []
    if [{name: offer.get(name) for name in PROPOSAL1} for offer in offers] != [PROPOSAL1]:
        yield "another encryption in phase 1"


def _deviations2(row: Row) -> Iterable[str]:
    if row.get("disabled"):
        yield "a prefix is switched off"
    if row.get("natlocalid_type"):
        yield "translates addresses"
    if row.get("protocol") == "ah" or any(
        str(offer.get("name")) == "null" for offer in row.get("encryption_algorithm_option") or ()
    ):
        yield "does not encrypt"
    offers = [
        {"name": offer.get("name"), "keylen": offer.get("keylen")}
        for offer in row.get("encryption_algorithm_option") or ()
    ]
    if offers != PROPOSAL2["encryption_algorithm_option"] or any(
        row.get(field) != PROPOSAL2[field] for field in ("protocol", "hash_algorithm_option", "pfsgroup")
    ):
        yield "another encryption in phase 2"


# --- Writing --------------------------------------------------------------------------------------


def put(api: Api, shown_as: str, change: Change, *, last: bool, key: str) -> None:
    """``key``: the pre-shared key; empty keeps the one that is there. Raises Refused for a new tunnel without one."""
    gateway, what = change.id.key, str(change.id)
    seen = _look(api, shown_as)
    settings = _settings(seen, gateway, key)
    pairs = set(_pairs(change.after))
    there = _find(seen, gateway)
    if there is None:
        if not key:
            raise Refused(f"{api.where}, {what}: there is no pre-shared key for it on file: make a new plan.")
        api.post(PHASE1, {"remote_gateway": gateway, **settings, "descr": f"{UNFINISHED}null"}, what=what)
    elif pairs != {pair_of(row) for row in _phase2s(seen, there)}:
        _keep_in_mind(api, seen, there, what=what)
    _bring_phase2s(api, shown_as, gateway, pairs, what=what)
    there = _find(_look(api, shown_as), gateway)
    if there is None:
        raise Refused(f"{api.where}, {what}: somebody else removed it in the same moment.")
    api.patch(PHASE1, {"id": there["id"], **settings, "descr": FINISHED}, what=what, apply=last)


def _look(api: Api, shown_as: str) -> Snapshot:
    return take(api, "interfaces", "vlans", "phase1s", "phase2s", shown_as=shown_as)


def _find(seen: Snapshot, gateway: str) -> Row | None:
    return next((row for row in seen.phase1s if row["remote_gateway"] == gateway), None)


def _settings(seen: Snapshot, gateway: str, key: str) -> dict[str, Any]:
    """Phase 1 as we write it. The address itself is who it is, so neither side's identity needs data of its own."""
    settings: dict[str, Any] = {
        "disabled": False,
        "iketype": "ikev2",
        "protocol": family_of(gateway),
        "interface": seen.shown("wan"),
        "authentication_method": "pre_shared_key",
        "myid_type": "myaddress",
        "peerid_type": "peeraddress",
        "encryption": [PROPOSAL1],
    }
    return settings | ({"pre_shared_key": key} if key else {})


def _pairs(wanted: Attributes) -> Iterable[Pair]:
    local, remote = wanted.get("local_prefixes"), wanted["remote_prefixes"]
    assert isinstance(remote, list)
    assert local is None or isinstance(local, list)
    for prefix in [*remote, *(local or [])]:
        family_of(str(prefix))
    prefixes = [str(prefix) for prefix in remote]
    return wanted_pairs([str(prefix) for prefix in local or EVERYTHING.values()], prefixes)


def _keep_in_mind(api: Api, seen: Snapshot, phase1: Row, *, what: str) -> None:
    note = f"{UNFINISHED}{json.dumps(_attributes(seen, phase1), separators=(',', ':'))}"
    if len(note) <= LONGEST_DESCRIPTION:  # more than some fifty prefixes: a broken session is then told, not mended
        api.patch(PHASE1, {"id": phase1["id"], "descr": note}, what=what)


def _bring_phase2s(api: Api, shown_as: str, gateway: str, pairs: set[Pair], *, what: str) -> None:
    """Add what is missing, mend what differs, remove what is too much; each looked up right before it is written."""
    while True:
        seen = _look(api, shown_as)
        phase1 = _find(seen, gateway)
        if phase1 is None:
            raise Refused(f"{api.where}, {what}: somebody else removed it in the same moment.")
        rows = _phase2s(seen, phase1)
        there = [pair_of(row) for row in rows]
        surplus = [row for i, row in enumerate(rows) if there[i] not in pairs or there[i] in there[:i]]
        wrong = [row for row in rows if row not in surplus and [*_deviations2(row)]]
        if surplus:
            refuse_another(api, api.delete(PHASE2, surplus[0]["id"], what=what), "uniqid", surplus[0])
        elif wrong:
            body = {"id": wrong[0]["id"], "disabled": False, "natlocalid_type": None, **PROPOSAL2}
            api.patch(PHASE2, body, what=what)
        elif missing := sorted(pairs - set(there)):
            api.post(PHASE2, {"ikeid": phase1["ikeid"], **_new_phase2(*missing[0])}, what=what)
        else:
            return


def _new_phase2(local: str, remote: str) -> dict[str, Any]:
    mode = "tunnel6" if family_of(remote) == "inet6" else "tunnel"
    body: dict[str, Any] = {"mode": mode, "descr": FINISHED, **PROPOSAL2}
    for side, prefix in (("localid", local), ("remoteid", remote)):
        network = ip_network(prefix)
        body |= {
            f"{side}_type": "network",
            f"{side}_address": str(network.network_address),
            f"{side}_netbits": network.prefixlen,
        }
    return body


def drop(api: Api, shown_as: str, id: ObjectId, *, last: bool) -> None:
    """Phase 2 first: left behind, they would be taken over by the next phase 1 that gets the same number."""
    seen = _look(api, shown_as)
    there = _find(seen, id.key)
    if there is None:
        return
    if _phase2s(seen, there):
        _keep_in_mind(api, seen, there, what=str(id))
        _bring_phase2s(api, shown_as, id.key, set(), what=str(id))
        there = _find(_look(api, shown_as), id.key)
    if there is not None:
        refuse_another(api, api.delete(PHASE1, there["id"], what=str(id), apply=last), "remote_gateway", there)
