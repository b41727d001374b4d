"""From what is wanted and what the switch carries to one edit, and whether it came to be. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from provisioning.drivers.protocol import Attributes, DeviceError, Json, Kind, ObjectId, Refused
from provisioning.drivers.switches.state import Edit, SwitchState
from provisioning.drivers.switches.trunks import LastVlan, Trunk, TrunkEdit, adding, refuse_unlisted, removing

FIRST_VLAN, LAST_VLAN = 2, 4094  # 1 is every switch's default VLAN, and not ours
LONGEST_NAME = 32
ATTEMPTS = 100  # edits that one call tries at most while it looks for the objects that are refused
ALL = "all"  # the key of a trunk that lists no VLAN and so carries every one


@dataclass(frozen=True, slots=True)
class Wish:
    """An object as it shall be; ``after`` None: gone."""

    id: ObjectId
    after: Attributes | None

    @property
    def vid(self) -> int:
        return int(self.id.key.rpartition("/")[2])

    @property
    def port(self) -> str:
        return self.id.key.rpartition("/")[0]


@dataclass(slots=True)
class Prepared:
    """An edit, the wishes that it is for, and those that were settled without it (None: as wanted already).

    ``before``: what the switch carried when it was prepared.
    """

    edit: Edit
    before: SwitchState
    wishes: list[Wish] = field(default_factory=list)
    settled: dict[ObjectId, DeviceError | None] = field(default_factory=dict)

    def is_as_before(self, wish: Wish, now: SwitchState) -> bool:
        return _seen(wish, now) == _seen(wish, self.before)


def _seen(wish: Wish, state: SwitchState) -> str | bool | None:
    """A VLAN's name (None: not there); whether the VLAN is on the trunk."""
    if wish.id.kind == Kind.VLAN:
        return (state.vlans or {}).get(wish.vid)
    trunk = state.trunks.get(wish.port)
    return trunk is not None and wish.vid in trunk.members


def objects_of(state: SwitchState) -> dict[ObjectId, dict[str, Json]]:
    """What the switch carries, by object id."""
    found: dict[ObjectId, dict[str, Json]] = {
        ObjectId(Kind.VLAN, str(vid)): {"name": name} for vid, name in (state.vlans or {}).items()
    }
    for trunk in state.trunks.values():
        if trunk.carries_all:
            found[ObjectId(Kind.TRUNK_VLAN, f"{trunk.port}/{ALL}")] = {}
        elif trunk.mode == "TRUNK":
            found |= {ObjectId(Kind.TRUNK_VLAN, f"{trunk.port}/{vid}"): {} for vid in trunk.members}
    return found


def obstacle_on(state: SwitchState, id: ObjectId) -> str:
    """Why a VLAN cannot be put on this trunk, as far as a read tells; empty where nothing is against it."""
    if id.kind != Kind.TRUNK_VLAN:
        return ""
    port = id.key.rpartition("/")[0]
    if (trunk := state.trunks.get(port)) is None:
        return _no_such_port(port, state)
    try:
        refuse_unlisted(trunk)
    except Refused as error:
        return str(error)
    return ""


def refusal(wish: Wish, *, parking_vlan: int) -> Refused | None:
    """Why this cannot be written to any switch."""
    port, _, vid = wish.id.key.rpartition("/")
    if wish.id.kind not in (Kind.VLAN, Kind.TRUNK_VLAN) or bool(port) != (wish.id.kind == Kind.TRUNK_VLAN):
        return Refused(f"{wish.id}: a core switch carries VLANs and VLANs on trunks only.")
    if not vid.isdecimal() or vid != str(int(vid)) or not FIRST_VLAN <= int(vid) <= LAST_VLAN:
        return Refused(f"{wish.id}: a tenant's VLAN has an ID from {FIRST_VLAN} to {LAST_VLAN}.")
    if int(vid) == parking_vlan:
        return Refused(f"{wish.id}: this is the parking VLAN (SWITCH_PARKING_VLAN): choose another.")
    if wish.id.kind == Kind.VLAN and wish.after is not None and not _is_name(wish.after.get("name")):
        return Refused(f"{wish.id}: a VLAN's name has 1 to {LONGEST_NAME} printable characters.")
    return None


def _is_name(name: Json) -> bool:
    return isinstance(name, str) and 1 <= len(name) <= LONGEST_NAME and name.isprintable()


