"""The demo's planners: contracts that count, one of them late, and what-ifs to compare."""

import pytest
from django.utils import timezone

from capacity.models import Contract, Scenario
from capacity.outlook import outlooks
from zcsp_portal.demo.loading import load

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
TODAY = timezone.localdate()


def test_the_demo_has_contracts_scenarios_and_something_to_reclaim() -> None:
    load(seed=1, today=TODAY)
    assert [contract.customer for contract in Contract.objects.all() if contract.is_overdue(today=TODAY)] == [
        "Meridian Logistics"
    ]
    assert Scenario.objects.count() == 2
    found = {outlook.switch.name: outlook.case for outlook in outlooks(today=TODAY)}
    assert sum(known.customers for known in found["core-harbour"].subject.demand.known) == 15
    assert found["core-north"].reclaimable.vlans > 0
