"""The driver of a tenant's pfSense: reads it in bulk, writes it in batches, and makes each batch live at its end.

Writes wait on the firewall until they are applied, and a deleted rule stays active until then. The last write of a
batch carries the request to apply in itself: a session that ends before it leaves at least that object unwritten, so
the next session has something to write, and that makes all of it live.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Protocol, Self

from provisioning.drivers.pfsense import exemptions, filtering, interfaces, nat, routing, tunnels
from provisioning.drivers.pfsense.api import SUBSYSTEMS, Api
from provisioning.drivers.pfsense.snapshot import Snapshot, take
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
    Surveyed,
    Target,
    Unreachable,
)

# An alias before the rules that name it; the rule that keeps clear traffic off the WAN before the way that leads there.
ORDER: tuple[tuple[str, tuple[Kind, ...]], ...] = (
    ("interfaces", (Kind.INTERFACE,)),
    ("firewall", (Kind.ALIAS, Kind.RULE, Kind.NAT)),
    ("routing", (Kind.GATEWAY, Kind.ROUTE)),
    ("ipsec", (Kind.TUNNEL,)),
)
KINDS = tuple(kind for _, kinds in ORDER for kind in kinds)
READERS: tuple[Callable[[Snapshot], DeviceState], ...] = (
    *(interfaces.read, filtering.read, routing.read, tunnels.read, nat.read),
)

Results = dict[ObjectId, DeviceError | None]


class Put(Protocol):
    def __call__(self, api: Api, shown_as: str, change: Change, *, last: bool) -> None: ...


class Drop(Protocol):
    def __call__(self, api: Api, shown_as: str, id: ObjectId, *, last: bool) -> None: ...


PUTS: dict[Kind, Put] = {
    Kind.INTERFACE: interfaces.put,
    Kind.ALIAS: filtering.put_alias,
    Kind.RULE: filtering.put_rule,
    Kind.NAT: exemptions.put,
    Kind.GATEWAY: routing.put_gateway,
    Kind.ROUTE: routing.put_route,
}
DROPS: dict[Kind, Drop] = {
    Kind.INTERFACE: interfaces.drop,
    Kind.ALIAS: filtering.drop_alias,
    Kind.RULE: filtering.drop_rule,
    Kind.NAT: exemptions.drop,
    Kind.GATEWAY: routing.drop_gateway,
    Kind.ROUTE: routing.drop_route,
    Kind.TUNNEL: tunnels.drop,
}


class PfSense:
    """A session with one firewall. ``dvs_names`` is for vCenters and means nothing here.

    ``target.username`` empty: the password is an API key; else both sign in as a user of the firewall.
    """

    def __init__(self, target: Target, dvs_names: Sequence[str] = (), *, api: Api | None = None) -> None:
        self._target, self._given = target, api
        self._api: Api | None = None
        self._shown_as = ""
        self._version = ""
        self._not_live: set[ObjectId] = set()

    def __enter__(self) -> Self:
        api = self._given or Api(self._target)
        try:
            self._version = str(api.get("/system/version", what="reading its version").get("version") or "unknown")
            settings = api.get("/system/restapi/settings", what="reading the API's settings")
        except BaseException:
            api.close()
            raise
        self._shown_as = str(settings.get("represent_interfaces_as") or "descr")
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

    # --- Reading ----------------------------------------------------------------------------------

    def read(self) -> DeviceState:
        """The configuration. What this session wrote and could not make live says so (``deviates``)."""
        seen = replace(take(self.api, shown_as=self._shown_as), **nat.take(self.api))
        found: dict[ObjectId, Attributes] = {}
        for reader in READERS:
            found |= reader(seen)
        for id in self._not_live & found.keys():
            found[id] = {**found[id], "deviates": ["not applied"]}
        return Surveyed(found, partial(_obstacle, seen))

    def facts(self) -> Facts:
        seen = take(self.api, "interfaces", "vlans", "phase1s", shown_as=self._shown_as)
        there = [name for name in SUBSYSTEMS if name != "ipsec" or not seen.no_tunnels]
        waiting = [name for name in there if not self.api.applied(name)]
        details = [
            f"VLANs are on {seen.trunk() or 'no port yet'}",
            f"{len(seen.interfaces)} interfaces, {len(seen.vlans)} VLANs",
        ]
        if seen.no_tunnels:
            details.append(f"no IPsec tunnels: {seen.no_tunnels}")
        if waiting:
            details.append(f"changes that nobody applied yet: {', '.join(waiting)}")
        return Facts("pfSense", self._version, tuple(details))

    # --- Writing ----------------------------------------------------------------------------------

    def apply(self, changes: Sequence[Change]) -> Outcomes:
        results: Results = {c.id: _stranger(c.id) for c in changes if c.id.kind not in KINDS}
        for subsystem, kinds in ORDER:
            group = sorted((c for c in changes if c.id.kind in kinds), key=lambda c: (kinds.index(c.id.kind), c.id.key))
            writes = [
                (change.id, partial(self._put(change.id.kind), self.api, self._shown_as, change)) for change in group
            ]
            results |= self._write(subsystem, writes)
        return results

    def _put(self, kind: Kind) -> Put:
        return partial(tunnels.put, key=self._target.tunnel_key) if kind == Kind.TUNNEL else PUTS[kind]

    def remove(self, ids: Sequence[ObjectId]) -> Outcomes:
        results: Results = {id: _stranger(id) for id in ids if id.kind not in KINDS}
        for subsystem, kinds in reversed(ORDER):
            group = sorted((id for id in ids if id.kind in kinds), key=lambda id: (-kinds.index(id.kind), id.key))
            writes = [(id, partial(DROPS[id.kind], self.api, self._shown_as, id)) for id in group]
            results |= self._write(subsystem, writes)
            if subsystem == "interfaces":
                results |= self._finish([id for id in group if results[id] is None])
        return results

    def _write(self, subsystem: str, writes: Sequence[tuple[ObjectId, Callable[..., None]]]) -> Results:
        """One after the other, then live together. A refusal is one object's; a broken connection is everyone's."""
        results: Results = {}
        self.api.forget()
        for position, (id, write) in enumerate(writes, 1):
            results[id] = self._outcome(partial(write, last=position == len(writes)))
        if None in results.values() or self.api.waiting:
            try:
                self.api.settle(subsystem)
            except Unreachable:
                raise
            except DeviceError as error:
                taken = [id for id, outcome in results.items() if outcome is None]
                self._not_live.update(taken)
                return results | dict.fromkeys(taken, error)
            self._not_live -= results.keys()
        return results

    def _finish(self, ids: Sequence[ObjectId]) -> Results:
        """Interfaces first, and only once they are gone for good their VLANs."""
        return {id: self._outcome(partial(interfaces.finish, self.api, self._shown_as, id)) for id in ids}

    def _outcome(self, write: Callable[[], None]) -> DeviceError | None:
        try:
            write()
        except (Unreachable, CertificateNotTrusted):
            raise
        except DeviceError as error:
            return error
        return None


def _obstacle(seen: Snapshot, id: ObjectId) -> str:
    """What on the firewall rules an object out."""
    if id.kind == Kind.TUNNEL:
        return seen.no_tunnels
    return exemptions.obstacle(seen) if id.kind == Kind.NAT else ""


def _stranger(id: ObjectId) -> Refused:
    return Refused(f"{id}: a firewall carries {', '.join(kind.replace('_', ' ') for kind in KINDS)} only.")
