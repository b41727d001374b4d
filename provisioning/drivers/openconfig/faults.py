"""NETCONF's errors: what they are about, and words that say what to do."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from provisioning.drivers.protocol import DeviceError, Kind, ObjectId, Refused
from provisioning.drivers.switches.trunks import vids_of

PASSING = {"in-use", "lock-denied", "resource-denied"}  # error-tags of RFC 6241 that time may mend


FOR_ALL = PASSING | {"access-denied"}  # what is no one object's fault: to look for the bad one would be in vain


class Busy(Refused):
    """Somebody else holds the switch's configuration."""

    transient = True


@dataclass(frozen=True, slots=True)
class Complaint:
    """One ``rpc-error``, as far as it matters. ``holder``: the session that has the lock, where it is about one."""

    tag: str
    path: str
    message: str
    holder: str = ""

    def __str__(self) -> str:
        return self.message or self.tag or "no reason given"


class BatchRefused(Exception):
    """The switch refused an edit as a whole, or it was taken back. ``complaints``: why."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        super().__init__("; ".join(map(str, complaints)))
        self.complaints = complaints


def complaints_of(error: Any) -> list[Complaint]:
    """The errors of ncclient's RPCError, of which there may be one or many."""
    return [
        Complaint(
            tag=(one.tag or "").strip(),
            path=(one.path or "").strip(),
            message=" ".join((one.message or "").split()),
            holder=_holder(one.info),
        )
        for one in error.errlist or [error]
        if one.severity != "warning"
    ]


def _holder(info: str | None) -> str:
    if not info:
        return ""
    return str(etree.fromstring(info.encode()).findtext("{*}session-id") or "").strip()


def blamed(complaint: Complaint, ids: Iterable[ObjectId]) -> list[ObjectId]:
    """Which of these objects the error's path points to; none when it points to no single one."""
    vlan = re.search(r"\bvlan\[[^\]]*vlan-id\s*=\s*['\"]?(\d+)", complaint.path)
    if vlan:
        return [one for one in ids if one == ObjectId(Kind.VLAN, vlan[1])]
    port = re.search(r"\binterface\[[^\]]*name\s*=\s*(?:'([^']*)'|\"([^\"]*)\")", complaint.path)
    if not port:
        return []
    of_port = [one for one in ids if one.kind == Kind.TRUNK_VLAN and one.key.rpartition("/")[0] == (port[1] or port[2])]
    entry = re.search(r"\btrunk-vlans\[\.\s*=\s*['\"]?([\d.]+)", complaint.path)
    if not entry:
        return of_port
    vids = set(map(str, vids_of(entry[1])))
    return [one for one in of_port if one.key.rpartition("/")[2] in vids]


def locked_by(complaint: Complaint) -> str:
    """Who holds the lock, in words."""
    if complaint.holder and complaint.holder != "0":
        return f"NETCONF session {complaint.holder} has locked it"
    return "it holds changes that somebody has not committed, or has locked from the command line"


def told(complaint: Complaint, *, what: str) -> DeviceError:
    """The error about one object."""
    if complaint.tag == "access-denied":
        return Refused(f"{what}: the account may not change this: grant it the right on the switch.")
    if complaint.tag in PASSING:
        return Busy(f"{what}: the switch's configuration is in use ({complaint}): it will be tried again.")
    return Refused(f"{what}: the switch refuses: {complaint}.")
