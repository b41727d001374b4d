"""vSphere over pyVmomi: the distributed port groups of a vCenter's distributed switches."""

from provisioning.drivers.vsphere.driver import VSphere

__all__ = ["VSphere"]
