"""A worker is killed in the middle of a run: the run ends truthfully, and the device agrees with the database.

A real Celery worker (prefork) over a real redis-server; the busy child, named by the lease, gets SIGKILL.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from provisioning import recovery
from provisioning.models import Device, Run, RunStatus, SimulatedDevice, Step, StepState
from tenants.models import Tenant
from tests.provisioning.things import approved, carries, fault, lines, make_newcomer
from tests.services import Redis, Worker, celery_worker, redis_server, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

LEASE_SECONDS = 3
WRITE_DELAY_MS = 400


@pytest.fixture
def redis() -> Iterator[Redis]:
    with redis_server() as server:
        yield server


def in_the_middle(tenant: Tenant) -> tuple[Run, int]:
    """A run whose first device carries some of what it shall, and the process id of who is writing to it."""
    switch = tenant.pod.switch.device
    fault(switch, write_delay_ms=WRITE_DELAY_MS)
    run = approved(tenant)
    carried = SimulatedDevice.objects.get(address=switch.address).carried
    wait_until(lambda: carried.count() >= 2, what="the device to carry a part of the batch")
    owner = Device.objects.get(pk=switch.pk).lease_owner
    assert carried.count() < 8
    return run, int(owner.split(":")[1])


def kill_in_the_middle(tenant: Tenant, worker: Worker) -> Run:
    run, pid = in_the_middle(tenant)
    worker.kill_child(pid)
    run.refresh_from_db()
    assert run.status == RunStatus.RUNNING
    assert Step.objects.filter(run=run, state=StepState.WRITING).exists()
    return run


def swept_to_its_end(run: Run) -> Run:
    """Sweep as the scheduler does, until the run has ended."""

    def ended() -> bool:
        recovery.sweep(now=timezone.now())
        run.refresh_from_db()
        return not run.is_open

    wait_until(ended, what="the run to end", seconds=60)
    return run


def assert_devices_agree(run: Run, tenant: Tenant) -> None:
    for step in run.steps.select_related("operation", "device"):
        there = carries(step.device)
        name = f"{step.operation.kind.replace('_', ' ')} {step.operation.key}"
        assert there[name] == step.operation.after == step.read_back
    assert len(carries(tenant.pod.switch.device)) == 8
    assert {n.carrier.state for n in tenant.networks.select_related("vlan")} == {"allocated"}


def test_a_run_whose_worker_was_killed_in_the_middle_is_finished_by_another(redis: Redis) -> None:
    tenant = make_newcomer(vids=[100, 101, 102, 103])
    with celery_worker(redis, env={"LEASE_SECONDS": str(LEASE_SECONDS)}) as worker:
        run = swept_to_its_end(kill_in_the_middle(tenant, worker))

    assert run.status == RunStatus.SUCCEEDED, run.message
    assert set(run.steps.values_list("state", flat=True)) == {StepState.DONE}
    assert "showed no sign of life" in lines(run)
    assert "An earlier attempt had written it." in set(run.steps.values_list("message", flat=True))
    assert_devices_agree(run, tenant)


def test_without_the_sweeper_the_same_run_would_never_end(redis: Redis) -> None:
    tenant = make_newcomer(vids=[100, 101, 102, 103])
    env = {"LEASE_SECONDS": str(LEASE_SECONDS), "WITHOUT_REDELIVERY": "yes"}
    with celery_worker(redis, env=env) as worker:
        run = kill_in_the_middle(tenant, worker)
        switch = tenant.pod.switch.device
        long_after = timedelta(seconds=2 * LEASE_SECONDS)
        wait_until(lambda: _expired_since(switch, long_after), what="the dead worker's lease to be long over")
        run.refresh_from_db()
        assert run.status == RunStatus.RUNNING
        assert Step.objects.filter(run=run, state=StepState.WRITING).count() == 8

        swept_to_its_end(run)
    assert run.status == RunStatus.SUCCEEDED, run.message
    assert_devices_agree(run, tenant)


def _expired_since(device: Device, time: timedelta) -> bool:
    until = Device.objects.get(pk=device.pk).lease_until
    return until is not None and until + time < timezone.now()
