"""The life of a VLAN: the atomic claim, and the one function through which every other move goes.

Two requests can never both win an ID. On PostgreSQL a claim locks the rows that it takes and skips those that
another claim holds (``FOR UPDATE SKIP LOCKED``); on SQLite the transaction owns the write lock before it reads
(IMMEDIATE). Either way the move itself compares and swaps: a row whose state is no longer the expected one is not
moved, and the whole call fails.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from inventory.inserting import insert_values
from inventory.models import CoreSwitch, Vlan, VlanMove, VlanState

S = VlanState
ALLOWED_MOVES: frozenset[tuple[VlanState, VlanState]] = frozenset(
    {
        (S.FREE, S.HELD),  # claimed for an onboarding
        (S.FREE, S.ALLOCATED),  # imported: it is live already
        (S.FREE, S.UNCLAIMED),  # found on a device
        (S.FREE, S.RESERVED),
        (S.FREE, S.INFRASTRUCTURE),
        (S.HELD, S.FREE),  # given up, and no device was ever told
        (S.HELD, S.ALLOCATED),  # pushed and read back
        (S.HELD, S.RELEASING),  # given up after a device may have been told
        (S.ALLOCATED, S.RELEASING),
        (S.RELEASING, S.ALLOCATED),  # the offboarding was called off
        (S.RELEASING, S.QUARANTINED),  # the devices were read back and no longer carry it
        (S.QUARANTINED, S.FREE),
        (S.UNCLAIMED, S.ALLOCATED),  # adopted
        (S.UNCLAIMED, S.FREE),  # read back gone
        (S.RESERVED, S.FREE),
        (S.RESERVED, S.INFRASTRUCTURE),
        (S.INFRASTRUCTURE, S.FREE),
        (S.INFRASTRUCTURE, S.RESERVED),
    }
)


class NoCapacity(Exception):
    """The switch has fewer free VLANs than were asked for. An API answers it with 409."""

    def __init__(self, switch: CoreSwitch, asked: int, free: int) -> None:
        self.switch, self.asked, self.free = switch, asked, free
        super().__init__(
            f"{switch} has {free} free VLAN{'' if free == 1 else 's'}, {asked} asked for: choose a pod behind "
            "another core switch."
        )


class VlanNotFree(Exception):
    """A VLAN that was asked for by its ID cannot be had; the message says why."""

    def __init__(self, vid: int, reason: str) -> None:
        self.vid = vid
        super().__init__(f"VLAN {vid} {reason}")


class MoveRefused(Exception):
    """A move that the life of a VLAN does not know, or that another request has overtaken."""


def claim(
    *,
    switch: CoreSwitch,
    count: int = 0,
    wanted: Sequence[int] = (),
    until: datetime | None,
    by: User | None,
    why: str,
) -> list[Vlan]:
    """Hold the ``wanted`` IDs, in their order, and then the ``count`` lowest free ones; all or none.

    Raises VlanNotFree for a wanted ID that is not free, NoCapacity when too few are left.
    """
    try:
        with transaction.atomic():
            return _hold(_lock_unhindered(switch, wanted, count), until=until, by=by, why=why)
    except _TooFewUnlocked:
        with transaction.atomic():
            return _hold(_lock_in_order(switch, wanted, count), until=until, by=by, why=why)


class _TooFewUnlocked(Exception):
    """Fewer rows than asked for are free and not locked by another claim."""


def _hold(vlans: list[Vlan], *, until: datetime | None, by: User | None, why: str) -> list[Vlan]:
    _move_locked(vlans, to=VlanState.HELD, change={"state": VlanState.HELD, "until": until}, by=by, why=why)
    return vlans


def _lock_unhindered(switch: CoreSwitch, wanted: Sequence[int], count: int) -> list[Vlan]:
    """The wanted rows, and the lowest free ones that nobody else has locked. Raises _TooFewUnlocked."""
    vlans = _lock_wanted(switch, wanted)
    if count:
        free = Vlan.objects.filter(switch=switch, state=VlanState.FREE).order_by("vid")
        vlans += lock(free.exclude(vid__in=wanted) if wanted else free, skip_locked=True)[:count]
    if len(vlans) < len(wanted) + count:
        raise _TooFewUnlocked
    return vlans


def _lock_wanted(switch: CoreSwitch, wanted: Sequence[int]) -> list[Vlan]:
    """Ascending locks, so that two claims never wait for each other in a ring."""
    if not wanted:
        return []
    return _named(switch, wanted, lock(Vlan.objects.filter(switch=switch, vid__in=wanted).order_by("vid")))


def _lock_in_order(switch: CoreSwitch, wanted: Sequence[int], count: int) -> list[Vlan]:
    """What is missing may be locked by a claim that will yet be rolled back: wait for it rather than refuse.

    Called with no VLAN locked, and everything that may be needed is locked in one ascending order, wanted or not: a
    claim that held its wanted IDs while it waits for others could wait in a ring with one that wants those.
    """
    needed = Vlan.objects.filter(Q(state=VlanState.FREE) | Q(vid__in=wanted), switch=switch).order_by("vid")
    rows = list(lock(needed))
    named = _named(switch, wanted, rows)
    lowest = [row for row in rows if row.may_be_claimed and row.vid not in wanted][:count]
    if len(lowest) < count:
        raise NoCapacity(switch, asked=count + len(wanted), free=len(lowest) + len(wanted))
    return named + lowest


def _named(switch: CoreSwitch, wanted: Sequence[int], rows: Iterable[Vlan]) -> list[Vlan]:
    """The wanted IDs among the rows, in their order. Raises VlanNotFree for one that cannot be had."""
    found = {row.vid: row for row in rows}
    for vid in wanted:
        if vid not in found:
            raise VlanNotFree(vid, "does not exist: an 802.1Q VLAN ID is a number from 1 to 4094.")
        if not found[vid].may_be_claimed:
            raise VlanNotFree(
                vid, f"is {found[vid].get_state_display()} on {switch}: choose another, or leave it empty."
            )
    return [found[vid] for vid in wanted]


def lock(vlans: QuerySet[Vlan], *, skip_locked: bool = False) -> QuerySet[Vlan]:
    """The guard of every claim: rows locked until the transaction ends (SQLite holds the whole file already)."""
    return vlans.select_for_update(skip_locked=skip_locked and connection.features.has_select_for_update_skip_locked)


def move(
    vlans: Iterable[Vlan],
    *,
    to: VlanState,
    by: User | None,
    why: str,
    until: datetime | None = None,
    label: str | None = None,
) -> None:
    """Move VLANs to another state and record it; all or none. Every change of a state passes here.

    Raises MoveRefused when the life of a VLAN has no such step, or when a row moved since it was read.
    """
    vlans = list(vlans)
    for vlan in vlans:
        if (VlanState(vlan.state), to) not in ALLOWED_MOVES:
            raise MoveRefused(f"{vlan} is {vlan.get_state_display()}: it cannot become {to.label}.")
    change: dict[str, object] = {"state": to, "until": until}
    if label is not None:
        change["label"] = label
    elif to == VlanState.FREE:
        change["label"] = ""
    with transaction.atomic():
        _move_locked(vlans, to=to, change=change, by=by, why=why)


def _move_locked(vlans: Sequence[Vlan], *, to: VlanState, change: dict[str, object], by: User | None, why: str) -> None:
    """The move itself, in the caller's transaction."""
    _compare_and_swap(vlans, change)
    _record(vlans, to=to, by=by, why=why)
    for vlan in vlans:
        for name, value in change.items():
            setattr(vlan, name, value)


