"""From what a switch answers to VLANs and trunks. Pure: no session.

A list of VLANs that is there has the entry ``none`` besides: it may lose its last VLAN and stays a list. A trunk
without any entry carries every VLAN.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from provisioning.drivers.protocol import Refused
from provisioning.drivers.switches.trunks import TRUNK_MODE, Trunk, entries_of, vids_of

LISTED = "none"  # the entry that says: there is a list, whatever else is on it
EVERY = range(1, 4095)


def names_of(vlans: Mapping[Any, Mapping[str, Any]]) -> dict[int, str]:
    """VLAN names by ID, from NAPALM's ``get_vlans``."""
    return {int(vid): str(vlan["name"]) for vid, vlan in vlans.items()}


def names_in_table(text: str) -> dict[int, str]:
    """The same from IOS's ``show vlan brief``: NAPALM's own way asks once a VLAN where a command is not known."""
    rows = re.finditer(r"^(\d{1,4})\s+(\S.*?)\s+(?:active|suspended|(?:act|sus)/\S+)(?:\s|$)", text, re.MULTILINE)
    found = {int(row[1]): row[2] for row in rows}
    if not found:
        raise Refused(f"'show vlan brief' answers with no table of VLANs: {_first_line(text)}.")
    return found


def _first_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip(" ^\t")]
    return lines[0][:120] if lines else "nothing"


# --- EOS, NX-OS, IOS ------------------------------------------------------------------------------


def trunks_in(config: str) -> dict[str, Trunk]:
    """The ports of a running configuration of EOS, NX-OS or IOS, which write trunks alike."""
    blocks: dict[str, list[str]] = {}
    block: list[str] | None = None
    for line in config.splitlines():
        if found := re.fullmatch(r"interface (\S+)\s*", line):
            block = blocks.setdefault(found[1], [])
        elif not line.startswith((" ", "\t")):
            block = None
        elif block is not None:
            block.append(line.strip())
    return {port: _trunk(port, lines) for port, lines in blocks.items()}


def _trunk(port: str, lines: Iterable[str]) -> Trunk:
    mode, routed, entries = "", False, []
    for line in lines:
        if found := re.fullmatch(r"switchport mode (\S+).*", line):
            mode = found[1].upper()
        elif line == "no switchport":
            routed = True
        elif found := re.fullmatch(r"switchport trunk allowed vlan (?:(add|except)\s+)?(\S.*)", line):
            entries += _entries(found[2], inverse=found[1] == "except")
    if routed:
        return Trunk(port, "", "", ())
    return Trunk(port, "", mode or "ACCESS", tuple(dict.fromkeys(entries)))


def _entries(listed: str, *, inverse: bool) -> list[str]:
    """``10,20-30`` as entries; nothing for ``all``."""
    words = re.split(r"[\s,]+", listed.strip())
    if words in (["all"], ["1-4094"]):
        return []
    entries = [word.replace("-", "..") for word in words if word != LISTED]
    if inverse:
        entries = entries_of(set(EVERY) - {vid for entry in entries for vid in vids_of(entry)})
    return [LISTED, *entries]


# --- Junos ----------------------------------------------------------------------------------------

MODE = ("interface-mode", "port-mode")  # ELS, and what was before it


def statements_in(config: str) -> list[list[str]]:
    """The words of each ``set`` line of a Junos configuration that is in force."""
    lines = [re.findall(r'"[^"]*"|\S+', line) for line in config.splitlines()]
    off = [words[1:] for words in lines if words[:1] == ["deactivate"]]
    return [
        [word.strip('"') for word in words[1:]]
        for words in lines
        if words[:1] == ["set"] and not any(words[1 : len(path) + 1] == path for path in off)
    ]


def junos_vlans(statements: Iterable[list[str]]) -> tuple[dict[int, str], dict[int, str]]:
    """Names by ID, and those of them that share one statement with other VLANs."""
    names: dict[int, str] = {}
    lists: dict[int, str] = {}
    for words in statements:
        if len(words) >= 4 and words[0] == "vlans" and words[2] in ("vlan-id", "vlan-id-list", "vlan-range"):
            vids = [vid for word in words[3:] for vid in vids_of(word.replace("-", ".."))]
            names |= dict.fromkeys(vids, words[1])
            if words[2] != "vlan-id":
                lists |= dict.fromkeys(vids, words[1])
    return names, lists


def junos_trunks(
    statements: Iterable[list[str]], names: Mapping[int, str]
) -> tuple[dict[str, Trunk], dict[str, dict[str, tuple[str, ...]]]]:
    """The ports, by unit 0, and how the configuration writes each of their entries."""
    modes: dict[str, str] = {}
    listed: dict[str, dict[str, tuple[str, ...]]] = {}
    every: set[str] = set()
    for words in statements:
        if words[:1] != ["interfaces"] or len(words) < 3:
            continue
        port = words[1]
        modes.setdefault(port, "")
        if words[2:6] != ["unit", "0", "family", "ethernet-switching"]:
            continue
        modes[port] = modes[port] or "ACCESS"
        if len(words) == 8 and words[6] in MODE:
            modes[port] = words[7].upper()
        elif words[6:8] == ["vlan", "members"]:
            for word in words[8:]:
                if word == "all":
                    every.add(port)
                for entry in _junos_entries(word, names):
                    listed.setdefault(port, {})[entry] = (*listed.get(port, {}).get(entry, ()), word)
    # A trunk without members carries none on Junos, so that a first one cuts nobody off.
    trunks = {
        port: Trunk(
            port, "", mode, () if port in every and mode == TRUNK_MODE else tuple(listed.get(port, {LISTED: ()}))
        )
        for port, mode in modes.items()
    }
    return trunks, listed


def _junos_entries(word: str, names: Mapping[int, str]) -> list[str]:
    if re.fullmatch(r"\d{1,4}(?:-\d{1,4})?", word):
        return [word.replace("-", "..")]
    return entries_of(vid for vid, name in names.items() if name == word)
