"""A stand-in for a Zerto manager: it answers as ZCM and ZVM do where they are read, and it is neither.

What it does was written after the vendor's published API guides: sessions of basic authentication (ZCM, ZVM on
Windows), bearer tokens that expire (the appliance of ZVM 10), lists of ZORGs, sites and networks. It replicates
nothing.
"""

from lab.zerto.manager import Manager
from lab.zerto.server import Running, serve

__all__ = ["Manager", "Running", "serve"]
