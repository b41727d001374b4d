"""A stand-in for each product over TLS, and time that passes only by being waited for."""

from collections.abc import Iterator
from functools import partial

import pytest

from lab.zerto import Manager, Running, serve
from lab.zerto.manager import Product
from provisioning.zerto import reading
from provisioning.zerto.api import Api

GROUP = "Acme-failover-production-100"


def stand_in(product: Product) -> Manager:
    """It knows one ZORG, and has two sites that see three networks."""
    return Manager(
        product=product,
        zorgs={"Acme": "0f2a-acme", "Bolt": "77c1-bolt"},
        networks={"Frankfurt": [GROUP, "management"], "Vienna / old": ["management", "other"]},
    )


@pytest.fixture(params=list(Product))
def running(request: pytest.FixtureRequest) -> Iterator[Running]:
    with serve(stand_in(request.param)) as manager:
        yield manager


@pytest.fixture
def zvm() -> Iterator[Running]:
    with serve(stand_in(Product.ZVM)) as manager:
        yield manager


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Each wait of the client, in seconds; nothing really waits."""
    waited: list[float] = []
    monkeypatch.setattr(reading, "Api", partial(Api, pause=waited.append, clock=lambda: sum(waited)))
    return waited
