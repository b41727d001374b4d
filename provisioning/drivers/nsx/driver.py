"""The driver of an NSX manager: reads its segments in bulk, and writes each by its revision, then sees it realised.

The Policy API takes what is wished and realises it afterwards, so a write is done only when the manager says that it
was realised. Every object has a revision: a write names the one that was read and is refused (412) when somebody else
wrote in between; then that one object is read anew, a few times. What others put into a segment (subnets, profiles,
their own tags) is kept as it was read. Only a segment that bears our tag is ever removed.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from types import TracebackType
from typing import Self

from provisioning.drivers.nsx.api import POLICY, Api, Json
from provisioning.drivers.nsx.faults import Busy, NotThere, Stale
from provisioning.drivers.protocol import (
    Attributes,
    CertificateNotTrusted,
    Change,
    DeviceError,
    DeviceState,
    Facts,
    Kind,
    ObjectId,
    Outcomes,
    Refused,
    SignInRefused,
    Target,
    Unreachable,
)

SEGMENTS = f"{POLICY}/infra/segments"
REALISED = f"{POLICY}/infra/realized-state/status"
TAG_SCOPE = "zcsp-portal"
TAG = "tenant-network"
TRIES = 4  # at one object that others keep changing
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0  # seconds between two looks at whether it is realised

Results = dict[ObjectId, DeviceError | None]


class Nsx:
    """A session with one NSX manager."""

    def __init__(self, target: Target, *, api: Api | None = None) -> None:
        self._target, self._given = target, api
        self._api: Api | None = None

    def __enter__(self) -> Self:
        api = self._given or Api(self._target)
        try:
            api.sign_in()
        except BaseException:
            api.close()
            raise
        self._api = api
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        api, self._api = self._api, None
        if api is not None:
            api.close()

    @property
    def api(self) -> Api:
        if self._api is None:
            raise RuntimeError("The session is not open: use the driver in a with statement.")
        return self._api

    def read(self) -> DeviceState:
        """Every overlay segment, ours or not: a page of a thousand at a time."""
        found = {ObjectId(Kind.SEGMENT, str(one["id"])): attributes_of(one) for one in self.api.pages(SEGMENTS)}
        return {id: attributes for id, attributes in found.items() if attributes is not None}

    def facts(self) -> Facts:
        version = self.api.get("/api/v1/node/version", what="reading its version")
        segments = list(self.api.pages(SEGMENTS))
        ours = sum(_is_ours(segment) for segment in segments)
        details = (f"{len(segments)} segments, {ours} with our tag",)
        return Facts("NSX", str(version.get("product_version") or "unknown"), details)

    def apply(self, changes: Sequence[Change]) -> Outcomes:
        """Write them all, then wait until all are realised: the manager works at them side by side."""
        results: Results = {c.id: _stranger(c.id) for c in changes if c.id.kind != Kind.SEGMENT}
        ours = [change for change in changes if change.id.kind == Kind.SEGMENT]
        for change in ours:
            results[change.id] = _outcome(partial(self._put, change))
        return results | self._realised(id for id in (change.id for change in ours) if results[id] is None)

    def remove(self, ids: Sequence[ObjectId]) -> Outcomes:
        results: Results = {id: _stranger(id) for id in ids if id.kind != Kind.SEGMENT}
        for id in ids:
            if id.kind == Kind.SEGMENT:
                results[id] = _outcome(partial(self._drop, id))
        return results

    def _put(self, change: Change) -> None:
        """Raises Stale when others wrote it in between each of our tries."""
        for attempt in range(1, TRIES + 1):
            there = self._one(change.id)
            if there is not None and attributes_of(there) == dict(change.after):
                return
            try:
                self.api.put(_path(change.id), _wished(change, there), what=str(change.id))
            except Stale:
                if attempt == TRIES:
                    raise
            else:
                return

    def _drop(self, id: ObjectId) -> None:
        there = self._one(id)
        if there is None:
            return
        if not _is_ours(there):
            raise Refused(
                f"{self.api.where}, {id}: it does not bear our tag ({TAG_SCOPE}) and may be another's: look at it "
                "there, and remove it by hand or give it the tag."
            )
        try:
            self.api.delete(_path(id), what=str(id))
        except NotThere:
            return  # somebody else removed it in the same moment

    def _one(self, id: ObjectId) -> Json | None:
        try:
            return self.api.get(_path(id), what=str(id))
        except NotThere:
            return None

    def _realised(self, ids: Iterable[ObjectId]) -> Results:
        """What became of each written segment; one deadline for all of them."""
        deadline = self.api.clock() + self.api.patience
        return {id: _outcome(partial(self._wait_until_realised, id, deadline)) for id in ids}

    def _wait_until_realised(self, id: ObjectId, deadline: float) -> None:
        pause = FIRST_PAUSE
        while (status := self._status(id)) not in ("SUCCESS", "REALIZED"):
            if status == "ERROR":
                raise Refused(
                    f"{self.api.where}, {id}: the manager took it and could not realise it: see its alarms on the "
                    "manager's page of this segment."
                )
            if self.api.clock() >= deadline:
                raise Busy(
                    f"{self.api.where}, {id}: the manager took it, and has not realised it after "
                    f"{self.api.patience:g} s: see the state of its transport nodes."
                )
            self.api.pause(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)

    def _status(self, id: ObjectId) -> str:
        """The manager's own word; one that does not know it yet is at it."""
        try:
            answer = self.api.get(REALISED, what=str(id), query={"intent_path": f"/infra/segments/{id.key}"})
        except NotThere:
            return "IN_PROGRESS"
        status = answer.get("consolidated_status") or {}
        return str(status.get("consolidated_status") or answer.get("publish_status") or "UNKNOWN").upper()


def attributes_of(segment: Json) -> Attributes | None:
    """What we compare of a segment; None for one on plain VLANs, which has no VNI."""
    if segment.get("vlan_ids") and not segment.get("overlay_id"):
        return None
    return {
        "vni": segment.get("overlay_id"),
        "transport_zone": str(segment.get("transport_zone_path") or ""),
        "gateway": str(segment.get("connectivity_path") or ""),
        "ours": _is_ours(segment),
    }


def _is_ours(segment: Json) -> bool:
    return any(tag.get("scope") == TAG_SCOPE for tag in segment.get("tags") or [])


def _wished(change: Change, there: Json | None) -> Json:
    """The whole object: what others put into it stays, ``_revision`` goes back as it was read."""
    after, whole = change.after, dict(there or {"resource_type": "Segment", "id": change.id.key})
    whole |= {
        "display_name": change.id.key,
        "overlay_id": after["vni"],
        "transport_zone_path": after["transport_zone"],
    }
    whole.pop("connectivity_path", None)
    if after.get("gateway"):
        whole["connectivity_path"] = after["gateway"]
    others = [tag for tag in whole.get("tags") or [] if tag.get("scope") != TAG_SCOPE]
    whole["tags"] = [*others, *([{"scope": TAG_SCOPE, "tag": TAG}] if after.get("ours") else [])]
    return whole


def _path(id: ObjectId) -> str:
    return f"{SEGMENTS}/{id.key}"


def _stranger(id: ObjectId) -> DeviceError:
    return Refused(f"An NSX manager has segments and nothing else of ours: {id} is not one of its objects.")


def _outcome(write: Callable[[], None]) -> DeviceError | None:
    """A refusal is one object's; a broken session is everyone's."""
    try:
        write()
    except (Unreachable, CertificateNotTrusted, SignInRefused):
        raise
    except DeviceError as error:
        return error
    return None
