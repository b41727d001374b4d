"""Names as pfSense takes them, and addresses as the portal writes them. Pure."""

import re
from ipaddress import ip_address, ip_interface, ip_network

from provisioning.drivers.protocol import Refused

OURS = "zcsp "  # a rule or a mapping of ours is described as this and its key

# An interface's description is also a name in the filter, so pfSense takes letters, digits and underscores only. A
# hyphen, which nearly every name of ours has, becomes an underscore; what that leaves ambiguous is written as a code.
INTERFACE_NAME_LENGTH = 128
_CODE = re.compile(r"_x([0-9A-F]{2})_")


def interface_name(description: str) -> str:
    """What to call the interface; ``description_of`` gives exactly this back. Raises Refused where that cannot be."""
    name = "".join("_" if c == "-" else c if c.isascii() and c.isalnum() else _code(c) for c in description)
    if description_of(name) != description:  # the name itself holds what looks like a code
        name = "".join(c if c.isascii() and c.isalnum() else _code(c) for c in description)
    if not name or len(name) > INTERFACE_NAME_LENGTH or description_of(name) != description:
        raise Refused(f"“{description}” cannot be an interface's name on pfSense: give it a shorter one.")
    return name


def _code(character: str) -> str:
    return f"_x{ord(character):02X}_"


def description_of(name: str) -> str:
    parts = _CODE.split(name)
    return "".join(chr(int(part, 16)) if i % 2 else part.replace("_", "-") for i, part in enumerate(parts))


def host_of(address: str) -> tuple[str, int]:
    """The host and the prefix length that an interface gets: a network's first host, or the very host that is given.

    Raises Refused for what is no address, and for a first host that is not written as its network: it would read
    back as that.
    """
    try:
        given = ip_interface(address)
    except ValueError as error:
        raise Refused(f"“{address}” is no address for an interface: write a prefix such as 10.0.0.0/24.") from error
    if str(given) != address:
        raise Refused(f"“{address}” is no address for an interface: did you mean {given}?")
    if given.ip == given.network.network_address:
        return str(next(iter(given.network.hosts()))), given.network.prefixlen
    if (canonical := address_of(str(given.ip), given.network.prefixlen)) != address:
        raise Refused(f"“{address}” is the first host of its network: write {canonical}.")
    return str(given.ip), given.network.prefixlen


def address_of(host: str, length: int) -> str:
    """The other way: the network where the interface has its first host, else host and length."""
    found = ip_interface(f"{host}/{length}")
    first = next(iter(found.network.hosts()))
    return str(found.network if found.ip == first else found)


def family_of(address: str) -> str:
    """``inet`` or ``inet6``, of an address or a prefix. Raises Refused."""
    try:
        return "inet6" if ip_network(address, strict=False).version == 6 else "inet"
    except ValueError as error:
        raise Refused(f"“{address}” is neither an address nor a prefix.") from error


def same_network(one: str, other: str) -> bool:
    try:
        return ip_network(one, strict=False) == ip_network(other, strict=False)
    except ValueError:
        return one == other


def is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
