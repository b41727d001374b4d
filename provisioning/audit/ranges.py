"""Sets of whole numbers as runs, and boxes of them: exact arithmetic for addresses, ports and protocols. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network, summarize_address_range
from typing import Self

Run = tuple[int, int]  # first and last, both in it
FAMILIES = {"inet": (4, 2**32 - 1), "inet6": (6, 2**128 - 1)}  # version and last address


@dataclass(frozen=True, slots=True)
class Ranges:
    """Runs in order that neither overlap nor touch."""

    runs: tuple[Run, ...] = ()

    @classmethod
    def of(cls, runs: Iterable[Run]) -> Self:
        joined: list[Run] = []
        for first, last in sorted(run for run in runs if run[0] <= run[1]):
            if joined and first <= joined[-1][1] + 1:
                joined[-1] = joined[-1][0], max(joined[-1][1], last)
            else:
                joined.append((first, last))
        return cls(tuple(joined))

    def __bool__(self) -> bool:
        return bool(self.runs)

    def __or__(self, other: "Ranges") -> "Ranges":
        return Ranges.of([*self.runs, *other.runs])

    def __and__(self, other: "Ranges") -> "Ranges":
        return Ranges(tuple(self._common(other)))

    def _common(self, other: "Ranges") -> Iterator[Run]:
        mine, theirs = iter(self.runs), iter(other.runs)
        a, b = next(mine, None), next(theirs, None)
        while a and b:
            if (first := max(a[0], b[0])) <= (last := min(a[1], b[1])):
                yield first, last
            if a[1] < b[1]:
                a = next(mine, None)
            else:
                b = next(theirs, None)

    def __sub__(self, other: "Ranges") -> "Ranges":
        left = list(self.runs)
        for first, last in other.runs:
            left = [part for run in left for part in _cut(run, first, last)]
        return Ranges(tuple(left))


def _cut(run: Run, first: int, last: int) -> Iterator[Run]:
    """The run without what lies from ``first`` to ``last``."""
    if last < run[0] or first > run[1]:
        yield run
        return
    if run[0] < first:
        yield run[0], first - 1
    if last < run[1]:
        yield last + 1, run[1]


NOTHING = Ranges()


def everything(family: str) -> Ranges:
    """Every address of ``inet`` or ``inet6``."""
    return Ranges(((0, FAMILIES[family][1]),))


def addresses(entry: str, family: str) -> Ranges:
    """An address, a prefix, or ``first-last``; nothing where it is of the other family. Raises ValueError."""
    first, dash, last = entry.partition("-")
    low, high = ip_network(first.strip(), strict=False), ip_network((last if dash else first).strip(), strict=False)
    if FAMILIES[family][0] != low.version or low.version != high.version:
        return NOTHING
    return Ranges.of([(int(low.network_address), int(high.broadcast_address))])


def prefixes(found: Ranges, family: str, *, most: int = 5) -> list[str]:
    """The addresses as prefixes, and how many more there are where they are many."""
    told: list[IPv4Network | IPv6Network] = []
    for first, last in found.runs:
        if family == "inet":
            told += summarize_address_range(IPv4Address(first), IPv4Address(last))
        else:
            told += summarize_address_range(IPv6Address(first), IPv6Address(last))
    more = len(told) - most
    return [*map(str, told[:most]), *([f"and {more} more"] if more > 0 else [])]


@dataclass(frozen=True, slots=True)
class Box:
    """Every combination of a source, a destination and a service."""

    source: Ranges
    destination: Ranges
    service: Ranges

    def __bool__(self) -> bool:
        return bool(self.source and self.destination and self.service)

    def __and__(self, other: "Box") -> "Box":
        return Box(self.source & other.source, self.destination & other.destination, self.service & other.service)

    def without(self, other: "Box") -> Iterator["Box"]:
        """What is left of it, as boxes that do not overlap."""
        if not self & other:
            yield self
            return
        source, destination = self.source & other.source, self.destination & other.destination
        parts = (
            Box(self.source - other.source, self.destination, self.service),
            Box(source, self.destination - other.destination, self.service),
            Box(source, destination, self.service - other.service),
        )
        yield from (part for part in parts if part)


def subtract(boxes: Iterable[Box], other: Box) -> list[Box]:
    return [left for box in boxes for left in box.without(other)]
