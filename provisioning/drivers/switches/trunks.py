"""A trunk's list of VLANs: what its entries mean, and which entries to add and take off. Pure.

An entry is a VLAN ID (``100``) or a range (``100..110``); others (double tags) are kept as they are. Entries are only
ever added or taken off one by one, never the list as a whole: whoever replaces it cuts everybody else off.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from provisioning.drivers.protocol import Refused

TRUNK_MODE = "TRUNK"


@dataclass(frozen=True, slots=True)
class Trunk:
    """A port as it was read. ``holder``: the container that has its VLANs, ``ethernet`` or ``aggregation``."""

    port: str
    holder: str
    mode: str
    entries: tuple[str, ...]
    members: frozenset[int] = field(init=False, repr=False)  # the VLANs of the entries

    def __post_init__(self) -> None:
        found = frozenset(vid for entry in self.entries for vid in vids_of(entry))
        object.__setattr__(self, "members", found)  # made once: it is asked for once an object

    @property
    def carries_all(self) -> bool:
        """OpenConfig: a trunk whose list is empty lets every VLAN pass."""
        return self.mode == TRUNK_MODE and not self.entries


@dataclass(frozen=True, slots=True)
class TrunkEdit:
    """Entries to take off and to add, and the VLANs that the trunk carries afterwards."""

    trunk: Trunk
    delete: tuple[str, ...]
    merge: tuple[str, ...]
    members_after: frozenset[int]


def vids_of(entry: str) -> range:
    """The VLAN IDs of an entry; none for an entry that is neither an ID nor a range."""
    found = re.fullmatch(r"\s*(\d{1,4})(?:\.\.(\d{1,4}))?\s*", entry)
    if found is None:
        return range(0)
    first = int(found[1])
    return range(first, int(found[2] or first) + 1)


def entries_of(vids: Iterable[int]) -> list[str]:
    """The shortest list of entries for these VLAN IDs, in order."""
    runs: list[list[int]] = []
    for vid in sorted(set(vids)):
        if runs and vid == runs[-1][1] + 1:
            runs[-1][1] = vid
        else:
            runs.append([vid, vid])
    return [str(first) if first == last else f"{first}..{last}" for first, last in runs]


def adding(trunk: Trunk, vids: Collection[int]) -> TrunkEdit:
    """Entries for the VLANs that are new. Raises Refused where adding would take VLANs away."""
    refuse_unlisted(trunk)
    return TrunkEdit(trunk, (), tuple(entries_of(set(vids) - trunk.members)), trunk.members | set(vids))


def removing(trunk: Trunk, vids: Collection[int], *, parking_vlan: int) -> TrunkEdit:
    """Take entries off; a range that loses some of its VLANs is put back as what is left of it.

    The list that is left is never empty: the parking VLAN is added then. Raises LastVlan where there is none.
    """
    gone = set(vids)
    delete = [entry for entry in trunk.entries if gone.intersection(vids_of(entry))]
    kept = [entry for entry in trunk.entries if entry not in delete]
    merge = entries_of(vid for entry in delete for vid in set(vids_of(entry)) - gone)
    if delete and not kept and not merge:
        if not parking_vlan or parking_vlan in gone:
            raise LastVlan(trunk.port)
        merge = [str(parking_vlan)]
    left = frozenset(vid for entry in [*kept, *merge] for vid in vids_of(entry))
    return TrunkEdit(trunk, tuple(delete), tuple(entry for entry in merge if entry not in kept), left)


class LastVlan(Refused):
    def __init__(self, port: str) -> None:
        super().__init__(
            f"{port}: it is the trunk's last VLAN, and a trunk without a list carries all VLANs: put a parking VLAN "
            "on the trunk, or set SWITCH_PARKING_VLAN, then try again."
        )


def refuse_unlisted(trunk: Trunk) -> None:
    """Raises Refused for a port that is no trunk, or that carries every VLAN because it lists none."""
    if trunk.mode != TRUNK_MODE:
        mode = f"in {trunk.mode.lower()} mode" if trunk.mode else "not a switched port"
        raise Refused(f"{trunk.port} is {mode}: make it a trunk on the switch, or correct the pod's trunk port.")
    if trunk.carries_all:
        raise Refused(
            f"{trunk.port} lists no VLAN, so it carries all of them, and the first entry would cut the others off: "
            "list what it shall carry on the switch, then try again."
        )
