"""The proposal of a pod: the most headroom wins, and the reason says so."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.models import Vlan, VlanState
from tenants.models import TenantStatus
from tenants.placement import PodRoom, propose
from tenants.rooms import pod_rooms
from tests.factories import make_pod, make_switch, make_tenant

A1 = PodRoom("pod-1", "pod-1", "core-a", 40, 3966, 300)
B3 = PodRoom("pod-3", "pod-3", "core-b", 2310, 4000, 90)
B4 = PodRoom("pod-4", "pod-4", "core-b", 2310, 4000, 7)
C5 = PodRoom("pod-5", "pod-5", "core-c", 1000, 4000, 0)


def test_the_emptiest_pod_of_the_switch_with_the_most_free_vlans_is_proposed_with_the_reason() -> None:
    proposal = propose([A1, B3, B4, C5])
    assert proposal is not None
    assert proposal.slug == "pod-4"
    assert proposal.reason == (
        "core-b has 2,310 free of 4,000 usable VLANs, most of the 3 core switches; "
        "pod-4 has the fewest tenants of its pods (7)."
    )


def test_closed_and_archived_pods_are_not_proposed() -> None:
    proposal = propose([A1, replace(B3, accepts_tenants=False), replace(B4, archived=True), C5])
    assert proposal is not None
    assert proposal.slug == "pod-5"
    assert "its only open pod, with 0 tenants" in proposal.reason


def test_a_switch_that_cannot_hold_the_tenant_is_not_proposed() -> None:
    assert propose([A1], needed=41) is None
    assert propose([]) is None


rooms = st.builds(
    lambda pod, switch, tenants, is_open: PodRoom(
        f"pod-{pod}", f"pod-{pod}", f"core-{switch}", switch * 7 % 11, 20, tenants, is_open
    ),
    st.integers(0, 30), st.integers(0, 4), st.integers(0, 9), st.booleans(),
)  # fmt: skip


@given(st.lists(rooms, max_size=8, unique_by=lambda room: room.slug), st.integers(1, 9))
def test_no_open_pod_that_could_take_it_has_more_headroom(pods: list[PodRoom], needed: int) -> None:
    proposal = propose(pods, needed=needed)
    able = [pod for pod in pods if pod.accepts_tenants and pod.switch_free >= needed]
    assert (proposal is None) == (not able)
    if proposal is not None:
        chosen = next(pod for pod in able if pod.slug == proposal.slug)
        assert all((pod.switch_free, -pod.tenants) <= (chosen.switch_free, -chosen.tenants) for pod in able
                   if pod.switch == chosen.switch or pod.switch_free > chosen.switch_free)  # fmt: skip


@pytest.mark.django_db
def test_rooms_are_counted_from_the_database() -> None:
    pod = make_pod(switch=make_switch(usable=(10, 19)))
    make_tenant("Acme", pod=pod, vids=(10, 11))
    make_tenant("Gone", pod=pod, vids=(), status=TenantStatus.DEPARTED)
    Vlan.objects.filter(vid=12).update(state=VlanState.QUARANTINED)
    assert pod_rooms() == [PodRoom("pod-1", "pod-1", "core-a", switch_free=7, switch_usable=10, tenants=1)]
