"""A vSphere fault about one port group, as an error whose message says what to do."""

from typing import Any

from provisioning.drivers.protocol import DeviceError, Refused
from provisioning.drivers.vsphere.sdk import vim, vmodl


class Overtaken(Refused):
    """Somebody else changed the object in the same moment: the same call may work when it is read again."""

    transient = True


def told(fault: Any, *, key: str) -> DeviceError:
    if isinstance(fault, vim.fault.ConcurrentAccess | vmodl.fault.ManagedObjectNotFound):
        return Overtaken(f"{key}: somebody else changed it in the same moment: read the device again.")
    return Refused(f"{key}: {_words(fault)}")


def _words(fault: Any) -> str:
    match fault:
        case vim.fault.DuplicateName():
            words = "the vCenter has another network of that name, outside this switch: rename one of them."
        case vim.fault.InvalidName():
            words = "the vCenter does not take that name: choose another."
        case vim.fault.ResourceInUse():
            words = "the vCenter says that it is in use: move what is plugged into it, then try again."
        case vim.fault.NoPermission():
            words = f"the account lacks the privilege {fault.privilegeId}: grant it on the vCenter."
        case vim.fault.DvsOperationBulkFault():
            words = "refused on some hosts: " + "; ".join(_reason(one.fault) for one in fault.hostFault[:3])
        case _:
            words = f"the vCenter refuses: {_reason(fault)}"
    return words


def _reason(fault: Any) -> str:
    return fault.msg or type(fault).__name__.rpartition(".")[2]
