"""The life of a VLAN: what a claim takes, what it refuses, and that every move is recorded."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inventory.allocation import MoveRefused, NoCapacity, VlanNotFree, claim, end_quarantines, move
from inventory.models import Vlan, VlanMove, VlanState
from tests.factories import make_switch, make_user

pytestmark = pytest.mark.django_db


def test_a_claim_takes_the_lowest_free_ids_and_records_who_and_why() -> None:
    switch, olga = make_switch(), make_user("olga")
    until = timezone.now() + timedelta(days=14)

    vlans = claim(switch=switch, count=3, until=until, by=olga, why="Acme")

    assert [vlan.vid for vlan in vlans] == [2, 3, 4]
    assert {vlan.state for vlan in vlans} == {VlanState.HELD}
    moved = VlanMove.objects.filter(vlan__in=vlans)
    assert {(m.from_state, m.to_state, m.by, m.why) for m in moved} == {("free", "held", olga, "Acme")}


def test_a_claim_gives_the_wanted_ids_in_their_order_and_fills_up_beside_them() -> None:
    vlans = claim(switch=make_switch(), wanted=[700, 2], count=2, until=None, by=None, why="Acme")
    assert [vlan.vid for vlan in vlans] == [700, 2, 3, 4]


def test_a_full_switch_refuses_and_keeps_what_it_has() -> None:
    switch = make_switch(usable=(10, 12))
    with pytest.raises(NoCapacity, match="3 free VLANs, 4 asked for"):
        claim(switch=switch, count=4, until=None, by=None, why="Acme")
    assert switch.vlans.filter(state=VlanState.FREE).count() == 3


@pytest.mark.parametrize(("vid", "reason"), [(5000, "does not exist"), (1, "is reserved"), (9, "is reserved")])
def test_a_wanted_id_that_cannot_be_had_is_named_with_the_reason(vid: int, reason: str) -> None:
    with pytest.raises(VlanNotFree, match=f"VLAN {vid} {reason}"):
        claim(switch=make_switch(usable=(10, 12)), wanted=[vid], until=None, by=None, why="Acme")


def test_a_move_that_life_does_not_know_is_refused() -> None:
    vlan = make_switch().vlans.get(vid=100)
    with pytest.raises(MoveRefused, match="VLAN 100 is free: it cannot become quarantined"):
        move([vlan], to=VlanState.QUARANTINED, by=None, why="no")


def test_a_move_from_a_state_that_is_no_longer_true_is_refused() -> None:
    vlan = make_switch().vlans.get(vid=100)
    Vlan.objects.filter(pk=vlan.pk).update(state=VlanState.HELD)
    with pytest.raises(MoveRefused, match="Another request"):
        move([vlan], to=VlanState.HELD, by=None, why="late")
    assert not VlanMove.objects.exists()


def test_a_quarantine_ends_on_its_date_and_not_before() -> None:
    switch, now = make_switch(), timezone.now()
    Vlan.objects.filter(switch=switch, vid=100).update(state=VlanState.QUARANTINED, until=now)
    Vlan.objects.filter(switch=switch, vid=101).update(state=VlanState.QUARANTINED, until=now + timedelta(seconds=1))

    assert end_quarantines(now=now) == 1
    assert switch.vlans.get(vid=100).state == VlanState.FREE
    assert switch.vlans.get(vid=101).state == VlanState.QUARANTINED
