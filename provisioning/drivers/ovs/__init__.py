"""Open vSwitch over OVSDB: VLANs and trunks of a bridge, for labs and small providers."""

from provisioning.drivers.ovs.driver import OpenVSwitch

__all__ = ["OpenVSwitch"]
