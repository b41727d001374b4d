"""The driver itself: read, write a batch as one transaction, and tell for each object what came of it."""

from collections.abc import Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Self

from provisioning.drivers.ovs.connection import Connection, Failed, in_plain_words
from provisioning.drivers.ovs.documents import READING, Found, applied, found_in, operations_of
from provisioning.drivers.protocol import (
    Attributes,
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
from provisioning.drivers.switches.planning import (
    ATTEMPTS,
    Wish,
    by_vlan,
    objects_of,
    obstacle_on,
    prepare,
    refusal,
    untried,
)

PATIENCE = 6  # a transaction may take this many times the time-out of a single answer
TRIES = 5  # how often a batch is prepared anew because somebody changed a trunk in the same moment
OVERTAKEN = "timed out"  # what a wait answers that finds something else

Results = dict[ObjectId, DeviceError | None]


class Overtaken(Refused):
    """Somebody else changed the trunk in the same moment."""

    transient = True


class OpenVSwitch:
    """A session with one bridge. ``parking_vlan``: what a trunk keeps when its last VLAN goes; 0: that is refused."""

    def __init__(self, target: Target, *, parking_vlan: int = 0) -> None:
        self._target = target
        self._parking_vlan = parking_vlan
        self._open: Connection | None = None

    def __enter__(self) -> Self:
        self._open = Connection(self._target)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection, self._open = self._open, None
        if connection is not None:
            connection.close()

    def read(self) -> DeviceState:
        """Every named VLAN, and every VLAN of every trunk of the bridge; a trunk without a list is ``<port>/all``."""
        with in_plain_words(self._target):
            state = self._look().state
        parked = f"/{self._parking_vlan}"
        found: Mapping[ObjectId, Attributes] = {
            one: seen
            for one, seen in objects_of(state).items()
            if one.kind != Kind.TRUNK_VLAN or not one.key.endswith(parked)
        }
        return Surveyed(found, partial(obstacle_on, state))

    def facts(self) -> Facts:
        with in_plain_words(self._target):
            found = self._look()
        trunks = sorted(trunk.port for trunk in found.state.trunks.values() if trunk.mode == "TRUNK")
        details = [f"bridge {found.bridge}", f"{len(found.state.vlans or {})} named VLANs"]
        if listed := [port for port in trunks if not found.state.trunks[port].carries_all]:
            details.append(f"trunks: {', '.join(listed)}")
        if everything := [port for port in trunks if found.state.trunks[port].carries_all]:
            details.append(f"without a list, so carrying all VLANs: {', '.join(everything)}")
        return Facts("Open vSwitch", found.version or "unknown", tuple(details))

    def apply(self, changes: Sequence[Change]) -> Outcomes:
        """Name VLANs and put VLANs on trunks."""
        return self._write([Wish(change.id, change.after) for change in changes])

    def remove(self, ids: Sequence[ObjectId]) -> Outcomes:
        """Take VLANs off trunks, and their names away; what is not there is fine."""
        return self._write([Wish(one, None) for one in ids])

    @property
    def _connection(self) -> Connection:
        if self._open is None:
            raise RuntimeError("The session is not open: use the driver in a with statement.")
        return self._open

    def _look(self) -> Found:
        """Raises Refused where there is no such bridge, or more than one and none is named."""
        found = found_in(self._connection.transact(READING), self._connection.place.bridge)
        if not found.bridge_id:
            there = ", ".join(found.state.instances) or "none"
            what = f"no bridge '{found.bridge}'" if found.bridge else "several bridges, or none"
            raise Refused(
                f"{self._target.name} has {what} (there: {there}): name one in the address, as in host:6640/bridge."
            )
        return found

    def _write(self, wishes: Sequence[Wish]) -> Outcomes:
        results: Results = {wish.id: refusal(wish, parking_vlan=self._parking_vlan) for wish in wishes}
        waiting = [[wish for wish in wishes if results[wish.id] is None]]
        with in_plain_words(self._target):
            for _ in range(ATTEMPTS):
                if batch := waiting.pop():
                    waiting += self._write_batch(batch, results)
                if not waiting:
                    break
        for batch in waiting:
            results.update(untried(self._target.name, batch))
        return results

    def _write_batch(self, batch: list[Wish], results: Results) -> list[list[Wish]]:
        """One transaction for all of these; what to try next where the database refuses it as a whole."""
        for _ in range(TRIES):
            found = self._look()
            prepared = prepare(batch, found.state, parking_vlan=self._parking_vlan)
            results.update(prepared.settled)
            if not prepared.edit:
                return []
            try:
                self._carry_out(operations_of(prepared.edit, found))
            except Failed as failed:
                if failed.error == OVERTAKEN:
                    continue
                first, second = by_vlan(prepared.wishes)
                if second:
                    return [second, first]
                results.update({wish.id: Refused(f"{wish.id}: the switch refuses: {failed}.") for wish in batch})
            return []
        changing = Overtaken(f"{self._target.name}: somebody else keeps changing the trunks: it will be tried again.")
        results.update(dict.fromkeys((wish.id for wish in prepared.wishes), changing))
        return []

    def _carry_out(self, operations: list[dict[str, object]]) -> None:
        """Write, and wait until the switch itself, not only its database, has taken it."""
        seconds = self._target.timeout_seconds * PATIENCE
        results = self._connection.transact(operations, seconds=seconds)
        number = results[-1]["rows"][0]["next_cfg"]
        try:
            self._connection.transact(applied(number, milliseconds=int(seconds * 1000)), seconds=seconds + 1)
        except Failed as failed:
            raise Unreachable(
                f"{self._target.name}: the database took the change, but the switch did not within {seconds:g} s: "
                "check that ovs-vswitchd runs. It is read again before going on."
            ) from failed
