"""The manager's state: segments with revisions, what is attached to them, and how far each is realised."""

import threading
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

BASE = "/policy/api/v1/infra/segments"
REALISED = "/policy/api/v1/infra/realized-state/status"
MOST_A_PAGE = 1000
FIRST_OVERLAY_ID = 65536  # what the stand-in allocates where none is given


class ApiError(Exception):
    """An answer that is no success, in the API's form."""

    def __init__(self, status: int, code: int, message: str, *, retry_after: int | None = None) -> None:
        self.status, self.code, self.message, self.retry_after = status, code, message, retry_after
        super().__init__(message)


@dataclass(slots=True)
class Manager:
    """``attached``: how many ports each segment has. ``looks_until_realised``: how often its state is asked for before
    it says success. ``broken``: segments that cannot be realised. ``page_size``: the most of one page."""

    segments: dict[str, Json] = field(default_factory=dict)
    attached: dict[str, int] = field(default_factory=dict)
    looks_until_realised: int = 0
    broken: set[str] = field(default_factory=set)
    page_size: int = MOST_A_PAGE
    version: str = "4.2.0.0.0.24105817"
    _looks: dict[str, int] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def call(self, method: str, path: str, body: Json | None, query: dict[str, str]) -> Json:
        """Raises ApiError."""
        with self._lock:
            if path == "/api/v1/node/version":
                return {"product_version": self.version, "node_version": self.version}
            if path == REALISED and method == "GET":
                return self._realised(query.get("intent_path", ""))
            if path == BASE and method == "GET":
                return self._page(query)
            key = path.removeprefix(f"{BASE}/")
            if path.startswith(f"{BASE}/") and key and "/" not in key:
                return self._one(method, key, body or {})
        raise ApiError(404, 404, f"There is nothing at {path}")

    def _one(self, method: str, key: str, body: Json) -> Json:
        if method == "PUT":
            return self._put(key, body)
        if method == "PATCH":
            return self._put(key, {**self.segments.get(key, {}), **body, **self._revision(key)})
        if key not in self.segments:
            raise ApiError(404, 600, f"The path=[/infra/segments/{key}] is invalid: the object does not exist")
        if method == "DELETE":
            return self._delete(key)
        return deepcopy(self.segments[key])

    def _revision(self, key: str) -> Json:
        return {"_revision": self.segments[key]["_revision"]} if key in self.segments else {}

    def _put(self, key: str, body: Json) -> Json:
        there = self.segments.get(key)
        if there is not None and body.get("_revision") != there["_revision"]:
            raise ApiError(412, 604, f"The object {key} was modified by somebody else; fetch it anew and retry")
        self._check(key, body)
        whole = deepcopy(body) | {
            "id": key,
            "resource_type": "Segment",
            "path": f"/infra/segments/{key}",
            "display_name": body.get("display_name", key),
            "_revision": there["_revision"] + 1 if there else 0,
        }
        whole.setdefault("overlay_id", self._free_overlay_id())
        self.segments[key] = whole
        self._looks[key] = 0
        return deepcopy(whole)

    def _check(self, key: str, body: Json) -> None:
        if not str(body.get("transport_zone_path", "")).startswith("/infra/"):
            raise ApiError(400, 500012, "The path of the transport zone is invalid")
        vni = body.get("overlay_id")
        if vni is not None and not (isinstance(vni, int) and 0 < vni < 2**24):
            raise ApiError(400, 255, "Field level validation errors: {overlay_id is out of range}")
        if vni is not None and any(s["overlay_id"] == vni for name, s in self.segments.items() if name != key):
            raise ApiError(400, 503080, f"Overlay ID {vni} is in use by another segment")

    def _free_overlay_id(self) -> int:
        return max([FIRST_OVERLAY_ID, *(int(segment["overlay_id"]) + 1 for segment in self.segments.values())])

    def _delete(self, key: str) -> Json:
        if count := self.attached.get(key):
            raise ApiError(
                400, 503040, f"Segment {key} has {count} VMs or VIFs attached. Disconnect them before deleting it"
            )
        del self.segments[key]
        return {}

    def _page(self, query: dict[str, str]) -> Json:
        """In the order of their ids, which the cursor names: what comes or goes meanwhile shifts nothing."""
        names = sorted(name for name in self.segments if name > query.get("cursor", ""))
        shown = names[: min(self.page_size, int(query.get("page_size", MOST_A_PAGE)))]
        page: Json = {"results": [deepcopy(self.segments[name]) for name in shown], "result_count": len(self.segments)}
        return page | ({"cursor": shown[-1]} if len(shown) < len(names) else {})

    def _realised(self, intent_path: str) -> Json:
        key = intent_path.removeprefix("/infra/segments/")
        if key not in self.segments:
            raise ApiError(404, 600, f"The path=[{intent_path}] is invalid: the object does not exist")
        self._looks[key] = self._looks.get(key, 0) + 1
        if key in self.broken:
            status = "ERROR"
        else:
            status = "SUCCESS" if self._looks[key] > self.looks_until_realised else "IN_PROGRESS"
        return {"intent_path": intent_path, "consolidated_status": {"consolidated_status": status}}
