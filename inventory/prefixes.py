"""IP prefixes: parsing with words a person can act on, and overlap. Pure; the arithmetic is netaddr's."""

from collections.abc import Iterable

from netaddr import AddrFormatError, IPNetwork


def parse_prefix(text: str) -> IPNetwork:
    """The prefix that ``text`` writes, such as ``192.168.10.0/24``.

    Raises ValueError, saying what to write instead, when it is no prefix, has no length, or has host bits set.
    """
    text = text.strip()
    if "/" not in text:
        raise ValueError(f"{text!r} has no prefix length: write for example 192.168.10.0/24.")
    try:
        prefix = IPNetwork(text)
    except (AddrFormatError, ValueError) as error:
        raise ValueError(f"{text!r} is not an IP prefix: write for example 192.168.10.0/24.") from error
    if prefix.cidr != prefix:
        raise ValueError(f"{text!r} has host bits set: did you mean {prefix.cidr}?")
    return prefix


def overlaps(prefix: IPNetwork, others: Iterable[tuple[str, IPNetwork]]) -> list[str]:
    """The names of those that share an address with ``prefix``."""
    return [name for name, other in others if other.version == prefix.version and _overlap(prefix, other)]


def _overlap(one: IPNetwork, two: IPNetwork) -> bool:
    return bool(one.first <= two.last and two.first <= one.last)
