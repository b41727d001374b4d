"""Times every call to a device, in the processes of a worker, as lines of JSON in a file that all of them append to."""

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

CALLS_FILE = "ENGINE_CALLS_FILE"  # the environment variable that tells a worker where


@dataclass(frozen=True, slots=True)
class Call:
    """``what``: enter, read, apply, remove or exit. ``began``: seconds on the machine's clock."""

    device: str
    what: str
    began: float
    seconds: float


class Timed:
    """A driver whose calls are timed."""

    def __init__(self, driver: Any, device: str, path: Path) -> None:
        self.driver, self.device, self.path = driver, device, path

    def __enter__(self) -> Self:
        self._timed("enter", self.driver.__enter__)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timed("exit", lambda: self.driver.__exit__(kind, error, trace))

    def read(self) -> Any:
        return self._timed("read", self.driver.read)

    def apply(self, changes: Sequence[Any]) -> Any:
        return self._timed("apply", lambda: self.driver.apply(changes))

    def remove(self, ids: Sequence[Any]) -> Any:
        return self._timed("remove", lambda: self.driver.remove(ids))

    def _timed(self, what: str, call: Callable[[], Any]) -> Any:
        began = time.monotonic()
        try:
            return call()
        finally:
            line = json.dumps([self.device, what, began, time.monotonic() - began])
            with self.path.open("a") as file:
                file.write(line + "\n")


def install(**_signal: Any) -> None:
    """For Celery's signal that a process of the pool begins."""
    from provisioning import devices, execution  # noqa: PLC0415 - settings come first

    path, real = Path(os.environ[CALLS_FILE]), devices.open_driver

    def open_driver(device: Any) -> Any:
        return Timed(real(device), device.kind, path)

    execution.open_driver = devices.open_driver = open_driver  # type: ignore[attr-defined]


def calls(path: Path) -> list[Call]:
    return [Call(*json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []
