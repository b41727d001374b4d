"""Many claims at once on one pool of VNIs. Runs on whatever database the test run has."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import Error as DatabaseError
from django.db import connection, connections, transaction  # noqa: F401 - the skip conditions name it
from django.utils import timezone

from inventory import vni_allocation
from inventory.models import VlanState, Vni, VniMove, VniPool
from inventory.vni_allocation import NoCapacity, claim, end_quarantines, move
from tests.factories import make_nsx_manager
from tests.races.racing import meet_after, race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.xdist_group("races")]

CLAIMS, EACH, ROOM = 24, 5, 10  # claims at once, VNIs of each, and how many claims find room

on_postgresql = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="SQLite has one writer for the whole file"
)
on_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="the other guard is PostgreSQL's")


@pytest.fixture
def pool() -> VniPool:
    return make_nsx_manager(first=5000, last=5000 + ROOM * EACH - 1).vni_pool


def take(pool: VniPool, count: int = EACH) -> list[int]:
    now = timezone.now()
    return [vni.number for vni in claim(pool=pool, count=count, until=None, by=None, why="race", now=now)]


def claims(pool: VniPool) -> list[Callable[[], list[int]]]:
    return [partial(take, pool)] * CLAIMS


def guard_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what keeps two claims apart: row locks and compare-and-swap, or SQLite's early write lock."""
    monkeypatch.setattr(vni_allocation, "lock", lambda rows, *, skip_locked=False: rows)
    monkeypatch.setattr(vni_allocation, "_compare_and_swap", _swap)
    default = connections["default"]
    if default.vendor == "sqlite":
        monkeypatch.setitem(default.settings_dict["OPTIONS"], "transaction_mode", "DEFERRED")


def _swap(vnis: list[Any], change: dict[str, object]) -> None:
    Vni.objects.filter(pk__in=[vni.pk for vni in vnis]).update(**change)


def give_all_back(pool: VniPool) -> None:
    move(Vni.objects.filter(pool=pool), to=VlanState.FREE, by=None, why="given up")


def assert_each_number_once(pool: VniPool, outcome: Any) -> None:
    times = Counter(number for numbers in outcome.won for number in numbers)
    assert set(times.values()) == {1}
    assert sorted(times) == list(range(5000, 5000 + ROOM * EACH))
    assert set(Vni.objects.filter(pool=pool).values_list("state", flat=True)) == {VlanState.HELD}


@on_postgresql
def test_without_the_guard_returned_numbers_are_given_many_times(
    pool: VniPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(pool, ROOM * EACH)
    give_all_back(pool)
    guard_off(monkeypatch)
    meet_after(monkeypatch, vni_allocation, "_returned", jobs=CLAIMS)

    outcome = race(claims(pool))

    assert max(Counter(number for numbers in outcome.won for number in numbers).values()) > 1


@on_postgresql
def test_without_the_guard_claims_break_on_the_pointer_although_there_is_room(
    pool: VniPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard_off(monkeypatch)
    meet_after(monkeypatch, vni_allocation, "_locked", jobs=CLAIMS)

    outcome = race(claims(pool))

    assert len(outcome.won) < ROOM
    assert any(isinstance(error, DatabaseError) for error in outcome.lost)


@on_sqlite
def test_without_the_early_write_lock_claims_break_although_there_is_room(
    pool: VniPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard_off(monkeypatch)
    meet_after(monkeypatch, vni_allocation, "_returned", jobs=CLAIMS)

    outcome = race(claims(pool))

    assert len(outcome.won) < ROOM
    assert any("locked" in str(error) for error in outcome.lost if isinstance(error, DatabaseError))


def test_of_never_used_numbers_each_is_given_once_and_the_rest_are_told_that_there_is_none(pool: VniPool) -> None:
    outcome = race(claims(pool))
    assert len(outcome.won) == ROOM, outcome.lost
    assert {type(error) for error in outcome.lost} == {NoCapacity}, outcome.lost
    assert_each_number_once(pool, outcome)
    assert VniMove.objects.count() == ROOM * EACH


def test_of_returned_numbers_each_is_given_once_and_no_other(pool: VniPool) -> None:
    take(pool, ROOM * EACH)
    give_all_back(pool)
    outcome = race(claims(pool))
    assert len(outcome.won) == ROOM, outcome.lost
    assert {type(error) for error in outcome.lost} == {NoCapacity}, outcome.lost
    assert_each_number_once(pool, outcome)


def test_claims_and_the_end_of_quarantines_never_stand_in_each_others_way(pool: VniPool) -> None:
    take(pool, ROOM * EACH)
    vnis = list(Vni.objects.all())
    for state in (VlanState.ALLOCATED, VlanState.RELEASING):
        move(vnis, to=state, by=None, why="life")
    move(vnis, to=VlanState.QUARANTINED, until=timezone.now(), by=None, why="life")

    outcome = race([*claims(pool), *[partial(end_quarantines, now=timezone.now())] * 2])

    won = [answer for answer in outcome.won if isinstance(answer, list)]
    assert {type(error) for error in outcome.lost} <= {NoCapacity}, outcome.lost
    assert max(Counter(number for numbers in won for number in numbers).values()) == 1
    assert len(won) == ROOM


def test_a_claim_that_is_rolled_back_gives_its_numbers_to_those_who_waited(pool: VniPool) -> None:
    def take_and_fail() -> None:
        with transaction.atomic():
            take(pool)
            raise ZeroDivisionError

    take(pool, ROOM * EACH // 2)
    give_all_back(pool)
    outcome = race([take_and_fail] * 6 + [partial(take, pool)] * ROOM)

    assert len(outcome.won) == ROOM, outcome.lost
    assert {type(error) for error in outcome.lost} <= {ZeroDivisionError, NoCapacity}, outcome.lost
    assert_each_number_once(pool, outcome)
