"""A real Open vSwitch in the userspace datapath, and what it was before each test."""

from collections.abc import Iterator

import pytest

from lab.openvswitch import BRIDGE, PARKED, OpenSwitch, open_vswitch, why_not
from provisioning.drivers.ovs import OpenVSwitch
from provisioning.drivers.protocol import Target

TRUNKS, ACCESS = ("eth1", "eth2"), ("eth9",)


@pytest.fixture(scope="module")
def running() -> Iterator[OpenSwitch]:
    if reason := why_not():
        pytest.skip(f"Open vSwitch cannot run here: {reason}")
    with open_vswitch(trunks=TRUNKS, access=ACCESS) as one:
        yield one


@pytest.fixture
def core(running: OpenSwitch) -> Iterator[OpenSwitch]:
    yield running
    for port in TRUNKS:
        running.run("set", "port", port, f"trunks={PARKED}")
    running.run("clear", "bridge", BRIDGE, "external_ids")


@pytest.fixture
def target(core: OpenSwitch) -> Target:
    return Target("core-1", core.address, password=core.client_pem, ca_pem=core.ca_pem)


@pytest.fixture
def driver(target: Target) -> Iterator[OpenVSwitch]:
    with OpenVSwitch(target) as session:
        yield session
