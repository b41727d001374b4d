"""The outlook puts together what is there, what the past says, when it is full and what to do."""

from datetime import date

import pytest
from django.utils import timezone

from capacity.outlook import outlooks
from capacity.planning.demand import Position, Room
from capacity.planning.ranking import Urgency
from inventory.models import Vlan, VlanState
from tests.capacity.believable import fill, small_pod
from tests.factories import make_pod

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def test_the_switch_that_fills_up_next_comes_first() -> None:
    fill(small_pod("roomy"), tenants=10, onboarded_on=date(2026, 1, 5))
    fill(small_pod("full", places=10), tenants=10, onboarded_on=date(2026, 1, 5), per=5)
    fill(small_pod("past", places=20), tenants=16, onboarded_on=date(2026, 1, 5))
    assert [(outlook.switch.name, outlook.urgency) for outlook in outlooks(today=TODAY)] == [
        ("full", Urgency.FULL),
        ("past", Urgency.PAST),
        ("roomy", Urgency.ROOM),
    ]


def test_the_forecast_starts_with_all_customers_and_every_vlan_that_is_taken() -> None:
    pod = small_pod("core-a")
    fill(pod, tenants=10, onboarded_on=date(2026, 1, 5))
    Vlan.objects.filter(switch=pod.switch, vid__in=[500, 501]).update(state=VlanState.UNCLAIMED)
    (outlook,) = outlooks(today=TODAY)
    assert outlook.case.subject.position == Position(customers=10, vlans=32)
    assert outlook.case.subject.room == Room(practical_customers=75, practical_vlans=375, hard_vlans=500)
    assert outlook.forecast.customers.p50[0] == 10


def test_only_switches_that_take_tenants_are_offered_elsewhere() -> None:
    small_pod("core-a")
    small_pod("core-b")
    make_pod("closed", switch=small_pod("core-c").switch, accepts_tenants=False)
    closed = small_pod("core-d")
    closed.accepts_tenants = False
    closed.save()
    found = {outlook.switch.name: {other.name for other in outlook.case.elsewhere} for outlook in outlooks(today=TODAY)}
    assert found["core-a"] == {"core-b", "core-c"}
    assert found["core-d"] == {"core-a", "core-b", "core-c"}
