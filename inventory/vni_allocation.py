"""The life of a VNI: the atomic claim from a pool of millions without a row each, and the one function for all moves.

A claim takes numbers that came back first (free, or their quarantine over), then the next one that was never used.
Each is the front of an index or the pool's pointer, so its cost does not grow with what is allocated. Two claims
never get one number: returned rows are locked and those of others skipped, as VLANs are; the pointer moves under the
lock of the pool's row, which claims of the same pool wait for, and no other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import Count, Exists, Max, Min, Model, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from inventory import allocation
from inventory.allocation import MoveRefused
from inventory.inserting import insert, insert_values
from inventory.models import Vni, VniMove, VniPool
from inventory.models.vlans import VlanState
from inventory.models.vnis import VNI_STATES

M = TypeVar("M", bound=Model)

ALLOWED_MOVES = frozenset(
    (before, after) for before, after in allocation.ALLOWED_MOVES if before in VNI_STATES and after in VNI_STATES
)


class NoCapacity(allocation.NoCapacity):
    """The pool has fewer numbers left than were asked for."""

    def __init__(self, pool: VniPool, asked: int, free: int) -> None:
        self.pool, self.asked, self.free = pool, asked, free
        Exception.__init__(
            self,
            f"{pool} have {free} left, {asked} asked for: widen the pool of the NSX manager, or choose another pod.",
        )


class _TooFewUnlocked(Exception):
    """Too few numbers are left that no other claim has locked."""


def claim(*, pool: VniPool, count: int, until: datetime | None, by: User | None, why: str, now: datetime) -> list[Vni]:
    """Hold ``count`` VNIs: returned ones, lowest first, then never used ones; all or none. Raises NoCapacity."""
    try:
        with transaction.atomic():
            return _hold(pool, count, until=until, by=by, why=why, now=now, wait=False)
    except _TooFewUnlocked:
        # What is missing may be locked by a claim that will yet be rolled back: wait for it rather than refuse.
        with transaction.atomic():
            return _hold(pool, count, until=until, by=by, why=why, now=now, wait=True)


def _hold(
    pool: VniPool, count: int, *, until: datetime | None, by: User | None, why: str, now: datetime, wait: bool
) -> list[Vni]:
    """Returned rows are locked before the pool's own, and whoever has that waits for nothing more: no ring."""
    returned = _returned(pool, count, now=now, wait=wait)
    numbers = _never_used(pool, count - len(returned)) if len(returned) < count else []
    if len(returned) + len(numbers) < count:
        if wait:
            raise NoCapacity(pool, asked=count, free=len(returned) + len(numbers))
        raise _TooFewUnlocked
    over = [vni for vni in returned if vni.state == VlanState.QUARANTINED]
    if over:
        move(over, to=VlanState.FREE, by=None, why="quarantine over")
    if returned:
        move(returned, to=VlanState.HELD, until=until, by=by, why=why)
    return returned + _first_use(pool, numbers, until=until, by=by, why=why)


def _returned(pool: VniPool, count: int, *, now: datetime, wait: bool) -> list[Vni]:
    """Locked rows that can be had, within the pool's bounds: free ones, then those whose quarantine is over."""
    here = Vni.objects.filter(pool=pool, number__gte=pool.first, number__lte=pool.last)
    free = list(lock(here.filter(state=VlanState.FREE).order_by("number"), skip_locked=not wait)[:count])
    if len(free) == count:
        return free
    over = here.filter(state=VlanState.QUARANTINED, until__lte=now).order_by("until", "number")
    return free + list(lock(over, skip_locked=not wait)[: count - len(free)])


def _never_used(pool: VniPool, count: int) -> list[int]:
    """The next ``count`` numbers that have no row, and the pool's pointer set behind them; fewer where it ends.

    The pointer meets a used number only after the pool was widened downwards: then it goes on behind that run.
    """
    stored = _locked(pool)
    numbers: list[int] = []
    start = stored.next
    while len(numbers) < count and start <= stored.last:
        used = Vni.objects.filter(pool=pool, number__gte=start).order_by("number").values_list("number", flat=True)
        end = min(start + count - len(numbers), stored.last + 1)
        if (blocked := used.first()) is not None and blocked < end:
            numbers += range(start, blocked)
            start = _end_of_run(pool, blocked)
        else:
            numbers += range(start, end)
            start = end
    VniPool.objects.filter(pk=pool.pk).update(next=start)
    return numbers


def _locked(pool: VniPool) -> VniPool:
    return lock(VniPool.objects.filter(pk=pool.pk)).get()


def _end_of_run(pool: VniPool, number: int) -> int:
    """The lowest number above this used one that was never used."""
    following = Vni.objects.filter(pool=pool, number=OuterRef("number") + 1)
    run = Vni.objects.filter(~Exists(following), pool=pool, number__gte=number).order_by("number")
    return run.values_list("number", flat=True)[0] + 1


