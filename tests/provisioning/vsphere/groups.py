"""What the tests of port groups share: their ids and attributes, a count of calls, and a machine plugged in."""

from importlib import import_module
from typing import Any

import pytest

from lab.independent import everything, group_named, vim, wait
from provisioning.drivers.protocol import Json, Kind, ObjectId


def group(name: str, dvs: str = "dvs-a") -> ObjectId:
    return ObjectId(Kind.PORT_GROUP, f"{dvs}/{name}")


def closed(vid: Json) -> dict[str, Json]:
    """A tenant's port group: nothing is promiscuous or forged."""
    return {"vlan_id": vid, "promiscuous": False, "forged_transmits": False, "mac_changes": False}


def calls(content: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the methods that the driver calls on the vCenter from here on."""
    names: list[str] = []
    stub = import_module("pyVmomi").SoapStubAdapter
    invoke = stub.InvokeMethod

    def counted(self: Any, mo: Any, info: Any, args: Any, *rest: Any) -> Any:
        names.append(info.wsdlName)
        return invoke(self, mo, info, args, *rest)

    monkeypatch.setattr(stub, "InvokeMethod", counted)
    return names


def plug_in(content: Any, name: str) -> Any:
    """Plug the network card of some machine into the port group; returns the machine."""
    found = group_named(content, name)
    machine = everything(content, vim.VirtualMachine)[0]
    switch, hosts = found.config.distributedVirtualSwitch, machine.runtime.host.parent.host
    members = [vim.dvs.HostMember.ConfigSpec(operation="add", host=host) for host in hosts]
    wait(switch.ReconfigureDvs_Task(spec=vim.DistributedVirtualSwitch.ConfigSpec(host=members)))
    (card,) = [one for one in machine.config.hardware.device if isinstance(one, vim.vm.device.VirtualEthernetCard)]
    port = vim.dvs.PortConnection(portgroupKey=found.key, switchUuid=switch.uuid)
    card.backing = vim.vm.device.VirtualEthernetCard.DistributedVirtualPortBackingInfo(port=port)
    change = vim.vm.device.VirtualDeviceSpec(operation="edit", device=card)
    wait(machine.ReconfigVM_Task(spec=vim.vm.ConfigSpec(deviceChange=[change])))
    return machine
