"""NSX over its Policy API: the segments of tenants that are placed on VXLAN."""

from provisioning.drivers.nsx.driver import Nsx

__all__ = ["Nsx"]
