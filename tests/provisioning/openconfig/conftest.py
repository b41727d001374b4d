"""A core switch of the lab, the real netconfd behind SSH, and a NETCONF session on it that is not our driver's."""

from collections.abc import Iterator

import pytest
from ncclient.manager import Manager

from lab.netconfd import Switch, switch, why_not
from lab.netconfd.independent import clear, signed_in
from provisioning.drivers.openconfig import OpenConfig, Options
from provisioning.drivers.protocol import Target
from tests.provisioning.openconfig.edits import prove_nothing_is_replaced

PORTS, BUNDLES, ACCESS = ("Ethernet1", "Ethernet1/2/3"), ("Port-Channel1",), ("Ethernet9",)
IMPATIENT = Options(lock_seconds=0.2)


@pytest.fixture(scope="module")
def running() -> Iterator[Switch]:
    if reason := why_not():
        pytest.skip(f"netconfd cannot run here: {reason}")
    with switch(ports=PORTS, bundles=BUNDLES, access_ports=ACCESS) as one:
        yield one


@pytest.fixture
def core(running: Switch) -> Iterator[Switch]:
    """The switch as it was bought: its ports, VLAN 999 on each trunk, no VLAN of ours, nothing recorded yet.

    Whatever a test makes the driver send: nothing of it may replace anything.
    """
    running.wire.forget()
    yield running
    prove_nothing_is_replaced(running.wire.messages)
    running.wire.forget()
    with signed_in(running) as manager:
        clear(manager)


@pytest.fixture
def other(core: Switch) -> Iterator[Manager]:
    with signed_in(core) as manager:
        yield manager


@pytest.fixture
def target(core: Switch) -> Target:
    return target_of(core)


@pytest.fixture
def driver(target: Target) -> Iterator[OpenConfig]:
    with OpenConfig(target, IMPATIENT) as session:
        yield session


def target_of(core: Switch, **changes: str) -> Target:
    values = {"tls": "pinned", "thumbprint": core.host_key_fingerprint} | changes
    return Target("core-1", core.address, core.username, core.password, **values)  # type: ignore[arg-type]