def prepare(wishes: Iterable[Wish], state: SwitchState, *, parking_vlan: int) -> Prepared:
    """One edit for all of these. Needs ``state.vlans``."""
    assert state.vlans is not None
    prepared = Prepared(Edit({}, (), ()), state)
    names: dict[int, str] = {}
    gone: list[int] = []
    members: dict[tuple[str, bool], list[Wish]] = {}
    for wish in wishes:
        if wish.id.kind == Kind.TRUNK_VLAN:
            members.setdefault((wish.port, wish.after is not None), []).append(wish)
        elif wish.after is None:
            _sort(prepared, wish, wish.vid in state.vlans)
        else:
            _sort(prepared, wish, state.vlans.get(wish.vid) != wish.after["name"])
    trunk_edits = [
        edit
        for (port, wanted), of_port in members.items()
        if (edit := _of_trunk(prepared, port, of_port, state, wanted=wanted, parking_vlan=parking_vlan))
    ]
    stay = {wish_id.key.rpartition("/")[2] for wish_id, error in prepared.settled.items() if error is not None}
    prepared.wishes = [wish for wish in prepared.wishes if not _held_back(prepared, wish, stay)]
    for wish in prepared.wishes:
        if wish.id.kind == Kind.VLAN and wish.after is None:
            gone.append(wish.vid)
        elif wish.id.kind == Kind.VLAN and wish.after is not None:
            names[wish.vid] = str(wish.after["name"])
    prepared.edit = Edit(names, gone, trunk_edits)
    return prepared


def _sort(prepared: Prepared, wish: Wish, needed: bool) -> None:
    if needed:
        prepared.wishes.append(wish)
    else:
        prepared.settled[wish.id] = None


def _held_back(prepared: Prepared, wish: Wish, stay: set[str]) -> bool:
    """A VLAN that a trunk must keep is not deleted under it."""
    if wish.id.kind != Kind.VLAN or wish.after is not None or wish.id.key not in stay:
        return False
    prepared.settled[wish.id] = Refused(f"{wish.id}: it stays, because a trunk still carries it.")
    return True


def _of_trunk(
    prepared: Prepared, port: str, wishes: Sequence[Wish], state: SwitchState, *, wanted: bool, parking_vlan: int
) -> TrunkEdit | None:
    """The trunk's entries to add or to take off; what is refused or needless is settled."""
    trunk = state.trunks.get(port)
    try:
        if trunk is None:
            if not wanted:  # a port that is not there carries nothing
                trunk = Trunk(port, "", "", ())
            else:
                raise Refused(_no_such_port(port, state))
        elif wanted or trunk.carries_all:
            refuse_unlisted(trunk)
    except Refused as error:
        prepared.settled.update((wish.id, error) for wish in wishes)
        return None
    writing: list[Wish] = []
    for wish in wishes:
        needed = (wish.vid in trunk.members) != wanted
        _sort(prepared, wish, needed)
        writing += [wish] * needed
    if not writing:
        return None
    vids = [wish.vid for wish in writing]
    if wanted:
        return adding(trunk, vids)
    try:
        return removing(trunk, vids, parking_vlan=parking_vlan)
    except LastVlan as error:
        last = writing[-1]
        prepared.wishes.remove(last)
        prepared.settled[last.id] = error
        return removing(trunk, vids[:-1], parking_vlan=0) if vids[:-1] else None


def _no_such_port(port: str, state: SwitchState) -> str:
    there = ", ".join(sorted(state.trunks)[:12]) or "none"
    return f"{port}: the switch has no such port (there: {there}): correct the pod's trunk port."


def unmet(prepared: Prepared, state: SwitchState) -> dict[ObjectId, str]:
    """What reads back otherwise than wanted, in words."""
    wrong: dict[ObjectId, str] = {}
    for wish in prepared.wishes:
        seen = _seen(wish, state)
        if wish.id.kind == Kind.TRUNK_VLAN:
            if seen != (wish.after is not None):
                wrong[wish.id] = "is still on the trunk" if seen else "is not on the trunk"
        elif wish.after is None:
            if seen is not None:
                wrong[wish.id] = "is still there"
        elif seen != wish.after["name"]:
            wrong[wish.id] = "is not there" if seen is None else f"reads back as '{seen}'"
    return wrong


def lost(prepared: Prepared, state: SwitchState) -> str:
    """Which trunk lost VLANs that nobody asked to take off, in words; empty: none."""
    for edit in prepared.edit.trunks:
        now = state.trunks.get(edit.trunk.port)
        missing = sorted(edit.members_after - (now.members if now else frozenset()))
        asked = {wish.vid for wish in prepared.wishes if wish.port == edit.trunk.port}
        if now is None or now.carries_all:
            return f"{edit.trunk.port} has no list of VLANs any more"
        if others := [vid for vid in missing if vid not in asked]:
            return f"{edit.trunk.port} lost VLAN {', '.join(map(str, others[:10]))}, which nobody asked for"
    return ""


class Untried(Refused):
    """Not refused, but not tried any more either."""

    transient = True


def untried(name: str, wishes: Iterable[Wish]) -> dict[ObjectId, DeviceError | None]:
    """What is left when a switch refuses and refuses, and does not say what: another call may come further."""
    error = Untried(f"{name}: not tried, after {ATTEMPTS} edits of which the switch refused too many: it will be.")
    return {wish.id: error for wish in wishes}


def by_vlan(wishes: Sequence[Wish]) -> tuple[list[Wish], list[Wish]]:
    """Two halves; what is about one VLAN stays together. The second is empty when all is about one."""
    vids = sorted({wish.vid for wish in wishes})
    first = set(vids[: (len(vids) + 1) // 2])
    return [wish for wish in wishes if wish.vid in first], [wish for wish in wishes if wish.vid not in first]
