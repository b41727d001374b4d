"""A stand-in for an NSX manager: it keeps segments as the Policy API does, and it is not an NSX manager.

What it does was written after the vendor's published API reference: revisions and 412, pages with a cursor, sessions
with a cookie and a token, realisation after the write, refusal while ports are attached. It carries no frame.
"""

from lab.nsx.manager import Manager
from lab.nsx.server import Running, serve

__all__ = ["Manager", "Running", "serve"]
