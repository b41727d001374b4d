"""Which driver stands behind which name. A driver's libraries are loaded when it is first asked for."""

from collections.abc import Callable, Sequence
from functools import partial

from django.conf import settings

from provisioning.drivers.protocol import Driver, Target

Opener = Callable[[Target, Sequence[str]], Driver]


def _simulated(target: Target, dvs_names: Sequence[str]) -> Driver:
    from provisioning.drivers.simulated.driver import Simulated  # noqa: PLC0415 - it brings models with it

    return Simulated(target, dvs_names)


def _vsphere(target: Target, dvs_names: Sequence[str]) -> Driver:
    from provisioning.drivers.vsphere import VSphere  # noqa: PLC0415 - pyVmomi takes half a second to load

    return VSphere(target, dvs_names)


def _pfsense(target: Target, dvs_names: Sequence[str]) -> Driver:
    from provisioning.drivers.pfsense import PfSense  # noqa: PLC0415 - httpx is loaded by whoever needs it

    return PfSense(target, dvs_names)


def _openconfig(target: Target, dvs_names: Sequence[str]) -> Driver:
    from provisioning.drivers.openconfig import OpenConfig, Options  # noqa: PLC0415 - paramiko takes its time to load

    options = Options(
        network_instance=settings.SWITCH_NETWORK_INSTANCE,
        parking_vlan=settings.SWITCH_PARKING_VLAN,
        lock_seconds=settings.SWITCH_LOCK_SECONDS,
        confirm_seconds=settings.SWITCH_CONFIRM_SECONDS,
        known_hosts=tuple(settings.SSH_KNOWN_HOSTS),
    )
    return OpenConfig(target, options)


def _ovs(target: Target, dvs_names: Sequence[str]) -> Driver:
    from provisioning.drivers.ovs import OpenVSwitch  # noqa: PLC0415 - as the others

    return OpenVSwitch(target, parking_vlan=settings.SWITCH_PARKING_VLAN)


def _nsx(target: Target, dvs_names: Sequence[str]) -> Driver:
    from provisioning.drivers.nsx import Nsx  # noqa: PLC0415 - httpx is loaded by whoever needs it

    return Nsx(target)


def _napalm(platform_name: str, target: Target, dvs_names: Sequence[str]) -> Driver:
    from provisioning.drivers.napalm import PLATFORMS, Napalm, Options  # noqa: PLC0415 - it takes seconds to load

    options = Options(
        parking_vlan=settings.SWITCH_PARKING_VLAN,
        confirm_seconds=settings.SWITCH_CONFIRM_SECONDS,
        known_hosts=tuple(settings.SSH_KNOWN_HOSTS),
    )
    return Napalm(target, PLATFORMS[platform_name], options)


OPENERS: dict[str, Opener] = {
    "simulated": _simulated,
    "vsphere": _vsphere,
    "pfsense": _pfsense,
    "openconfig": _openconfig,
    "ovs": _ovs,
    "nsx": _nsx,
    "napalm-eos": partial(_napalm, "napalm-eos"),
    "napalm-nxos": partial(_napalm, "napalm-nxos"),
    "napalm-ios": partial(_napalm, "napalm-ios"),
    "napalm-junos": partial(_napalm, "napalm-junos"),
}


def opener(driver_name: str) -> Opener:
    """Raises KeyError for a driver that this release does not have."""
    return OPENERS[driver_name]
