"""A stand-in for an NSX manager over TLS, and sessions of our driver with it that never really wait."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from lab.nsx import Running, serve
from lab.nsx.server import PASSWORD, USERNAME
from provisioning.drivers.nsx import Nsx
from provisioning.drivers.nsx.api import Api
from provisioning.drivers.protocol import Change, Kind, ObjectId, Outcomes, Target

ZONE = "/infra/sites/default/enforcement-points/default/transport-zones/overlay"


@pytest.fixture
def nsx() -> Iterator[Running]:
    with serve() as running:
        yield running


@pytest.fixture
def target(nsx: Running) -> Target:
    return target_of(nsx)


def target_of(nsx: Running, **changes: Any) -> Target:
    target = Target("nsx-1", nsx.address, username=USERNAME, password=PASSWORD, ca_pem=nsx.certificate.pem)
    return replace(target, **changes)


class Clock:
    """Time that passes only by being waited for; ``waited``: each wait, in seconds."""

    def __init__(self) -> None:
        self.now, self.waited = 0.0, list[float]()

    def pause(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds

    def __call__(self) -> float:
        return self.now


def session(target: Target, clock: Clock | None = None) -> Nsx:
    clock = clock or Clock()
    return Nsx(target, api=Api(target, pause=clock.pause, clock=clock))


def segment(name: str = "Acme-failover-test-5000", vni: int = 5000, gateway: str = "") -> Change:
    attributes: dict[str, Any] = {"vni": vni, "transport_zone": ZONE, "gateway": gateway, "ours": True}
    return Change(ObjectId(Kind.SEGMENT, name), attributes)


def put(target: Target, *changes: Change, clock: Clock | None = None) -> Outcomes:
    with session(target, clock) as driver:
        return driver.apply(changes)


def drop(target: Target, *changes: Change, clock: Clock | None = None) -> Outcomes:
    with session(target, clock) as driver:
        return driver.remove([change.id for change in changes])


def look(target: Target) -> dict[ObjectId, dict[str, Any]]:
    with session(target) as driver:
        return {id: dict(attributes) for id, attributes in driver.read().items()}


def only(outcomes: Outcomes) -> Any:
    (outcome,) = outcomes.values()
    return outcome
