"""Twenty runs at once over shared devices: one writer a device at any moment, nobody stuck, work coalesced.

A shared core switch, two vCenters and twenty firewalls, all simulated and slow, note when each batch was written.
"""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from django.db import connection

from provisioning.approval import approve
from provisioning.models import Run, RunStatus, SimulatedBatch, SimulatedDevice
from provisioning.models.runs import OPEN_RUNS
from provisioning.planning import make_plan
from tenants.models import Tenant
from tests.factories import make_pod
from tests.provisioning.kills.hall import LEASE_SECONDS, sweep_until
from tests.provisioning.things import approver_of_tests, carries, make_newcomer
from tests.services import Redis, celery_worker, redis_server

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
RUNS, WORKERS = 20, 4
WRITE_DELAY_MS = 5


@pytest.fixture
def redis() -> Iterator[Redis]:
    with redis_server() as server:
        yield server


def newcomers() -> list[Tenant]:
    first = make_pod()
    pods = [first, make_pod("pod-2", switch=first.switch)]
    return [make_newcomer(f"T{n:02}", pod=pods[n % 2], vids=[100 + 2 * n, 101 + 2 * n]) for n in range(RUNS)]


def all_approved(tenants: list[Tenant]) -> list[int]:
    """Every plan is made before the first is approved, so that the runs come at once."""
    plans = [make_plan(tenant=tenant, by=None) for tenant in tenants]
    SimulatedDevice.objects.update(write_delay_ms=WRITE_DELAY_MS, keeps_record=True)
    runs = [approve(plan=plan, plan_hash=plan.hash, by=approver_of_tests()) for plan in plans]
    return [run.pk for run in runs if run]


def overlaps() -> list[str]:
    """Batches that were begun before the one before them, on the same device, had ended."""
    found = []
    for device in SimulatedDevice.objects.all():
        batches = list(device.batches.order_by("began_at", "pk"))
        found += [f"{device}: {b}" for a, b in pairwise(batches) if a.ended_at is None or b.began_at < a.ended_at]
    return found


def ended(runs: list[int]) -> bool:
    return not Run.objects.filter(pk__in=runs, status__in=OPEN_RUNS).exists()


def test_twenty_runs_never_write_to_one_device_at_once_and_none_is_stuck(redis: Redis) -> None:
    tenants = newcomers()
    with celery_worker(redis, concurrency=WORKERS, env={"LEASE_SECONDS": str(10 * LEASE_SECONDS)}):
        runs = all_approved(tenants)
        sweep_until(lambda: ended(runs), what="all runs to end", seconds=180)
    assert set(Run.objects.filter(pk__in=runs).values_list("status", flat=True)) == {RunStatus.SUCCEEDED}
    assert overlaps() == []
    switch = tenants[0].pod.switch.device
    assert len(carries(switch)) == 4 * RUNS
    batches = SimulatedBatch.objects.filter(device__address=switch.address)
    assert sum(batches.values_list("objects_written", flat=True)) == 4 * RUNS  # nothing was written twice
    assert batches.count() < RUNS  # the work of several runs went out together


def test_without_the_lease_two_workers_write_to_one_device_at_once(redis: Redis) -> None:
    tenants = newcomers()
    with celery_worker(redis, concurrency=WORKERS, env={"WITHOUT_LEASES": "yes"}):
        runs = all_approved(tenants)
        sweep_until(lambda: bool(overlaps()) or ended(runs), what="two batches at once", seconds=180)
        sweep_until(lambda: ended(runs), what="all runs to end", seconds=180)
    assert overlaps(), f"no two batches overlapped on {connection.vendor}: the test above proves nothing"
