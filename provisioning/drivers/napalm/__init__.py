"""NAPALM: the VLANs of core switches that speak no OpenConfig: Arista EOS, Cisco NX-OS and IOS, Juniper Junos."""

from provisioning.drivers.napalm.driver import Napalm
from provisioning.drivers.napalm.options import Options
from provisioning.drivers.napalm.platforms import EOS, IOS, JUNOS, NXOS, PLATFORMS, Platform

__all__ = ["EOS", "IOS", "JUNOS", "NXOS", "PLATFORMS", "Napalm", "Options", "Platform"]
