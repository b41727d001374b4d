"""The life of a VNI: what a claim takes, that its pool has no row a number, and that every move is recorded."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inventory import allocation
from inventory.allocation import MoveRefused
from inventory.models import VlanState, Vni, VniMove, VniPool
from inventory.vni_allocation import (
    NoCapacity,
    OutsideTheBounds,
    claim,
    counted,
    end_quarantines,
    keep_hold,
    move,
    set_bounds,
)
from tests.factories import make_nsx_manager, make_user

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def make_pool(first: int = 5000, last: int = 16_777_215) -> VniPool:
    return make_nsx_manager(first=first, last=last).vni_pool


def take(pool: VniPool, count: int, *, now: datetime = NOW, **more: Any) -> list[int]:
    return [
        vni.number
        for vni in claim(pool=pool, count=count, now=now, **{"until": None, "by": None, "why": "Acme", **more})
    ]


def give_back(pool: VniPool, *numbers: int, until: datetime = NOW) -> None:
    """Through their whole life, into quarantine."""
    vnis = list(Vni.objects.filter(pool=pool, number__in=numbers))
    for state in (VlanState.ALLOCATED, VlanState.RELEASING):
        move(vnis, to=state, by=None, why="life")
    move(vnis, to=VlanState.QUARANTINED, until=until, by=None, why="life")


def test_a_claim_takes_the_next_numbers_and_records_who_and_why() -> None:
    pool, olga, until = make_pool(), make_user("olga"), NOW + timedelta(days=14)

    vnis = claim(pool=pool, count=3, until=until, by=olga, why="Acme", now=NOW)

    assert [vni.number for vni in vnis] == [5000, 5001, 5002]
    assert {(vni.state, vni.until) for vni in Vni.objects.all()} == {(VlanState.HELD, until)}
    moved = VniMove.objects.filter(vni__in=vnis)
    assert {(m.from_state, m.to_state, m.by, m.why) for m in moved} == {("free", "held", olga, "Acme")}


def test_only_numbers_that_were_ever_used_have_a_row() -> None:
    pool = make_pool()
    assert not Vni.objects.exists()
    assert take(pool, 5) == [5000, 5001, 5002, 5003, 5004]
    assert Vni.objects.count() == 5


def test_what_came_back_is_taken_before_what_was_never_used() -> None:
    pool = make_pool()
    take(pool, 5)
    give_back(pool, 5001, 5003)
    end_quarantines(now=NOW)
    assert take(pool, 3) == [5001, 5003, 5005]
    assert take(pool, 1) == [5006]


def test_a_quarantine_that_is_over_need_not_wait_for_the_schedule_and_is_recorded() -> None:
    pool = make_pool()
    take(pool, 2)
    give_back(pool, 5000, until=NOW)
    give_back(pool, 5001, until=NOW + timedelta(seconds=1))

    assert take(pool, 2, now=NOW) == [5000, 5002]
    states = VniMove.objects.filter(vni__number=5000).order_by("pk").values_list("to_state", flat=True)
    assert list(states) == ["held", "allocated", "releasing", "quarantined", "free", "held"]


def test_a_pool_that_is_used_up_refuses_and_keeps_what_it_has() -> None:
    pool = make_pool(5000, 5002)
    take(pool, 1)
    with pytest.raises(NoCapacity, match="have 2 left, 3 asked for"):
        take(pool, 3)
    assert take(pool, 2) == [5001, 5002]
    with pytest.raises(allocation.NoCapacity):  # who handles a full switch handles a full pool
        take(pool, 1)


def test_two_pools_may_give_the_same_number() -> None:
    pools = [make_nsx_manager(name).vni_pool for name in ("nsx-1", "nsx-2")]
    assert [take(pool, 1) for pool in pools] == [[5000], [5000]]


def test_a_claim_asks_as_many_queries_whatever_was_claimed_before() -> None:
    pool = make_pool()

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            take(pool, 5)
        return len(seen)

    first = queries()
    take(pool, 500)
    assert queries() == first


def test_a_move_that_life_does_not_know_is_refused() -> None:
    pool = make_pool()
    take(pool, 1)
    with pytest.raises(MoveRefused, match="VNI 5000 is held: it cannot become quarantined"):
        move(Vni.objects.all(), to=VlanState.QUARANTINED, by=None, why="no")
    with pytest.raises(MoveRefused, match="it cannot become reserved"):
        move(Vni.objects.all(), to=VlanState.RESERVED, by=None, why="no")


def test_a_move_from_a_state_that_is_no_longer_true_is_refused() -> None:
    take(make_pool(), 1)
    vni = Vni.objects.get()
    Vni.objects.update(state=VlanState.ALLOCATED)
    with pytest.raises(MoveRefused, match="Another request"):
        move([vni], to=VlanState.FREE, by=None, why="late")
    assert VniMove.objects.count() == 1


def test_a_hold_that_a_push_took_over_has_no_end() -> None:
    pool = make_pool()
    take(pool, 1, until=NOW)
    keep_hold(Vni.objects.all())
    assert Vni.objects.get().until is None


def test_bounds_may_leave_out_what_is_free_and_nothing_else() -> None:
    pool = make_pool()
    take(pool, 4)
    move(Vni.objects.filter(number__in=[5000, 5003]), to=VlanState.FREE, by=None, why="given up")
    with pytest.raises(OutsideTheBounds, match="2 VNIs, from 5001 to 5002, are in use or in quarantine"):
        set_bounds(pool=pool, first=6000, last=7000)
    set_bounds(pool=pool, first=5001, last=7000)
    assert take(pool, 2) == [5003, 5004]  # 5000 is free, and left out


def test_a_pool_widened_downwards_gives_each_number_once_and_none_is_lost() -> None:
    pool = make_pool(5010, 5013)
    assert take(pool, 2) == [5010, 5011]
    set_bounds(pool=pool, first=5004, last=5013)
    assert take(pool, 2) == [5004, 5005]
    set_bounds(pool=pool, first=5002, last=5013)
    assert take(pool, 8) == [5002, 5003, 5006, 5007, 5008, 5009, 5012, 5013]
    with pytest.raises(NoCapacity):
        take(pool, 1)


def test_the_count_says_what_is_left() -> None:
    pool = make_pool(5000, 5009)
    take(pool, 3)
    give_back(pool, 5000, until=NOW + timedelta(days=30))
    move(Vni.objects.filter(number=5001), to=VlanState.FREE, by=None, why="given up")
    count = counted(pool)
    assert (count.size, count.left) == (10, 8)
    assert count.by_state == {VlanState.FREE: 1, VlanState.HELD: 1, VlanState.QUARANTINED: 1}
