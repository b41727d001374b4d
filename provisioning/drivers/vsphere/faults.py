"""A vSphere fault about one port group, as an error whose message says what to do."""

from collections.abc import Sequence
from typing import Any

from provisioning.drivers.protocol import DeviceError, Refused
from provisioning.drivers.vsphere.sdk import vim, vmodl

NAMED = 5  # plugged-in machines that a message names


class Overtaken(Refused):
    """Somebody else changed the object in the same moment: the same call may work when it is read again."""

    transient = True


def told(fault: Any, *, key: str) -> DeviceError:
    if isinstance(fault, vim.fault.ConcurrentAccess | vmodl.fault.ManagedObjectNotFound):
        return overtaken(key)
    return Refused(f"{key}: {_words(fault)}")


def overtaken(key: str) -> Overtaken:
    return Overtaken(f"{key}: somebody else changed it in the same moment: read the device again.")


def plugged_in(key: str, count: int, names: Sequence[str]) -> Refused:
    """``names``: of those machines that the account may see."""
    machines = "1 virtual machine is" if count == 1 else f"{count} virtual machines are"
    named = ", ".join(sorted(names)[:NAMED])
    more = f" and {count - NAMED} more" if named and count > NAMED else ""
    which = f" ({named}{more})" if named else ""
    return Refused(f"{key}: {machines} plugged into it{which}: move them to another network, then try again.")


def _words(fault: Any) -> str:
    match fault:
        case vim.fault.DuplicateName():
            words = f"the vCenter has another network of that name{_which(fault.object)}: rename one of them."
        case vim.fault.InvalidName():
            words = "the vCenter does not take that name: choose another."
        case vim.fault.ResourceInUse():
            words = "the vCenter says that it is in use: move what is plugged into it, then try again."
        case vim.fault.NoPermission():
            words = lacking(fault)
        case vmodl.fault.InvalidArgument():
            words = _not_taken(fault)
        case vim.fault.DvsOperationBulkFault():
            words = "refused on some hosts: " + "; ".join(_reason(one.fault) for one in fault.hostFault[:3])
        case _:
            words = f"the vCenter refuses: {_reason(fault)}"
    return words


def lacking(fault: Any) -> str:
    return f"the account lacks the privilege {fault.privilegeId or 'for it'}: grant it on the vCenter."


def _not_taken(fault: Any) -> str:
    """An argument that the vCenter calls invalid: it names the property, and rarely the value."""
    which = fault.invalidProperty or ""
    if which.endswith("vlan") or "vlanId" in which:
        return "the vCenter does not take that VLAN: a port group carries one VLAN ID, 1 to 4094. Choose another."
    why = f": {fault.msg}" if fault.msg else ""
    return f"the vCenter does not take {which or 'the specification'}{why}."


def _which(reference: Any) -> str:
    return f" ({reference._moId})" if reference is not None else ""


def _reason(fault: Any) -> str:
    return fault.msg or type(fault).__name__.rpartition(".")[2]
