"""A switch that keeps its state, behind NAPALM's own mock driver. It does what it is told, outages included.

It reads the configuration that our driver renders the way the platforms do: a trunk's list without ``add`` replaces
the list, a roll-back restores what a commit found, and what is not confirmed goes when its time is up.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from napalm.base.exceptions import (
    CommitError,
    ConnectAuthError,
    ConnectionClosedException,
    MergeConfigException,
    SessionLockedException,
)
from napalm.base.mock import MockDriver

from provisioning.drivers.napalm import JUNOS, NXOS, Napalm, Options, Platform
from provisioning.drivers.protocol import Target

PASSWORD = "right"
ALL = None  # a trunk without a list

Vlans = dict[int, str]
Trunks = dict[str, set[int] | None]


def vids_in(text: str) -> set[int]:
    found: set[int] = set()
    for word in text.split(","):
        first, _, last = word.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found


def as_ranges(vids: set[int]) -> str:
    runs: list[list[int]] = []
    for vid in sorted(vids):
        if runs and runs[-1][1] == vid - 1:
            runs[-1][1] = vid
        else:
            runs.append([vid, vid])
    return ",".join(f"{first}-{last}" if last > first else str(first) for first, last in runs)


@dataclass
class Switch:
    """``refuses``: VLANs whose creation it refuses; ``ignores``: those that it silently does not create.

    ``quotes``: whether a refusal names the command. ``keeps_vlans``: they are in a file of their own, which no
    roll-back reaches. ``breaks_in``: the NAPALM method in which the session ends. ``meddle``: called after a commit.
    """

    platform: Platform
    vlans: Vlans = field(default_factory=lambda: {1: "default", 12: "legacy"})
    trunks: Trunks = field(default_factory=dict)
    refuses: set[int] = field(default_factory=set)
    ignores: set[int] = field(default_factory=set)
    quotes: bool = False
    keeps_vlans: bool = False
    locked: bool = False
    refuses_to_confirm: bool = False
    breaks_in: str = ""
    meddle: Callable[[], None] | None = None
    before: tuple[Vlans, Trunks] | None = None  # what a roll-back restores
    pending: bool = False
    members: dict[str, list[str]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def copy(self) -> tuple[Vlans, Trunks]:
        return dict(self.vlans), {port: None if on is None else set(on) for port, on in self.trunks.items()}

    def roll_back(self) -> None:
        assert self.before is not None
        vlans, self.trunks = self.before
        if not self.keeps_vlans:
            self.vlans = vlans
        self.before, self.pending = None, False
        self.members.clear()

    expire = roll_back  # nobody confirmed in time

    # --- What it is told --------------------------------------------------------------------------

    def take(self, text: str) -> None:
        for line in text.split("\n"):
            if self.platform is JUNOS:
                self._set(line.split())
            else:
                self._type(line)

    def _create(self, vid: int, name: str) -> None:
        if vid in self.refuses:
            why = f"command 'vlan {vid}' is not allowed" if self.quotes else "invalid command"
            raise MergeConfigException(why)
        if vid not in self.ignores:
            self.vlans[vid] = name

    def _type(self, line: str) -> None:
        if line == " exit":
            return
        if found := re.fullmatch(r"vlan (\d+)", line):
            self._vlan = int(found[1])
            self._create(self._vlan, self.vlans.get(self._vlan, f"VLAN{self._vlan:04}"))
        elif found := re.fullmatch(r" name (\S+)", line):
            self._create(self._vlan, found[1])
        elif found := re.fullmatch(r"no vlan (\S+)", line):
            for vid in vids_in(found[1]):
                self.vlans.pop(vid, None)
        elif found := re.fullmatch(r"interface (\S+)", line):
            self._port = found[1]
        elif found := re.fullmatch(r" switchport trunk allowed vlan (?:(add|remove|none)(?: |$))?(\S*)", line):
            self._allow(found[1], found[2])
        else:
            raise MergeConfigException(f"Invalid input: {line}")

    def _allow(self, how: str | None, listed: str) -> None:
        on = self.trunks[self._port]
        vids = vids_in(listed) if listed else set()
        on = set(range(1, 4095)) if on is None else on
        after = {"add": on | vids, "remove": on - vids, "none": set[int](), None: vids}[how]
        self.trunks[self._port] = after

    def _set(self, words: list[str]) -> None:
        by_name = {name: vid for vid, name in self.vlans.items()}
        if words[:2] == ["set", "vlans"]:
            self._create(int(words[4]), words[2])
        elif words[:2] == ["rename", "vlans"]:
            self.vlans[by_name[words[2]]] = words[4]
        elif words[:2] == ["delete", "vlans"]:
            del self.vlans[by_name[words[2]]]
        elif words[1] == "interfaces" and words[7:9] == ["vlan", "members"]:
            self._member(words[0], words[2], words[9])
        else:
            raise MergeConfigException(f"syntax error: {' '.join(words)}")

    def words(self, port: str) -> list[str]:
        """The members of a Junos trunk as its configuration has them: numbers, ranges and names."""
        on = self.trunks[port]
        fresh = ["all"] if on is None else as_ranges(on).split(",") if on else []
        return self.members.setdefault(port, fresh)

    def _member(self, how: str, port: str, word: str) -> None:
        words = self.words(port)
        assert "all" not in words
        if how == "set":
            words += [word] * (word not in words)
        else:
            words.remove(word)
        by_name = {name: {vid} for vid, name in self.vlans.items()}
        self.trunks[port] = {vid for one in words for vid in (by_name.get(one) or vids_in(one))}

    # --- What it shows ----------------------------------------------------------------------------

    def running(self) -> str:
        return "\n".join(self._junos() if self.platform is JUNOS else self._cli())

    def _cli(self) -> list[str]:
        lines = ["hostname core-1", "!"]
        for port, on in self.trunks.items():
            lines += [f"interface {port}", "   description to the pod", "   switchport mode trunk"]
            if on is not None:
                lines.append(f"   switchport trunk allowed vlan {as_ranges(on) or 'none'}")
            lines.append("!")
        return [*lines, "interface Ethernet9", "   no switchport", "   ip address 192.0.2.1/31", "!", "end"]

    def _junos(self) -> list[str]:
        lines = ["set system host-name core-1"]
        lines += [f"set vlans {name} vlan-id {vid}" for vid, name in self.vlans.items()]
        for port in self.trunks:
            start = f"set interfaces {port} unit 0 family ethernet-switching"
            lines.append(f"{start} interface-mode trunk")
            lines += [f"{start} vlan members {word}" for word in self.words(port)]
        return [*lines, "set interfaces xe-0/0/9 unit 0 family inet address 192.0.2.1/31"]

    def table(self) -> str:
        head = f"{'VLAN Name':<38}Status    Ports\n---- {'-' * 32} --------- {'-' * 31}\n"
        rows = [f"{vid:<4} {name:<32} active    " for vid, name in self.vlans.items()]
        return head + "\n".join([*rows, "1002 fddi-default                     act/unsup "])


class Mocked(MockDriver):  # type: ignore[misc]  # NAPALM has no types
    """NAPALM's mock driver, which keeps the session's rules, on top of such a switch instead of files."""

    def __init__(self, target: Target, switch: Switch) -> None:
        absent = target.address.endswith(":1")
        super().__init__(target.address, target.username, target.password, 20, {"fail_on_open": absent})
        self.switch = switch
        self.text: str | None = None

    def __getattribute__(self, name: str) -> Any:
        return object.__getattribute__(self, name)  # the mock would look for a file of each getter's answers

    def _called(self, name: str) -> None:
        if self.switch.breaks_in == name:
            self.opened = False
        self._raise_if_closed()
        self.switch.calls.append(name)

    def open(self) -> None:
        super().open()
        if self.password != PASSWORD:
            self.opened = False
            raise ConnectAuthError("Authentication to device failed.")

    def get_facts(self) -> dict[str, Any]:
        self._called("get_facts")
        return {"vendor": "Somebody", "model": "S-1", "os_version": "9.9"}

    def get_vlans(self) -> dict[str, Any]:
        self._called("get_vlans")
        return {str(vid): {"name": name, "interfaces": []} for vid, name in self.switch.vlans.items()}

    def get_config(self, retrieve: str = "all", full: bool = False, format: str = "text") -> dict[str, str]:
        self._called("get_config")
        assert retrieve == "running"
        assert format == ("set" if self.switch.platform is JUNOS else "text")
        return {"running": self.switch.running()}

    def cli(self, commands: list[str], encoding: str = "text") -> dict[str, Any]:
        self._called("cli")
        assert commands == ["show vlan brief"]
        return {commands[0]: self.switch.table()}

    def load_merge_candidate(self, filename: str | None = None, config: str | None = None) -> None:
        self._called("load_merge_candidate")
        if self.switch.locked:
            raise SessionLockedException("Session is already in use")
        assert config is not None
        self.switch.texts.append(config)
        self.text = config

    def compare_config(self) -> str:
        self._called("compare_config")
        return f"+ {self.text}"

    def commit_config(self, message: str = "", revert_in: int | None = None) -> None:
        assert self.text is not None
        assert revert_in is None or self.switch.platform is not NXOS, "NX-OS knows no commit-confirm"
        before = self.switch.copy()
        if self.switch.breaks_in == "commit_config":  # taken, and the answer is lost
            self._commit(before, revert_in)
        self._called("commit_config")
        self._commit(before, revert_in)

    def _commit(self, before: tuple[Vlans, Trunks], revert_in: int | None) -> None:
        assert self.text is not None
        self.switch.before, self.switch.pending = before, revert_in is not None
        try:
            self.switch.take(self.text)
        except MergeConfigException:
            self.switch.roll_back()
            raise
        self.text = None
        if self.switch.meddle:
            self.switch.meddle()

    def discard_config(self) -> None:
        self._called("discard_config")
        self.text = None

    def has_pending_commit(self) -> bool:
        self._called("has_pending_commit")
        return self.switch.pending

    def confirm_commit(self) -> None:
        self._called("confirm_commit")
        if self.switch.refuses_to_confirm:
            raise CommitError("not now")
        if not self.switch.pending:
            raise CommitError("No pending commit-confirm found!")
        self.switch.before, self.switch.pending = None, False

    def rollback(self) -> None:
        self._called("rollback")
        # Without a change that waits, NAPALM goes back to something older than ours.
        assert self.switch.pending or self.switch.platform is NXOS
        self.switch.roll_back()


TARGET = Target("core-1", "core-1.example.net", "portal", PASSWORD)


def driver_of(switch: Switch, target: Target = TARGET, *, parking_vlan: int = 0) -> Napalm:
    return Napalm(
        target, switch.platform, Options(parking_vlan=parking_vlan), connect=lambda given, _: Mocked(given, switch)
    )


__all__ = ["PASSWORD", "TARGET", "ConnectionClosedException", "Mocked", "Switch", "driver_of"]
