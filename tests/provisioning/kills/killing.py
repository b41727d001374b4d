"""SIGKILL at an exact place: a worker that was given an order dies where the order says, once, and nowhere else.

The test writes the order to a file; the worker's processes watch for it at every boundary of a push. Whoever takes
the file away is the one that dies, so that the next worker passes the same place alive.
"""

import json
import os
import signal
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ORDER_FILE = "KILL_ORDER_FILE"  # the environment variable that tells a worker where its orders are


class Boundary(StrEnum):
    """Where in a push, in the order in which they come."""

    BEFORE_INTENT = "before the intent is recorded"
    AFTER_INTENT = "after the intent is recorded"
    AFTER_WRITE = "after the device write"
    AFTER_READ_BACK = "after the read-back"
    AFTER_OUTCOME = "after the outcome is recorded"
    BEFORE_ACK = "before the ack"


@dataclass(frozen=True, slots=True)
class Order:
    """Die at this boundary of a push to this device, on the way there or on the way ``back``.

    ``whole``: the whole worker with all its processes, else the one process of its pool that does the work.
    """

    boundary: Boundary
    device: str
    back: bool = False
    whole: bool = False

    def write(self, path: Path) -> None:
        beside = path.with_suffix(".new")
        beside.write_text(json.dumps(asdict(self)))
        beside.rename(path)


def strike(path: Path, boundary: Boundary, device: str, *, back: bool) -> None:
    """Die here, if that is the order."""
    try:
        order = Order(**json.loads(path.read_text()))
        if (order.boundary, order.device, order.back) != (boundary, device, back):
            return
        path.unlink()
    except FileNotFoundError:
        return
    if order.whole:
        os.killpg(0, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


class Watched:
    """A driver whose device calls are boundaries."""

    def __init__(self, driver: Any, watch: "Watch") -> None:
        self.driver, self.watch, self.written = driver, watch, False

    def __enter__(self) -> Self:
        self.driver.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.driver.__exit__(kind, error, trace)

    def read(self) -> Any:
        state = self.driver.read()
        if self.written:
            self.watch.strike(Boundary.AFTER_READ_BACK)
        return state

    def apply(self, changes: Sequence[Any]) -> Any:
        return self._after(self.driver.apply(changes))

    def remove(self, ids: Sequence[Any]) -> Any:
        return self._after(self.driver.remove(ids))

    def _after(self, outcomes: Any) -> Any:
        self.written = True
        self.watch.strike(Boundary.AFTER_WRITE)
        return outcomes


@dataclass(slots=True)
class Watch:
    """What this process is at: which device, on which way; nothing until it has found something to write."""

    path: Path
    device: str = ""
    back: bool = False

    def strike(self, boundary: Boundary) -> None:
        if self.device:
            strike(self.path, boundary, self.device, back=self.back)


def install(path: Path) -> None:
    """Put the boundaries around the engine's own functions, in this process."""
    from provisioning import devices, execution

    watch = Watch(path)
    begin, write, drain, open_driver = (
        execution._begin,
        execution._write,
        execution.drain_device,
        devices.open_driver,
    )

    def watched_begin(device: Any, sorted_: Any, lease: Any) -> Any:
        if sorted_.to_write:
            watch.device, watch.back = device.slug, sorted_.to_write[0].undoes_id is not None
        watch.strike(Boundary.BEFORE_INTENT)
        to_write = begin(device, sorted_, lease)
        if to_write:
            watch.strike(Boundary.AFTER_INTENT)
        return to_write

    def watched_write(device: Any, driver: Any, steps: Any, lease: Any) -> Any:
        state = write(device, driver, steps, lease)
        watch.strike(Boundary.AFTER_OUTCOME)
        return state

    def watched_drain(device_id: int) -> None:
        watch.device = ""
        drain(device_id)
        watch.strike(Boundary.BEFORE_ACK)

    execution._begin = watched_begin
    execution._write = watched_write
    execution.drain_device = watched_drain
    execution.open_driver = lambda device: Watched(open_driver(device), watch)  # type: ignore[attr-defined,assignment,return-value]


def install_where_ordered(**_signal: Any) -> None:
    """For Celery's signal that a process of the pool begins."""
    if path := os.environ.get(ORDER_FILE):
        install(Path(path))
