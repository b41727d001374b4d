"""The broker, the database or a device goes away in the middle of a run: the run ends truthfully all the same.

Each is killed, as a power cut does it, while a real worker is writing to a slow device.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.db import InterfaceError, OperationalError, connection
from redis import Redis as RedisClient

from inventory.models import Vlan
from lab.postgresql import crash, revive
from provisioning.models import Run, RunStatus, SimulatedDevice, Step
from provisioning.models.runs import OPEN_STEPS
from tenants.models import Tenant
from tests.provisioning.kills.hall import Hall, Note, ends, sweep_until
from tests.provisioning.things import approved, carries, fault, lines, make_newcomer
from tests.services import redis_server, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
WRITE_DELAY_MS = 300


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    with redis_server() as redis, ExitStack() as stack:
        yield Hall(redis, tmp_path / "order", stack)


@pytest.fixture
def tenant() -> Tenant:
    return make_newcomer(vids=[100, 101, 102, 103])


def in_the_middle(hall: Hall, tenant: Tenant) -> Run:
    """A run whose first device carries a part of what it shall."""
    switch = tenant.pod.switch.device
    fault(switch, write_delay_ms=WRITE_DELAY_MS)
    hall.ensure_worker()
    run = approved(tenant)
    carried = SimulatedDevice.objects.get(address=switch.address).carried
    wait_until(lambda: carried.count() >= 2, what="the device to carry a part of the batch")
    return run


def assert_truth(run: Run, tenant: Tenant) -> None:
    assert run.status == RunStatus.SUCCEEDED, lines(run)
    assert not Step.objects.filter(run=run, state__in=OPEN_STEPS).exists()
    for step in run.steps.select_related("operation", "device"):
        name = f"{step.operation.kind.replace('_', ' ')} {step.operation.key}"
        assert carries(step.device)[name] == step.operation.after == step.read_back
    assert len(carries(tenant.pod.switch.device)) == 8
    assert {vlan.state for vlan in Vlan.objects.filter(networks__tenant=tenant)} == {"allocated"}


def test_redis_is_killed_and_comes_back(hall: Hall, tenant: Tenant, note: Note) -> None:
    run = in_the_middle(hall, tenant)
    hall.redis.kill()
    hall.redis.start()
    ends(run)
    assert_truth(run, tenant)
    note("services", f"Redis ({connection.vendor})", run.get_status_display())


def test_the_broker_is_emptied(hall: Hall, tenant: Tenant, note: Note) -> None:
    run = in_the_middle(hall, tenant)
    with RedisClient(unix_socket_path=str(hall.redis.socket_path)) as client:
        client.flushall()
    ends(run)
    assert_truth(run, tenant)
    note("services", f"broker emptied ({connection.vendor})", run.get_status_display())


def test_without_the_sweeper_a_run_whose_messages_were_lost_would_never_begin(hall: Hall, tenant: Tenant) -> None:
    run = approved(tenant)  # its message waits in the broker: there is no worker yet
    with RedisClient(unix_socket_path=str(hall.redis.socket_path)) as client:
        client.flushall()
    worker = hall.ensure_worker()
    other = make_newcomer("Bolt", pod=tenant.pod, vids=[200, 201])
    # A message that comes later and is worked on shows that the worker is at work, and found nothing of the first.
    Run.objects.filter(pk=run.pk).update(paused_at=run.created_at)
    bolt = approved(other)
    wait_until(lambda: Run.objects.get(pk=bolt.pk).status == RunStatus.SUCCEEDED, what=f"{worker.process.pid} at work")
    Run.objects.filter(pk=run.pk).update(paused_at=None)
    run.refresh_from_db()
    assert run.status == RunStatus.QUEUED
    ends(run)
    assert run.status == RunStatus.SUCCEEDED, lines(run)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="there is no server to kill: see test_on_postgresql")
def test_postgresql_is_killed_and_comes_back(hall: Hall, tenant: Tenant, note: Note) -> None:
    run = in_the_middle(hall, tenant)
    folder = Path(str(connection.settings_dict["OPTIONS"]["host"]))
    connection.close()
    crash(folder)
    with pytest.raises(OperationalError):
        connection.ensure_connection()
    revive(folder)

    def is_back() -> bool:
        try:
            connection.ensure_connection()
        except (OperationalError, InterfaceError):
            return False
        return True

    wait_until(is_back, what="PostgreSQL to take connections again")
    sweep_until(lambda: not Run.objects.get(pk=run.pk).is_open, what="the run to end")
    ends(run)
    assert_truth(run, tenant)
    note("services", "PostgreSQL", run.get_status_display())
