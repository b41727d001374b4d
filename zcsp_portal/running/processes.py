"""Child processes that live and die together: started, watched, and stopped in reverse order."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType

POLL_SECONDS = 0.1
_PR_SET_PDEATHSIG = 1  # prctl(2)
_libc = ctypes.CDLL(None)


class Died(Exception):
    """A process ended though nobody asked it to; the message says which and how."""


@dataclass(frozen=True, slots=True)
class Child:
    """A running process. ``patience``: seconds that it may take to finish its work when it is told to stop."""

    name: str
    process: subprocess.Popen[bytes]
    patience: float


@dataclass(slots=True)
class Stopping:
    """Counts how often SIGINT or SIGTERM came: once is a request, twice is impatience."""

    times: int = 0
    interrupts: bool = False

    def listen(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked)

    def _asked(self, number: int, frame: FrameType | None) -> None:
        self.times += 1
        if self.interrupts:
            raise KeyboardInterrupt

    @contextmanager
    def interrupting(self) -> Iterator[None]:
        """While work of our own is done that does not look at the count: a request raises KeyboardInterrupt."""
        self.interrupts = True
        try:
            yield
        finally:
            self.interrupts = False


@dataclass(slots=True)
class Family:
    """The processes of one run, in the order in which they were started."""

    stopping: Stopping
    children: list[Child] = field(default_factory=list)

    def start(self, name: str, command: Sequence[str], *, env: Mapping[str, str], patience: float) -> None:
        """Start a process in a session of its own: Ctrl-C reaches only us, and the order of stopping is ours."""
        process = subprocess.Popen(  # noqa: S603  # our own commands
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_end_with_parent,  # noqa: PLW1509  # this process has no threads
        )
        self.children.append(Child(name, process, patience))

    def watch(self, *, until: Callable[[], object] | None = None) -> bool:
        """Wait until ``until`` holds (True) or somebody asked to stop (False).

        Raises Died as soon as one process has ended.
        """
        while not self.stopping.times:
            for child in self.children:
                if (code := child.process.poll()) is not None:
                    raise Died(f"{child.name} {_how_it_ended(code)}")
            if until is not None and until():
                return True
            time.sleep(POLL_SECONDS)
        return False

    def stop(self) -> None:
        """Stop all, the last started first; each may finish what it is doing, until it is asked again."""
        asked_before = self.stopping.times
        for child in reversed(self.children):
            _signal_process(child, signal.SIGTERM)
            deadline = time.monotonic() + child.patience
            while child.process.poll() is None:
                if time.monotonic() > deadline or self.stopping.times > max(asked_before, 1):
                    break
                time.sleep(POLL_SECONDS)
            _kill_group(child)  # whatever it left behind
            child.process.wait()


def _end_with_parent() -> None:
    """In the child: be told to stop when the parent is killed, so that nothing is left running."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _how_it_ended(code: int) -> str:
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


def _signal_process(child: Child, number: signal.Signals) -> None:
    if child.process.poll() is None:
        child.process.send_signal(number)


def _kill_group(child: Child) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.process.pid, signal.SIGKILL)
