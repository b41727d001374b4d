"""A simulated vCenter over TLS with our own certificate, and a session on it that is not our driver's."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from lab.independent import everything, signed_in, vim, wait
from lab.simulators import Simulator, vcsim, why_not
from provisioning.drivers.protocol import Target


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    if reason := why_not():
        pytest.skip(f"vcsim cannot be built here: {reason}")
    with vcsim(dvs=("dvs-a", "dvs-b")) as running:
        yield running


@pytest.fixture
def target(simulator: Simulator) -> Target:
    return target_of(simulator)


@pytest.fixture
def other(simulator: Simulator) -> Iterator[Any]:
    """The service content of a pyVmomi session that is not ours; all port groups are cleared away afterwards."""
    with signed_in(simulator) as content:
        yield content
        for group in everything(content, vim.dvs.DistributedVirtualPortgroup):
            if not group.tag:  # uplink groups are tagged
                wait(group.Destroy_Task())


def target_of(simulator: Simulator, **changes: Any) -> Target:
    return replace(
        Target("vc-1", simulator.address, simulator.username, simulator.password, ca_pem=simulator.ca_pem), **changes
    )
