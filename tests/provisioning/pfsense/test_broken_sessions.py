"""A session may end at any write: what a read says then is what was, or what shall be, and the next session finishes.

This is what the engine asks of a driver: an object that reads as before is written again, one that reads as intended
is done, and anything else is somebody else's work.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from lab.pfsense import Running, serve
from lab.pfsense.server import Hangup, Request
from provisioning.drivers.protocol import Change, ObjectId, Target, Unreachable
from tests.provisioning.pfsense.conftest import (
    alias,
    all_taken,
    drop,
    interface,
    look,
    put,
    route,
    rule,
    session,
    target_of,
    tunnel,
)

NEW: Sequence[Change] = (
    interface(100, address="10.0.0.0/24"),
    interface(101),
    alias("customer", "192.168.10.0/24"),
    rule("vlan100/10-some", destination="customer"),
    rule("wan/10-no-clear-traffic", action="block", direction="out", destination="customer"),
    route("192.168.10.0/24"),
    tunnel("198.51.100.7", "192.168.10.0/24", "192.168.11.0/24", local=("10.0.0.0/24",)),
)
OTHER: Sequence[Change] = (
    interface(100, "Acme-renamed", "10.0.9.0/24"),
    interface(101, address="10.0.1.0/24"),
    alias("customer", "192.168.12.0/24"),
    rule("vlan100/10-some", action="block"),
    rule("wan/10-no-clear-traffic", action="block", destination="customer"),
    tunnel("198.51.100.7", "192.168.11.0/24", "192.168.12.0/24"),
)
Wanted = Mapping[ObjectId, Mapping[str, Any] | None]
MOST_WRITES = 40


def hang_up_at(running: Running, write: int, *, taken: bool) -> None:
    """Break the connection at the n-th write: after the firewall took it, or before."""
    seen = 0

    def hook(request: Request) -> None:
        nonlocal seen
        seen += request.method != "GET"
        if seen == write and request.method != "GET":
            running.before = running.after = lambda _request: None
            raise Hangup

    if taken:
        running.after = hook
    else:
        running.before = hook


def push(target: Target, before: Wanted, after: Wanted) -> None:
    """One session, as the engine has it: read, write what is as it was, believe what is as it shall be."""
    with session(target) as driver:
        state = driver.read()
        for id in after:
            assert state.get(id) in (before[id], after[id]), f"{id} reads as neither: {state.get(id)}"
        left = [id for id in after if state.get(id) != after[id]]
        all_taken(driver.apply([Change(id, wanted) for id in left if (wanted := after[id]) is not None]))
        all_taken(driver.remove([id for id in left if after[id] is None]))


def wanted(changes: Sequence[Change]) -> dict[ObjectId, Mapping[str, Any] | None]:
    return {change.id: change.after for change in changes}


def nothing(changes: Sequence[Change]) -> dict[ObjectId, Mapping[str, Any] | None]:
    return dict.fromkeys(change.id for change in changes)


SCENES = {
    "making": (NEW[:0], nothing(NEW), wanted(NEW)),
    "changing": (NEW, {c.id: wanted(NEW)[c.id] for c in OTHER}, wanted(OTHER)),
    "removing": (NEW, wanted(NEW), nothing(NEW)),
}


@pytest.mark.slow
@pytest.mark.parametrize("taken", [True, False], ids=["after the write", "before the write"])
@pytest.mark.parametrize("scene", SCENES)
def test_whichever_write_the_session_breaks_at_the_next_one_finishes_and_all_is_live(scene: str, taken: bool) -> None:
    first, before, after = SCENES[scene]
    for write in range(1, MOST_WRITES):
        with serve() as running:
            target = target_of(running)
            all_taken(put(target, *first))
            hang_up_at(running, write, taken=taken)
            try:
                push(target, before, after)
            except Unreachable:
                push(target, before, after)
                broke = True
            else:
                broke = False
            state = look(target)
            assert {id: state.get(id) for id in after} == after
            assert running.firewall.live == running.firewall.config
            assert running.firewall.waiting == set()
        if not broke:  # there were fewer writes than this
            assert write > len(after)
            return
    raise AssertionError(f"more than {MOST_WRITES} writes")


def test_nothing_of_a_batch_that_was_made_removed_and_made_again_is_left_over() -> None:
    with serve() as running:
        target, before = target_of(running), running.firewall.live
        for _ in range(2):
            all_taken(put(target, *NEW))
            all_taken(drop(target, *NEW))
        assert running.firewall.config == before
