"""A second opinion: a pyVmomi session that shares no code with our driver, to fill a vCenter and check it."""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from lab.simulators import Simulator

# pyVmomi makes its classes at run time: taken as untyped.
connect: Any = import_module("pyVim.connect")
vim: Any = import_module("pyVmomi").vim

BATCH = 100


@contextmanager
def signed_in(simulator: Simulator) -> Iterator[Any]:
    """The service content of a session of its own, certificate verified."""
    host, _, port = simulator.address.rpartition(":")
    service = connect.SmartConnect(
        host=host,
        port=int(port),
        user=simulator.username,
        pwd=simulator.password,
        sslContext=ssl.create_default_context(cadata=simulator.ca_pem),
    )
    try:
        yield service.RetrieveContent()
    finally:
        connect.Disconnect(service)


def everything(content: Any, kind: Any) -> list[Any]:
    """Every object of that kind in the whole inventory."""
    view = content.viewManager.CreateContainerView(content.rootFolder, [kind], True)
    try:
        return list(view.view)
    finally:
        view.DestroyView()


def switch_named(content: Any, name: str) -> Any:
    (found,) = [one for one in everything(content, vim.DistributedVirtualSwitch) if one.name == name]
    return found


def group_named(content: Any, name: str) -> Any:
    (found,) = [one for one in everything(content, vim.dvs.DistributedVirtualPortgroup) if one.name == name]
    return found


def specification(name: str, vid: int) -> Any:
    """A group as another tool makes them: more ports than ours, and forged transmits allowed."""
    policy = vim.dvs.VmwareDistributedVirtualSwitch
    return vim.dvs.DistributedVirtualPortgroup.ConfigSpec(
        name=name,
        type="earlyBinding",
        numPorts=16,
        autoExpand=True,
        defaultPortConfig=policy.VmwarePortConfigPolicy(
            vlan=policy.VlanIdSpec(vlanId=vid, inherited=False),
            macManagementPolicy=policy.MacManagementPolicy(
                inherited=False, allowPromiscuous=False, forgedTransmits=True, macChanges=False
            ),
        ),
    )


def add_groups(content: Any, dvs: str, groups: Mapping[str, int]) -> None:
    """Create port groups (name → VLAN ID), bare, in batches of 100."""
    switch = switch_named(content, dvs)
    specs = [specification(name, vid) for name, vid in groups.items()]
    for start in range(0, len(specs), BATCH):
        wait(switch.AddDVPortgroup_Task(spec=specs[start : start + BATCH]))


def wait(one: Any) -> None:
    """Until the task is done; raises its fault."""
    while (info := one.info).state not in ("success", "error"):
        pass
    if info.error:
        raise info.error


def snapshot(content: Any) -> dict[str, str]:
    """Every port group's reference and whole configuration as text, by name, uplink groups too."""
    return {
        group.name: f"{group._moId} {group.key} {group.config}"
        for group in everything(content, vim.dvs.DistributedVirtualPortgroup)
    }