def _first_use(
    pool: VniPool, numbers: Sequence[int], *, until: datetime | None, by: User | None, why: str
) -> list[Vni]:
    vnis = [Vni(pool=pool, number=number, state=VlanState.HELD, until=until) for number in numbers]
    insert(vnis)
    _record([(vni, VlanState.FREE) for vni in vnis], to=VlanState.HELD, by=by, why=why)
    return vnis


def lock(rows: QuerySet[M], *, skip_locked: bool = False) -> QuerySet[M]:
    """The guard of every claim: rows locked until the transaction ends (SQLite holds the whole file already)."""
    return rows.select_for_update(skip_locked=skip_locked and connection.features.has_select_for_update_skip_locked)


def move(vnis: Iterable[Vni], *, to: VlanState, by: User | None, why: str, until: datetime | None = None) -> None:
    """Move VNIs to another state and record it; all or none. Every change of a state passes here.

    Raises MoveRefused when the life of a VNI has no such step, or when a row moved since it was read.
    """
    vnis = list(vnis)
    for vni in vnis:
        if (VlanState(vni.state), to) not in ALLOWED_MOVES:
            raise MoveRefused(f"{vni} is {vni.get_state_display()}: it cannot become {to.label}.")
    with transaction.atomic():
        _compare_and_swap(vnis, {"state": to, "until": until})
        _record([(vni, vni.state) for vni in vnis], to=to, by=by, why=why)
    for vni in vnis:
        vni.state, vni.until = to, until


def _compare_and_swap(vnis: Sequence[Vni], change: Mapping[str, object]) -> None:
    by_state: dict[str, list[int]] = {}
    for vni in vnis:
        by_state.setdefault(vni.state, []).append(vni.pk)
    for state, keys in by_state.items():
        if Vni.objects.filter(pk__in=keys, state=state).update(**change) != len(keys):
            raise MoveRefused("Another request moved one of these VNIs first: try again.")


def _record(moved: Iterable[tuple[Vni, str]], *, to: VlanState, by: User | None, why: str) -> None:
    told = {"to_state": to, "at": timezone.now(), "by_id": by.pk if by else None, "why": why[:200]}
    insert_values(VniMove, [{"vni_id": vni.pk, "from_state": before, **told} for vni, before in moved])


def keep_hold(vnis: QuerySet[Vni]) -> None:
    """Take the expiry off held VNIs: a push has begun, and a device may carry them from now on."""
    vnis.filter(state=VlanState.HELD).update(until=None)


def end_quarantines(*, now: datetime) -> int:
    """Free every VNI whose quarantine is over; returns how many."""
    with transaction.atomic():
        over = list(lock(Vni.objects.filter(state=VlanState.QUARANTINED, until__lte=now).order_by("pool", "number")))
        move(over, to=VlanState.FREE, by=None, why="quarantine over")
    return len(over)


class OutsideTheBounds(Exception):
    """The pool cannot be narrowed so far: numbers outside are in use or rest in quarantine."""

    def __init__(self, lowest: int, highest: int, count: int) -> None:
        self.lowest, self.highest = lowest, highest
        which = f"VNI {lowest} is" if count == 1 else f"{count} VNIs, from {lowest} to {highest}, are"
        super().__init__(f"{which} in use or in quarantine outside of this: choose wider bounds.")


def set_bounds(*, pool: VniPool, first: int, last: int) -> None:
    """Give the pool other bounds. Raises OutsideTheBounds while a number outside of them is not free."""
    with transaction.atomic():
        stored = _locked(pool)
        if (stored.first, stored.last) == (first, last):
            return
        outside = Vni.objects.filter(Q(number__lt=first) | Q(number__gt=last), pool=stored)
        left_out = outside.exclude(state=VlanState.FREE).aggregate(Min("number"), Max("number"), Count("pk"))
        if left_out["pk__count"]:
            raise OutsideTheBounds(left_out["number__min"], left_out["number__max"], left_out["pk__count"])
        if first < stored.first:  # numbers below the pointer may never have been used: look for them from the front
            stored.next = first
        stored.next = max(stored.next, first)
        stored.first, stored.last = first, last
        stored.save(update_fields=["first", "last", "next"])
    pool.first, pool.last, pool.next = stored.first, stored.last, stored.next


@dataclass(frozen=True, slots=True)
class PoolCount:
    """How a pool's numbers stand. ``left``: what a claim can have, those whose quarantine is over left out."""

    size: int
    by_state: Mapping[VlanState, int]

    @property
    def left(self) -> int:
        return self.size - sum(count for state, count in self.by_state.items() if state != VlanState.FREE)


def counted(pool: VniPool) -> PoolCount:
    rows = Vni.objects.filter(pool=pool).order_by().values_list("state").annotate(Count("pk"))
    return PoolCount(pool.last - pool.first + 1, {VlanState(state): count for state, count in rows})
