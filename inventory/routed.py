"""Prefixes that customers route. A management network must not overlap one, and the floors above know them: they
register here where they come from, because inventory imports nobody above it."""

from collections.abc import Callable, Iterable

from inventory.models import Pod
from inventory.prefixes import NamedPrefix

Source = Callable[[Pod | None], Iterable[NamedPrefix]]
_sources: list[Source] = []


def register(source: Source) -> None:
    """Ask ``source`` too from now on. Registering twice changes nothing."""
    if source not in _sources:
        _sources.append(source)


def routed_prefixes(pod: Pod | None) -> list[NamedPrefix]:
    """What is routed to the tenants of this pod; to all tenants where it is None."""
    return [named for source in _sources for named in source(pod)]
