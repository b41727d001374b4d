"""The map draws every VLAN exactly once, in the colour of its state."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from capacity.vlan_map import CELL, COLUMNS, cells, island, layers, path_of
from inventory.models import VlanState
from tests.capacity.believable import fill, small_pod
from tests.factories import make_switch

RECTANGLE = re.compile(r"M(\d+) (\d+)h(\d+)v(\d+)h-(\d+)z")


@given(st.sets(st.integers(1, 4094)))
def test_the_path_covers_exactly_the_given_cells(vids: set[int]) -> None:
    drawn: list[int] = []
    for x, y, width, height, back in (map(int, found) for found in RECTANGLE.findall(path_of(sorted(vids)))):
        assert (height, back) == (CELL, width)
        first = y // CELL * COLUMNS + x // CELL
        drawn += range(first, first + width // CELL)
        assert x + width <= COLUMNS * CELL
    assert drawn == sorted(vids)


@pytest.mark.django_db
def test_all_cells_come_in_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    pod = small_pod("core-a")
    fill(pod, tenants=3, onboarded_on=None)  # type: ignore[arg-type]
    with django_assert_num_queries(1):
        found = cells(pod.switch)
    assert len(found) == 4094
    assert {layer.state: layer.count for layer in layers(found)} == {
        VlanState.FREE: 491,
        VlanState.ALLOCATED: 9,
        VlanState.RESERVED: 3594,
    }


@pytest.mark.django_db
def test_the_island_names_state_tenant_and_role_of_a_cell() -> None:
    pod = small_pod("core-a")
    fill(pod, tenants=1, onboarded_on=None)  # type: ignore[arg-type]
    data = island(pod.switch, cells(pod.switch))
    assert data["labels"][int(data["states"][101])] == "allocated"
    assert data["labels"][int(data["states"][4094])] == "reserved"
    tenant, role = data["owners"][101]
    assert data["tenants"][tenant] == ("pod-core-a-100-0", "pod-core-a-100-0")
    assert data["roles"][role] == "failover-test"
    assert 4094 not in data["owners"]


@pytest.mark.django_db
def test_runs_that_are_too_many_are_counted_rather_than_listed() -> None:
    switch = make_switch(usable=(100, 200))
    switch.vlans.filter(vid__in=range(100, 140, 2)).update(state=VlanState.ALLOCATED)
    allocated = next(layer for layer in layers(cells(switch)) if layer.state == VlanState.ALLOCATED)
    assert allocated.runs[:2] == ("100", "102")
    assert (len(allocated.runs), allocated.more) == (12, 8)