def _compare_and_swap(vlans: Sequence[Vlan], change: dict[str, object]) -> None:
    by_state: dict[str, list[int]] = {}
    for vlan in vlans:
        by_state.setdefault(vlan.state, []).append(vlan.pk)
    for state, keys in by_state.items():
        if Vlan.objects.filter(pk__in=keys, state=state).update(**change) != len(keys):
            raise MoveRefused("Another request moved one of these VLANs first: try again.")


def _record(vlans: Iterable[Vlan], *, to: VlanState, by: User | None, why: str) -> None:
    told = {"to_state": to, "at": timezone.now(), "by_id": by.pk if by else None, "why": why[:200]}
    insert_values(VlanMove, [{"vlan_id": vlan.pk, "from_state": vlan.state, **told} for vlan in vlans])


def keep_hold(vlans: QuerySet[Vlan]) -> None:
    """Take the expiry off held VLANs: a push has begun, and a device may carry them from now on."""
    vlans.filter(state=VlanState.HELD).update(until=None)


def set_quarantine_end(vlans: QuerySet[Vlan], until: datetime | None) -> None:
    """Let quarantines last until then; without an end where a device still carries the VLAN."""
    vlans.filter(state=VlanState.QUARANTINED).update(until=until)


def end_quarantines(*, now: datetime) -> int:
    """Free every VLAN whose quarantine is over; returns how many."""
    with transaction.atomic():
        over = list(lock(Vlan.objects.filter(state=VlanState.QUARANTINED, until__lte=now).order_by("switch", "vid")))
        move(over, to=VlanState.FREE, by=None, why="quarantine over")
    return len(over)
