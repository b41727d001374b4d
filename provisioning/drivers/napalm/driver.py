"""The driver itself: read, write in batches, and tell for each object what came of it."""

from collections.abc import Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Self

from provisioning.drivers.napalm.faults import blamed, in_plain_words
from provisioning.drivers.napalm.found import Found
from provisioning.drivers.napalm.options import Options
from provisioning.drivers.napalm.platforms import Connect, Platform
from provisioning.drivers.napalm.rendering import Unsafe, bad_name
from provisioning.drivers.napalm.session import BatchRefused, Session
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


class Napalm:
    """A session with one core switch of a ``platform``. ``connect``: makes NAPALM's driver for it, not opened yet."""

    def __init__(
        self, target: Target, platform: Platform, options: Options | None = None, *, connect: Connect | None = None
    ) -> None:
        self._target = target
        self._platform = platform
        self._options = options or Options()
        self._connect = connect or platform.connect
        self._open: Session | None = None
        self._settled = False  # whether this session has seen that no unconfirmed change is pending

    def __enter__(self) -> Self:
        with in_plain_words(self._target):
            self._open = Session(self._target, self._platform, self._options, self._connect)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        session, self._open, self._settled = self._open, None, False
        if session is not None:
            session.close()

    def read(self) -> DeviceState:
        """Every VLAN, and every VLAN of every trunk. Raises Refused, Busy, Unreachable.

        A trunk without a list carries all VLANs: it reads as ``<port>/all``. The parking VLAN's place on a trunk is
        the driver's own means and is left out.
        """
        with in_plain_words(self._target):
            state = self._look().state
        parked = f"/{self._options.parking_vlan}"
        found: Mapping[ObjectId, Attributes] = {
            one: seen
            for one, seen in objects_of(state).items()
            if one.kind != Kind.TRUNK_VLAN or not one.key.endswith(parked)
        }
        return Surveyed(found, partial(obstacle_on, state))

    def facts(self) -> Facts:
        with in_plain_words(self._target):
            found = self._session.facts()
            state = self._session.look().state
        trunks = [trunk for trunk in state.trunks.values() if trunk.mode == "TRUNK"]
        details = [f"{len(state.vlans or {})} VLANs", f"trunks: {', '.join(sorted(t.port for t in trunks)) or 'none'}"]
        if everything := sorted(trunk.port for trunk in trunks if trunk.carries_all):
            details.append(f"without a list, so carrying all VLANs: {', '.join(everything)}")
        if not self._platform.reverts:
            details.append("takes no change back by itself: what is written is read back, and taken back by us")
        product = f"{self._platform.name} ({found.get('model') or 'unknown model'})"
        return Facts(product, str(found.get("os_version") or "unknown"), tuple(details))

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

    def _look(self) -> Found:
        if not self._settled:
            self._session.wait_for_unconfirmed()
            self._settled = True
        return self._session.look()

    # --- Writing ----------------------------------------------------------------------------------

    def _write(self, wishes: Sequence[Wish]) -> Outcomes:
        results: Results = {wish.id: self._refusal(wish) for wish in wishes}
        writable = [wish for wish in wishes if results[wish.id] is None]
        if writable:
            with in_plain_words(self._target):
                self._write_all(writable, results)
        return results

    def _refusal(self, wish: Wish) -> Refused | None:
        if (why := refusal(wish, parking_vlan=self._options.parking_vlan)) is not None:
            return why
        if wish.after is not None and wish.id.kind == Kind.VLAN and bad_name(str(wish.after["name"])):
            return Unsafe(
                f"{wish.id}: its name goes into a line of the switch's configuration, so it has letters, digits, '.', "
                "'_' and '-' only, at most 32: choose another name."
            )
        return None

    def _write_all(self, wishes: Sequence[Wish], results: Results) -> None:
        """One candidate for all; where the switch refuses it, without those it points to, or in halves."""
        found = self._look()
        waiting, attempts = [self._without_refused(wishes, found, results)], 0
        while waiting:
            batch = waiting.pop()
            if attempts >= ATTEMPTS:
                results.update(untried(self._target.name, batch))
                continue
            prepared = prepare(batch, found.state, parking_vlan=self._options.parking_vlan)
            results.update(prepared.settled)
            if not prepared.edit:
                continue
            attempts += 1
            try:
                found = self._session.carry_out(prepared, found)
            except BatchRefused as refused:
                waiting += self._after_refusal(prepared.wishes, refused, results)
            except NotAsWanted as not_so:
                if not_so.harm:
                    stop(self._target.name, not_so.harm, [*waiting, prepared.wishes], results)
                    return
                waiting += after_roll_back(prepared.wishes, not_so, results)

    def _without_refused(self, wishes: Sequence[Wish], found: Found, results: Results) -> list[Wish]:
        """What this platform can take, as far as that is known from what it carries."""
        of_vlans = [wish for wish in wishes if wish.id.kind == Kind.VLAN]
        names = {wish.vid: str(wish.after["name"]) for wish in of_vlans if wish.after is not None}
        refused = self._platform.refusals([wish.vid for wish in of_vlans], names, found)
        bad: Results = {
            wish.id: Refused(f"{wish.id}: {refused[wish.vid]}.") for wish in of_vlans if wish.vid in refused
        }
        rest = without(wishes, bad, results)
        return rest[0] if rest else []

    @staticmethod
    def _after_refusal(wishes: list[Wish], refused: BatchRefused, results: Results) -> list[list[Wish]]:
        """Settle those that the switch points to; what to try next."""
        vids = blamed(str(refused))
        if bad := {w.id: Refused(f"{w.id}: {refused}") for w in wishes if w.id.kind == Kind.VLAN and w.vid in vids}:
            return without(wishes, bad, results)
        first, second = by_vlan(wishes)
        if second and not refused.for_all:
            return [second, first]
        results.update({wish.id: refused.why for wish in wishes})
        return []
