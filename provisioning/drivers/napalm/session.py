"""A session with a switch: read in bulk, and one candidate for a batch, confirmed only when it reads back right."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from provisioning.drivers.napalm.faults import FAULTS, Busy, ForAll, told
from provisioning.drivers.napalm.found import Found
from provisioning.drivers.napalm.options import Options
from provisioning.drivers.napalm.platforms import Connect, Platform
from provisioning.drivers.protocol import ObjectId, Refused, Target, Unreachable
from provisioning.drivers.switches.batches import NotAsWanted
from provisioning.drivers.switches.planning import Prepared, Wish, lost, prepare, unmet


class BatchRefused(Exception):
    """The switch refused a candidate as a whole, and runs what it ran before."""

    def __init__(self, why: Refused) -> None:
        super().__init__(str(why))
        self.why = why
        self.for_all = isinstance(why, (ForAll, Busy))


class Session:
    """Opened by making it. Raises CertificateNotTrusted, SignInRefused, Unreachable."""

    def __init__(self, target: Target, platform: Platform, options: Options, connect: Connect) -> None:
        self._target = target
        self._platform = platform
        self._options = options
        self._driver: Any = connect(target, options)
        try:
            self._driver.open()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Whatever was not committed goes with the session; a switch that is gone is no error here."""
        with suppress(*FAULTS, AttributeError):  # NAPALM's drivers do not mind whether they were ever opened
            self._driver.close()

    def facts(self) -> dict[str, Any]:
        return dict(self._driver.get_facts())

    def look(self) -> Found:
        """What the switch runs."""
        return self._platform.look(self._driver)

    def wait_for_unconfirmed(self) -> None:
        """See that no change waits for its confirmation: until then, what runs may be taken back by itself."""
        if self._platform.reverts and self._driver.has_pending_commit():
            raise Busy(
                f"{self._target.name}: a change waits there for its confirmation, and may be taken back until then: "
                "it will be tried again."
            )

    def carry_out(self, prepared: Prepared, before: Found) -> Found:
        """Write one candidate. Returns what the switch runs afterwards.

        Raises BatchRefused or NotAsWanted, the switch being as it was before; Unreachable when the session broke.
        """
        text = self._platform.render(prepared.edit, before)
        if committed := self._propose(text):
            self._commit(prepared, before)
        found = self._look_after_commit()
        wrong, harm = unmet(prepared, found.state), lost(prepared, found.state)
        if not wrong and not harm:
            if committed and self._platform.reverts:
                self._confirm()
            return found
        self._take_back(prepared, before, committed=committed)
        raise NotAsWanted(wrong, harm)

    def _propose(self, text: str) -> bool:
        """Load the candidate; whether the switch sees a difference. What is refused leaves nothing behind."""
        try:
            self._driver.load_merge_candidate(config=text)
            difference = self._driver.compare_config()
        except FAULTS as error:
            with suppress(*FAULTS):
                self._driver.discard_config()
            raise self._refusal(error) from error
        if self._platform.compares and not difference.strip():
            self._driver.discard_config()
            return False
        return True

    def _commit(self, prepared: Prepared, before: Found) -> None:
        try:
            if self._platform.reverts:
                self._driver.commit_config(revert_in=self._options.revert_seconds)
            else:
                self._driver.commit_config()
        except FAULTS as error:
            refusal = self._refusal(error)
            with suppress(*FAULTS):
                self._driver.discard_config()
            # NAPALM has taken back what was half taken; this sees to it, and takes back what still waits.
            self._take_back(prepared, before, committed=False)
            raise refusal from error

    def _refusal(self, error: BaseException) -> Exception:
        """What to raise for it: a session that broke is no refusal of the batch."""
        known = told(error, self._target)
        if isinstance(known, Unreachable):
            raise self._broken(known) from error
        return BatchRefused(known) if isinstance(known, Refused) else known or Exception(str(error))

    def _broken(self, error: Unreachable) -> Unreachable:
        back = (
            f"The switch takes back by itself what was not confirmed, at the latest after "
            f"{self._options.revert_seconds} s."
            if self._platform.reverts
            else "This platform takes nothing back by itself."
        )
        return Unreachable(f"{error} {back}")

    def _look_after_commit(self) -> Found:
        try:
            return self.look()
        except FAULTS as error:
            raise self._unsettled(error) from error

    def _unsettled(self, error: BaseException) -> BaseException:
        """What to raise after the commit: no refusal of the batch, because the switch may run it."""
        known = told(error, self._target)
        return self._broken(known) if isinstance(known, Unreachable) else known or error

    def _confirm(self) -> None:
        """Raises Busy where the switch has lost patience: it runs what it ran before."""
        try:
            waits = self._driver.has_pending_commit()
            if waits:
                self._driver.confirm_commit()
        except FAULTS as error:
            raise self._unsettled(error) from error
        if not waits:
            raise Busy(
                f"{self._target.name} took the change back before it was read back and confirmed: it will be tried "
                f"again; where that goes on, raise SWITCH_CONFIRM_SECONDS (now {self._options.revert_seconds})."
            )

    # --- Taking back ------------------------------------------------------------------------------

    def _take_back(self, prepared: Prepared, before: Found, *, committed: bool) -> None:
        """Make the switch run what it ran before, and see that it does. Raises Refused if it does not.

        NAPALM's ``rollback`` without a change that waits goes back one step further than ours on some platforms, so
        it is called only where there is one, or where the platform knows no confirmation and has committed.
        """
        if self._driver.has_pending_commit() if self._platform.reverts else committed:
            with suppress(*FAULTS):
                self._driver.rollback()
        now = self.look()
        if left := self._left(prepared, now):
            # Cisco keeps VLANs in a file of their own (vlan.dat) that no roll-back of the configuration reaches.
            self._undo(left, before, now)
            now = self.look()
            left = self._left(prepared, now)
        if what := ", ".join(str(wish.id) for wish in left[:5]) or _still_off(prepared, now):
            raise Refused(
                f"{self._target.name} did not read back as it should, and did not take the change back when told to: "
                f"look at {what} on the switch."
            )

    @staticmethod
    def _left(prepared: Prepared, now: Found) -> list[Wish]:
        return [wish for wish in prepared.wishes if not prepared.is_as_before(wish, now.state)]

    def _undo(self, left: Sequence[Wish], before: Found, now: Found) -> None:
        """Write the opposite of what is left; whether it helped, the caller reads."""
        wishes = [Wish(wish.id, _as_it_was(wish.id, before)) for wish in left]
        opposite = prepare(wishes, now.state, parking_vlan=self._options.parking_vlan)
        if not opposite.edit:
            return
        with suppress(*FAULTS, Refused):
            self._driver.load_merge_candidate(config=self._platform.render(opposite.edit, now))
            self._driver.commit_config()


def _as_it_was(one: ObjectId, before: Found) -> dict[str, Any] | None:
    port, _, vid = one.key.rpartition("/")
    if port:
        trunk = before.state.trunks.get(port)
        return {} if trunk is not None and int(vid) in trunk.members else None
    name = before.names.get(int(vid))
    return None if name is None else {"name": name}


def _still_off(prepared: Prepared, now: Found) -> str:
    """The trunks that still lack VLANs which they carried before, in words."""
    for edit in prepared.edit.trunks:
        trunk = now.state.trunks.get(edit.trunk.port)
        missing = sorted(edit.trunk.members - (trunk.members if trunk else frozenset()))
        if missing:
            return f"{edit.trunk.port}, which lacks VLAN {', '.join(map(str, missing[:10]))},"
    return ""
