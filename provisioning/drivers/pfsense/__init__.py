"""pfSense over its REST API package, version 2: what a tenant's firewall carries."""

from provisioning.drivers.pfsense.driver import PfSense

__all__ = ["PfSense"]
