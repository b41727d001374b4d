"""Each step of a run refused in turn, on real parts: what was written before it is taken back, and nothing is left.

The core switch is a real netconfd or Open vSwitch, the vCenter is vcsim, the firewall a stand-in. ``test_undo`` asks
the engine about many more ways to fail, on simulated devices.
"""

from collections.abc import Sequence
from copy import deepcopy
from types import TracebackType
from typing import Any, Self

import pytest

from lab.pfsense import Running
from provisioning import execution
from provisioning.devices import open_driver
from provisioning.drivers.protocol import Change, Driver, Kind, ObjectId, Outcomes, Refused
from provisioning.models import Device, DriverName, Run, RunStatus, Undone
from tenants.models import Tenant, WanConnection, WanKind
from tests.provisioning.kills.world import OPENCONFIG, OVS, World, world
from tests.provisioning.things import approved, carries, leaving, work

pytestmark = [pytest.mark.slow, pytest.mark.lab, pytest.mark.django_db(transaction=True)]

# One tenant's traffic in a tunnel, the other's exempted from translation: between them, every kind of object.
PROVIDERS = [(OPENCONFIG, WanKind.IPSEC), (OVS, WanKind.MPLS)]


class Refusing:
    """A driver whose device does not let one object be written, or not let it go; the rest of a batch it takes."""

    def __init__(self, driver: Driver, *, unwritable: ObjectId | None, unremovable: ObjectId | None) -> None:
        self.driver, self.unwritable, self.unremovable = driver, unwritable, unremovable

    def __enter__(self) -> Self:
        self.driver.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.driver.__exit__(kind, error, trace)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.driver, name)

    def apply(self, changes: Sequence[Change]) -> Outcomes:
        taken = self.driver.apply([change for change in changes if change.id != self.unwritable])
        return {**taken, **_no(self.unwritable, [change.id for change in changes])}

    def remove(self, ids: Sequence[ObjectId]) -> Outcomes:
        taken = self.driver.remove([id for id in ids if id != self.unremovable])
        return {**taken, **_no(self.unremovable, ids)}


def _no(refused: ObjectId | None, asked: Sequence[ObjectId]) -> Outcomes:
    return {id: Refused(f"{id} is refused by the test") for id in asked if id == refused}


def refuse(
    monkeypatch: pytest.MonkeyPatch,
    slug: str = "",
    *,
    unwritable: ObjectId | None = None,
    unremovable: ObjectId | None = None,
) -> None:
    """From now on this device refuses this object; without one, all take everything."""

    def opened(device: Device) -> Any:
        driver = open_driver(device)
        return Refusing(driver, unwritable=unwritable, unremovable=unremovable) if device.slug == slug else driver

    monkeypatch.setattr(execution, "open_driver", opened)


def each_step(run: Run) -> list[tuple[str, ObjectId]]:
    steps = run.steps.select_related("operation__device").order_by("position")
    return [(one.operation.device.slug, ObjectId(Kind(one.operation.kind), one.operation.key)) for one in steps]


def last_of_each_kind(steps: Sequence[tuple[str, ObjectId]]) -> list[tuple[str, ObjectId]]:
    return list({id.kind: (slug, id) for slug, id in steps}.values())


def cancelled(run: Run) -> Run:
    """It was there to be looked at only."""
    Run.objects.filter(pk=run.pk).update(status=RunStatus.CANCELLED)
    run.steps.update(state="skipped")
    return run


def told_by_drivers() -> dict[str, Any]:
    return {device.slug: carries(device) for device in Device.objects.all()}


def asked_independently(here: World) -> dict[str, Any]:
    firewalls = {slug: part.firewall for slug, part in here.parts.items() if isinstance(part, Running)}
    carried = {slug: sorted(carried()) for slug, carried in here.carried.items()}
    return carried | {slug: (deepcopy(fw.config), deepcopy(fw.live), fw.nat_mode) for slug, fw in firewalls.items()}


def newcomer(here: World, wan: WanKind) -> Tenant:
    tenant = here.newcomer(1)
    gateway = "198.51.100.7" if wan == WanKind.IPSEC else None
    WanConnection.objects.filter(tenant=tenant).update(kind=wan, remote_gateway=gateway)
    return Tenant.objects.get(pk=tenant.pk)


@pytest.mark.parametrize(("switch", "wan"), PROVIDERS)
def test_whichever_write_is_refused_every_device_is_as_before(
    switch: DriverName, wan: WanKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every single one beside an Open vSwitch; beside a netconfd, which is slower, the last of each kind."""
    with world(switch=switch) as here:
        tenant = newcomer(here, wan)
        before, really = told_by_drivers(), asked_independently(here)
        steps = each_step(cancelled(approved(tenant)))
        for slug, id in steps if switch == OVS else last_of_each_kind(steps):
            refuse(monkeypatch, slug, unwritable=id)
            run = approved(tenant)
            work()
            run.refresh_from_db()
            assert run.status == RunStatus.FAILED, id
            assert "refused by the test" in run.message, id
            assert run.undone in (Undone.ALL, Undone.NOTHING), id
            assert told_by_drivers() == before, id
            assert asked_independently(here) == really, id
        refuse(monkeypatch)
        run = approved(tenant)
        work()
        run.refresh_from_db()
        assert run.status == RunStatus.SUCCEEDED, run.message
        assert here.complaints() == []


@pytest.mark.parametrize(("switch", "wan"), PROVIDERS)
def test_whichever_removal_is_refused_all_that_was_removed_is_put_back(
    switch: DriverName, wan: WanKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world(switch=switch) as here:
        tenant = newcomer(here, wan)
        approved(tenant)
        work()
        leaving(tenant)
        before = told_by_drivers()
        for slug, id in last_of_each_kind(each_step(cancelled(approved(tenant)))):
            refuse(monkeypatch, slug, unremovable=id)
            run = approved(tenant)
            work()
            run.refresh_from_db()
            assert (run.status, run.undone in (Undone.ALL, Undone.NOTHING)) == (RunStatus.FAILED, True), run.message
            assert told_by_drivers() == before, id
        refuse(monkeypatch)
        run = approved(tenant)
        work()
        run.refresh_from_db()
        assert run.status == RunStatus.SUCCEEDED, run.message
        assert here.complaints() == []
