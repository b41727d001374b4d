"""OpenConfig over NETCONF: the VLANs of a core switch, and which of them its trunks carry."""

from provisioning.drivers.openconfig.driver import OpenConfig
from provisioning.drivers.openconfig.options import Options

__all__ = ["OpenConfig", "Options"]
