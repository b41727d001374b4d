"""Many jobs at the same moment, each in a thread with database connections of its own."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connections

DEADLINE = 90.0  # seconds until a job that is still waiting counts as stuck


@dataclass(slots=True)
class Outcome:
    """What the jobs came to."""

    won: list[Any] = field(default_factory=list)
    lost: list[Exception] = field(default_factory=list)


def race(jobs: list[Callable[[], Any]]) -> Outcome:
    """Start all jobs together and wait for all. Fails when one is stuck."""
    start, outcome = threading.Barrier(len(jobs)), Outcome()

    def run(job: Callable[[], Any]) -> None:
        try:
            connections["default"].ensure_connection()
            start.wait(DEADLINE)
            outcome.won.append(job())
        except Exception as error:  # what it is, is for the test to judge
            outcome.lost.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[job], daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert not any(thread.is_alive() for thread in threads), "a job is stuck"
    return outcome


def meet_after(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, *, jobs: int) -> None:
    """Make a race's window certain: whoever has come out of this function waits there for all the others."""
    real, meeting = getattr(module, name), threading.Barrier(jobs)

    def waiting(*args: Any, **kwargs: Any) -> Any:
        answer = real(*args, **kwargs)
        meeting.wait(DEADLINE)
        return answer

    monkeypatch.setattr(module, name, waiting)


def guard_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what keeps two claims apart: row locks and compare-and-swap, or SQLite's early write lock."""
    from inventory import allocation

    monkeypatch.setattr(allocation, "lock", lambda vlans, *, skip_locked=False: vlans)
    monkeypatch.setattr(allocation, "_compare_and_swap", _swap)
    connection = connections["default"]
    if connection.vendor == "sqlite":
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "transaction_mode", "DEFERRED")


def _swap(vlans: list[Any], change: dict[str, object]) -> None:
    from inventory.models import Vlan

    Vlan.objects.filter(pk__in=[vlan.pk for vlan in vlans]).update(**change)
