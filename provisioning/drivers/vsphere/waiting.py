"""Waiting for many tasks at once, and not for ever."""

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from provisioning.drivers.protocol import Unreachable
from provisioning.drivers.vsphere.collecting import of_objects
from provisioning.drivers.vsphere.sdk import vim, vmodl

FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.5  # seconds between two looks at unfinished tasks


class Outlasted(Unreachable):
    """A task did not end in time. It may still end later, so the caller reads back before it goes on."""


def wait_for(collector: Any, tasks: Sequence[Any], *, seconds: float) -> list[Any]:
    """Each task's fault (None: it succeeded), in the tasks' order, all watched by one call a look.

    Raises Outlasted when one is not finished in time, having asked for those to be called off.
    """
    faults: dict[Any, Any] = {}
    deadline, pause = time.monotonic() + seconds, FIRST_PAUSE
    while True:
        _note_finished(collector, tasks, faults)
        unfinished = [task for task in tasks if task not in faults]
        if not unfinished:
            return [faults[task] for task in tasks]
        if time.monotonic() >= deadline:
            _call_off(unfinished)
            raise Outlasted(f"A task did not finish within {seconds:g} s: read the device again before going on.")
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)


def _note_finished(collector: Any, tasks: Sequence[Any], faults: dict[Any, Any]) -> None:
    waiting = [task for task in tasks if task not in faults]
    for task, values in of_objects(collector, waiting, vim.Task, ["info.state", "info.error"]).items():
        if values.get("info.state") == vim.TaskInfo.State.success:
            faults[task] = None
        elif values.get("info.state") == vim.TaskInfo.State.error:
            faults[task] = values.get("info.error") or vmodl.fault.SystemError(msg="the task failed without a reason")


def _call_off(tasks: Sequence[Any]) -> None:
    """So that what was given up is not written hours later; a task that has begun may refuse."""
    for task in tasks:
        with suppress(vmodl.MethodFault):
            task.CancelTask()
