"""Where an Open vSwitch's database is, as people write it. Pure."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from provisioning.drivers.protocol import Unreachable

OVSDB_PORT = 6640  # assigned to OVSDB by IANA


@dataclass(frozen=True, slots=True)
class Place:
    """A unix socket's ``path``, or ``host`` and ``port``; ``bridge``: empty where the only one there is meant."""

    bridge: str
    path: str = ""
    host: str = ""
    port: int = 0


def place_of(address: str) -> Place:
    """``host``, ``host:6640``, ``host:6640/bridge``, ``unix:/…/db.sock`` or ``unix:/…/db.sock/bridge``.

    Raises Unreachable.
    """
    local = re.fullmatch(r"unix:(/.*\.sock)(?:/([^/]+))?", address)
    if local:
        return Place(local[2] or "", path=local[1])
    try:
        parts = urlsplit(f"//{address}")
        if parts.hostname and "/" not in parts.path[1:] and not address.startswith("unix:"):
            return Place(parts.path[1:], host=parts.hostname, port=parts.port or OVSDB_PORT)
    except ValueError:
        pass
    raise Unreachable(
        f"'{address}' is not an address: write host:6640, host:6640/bridge, or unix:/run/openvswitch/db.sock."
    )
