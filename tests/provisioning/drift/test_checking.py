"""The look: rows that stay the same rows, and a cost that does not grow with the tenants."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from provisioning.drift import check
from provisioning.drift.checking import judged, look_at
from provisioning.drivers.protocol import Kind
from tests.provisioning.drift.scenes import finding, had_once, live_tenant, lose_group, rename_vlan, stray, switch_of
from tests.provisioning.drift.scenes import vcenter_of as vcenter
from tests.provisioning.things import put, take_away

pytestmark = pytest.mark.django_db


def test_what_is_found_again_keeps_its_row_and_its_date() -> None:
    tenant = live_tenant()
    first = rename_vlan(tenant)
    again = rename_vlan(tenant, name="another")
    assert (again.pk, again.first_seen_at) == (first.pk, first.first_seen_at)
    assert again.found == {"name": "another"}
    take_away(switch_of(tenant), Kind.VLAN, "100")
    check(switch_of(tenant))
    missing = finding("100")
    assert missing.drift == "missing"
    assert missing.first_seen_at > first.first_seen_at


def test_a_look_costs_as_many_queries_for_twenty_tenants_as_for_two() -> None:
    pod = live_tenant().pod
    counts = {}
    for number in range(20):
        tenant = live_tenant(f"T{number}", pod=pod, vids=(200 + 2 * number, 201 + 2 * number))
        rename_vlan(tenant, 200 + 2 * number, name="renamed")
        lose_group(tenant, 201 + 2 * number)
        stray(pod, 400 + number, name=f"stray-{number}")
        put(switch_of(tenant), Kind.VLAN, str(500 + number), name="x")
        had_once(tenant, 600 + number)
        put(switch_of(tenant), Kind.TRUNK_VLAN, f"port-channel1/{600 + number}")
        if number in (1, 19):
            counts[number] = [queries_of(device) for device in (switch_of(tenant), vcenter(tenant))]
    assert counts[1] == counts[19]


def queries_of(device: object) -> tuple[int, int]:
    """Of judging, and of a whole second check, in which everything is found again."""
    from provisioning.models import Device

    assert isinstance(device, Device)
    check(device)
    look = look_at(device)
    with CaptureQueriesContext(
        connection,
    ) as judging:
        judged(look)
    with CaptureQueriesContext(connection) as checking:
        check(device)
    return len(judging), len(checking)
