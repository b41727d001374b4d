"""The kill matrix: a worker dies at every boundary of a push to every kind of device, and the next one makes it good.

After each: the run has ended truthfully, the devices carry what the database says and nothing twice, nobody's VLAN is
left over. On the way there the whole worker is killed, on the way back the one process of its pool that does the work.
``make kill-matrix`` runs it and prints the matrix.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from inventory.models import Vlan
from lab.pfsense import Running
from lab.pfsense.errors import ApiError
from provisioning.models import Device, Run, RunStatus, Step, StepState, Undone
from provisioning.models.runs import OPEN_STEPS
from tenants.models import Tenant
from tests.provisioning.kills.hall import Hall, Note
from tests.provisioning.kills.killing import Boundary, Order
from tests.provisioning.kills.world import OPENCONFIG, OVS, World, world
from tests.provisioning.things import approved, lines
from tests.services import redis_server

pytestmark = [pytest.mark.slow, pytest.mark.lab, pytest.mark.django_db(transaction=True)]


def switch_of(tenant: Tenant) -> Device:
    return tenant.pod.switch.device


def vcenter_of(tenant: Tenant) -> Device:
    return tenant.pod.dvs.vcenter.device


def firewall_of(tenant: Tenant) -> Device:
    return tenant.firewall


KINDS = {
    "core switch (OpenConfig)": (OPENCONFIG, switch_of),
    "core switch (Open vSwitch)": (OVS, switch_of),
    "vCenter": (OPENCONFIG, vcenter_of),
    "firewall": (OVS, firewall_of),
}


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    with redis_server() as redis, ExitStack() as stack:
        yield Hall(redis, tmp_path / "order", stack)


def assert_truth(here: World, run: Run, tenant: Tenant, *, status: RunStatus, vlans: str) -> None:
    assert run.status == status, lines(run)
    assert not Step.objects.filter(run=run, state__in=OPEN_STEPS).exists()
    assert here.complaints() == []
    assert {vlan.state for vlan in Vlan.objects.filter(networks__tenant=tenant)} == {vlans}


@pytest.mark.parametrize("kind", KINDS)
def test_a_worker_killed_anywhere_leaves_a_run_that_the_next_one_finishes(kind: str, hall: Hall, note: Note) -> None:
    driver, device_of = KINDS[kind]
    with world(switch=driver) as here:
        for number, boundary in enumerate(Boundary, 1):
            tenant = here.newcomer(number)
            run = approved(tenant)
            order = Order(boundary, device_of(tenant).slug, whole=True)
            hall.killed_and_made_good(order, run)
            assert_truth(here, run, tenant, status=RunStatus.SUCCEEDED, vlans="allocated")
            note(kind, boundary, told(order, run))


@pytest.mark.parametrize("kind", KINDS)
def test_a_process_of_its_killed_anywhere_on_the_way_back_leaves_devices_as_they_were(
    kind: str, hall: Hall, note: Note
) -> None:
    driver, device_of = KINDS[kind]
    with world(switch=driver) as here:
        for number, boundary in enumerate(Boundary, 1):
            tenant = here.newcomer(number)
            run = approved(tenant)
            _refuse_tunnels(here.parts[firewall_of(tenant).slug])
            order = Order(boundary, device_of(tenant).slug, back=True)
            hall.killed_and_made_good(order, run)
            assert run.undone == Undone.ALL, lines(run)
            assert_truth(here, run, tenant, status=RunStatus.FAILED, vlans="held")
            note(f"{kind}, back", boundary, told(order, run))


def _refuse_tunnels(firewall: object) -> None:
    """The last that is written to a firewall is not taken: the run fails, and takes back all that it wrote."""
    assert isinstance(firewall, Running)

    def refuse(request: object) -> None:
        if getattr(request, "method", "") == "POST" and getattr(request, "path", "") == "/vpn/ipsec/phase1":
            raise ApiError(400, "FIELD_INVALID_CHOICE", "This tunnel is not taken.")

    firewall.refuse = refuse


def told(order: Order, run: Run) -> str:
    again = run.steps.filter(attempts__gt=1).count()
    found = run.steps.filter(message="An earlier attempt had written it.", state=StepState.DONE).count()
    who = "whole worker" if order.whole else "one process"
    ended = "all undone and read back" if order.back else run.get_status_display()
    return f"{ended} ({who}; {again} written again, {found} found written)"
