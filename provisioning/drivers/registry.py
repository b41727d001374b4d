"""Which driver stands behind which name. A driver's libraries are loaded when it is first asked for."""

from collections.abc import Callable, Sequence

from provisioning.drivers.protocol import Driver, Target

Opener = Callable[[Target, Sequence[str]], Driver]


def _simulated(target: Target, dvs_names: Sequence[str]) -> Driver:
    from provisioning.drivers.simulated.driver import Simulated  # noqa: PLC0415 - it brings models with it

    return Simulated(target, dvs_names)


def _vsphere(target: Target, dvs_names: Sequence[str]) -> Driver:
    from provisioning.drivers.vsphere import VSphere  # noqa: PLC0415 - pyVmomi takes half a second to load

    return VSphere(target, dvs_names)


OPENERS: dict[str, Opener] = {"simulated": _simulated, "vsphere": _vsphere}


def opener(driver_name: str) -> Opener:
    """Raises KeyError for a driver that this release does not have."""
    return OPENERS[driver_name]
