"""The four platforms: how each is reached, read and written, and whether it takes a change back by itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from provisioning.drivers.napalm import connection
from provisioning.drivers.napalm.found import Found
from provisioning.drivers.napalm.options import Options
from provisioning.drivers.napalm.reading import (
    junos_trunks,
    junos_vlans,
    names_in_table,
    names_of,
    statements_in,
    trunks_in,
)
from provisioning.drivers.napalm.rendering import cli_text, junos_refusals, junos_text
from provisioning.drivers.protocol import Target
from provisioning.drivers.switches.state import Edit, SwitchState

Connect = Callable[[Target, Options], Any]


@dataclass(frozen=True, slots=True)
class Platform:
    """``look``: read VLANs and trunks, in requests whose number does not grow with them.

    ``reverts``: it takes a change back that is not confirmed. ``compares``: the difference is made by the switch from
    its candidate, so that an empty one means that there is nothing to do.
    """

    name: str
    connect: Connect
    look: Callable[[Any], Found]
    render: Callable[[Edit, Found], str] = cli_text
    refusals: Callable[[list[int], dict[int, str], Found], dict[int, str]] = lambda vids, names, found: {}
    reverts: bool = True
    compares: bool = False


def _look_by_getters(driver: Any) -> Found:
    return _found(names_of(driver.get_vlans()), driver)


def _look_at_ios(driver: Any) -> Found:
    command = "show vlan brief"
    return _found(names_in_table(driver.cli([command])[command]), driver)


def _found(names: Mapping[int, str], driver: Any) -> Found:
    return Found(SwitchState(names, trunks_in(_running(driver)), ()))


def _look_at_junos(driver: Any) -> Found:
    statements = statements_in(_running(driver, format="set"))
    names, lists = junos_vlans(statements)
    trunks, words = junos_trunks(statements, names)
    return Found(SwitchState(names, trunks, ()), words, lists)


def _running(driver: Any, **how: str) -> str:
    return str(driver.get_config(retrieve="running", **how)["running"])


EOS = Platform("Arista EOS", connection.eos, _look_by_getters, compares=True)
NXOS = Platform("Cisco NX-OS", connection.nxos, _look_by_getters, reverts=False)
IOS = Platform("Cisco IOS", connection.ios, _look_at_ios)
JUNOS = Platform(
    "Juniper Junos", connection.junos, _look_at_junos, render=junos_text, refusals=junos_refusals, compares=True
)
PLATFORMS: Mapping[str, Platform] = {
    "napalm-eos": EOS,
    "napalm-nxos": NXOS,
    "napalm-ios": IOS,
    "napalm-junos": JUNOS,
}
