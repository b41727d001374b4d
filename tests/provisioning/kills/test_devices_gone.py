"""A device goes away in the middle of a run: restarted, silent for a while, or back without what it was told."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Event

import pytest

from inventory.models import Vlan
from lab import simulators
from lab.openvswitch import OpenSwitch
from lab.pfsense import Running
from lab.pfsense.server import Hangup, Request
from provisioning.models import Run, RunStatus, Undone
from tenants.models import Tenant
from tests.provisioning.kills.hall import Hall, Note, ends
from tests.provisioning.kills.world import OVS, World, world
from tests.provisioning.things import approved, lines
from tests.services import redis_server, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.lab, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    with redis_server() as redis, ExitStack() as stack:
        yield Hall(redis, tmp_path / "order", stack)


@pytest.fixture
def here() -> Iterator[World]:
    with world(switch=OVS) as provider:
        yield provider


def firewall_of(here: World, tenant: Tenant) -> Running:
    part = here.parts[tenant.firewall.slug]
    assert isinstance(part, Running)
    return part


def stopped_at_the_firewall(here: World, hall: Hall, tenant: Tenant) -> tuple[Run, Event]:
    """A run whose switch and vCenter are written, and whose firewall answers its first write once the event is set."""
    arrived, go_on = Event(), Event()

    def wait(request: Request) -> None:
        if request.method != "GET" and not go_on.is_set():
            arrived.set()
            assert go_on.wait(90)

    firewall_of(here, tenant).before = wait
    hall.ensure_worker()
    run = approved(tenant)
    wait_until(arrived.is_set, what="the run to come to the firewall")
    return run, go_on


def assert_truth(here: World, run: Run, tenant: Tenant, *, status: RunStatus, vlans: str) -> None:
    assert run.status == status, lines(run)
    assert here.complaints() == []
    assert {vlan.state for vlan in Vlan.objects.filter(networks__tenant=tenant)} == {vlans}


def test_a_switch_that_restarts_and_keeps_what_it_was_told_does_no_harm(here: World, hall: Hall, note: Note) -> None:
    tenant = here.newcomer(1)
    run, go_on = stopped_at_the_firewall(here, hall, tenant)
    switch = here.parts[tenant.pod.switch.device.slug]
    assert isinstance(switch, OpenSwitch)
    switch.stop("ovsdb-server")
    switch.start_database()
    go_on.set()
    ends(run)
    assert_truth(here, run, tenant, status=RunStatus.SUCCEEDED, vlans="allocated")
    note("devices", "switch restarted", run.get_status_display())


def test_a_switch_that_is_away_for_the_last_look_is_waited_for(here: World, hall: Hall, note: Note) -> None:
    tenant = here.newcomer(1)
    run, go_on = stopped_at_the_firewall(here, hall, tenant)
    switch = here.parts[tenant.pod.switch.device.slug]
    assert isinstance(switch, OpenSwitch)
    switch.stop("ovsdb-server")
    go_on.set()

    def put_off() -> bool:
        run.refresh_from_db()
        return run.status == RunStatus.CHECKING and run.attempts > 0

    wait_until(put_off, what="the last look to be put off", seconds=60)
    switch.start_database()
    ends(run)
    assert_truth(here, run, tenant, status=RunStatus.SUCCEEDED, vlans="allocated")
    note("devices", "switch away for a while", run.get_status_display())


def test_a_vcenter_that_comes_back_without_what_it_was_told_fails_the_run_and_all_is_taken_back(
    here: World, hall: Hall, note: Note
) -> None:
    """vcsim keeps its state in memory: a restart loses it. Without the last look this run would have succeeded."""
    tenant = here.newcomer(1)
    run, go_on = stopped_at_the_firewall(here, hall, tenant)
    restart_without_memory(here, tenant)
    go_on.set()
    ends(run)
    assert run.undone == Undone.ALL, lines(run)
    assert_truth(here, run, tenant, status=RunStatus.FAILED, vlans="held")
    assert "at the last look it was gone" in run.message
    note("devices", "vCenter back without memory", f"{run.get_status_display()}, all undone")


def restart_without_memory(here: World, tenant: Tenant) -> None:
    device = tenant.pod.dvs.vcenter.device
    here.parts_closed[device.slug]()
    port = int(device.address.rpartition(":")[2])
    running = here.stack.enter_context(simulators.vcsim(dvs=(tenant.pod.dvs.name,), port=port))
    type(device).objects.filter(pk=device.pk).update(ca_pem=running.ca_pem)  # a new one comes with a new certificate
    here.meet_vcenter(running)


def test_a_firewall_that_hangs_up_for_a_while_is_tried_again(here: World, hall: Hall, note: Note) -> None:
    tenant = here.newcomer(1)
    firewall, hung_up = firewall_of(here, tenant), list[Request]()

    def hang_up(request: Request) -> None:
        if request.method != "GET" and len(hung_up) < 2:
            hung_up.append(request)
            raise Hangup

    firewall.after = hang_up  # after it did what it was told: the worst moment
    hall.ensure_worker()
    run = approved(tenant)
    ends(run)
    assert len(hung_up) == 2
    assert_truth(here, run, tenant, status=RunStatus.SUCCEEDED, vlans="allocated")
    note("devices", "firewall hangs up twice", run.get_status_display())
