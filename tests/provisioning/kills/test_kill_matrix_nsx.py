"""The kill matrix for an NSX manager: tenants on VXLAN, whose segments are all that is pushed for them."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.utils import timezone

from inventory.models import Vni
from lab.nsx import Running, serve
from lab.nsx.manager import ApiError
from lab.nsx.server import PASSWORD, USERNAME, Request
from provisioning import drift
from provisioning.models import Device, DeviceKind, DriverName, Run, RunStatus, Undone
from tenants.models import Network, NetworkStatus, Tenant
from tests.factories import make_nsx_manager, make_pod
from tests.provisioning.kills.hall import Hall, Note
from tests.provisioning.kills.killing import Boundary, Order
from tests.provisioning.kills.test_kill_matrix import told
from tests.provisioning.things import approved, lines, make_devices
from tests.services import redis_server
from tests.tenants.asking import intake

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    with redis_server() as redis, ExitStack() as stack:
        yield Hall(redis, tmp_path / "order", stack)


@pytest.fixture
def nsx() -> Iterator[Running]:
    with serve() as running:
        yield running


@pytest.fixture
def manager(nsx: Running) -> Device:
    """The NSX manager of the one pod there is."""
    named = make_nsx_manager()
    make_devices(make_pod(nsx=named))
    device = Device(name=named.name, slug=named.slug, kind=DeviceKind.NSX, nsx=named, driver=DriverName.NSX)
    device.address, device.username, device.ca_pem = nsx.address, USERNAME, nsx.certificate.pem
    device.set_password(PASSWORD)
    device.save()
    return device


def newcomer(manager: Device, number: int) -> Tenant:
    assert manager.nsx
    return intake(manager.nsx.pods.get(), f"Tenant{number}", now=timezone.now())


def assert_truth(nsx: Running, manager: Device, tenant: Tenant, *, vnis: str) -> None:
    live = Network.objects.filter(status=NetworkStatus.LIVE).select_related("vni")
    carried = {name: segment["overlay_id"] for name, segment in nsx.manager.segments.items()}
    assert carried == {network.port_group: network.number for network in live}
    assert drift.check(manager) == []
    assert {vni.state for vni in Vni.objects.filter(networks__tenant=tenant)} == {vnis}


def test_a_worker_killed_anywhere_leaves_a_run_that_the_next_one_finishes(
    nsx: Running, manager: Device, hall: Hall, note: Note
) -> None:
    for number, boundary in enumerate(Boundary, 1):
        tenant = newcomer(manager, number)
        run = approved(tenant)
        order = Order(boundary, manager.slug, whole=True)
        hall.killed_and_made_good(order, run)
        assert run.status == RunStatus.SUCCEEDED, lines(run)
        assert_truth(nsx, manager, tenant, vnis="allocated")
        note("NSX manager", boundary, told(order, run))


def test_a_process_of_its_killed_anywhere_on_the_way_back_leaves_the_manager_as_it_was(
    nsx: Running, manager: Device, hall: Hall, note: Note
) -> None:
    nsx.refuse = refuse_test_networks
    for number, boundary in enumerate(Boundary, 1):
        tenant = newcomer(manager, number)
        run: Run = approved(tenant)
        order = Order(boundary, manager.slug, back=True)
        hall.killed_and_made_good(order, run)
        assert (run.status, run.undone) == (RunStatus.FAILED, Undone.ALL), lines(run)
        assert_truth(nsx, manager, tenant, vnis="held")
        note("NSX manager, back", boundary, told(order, run))


def refuse_test_networks(request: Request) -> None:
    """The second of a tenant's two segments is not taken: the run takes back the first."""
    if request.method == "PUT" and "failover-test" in request.path:
        raise ApiError(400, 255, "This segment is not taken")
