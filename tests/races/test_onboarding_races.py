"""32 onboardings at once for the last VLANs of a switch. Runs on whatever database the test run has."""

import threading
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from django.db import Error as DatabaseError
from django.db import connection, connections, transaction
from django.utils import timezone

from inventory import allocation
from inventory.allocation import NoCapacity, claim
from inventory.models import CoreSwitch, Pod, Vlan, VlanMove, VlanState
from tenants import onboarding
from tenants.models import Network, NetworkRole, Tenant, WanKind
from tenants.onboarding import IntakeRefused, NetworkWish, WanWish, take_in
from tests.factories import make_pod, make_switch
from tests.races.racing import DEADLINE, guard_off, meet_after, race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.xdist_group("races")]

ONBOARDINGS = 32
ROLES = [
    NetworkRole.FAILOVER_PRODUCTION,
    NetworkRole.FAILOVER_TEST,
    NetworkRole.REPLICATION,
    NetworkRole.EXTRA,
    NetworkRole.EXTRA,
]
ROOM = 10  # tenants that still find room
LAST_VLANS = (100, 100 + ROOM * len(ROLES) - 1)

on_postgresql = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="SQLite has one writer for the whole file"
)
on_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="the other guard is PostgreSQL's")


@pytest.fixture
def pod() -> Pod:
    """A pod whose switch has room for the last few tenants."""
    return make_pod(switch=make_switch(usable=LAST_VLANS))


def onboard(pod: Pod, name: str) -> Tenant:
    return take_in(
        name=name,
        pod=pod,
        networks=[NetworkWish(role) for role in ROLES],
        wan=WanWish(WanKind.MPLS),
        customer_subnets=["192.168.10.0/24"],
        by=None,
        now=timezone.now(),
    )


def onboardings(pod: Pod) -> list[Callable[[], Tenant]]:
    return [partial(onboard, pod, f"Tenant-{number}") for number in range(ONBOARDINGS)]


def take_vlans(switch: CoreSwitch) -> list[int]:
    return [v.vid for v in claim(switch=switch, count=len(ROLES), until=None, by=None, why="race")]


def assert_nothing_half_done(switch: CoreSwitch, *, tenants: int) -> None:
    """Each tenant has all that is its own, each held VLAN exactly one network and one recorded move."""
    assert Tenant.objects.count() == tenants
    for tenant in Tenant.objects.prefetch_related("networks", "customer_subnets").select_related("wan"):
        assert sorted(n.role for n in tenant.networks.all()) == sorted(ROLES)
        assert tenant.customer_subnets.count() == 1
        assert tenant.wan.kind == WanKind.MPLS
    held = set(switch.vlans.filter(state=VlanState.HELD).values_list("pk", flat=True))
    assert len(held) == tenants * len(ROLES)
    assert Counter(Network.objects.values_list("vlan", flat=True)) == Counter(held)
    assert Counter(VlanMove.objects.values_list("vlan", flat=True)) == Counter(held)


@on_postgresql
def test_without_the_guard_one_vlan_is_claimed_many_times(pod: Pod, monkeypatch: pytest.MonkeyPatch) -> None:
    guard_off(monkeypatch)
    meet_after(monkeypatch, allocation, "_lock_unhindered", jobs=ONBOARDINGS)

    outcome = race([partial(take_vlans, pod.switch)] * ONBOARDINGS)

    times = Counter(vid for vids in outcome.won for vid in vids)
    assert max(times.values()) > 1
    assert not any(isinstance(error, NoCapacity) for error in outcome.lost)


@on_postgresql
def test_without_the_guard_onboardings_break_although_there_is_room(pod: Pod, monkeypatch: pytest.MonkeyPatch) -> None:
    guard_off(monkeypatch)
    meet_after(monkeypatch, allocation, "_lock_unhindered", jobs=ONBOARDINGS)

    outcome = race(onboardings(pod))

    assert len(outcome.won) < ROOM
    assert any(isinstance(error, DatabaseError) for error in outcome.lost)


@on_sqlite
def test_without_the_early_write_lock_onboardings_break_although_there_is_room(
    pod: Pod, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard_off(monkeypatch)
    meet_after(monkeypatch, onboarding, "_look_up", jobs=ONBOARDINGS)

    outcome = race(onboardings(pod))

    assert len(outcome.won) < ROOM
    assert any("locked" in str(error) for error in outcome.lost if isinstance(error, DatabaseError))


def test_exactly_those_win_who_find_room_and_the_rest_are_told_that_there_is_none(pod: Pod) -> None:
    outcome = race(onboardings(pod))

    assert len(outcome.won) == ROOM, outcome.lost
    assert [type(error) for error in outcome.lost] == [NoCapacity] * (ONBOARDINGS - ROOM), outcome.lost
    assert_nothing_half_done(pod.switch, tenants=ROOM)


def test_of_many_onboardings_of_one_name_one_wins_and_the_rest_are_told_at_the_field(pod: Pod) -> None:
    outcome = race([partial(onboard, pod, "Acme")] * ONBOARDINGS)

    assert len(outcome.won) == 1, outcome.lost
    assert all(isinstance(error, IntakeRefused) and list(error.errors) == ["name"] for error in outcome.lost)
    assert_nothing_half_done(pod.switch, tenants=1)


def test_many_who_ask_for_the_same_id_get_it_once(pod: Pod) -> None:
    def ask() -> list[Vlan]:
        return claim(switch=pod.switch, wanted=[120], count=4, until=None, by=None, why="race")

    outcome = race([ask] * ONBOARDINGS)

    assert len(outcome.won) == 1
    assert {str(error) for error in outcome.lost} == {
        f"VLAN 120 is held on {pod.switch}: choose another, or leave it empty."
    }
    assert pod.switch.vlans.filter(state=VlanState.HELD).count() == 5


def test_claims_that_name_ids_and_want_what_is_left_never_lock_each_other_out(
    pod: Pod, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has locked its own ID when it looks for the rest, which is what the other one has locked."""
    first, last = LAST_VLANS
    pod.switch.vlans.filter(vid__gt=first, vid__lt=last - 1).update(state=VlanState.RESERVED)
    if connection.vendor == "postgresql":  # on SQLite the second waits before it has locked anything
        meet_after(monkeypatch, allocation, "_lock_wanted", jobs=2)

    outcome = race([partial(claim, switch=pod.switch, wanted=[vid], count=2, until=None, by=None, why="race")
                    for vid in (first, last)])  # fmt: skip

    assert len(outcome.won) == 1, outcome.lost
    assert all(isinstance(error, NoCapacity | allocation.VlanNotFree) for error in outcome.lost), outcome.lost


@on_postgresql
@pytest.mark.parametrize("same_switch", [False, True], ids=["another switch", "the same switch"])
def test_an_open_claim_keeps_nobody_waiting(pod: Pod, same_switch: bool) -> None:
    switch = pod.switch if same_switch else make_switch("core-b", usable=LAST_VLANS)
    claimed, finish = threading.Event(), threading.Event()

    def claim_and_stay() -> None:
        with transaction.atomic():
            take_vlans(pod.switch)
            claimed.set()
            finish.wait(DEADLINE)
        connections.close_all()

    slow = threading.Thread(target=claim_and_stay, daemon=True)
    slow.start()
    try:
        assert claimed.wait(DEADLINE)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")  # to wait is to fail
            vids = take_vlans(switch)
    finally:
        finish.set()
        slow.join(DEADLINE)

    first = LAST_VLANS[0] + (len(ROLES) if same_switch else 0)
    assert vids == list(range(first, first + len(ROLES)))
