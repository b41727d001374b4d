"""The driver itself: read, write in batches, and tell for each object what came of it."""

from collections.abc import Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Self

from provisioning.drivers.openconfig.connection import in_plain_words
from provisioning.drivers.openconfig.faults import FOR_ALL, BatchRefused, Complaint, blamed, told
from provisioning.drivers.openconfig.options import Options
from provisioning.drivers.openconfig.session import Session
from provisioning.drivers.protocol import (
    Attributes,
    Change,
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
from provisioning.drivers.switches.batches import NotAsWanted, Results, after_roll_back, stop, without
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
from provisioning.drivers.switches.state import SwitchState


class OpenConfig:
    """A session with one core switch."""

    def __init__(self, target: Target, options: Options | None = None) -> None:
        self._target = target
        self._options = options or Options()
        self._open: Session | None = None
        self._settled = False  # whether this session has seen that no unconfirmed change is pending

    def __enter__(self) -> Self:
        self._open = Session(self._target, self._options)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        session, self._open, self._settled = self._open, None, False
        if session is not None:
            session.close(broken=isinstance(error, Unreachable))

    def read(self) -> DeviceState:
        """Every VLAN, and every VLAN of every trunk. Raises Refused, Busy, Unreachable.

        A trunk without a list carries all VLANs: it reads as ``<port>/all``. The parking VLAN's place on a trunk is
        the driver's own means and is left out.
        """
        with in_plain_words(self._target):
            if not self._settled:
                self._session.wait_for_unconfirmed()
                self._settled = True
            state = self._look()
        parked = f"/{self._options.parking_vlan}"
        found: Mapping[ObjectId, Attributes] = {
            one: seen
            for one, seen in objects_of(state).items()
            if one.kind != Kind.TRUNK_VLAN or not one.key.endswith(parked)
        }
        return Surveyed(found, partial(obstacle_on, state))

    def facts(self) -> Facts:
        with in_plain_words(self._target):
            state = self._look()
            base = "1.1" if "urn:ietf:params:netconf:base:1.1" in self._session.capabilities else "1.0"
        trunks = [trunk for trunk in state.trunks.values() if trunk.mode == "TRUNK"]
        details = [f"{len(state.vlans or {})} VLANs", f"trunks: {', '.join(sorted(t.port for t in trunks)) or 'none'}"]
        if everything := sorted(trunk.port for trunk in trunks if trunk.carries_all):
            details.append(f"without a list, so carrying all VLANs: {', '.join(everything)}")
        return Facts("OpenConfig switch", f"NETCONF {base}", tuple(details))

    def apply(self, changes: Sequence[Change]) -> Outcomes:
        """Create or rename VLANs and put VLANs on trunks."""
        return self._write([Wish(change.id, change.after) for change in changes])

    def remove(self, ids: Sequence[ObjectId]) -> Outcomes:
        """Delete VLANs and take VLANs off trunks; what is not there is fine."""
        return self._write([Wish(one, None) for one in ids])

    # --- Reading ----------------------------------------------------------------------------------

    @property
    def _session(self) -> Session:
        if self._open is None:
            raise RuntimeError("The session is not open: use the driver in a with statement.")
        return self._open

    def _look(self) -> SwitchState:
        """Raises Refused where the switch has no such network instance."""
        state = self._session.look()
        if state.vlans is None:
            there = ", ".join(state.instances) or "none"
            raise Refused(
                f"{self._target.name} has no network instance '{self._options.network_instance}' (there: {there}): set "
                "SWITCH_NETWORK_INSTANCE to the one that holds its VLANs."
            )
        return state

    # --- Writing ----------------------------------------------------------------------------------

    def _write(self, wishes: Sequence[Wish]) -> Outcomes:
        results: Results = {wish.id: refusal(wish, parking_vlan=self._options.parking_vlan) for wish in wishes}
        writable = [wish for wish in wishes if results[wish.id] is None]
        if writable:
            with in_plain_words(self._target), self._session.locked():
                self._settled = True
                self._write_locked(writable, results)
        return results

    def _write_locked(self, wishes: Sequence[Wish], results: Results) -> None:
        """One edit for all; where the switch refuses it, without those it points to, or in halves."""
        state = self._look()
        waiting, attempts = [list(wishes)], 0
        while waiting:
            batch = waiting.pop()
            if attempts >= ATTEMPTS:
                results.update(untried(self._target.name, batch))
                continue
            prepared = prepare(batch, state, parking_vlan=self._options.parking_vlan)
            results.update(prepared.settled)
            if not prepared.edit:
                continue
            attempts += 1
            try:
                state = self._session.carry_out(prepared)
            except BatchRefused as refused:
                waiting += self._after_refusal(prepared.wishes, refused.complaints, results)
            except NotAsWanted as found:
                if found.harm:
                    stop(self._target.name, found.harm, [*waiting, prepared.wishes], results)
                    return
                waiting += after_roll_back(prepared.wishes, found, results)

    def _after_refusal(self, wishes: list[Wish], complaints: Sequence[Complaint], results: Results) -> list[list[Wish]]:
        """Settle those that the switch points to; what to try next."""
        bad: Results = {}
        for complaint in complaints:
            for one in blamed(complaint, [wish.id for wish in wishes]):
                bad[one] = told(complaint, what=str(one))
        if bad:
            return without(wishes, bad, results)
        first, second = by_vlan(wishes)
        if second and not any(complaint.tag in FOR_ALL for complaint in complaints):
            return [second, first]
        results.update({wish.id: told(complaints[0], what=str(wish.id)) for wish in wishes})
        return []
