"""A stand-in for a pfSense with its REST API package: it keeps state as the real one does, and it is not a pfSense.

What it does was written after the package's documentation, its OpenAPI document and its published source: ids are
places in a list, most writes wait to be applied, errors have the real codes. It filters no packet.
"""

from lab.pfsense.firewall import Firewall
from lab.pfsense.server import Running, serve

__all__ = ["Firewall", "Running", "serve"]
