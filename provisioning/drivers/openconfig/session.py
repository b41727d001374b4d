"""A session with a switch: read in bulk, lock, and one edit for a batch, confirmed only when it reads back right."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ncclient import NCClientError
from ncclient.operations import RPCError

from provisioning.drivers.openconfig.connection import can_cancel, close, refuse_incapable, sign_in
from provisioning.drivers.openconfig.documents import config_of, reading_filter, state_of
from provisioning.drivers.openconfig.faults import PASSING, BatchRefused, Busy, complaints_of, locked_by
from provisioning.drivers.openconfig.options import Options
from provisioning.drivers.protocol import Refused, Target, Unreachable
from provisioning.drivers.switches.batches import NotAsWanted
from provisioning.drivers.switches.planning import Prepared, lost, unmet
from provisioning.drivers.switches.state import SwitchState

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0  # seconds between two tries to get the lock
PATIENCE = 6  # an edit or a commit may take this many times the time-out of a single answer
BROKEN = (NCClientError, OSError, EOFError)  # what a session that ends under us raises


def _broke(error: BaseException) -> bool:
    """Whether the session ended, as opposed to the switch having said no."""
    return isinstance(error, (*BROKEN, Unreachable)) and not isinstance(error, RPCError)


class Session:
    """Opened by making it. Raises CertificateNotTrusted, SignInRefused, Unreachable; Refused where the switch lacks
    what a safe write needs."""

    def __init__(self, target: Target, options: Options) -> None:
        self._target = target
        self._options = options
        self._manager = sign_in(target, options)
        try:
            refuse_incapable(self._manager, target)
        except Refused:
            self.close()
            raise

    def close(self, *, broken: bool = False) -> None:
        close(self._manager, broken=broken)

    @property
    def capabilities(self) -> frozenset[str]:
        return frozenset(self._manager.server_capabilities)

    def look(self) -> SwitchState:
        """What the switch runs, in one request."""
        self._manager.timeout = self._target.timeout_seconds * PATIENCE
        data = self._manager.get_config("running", filter=reading_filter()).data
        return state_of(data, self._options.network_instance)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the candidate's lock. Raises Busy, naming the session that has it, when it is not free in time."""
        self._lock()
        try:
            yield
        except BaseException as error:
            if not _broke(error):  # a session that is gone holds no lock, and answers nothing
                self._unlock()
            raise
        self._unlock()

    def _unlock(self) -> None:
        """Whatever comes of it, what was written is written, and the lock ends with the session at the latest."""
        self._manager.timeout = self._target.timeout_seconds
        with suppress(*BROKEN):
            self._manager.unlock("candidate")

    def _lock(self) -> None:
        deadline, pause = time.monotonic() + self._options.lock_seconds, FIRST_PAUSE
        while True:
            try:
                self._manager.lock("candidate")
            except RPCError as error:
                complaint = complaints_of(error)[0]
                if complaint.tag not in PASSING:
                    raise
                left = deadline - time.monotonic()
                if left <= 0:
                    raise Busy(
                        f"{self._target.name}: its configuration is not free: {locked_by(complaint)}. It will be tried "
                        "again; if it stays so, end that session, or commit or discard its changes, on the switch."
                    ) from error
                time.sleep(min(left, pause * random.uniform(0.8, 1.2)))  # noqa: S311 - so that two do not keep step
                pause = min(pause * 1.5, LONGEST_PAUSE)
            else:
                return

    def carry_out(self, prepared: Prepared) -> SwitchState:
        """Write one edit, under the lock. Returns what the switch runs afterwards.

        Raises BatchRefused or NotAsWanted, the switch being as it was before; Unreachable when the session broke,
        and then the switch goes back by itself unless the confirmation had reached it.
        """
        self._manager.timeout = self._target.timeout_seconds * PATIENCE
        self._propose(prepared)
        try:
            self._manager.commit(confirmed=True, timeout=str(self._options.confirm_seconds))
            state = self.look()
            wrong, harm = unmet(prepared, state), lost(prepared, state)
            if not wrong and not harm:
                self._manager.commit()
                return state
        except RPCError as error:
            complaints = complaints_of(error)
            self._roll_back(prepared)
            raise BatchRefused(complaints) from error
        except BROKEN as error:
            raise Unreachable(
                f"The session with {self._target.name} broke before the change was confirmed: the switch takes it back "
                f"by itself, at the latest after {self._options.confirm_seconds} s. It is read again before going on."
            ) from error
        self._roll_back(prepared)
        raise NotAsWanted(wrong, harm)

    def _propose(self, prepared: Prepared) -> None:
        """Edit the candidate; the switch validates it first. What is refused leaves the candidate as it was.

        There is no separate ``validate``: RFC 6241 has the edit itself validated by ``test-then-set``, and the commit
        again, and netconfd 2.13 forgets an edit when it is asked to validate the candidate.
        """
        manager = self._manager
        careful = "rollback-on-error" if ":rollback-on-error" in manager.server_capabilities else None
        try:
            manager.edit_config(
                config_of(prepared.edit, self._options.network_instance),
                target="candidate",
                default_operation="none",
                test_option="test-then-set",
                error_option=careful,
            )
        except RPCError as error:
            complaints = complaints_of(error)
            manager.discard_changes()
            raise BatchRefused(complaints) from error

    def _roll_back(self, prepared: Prepared) -> None:
        """Make the switch take back what was not confirmed, and see that it did. Raises Refused if it did not."""
        if not self._cancel():  # RFC 4741: it goes back when the session ends
            self.close()
            self._manager = sign_in(self._target, self._options)
            self._lock()
        now = self.look()
        if left := [wish.id for wish in prepared.wishes if not prepared.is_as_before(wish, now)]:
            raise Refused(
                f"{self._target.name} did not read back as it should, and did not take the change back when told to: "
                f"look at {', '.join(map(str, left[:5]))} on the switch."
            )

    def _cancel(self) -> bool:
        """Whether the switch knows ``cancel-commit`` and did it."""
        if not can_cancel(self._manager):
            return False
        try:
            self._manager.cancel_commit()
            self._manager.discard_changes()
        except RPCError:
            return False
        return True

    def wait_for_unconfirmed(self) -> None:
        """See that no change waits for its confirmation: until then, what runs may be taken back by itself.

        Whoever waits for that holds the lock: it is taken and given back. Changes of a candidate that nobody has
        locked are no hindrance. Raises Busy.
        """
        try:
            with self.locked():
                pass
        except Busy as error:
            cause = error.__cause__
            if isinstance(cause, RPCError) and complaints_of(cause)[0].holder in ("", "0"):
                return
            raise
