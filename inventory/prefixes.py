"""IP prefixes: parsing with words a person can act on, and overlap. Pure; the arithmetic is netaddr's."""

import re
from collections.abc import Iterable, Sequence

from netaddr import AddrFormatError, IPNetwork

NamedPrefix = tuple[str, IPNetwork]  # what a person calls it, and the prefix

LENGTH = re.compile(r"[0-9]{1,3}", re.ASCII)


def parse_prefix(text: str) -> IPNetwork:
    """The prefix that ``text`` writes, such as ``192.168.10.0/24``.

    Raises ValueError, saying what to write instead, when it is no prefix, has no length, or has host bits set.
    A length is a number: a mask (``/255.255.255.0``) is refused, because a mistyped one reads as another prefix.
    """
    text = text.strip()
    address, slash, length = text.partition("/")
    if not slash:
        raise ValueError(f"{_shown(text)} has no prefix length: write for example 192.168.10.0/24.")
    if not LENGTH.fullmatch(length):
        raise ValueError(f"{_shown(text)} has no number after the slash: write for example 192.168.10.0/24.")
    try:
        prefix = IPNetwork(f"{address}/{int(length)}")
    except (AddrFormatError, ValueError) as error:
        raise ValueError(f"{_shown(text)} is not an IP prefix: write for example 192.168.10.0/24.") from error
    if prefix.ip != prefix.network:  # two IPNetworks are equal when their ranges are, host bits or not
        raise ValueError(f"{_shown(text)} has host bits set: did you mean {prefix.cidr}?")
    return prefix


def _shown(text: str) -> str:
    """What was typed, short enough to be repeated in a message."""
    return repr(text if len(text) <= 60 else f"{text[:60]}…")


def overlaps(prefix: IPNetwork, others: Iterable[NamedPrefix]) -> list[str]:
    """The names of those that share an address with ``prefix``."""
    return [name for name, other in others if other.version == prefix.version and _overlap(prefix, other)]


def overlapping_pairs(named: Sequence[tuple[str, IPNetwork]]) -> list[tuple[str, str]]:
    """Every named prefix that overlaps another of the list, each with one that it overlaps.

    Sorted by first address two prefixes either nest or stay apart, so one pass with the enclosing prefix in hand is
    enough: the cost is that of sorting, however many a person pastes.
    """
    pairs = []
    enclosing: tuple[str, IPNetwork] | None = None
    for name, prefix in sorted(named, key=lambda pair: (pair[1].version, pair[1].first, -pair[1].last)):
        if enclosing is not None and enclosing[1].version == prefix.version and _overlap(prefix, enclosing[1]):
            pairs.append((name, enclosing[0]))
        else:
            enclosing = (name, prefix)
    return pairs


def _overlap(one: IPNetwork, two: IPNetwork) -> bool:
    return bool(one.first <= two.last and two.first <= one.last)
