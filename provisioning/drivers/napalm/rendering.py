"""From an edit to the lines that a switch is sent, and the check that nothing else is sent. Pure.

There is no function here that writes a trunk's list as a whole. ``switchport trunk allowed vlan 100``, which takes
everybody else off the trunk, cannot come out; if it did, ``checked`` would refuse it, as it does all that it does not
know.
"""

import re
from collections.abc import Iterable, Sequence

from provisioning.drivers.napalm.found import Found
from provisioning.drivers.protocol import Refused
from provisioning.drivers.switches.state import Edit
from provisioning.drivers.switches.trunks import TrunkEdit, entries_of

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,31}")
# Cisco's command line takes 254 characters; the others take more.
LONGEST_LINE = 200

_VIDS = r"\d{1,4}(?:-\d{1,4})?(?:,\d{1,4}(?:-\d{1,4})?)*"
_PORT = r"[A-Za-z][A-Za-z0-9/.:_-]{0,62}"
_NAME = NAME.pattern
CLI_LINES = re.compile(
    rf"vlan \d{{1,4}}| name {_NAME}| exit|no vlan {_VIDS}|interface {_PORT}"
    rf"| switchport trunk allowed vlan (?:(?:add|remove) {_VIDS}|none)",
    re.ASCII,
)
_MEMBERS = rf"interfaces {_PORT} unit 0 family ethernet-switching vlan members"
JUNOS_LINES = re.compile(
    rf"set vlans {_NAME} vlan-id \d{{1,4}}|rename vlans {_NAME} to {_NAME}|delete vlans {_NAME}"
    rf"|set {_MEMBERS} \d{{1,4}}(?:-\d{{1,4}})?|delete {_MEMBERS} (?!all\b){_NAME}",
    re.ASCII,
)


class Unsafe(Refused):
    """The text would do more than it shall: it is not sent."""


def bad_name(name: str) -> bool:
    """Whether a switch could take the name for anything but a name: a second line, a quote, a question mark."""
    return NAME.fullmatch(name) is None


def checked(text: str, allowed: re.Pattern[str], *, emptied: Iterable[str] = ()) -> str:
    """The text, if each of its lines is of a form that is allowed. Raises Unsafe.

    ``emptied``: the ports whose list may be set to ``none``, because the edit leaves no VLAN on them.
    """
    port, empty = "", set(emptied)
    for line in text.split("\n"):
        if allowed.fullmatch(line) is None or len(line) > LONGEST_LINE:
            raise Unsafe(f"This line is not sent to a switch: {line[:80]!r}: correct the name or the port in it.")
        if line.startswith("interface "):
            port = line.removeprefix("interface ")
        if line.endswith(" allowed vlan none") and port not in empty:
            raise Unsafe(f"{port}: its list of VLANs is not emptied: other VLANs are on it.")
    return text


# --- EOS, NX-OS, IOS ------------------------------------------------------------------------------


def cli_text(edit: Edit, found: Found) -> str:
    """The lines that EOS, NX-OS and IOS understand alike: VLANs first, then trunks, then the VLANs that go."""
    lines: list[str] = []
    for vid, name in edit.vlans.items():
        lines += [f"vlan {vid}", f" name {name}", " exit"]
    for one in edit.trunks:
        lines += [f"interface {one.trunk.port}", *_members(one), " exit"]
    lines += _in_lines("no vlan ", edit.gone_vlans)
    emptied = [one.trunk.port for one in edit.trunks if not one.members_after]
    return checked("\n".join(lines), CLI_LINES, emptied=emptied)


def _members(edit: TrunkEdit) -> list[str]:
    before, after = edit.trunk.members, edit.members_after
    lines = _in_lines(" switchport trunk allowed vlan add ", after - before)
    if not after:
        return [*lines, " switchport trunk allowed vlan none"]
    return lines + _in_lines(" switchport trunk allowed vlan remove ", before - after)


def _in_lines(start: str, vids: Iterable[int]) -> list[str]:
    """As few lines as hold these VLANs, as ranges, none longer than a switch takes."""
    lines: list[str] = []
    for entry in entries_of(vids):
        text = entry.replace("..", "-")
        if lines and len(lines[-1]) + 1 + len(text) <= LONGEST_LINE:
            lines[-1] += f",{text}"
        else:
            lines.append(start + text)
    return lines


# --- Junos ----------------------------------------------------------------------------------------


def junos_text(edit: Edit, found: Found) -> str:
    """``set``, ``rename`` and ``delete`` lines. Of a trunk, single members only: never the statement as a whole."""
    lines: list[str] = []
    for vid, name in edit.vlans.items():
        if vid in found.names:
            lines += _renamed(vid, found.names[vid], name, found)
        else:
            lines.append(f"set vlans {name} vlan-id {vid}")
    for one in edit.trunks:
        lines += _junos_members(one, found)
    lines += [f"delete vlans {found.names[vid]}" for vid in edit.gone_vlans]
    return checked("\n".join(lines), JUNOS_LINES)


def _path(port: str) -> str:
    return f"interfaces {port} unit 0 family ethernet-switching vlan members"


def _renamed(vid: int, old: str, new: str, found: Found) -> list[str]:
    """A trunk that names the VLAN is told its ID instead: Junos does not follow a rename."""
    lines = [f"rename vlans {old} to {new}"]
    for port, entries in found.words.items():
        if old in entries.get(str(vid), ()):
            lines += [f"set {_path(port)} {vid}", f"delete {_path(port)} {old}"]
    return lines


def _junos_members(edit: TrunkEdit, found: Found) -> list[str]:
    """What is added comes first, so that the statement never stands empty in between."""
    path = _path(edit.trunk.port)
    words = found.words.get(edit.trunk.port, {})
    return [
        *(f"set {path} {entry.replace('..', '-')}" for entry in edit.merge),
        *(f"delete {path} {word}" for entry in edit.delete for word in dict.fromkeys(words[entry])),
    ]


def junos_refusals(vids: Sequence[int], names: dict[int, str], found: Found) -> dict[int, str]:
    """Why VLANs cannot be written to this switch, by ID: on Junos the name is the VLAN's key.

    ``vids``: all that the batch writes or deletes; ``names``: what it names them.
    """
    refused = {
        vid: f"the switch has it in one statement with others ('{found.lists[vid]}'): take it out of there"
        for vid in vids
        if vid in found.lists
    }
    holders = {name: vid for vid, name in found.names.items()}
    for vid, name in names.items():
        holder = holders.setdefault(name, vid)
        if holder != vid:
            refused[vid] = f"VLAN {holder} has the name '{name}' on this switch, and Junos knows VLANs by name"
        elif name.isdecimal() or name in ("all", "default"):
            refused[vid] = f"'{name}' means something else on Junos: choose another name"
    return refused
