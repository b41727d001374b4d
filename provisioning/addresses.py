"""Whether a device's address is written as its driver takes it, told before anything is called. Pure."""

import re
from ipaddress import ip_address

from provisioning.models import DriverName

# A label as RFC 1123 has it, and the underscore that some name servers carry.
LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
PLACE = re.compile(r"(?:\[(?P<bracketed>[^\]]*)\]|(?P<host>[^:\[\]]*))(?::(?P<port>.*))?", re.DOTALL)
EXAMPLE = "a host name or an IP address, with :port where it is not the usual one, such as core1.example.net:8443"
OVS_EXAMPLE = "host:6640, host:6640/bridge, or unix:/run/openvswitch/db.sock"


class BadAddress(Exception):
    """The address cannot be right; the message says how it is written."""


def check_address(driver: str, address: str) -> None:
    """``host``, ``host:port``, ``[IPv6]:port`` or a bare IPv6 address; what else Open vSwitch takes, for that driver.

    Raises BadAddress.
    """
    if driver == DriverName.OVS:
        if re.fullmatch(r"unix:/\S+\.sock(?:/[^/\s]+)?", address):
            return
        host, _, bridge = address.partition("/")
        if "/" in bridge or re.search(r"\s", bridge):
            raise BadAddress(f"Write {OVS_EXAMPLE}.")
        _check_host_and_port(host, OVS_EXAMPLE)
        return
    if found := re.match(r"\s*([A-Za-z][A-Za-z0-9+.-]*)://", address):
        raise BadAddress(f"Leave out {found[1]}:// and whatever comes after the host: write {EXAMPLE}.")
    if "/" in address:
        raise BadAddress(f"Leave out the path, from the first / on: write {EXAMPLE}.")
    if "@" in address:
        raise BadAddress("Leave out the user name: it has a field of its own.")
    _check_host_and_port(address, EXAMPLE)


def _check_host_and_port(text: str, example: str) -> None:
    if text.count(":") > 1 and not text.startswith("["):
        if not _is_ip(text):
            raise BadAddress(f"This is neither host:port nor an IPv6 address: write {example}.")
        return
    place = PLACE.fullmatch(text)
    if place is None:
        raise BadAddress(f"Write {example}.")
    if place["bracketed"] is not None and not _is_ip(place["bracketed"]):
        raise BadAddress("Between the brackets there is no IPv6 address: write it as [2001:db8::1]:8443.")
    if place["host"] is not None:
        _check_host(place["host"], example)
    if place["port"] is not None and not (place["port"].isdecimal() and 1 <= int(place["port"]) <= 65535):
        raise BadAddress("After the colon comes a port: a number from 1 to 65535.")


def _check_host(host: str, example: str) -> None:
    if re.fullmatch(r"[0-9.]+", host):
        if not _is_ip(host):
            raise BadAddress(f"{host} is not an IPv4 address: four numbers from 0 to 255.")
        return
    labels = host.removesuffix(".").split(".")
    if len(host) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        raise BadAddress(f"This is not a host name: write {example}.")


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
