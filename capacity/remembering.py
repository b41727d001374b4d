"""Remembers figures until something that they are made of changes.

Whatever changes a figure leaves a trace: a VLAN's state moves by ``VlanMove`` only, everything else is audited. So the
last moves and the last entries of the audit log, with today's date, stand for the whole: while they are the same, the
figures are too. The number of recent rows is part of it, because a slow transaction may commit a lower key after a
higher one. Without a cache (Redis is down) everything is reckoned anew.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from auditlog.models import LogEntry
from django.core.cache import caches
from django.db.models import Max, Model
from redis.exceptions import RedisError

from inventory.models import VlanMove

CACHE = "figures"
KEPT_SECONDS = 3600
RECENT = 1000
Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Traces:
    """The last VLAN move and the last entry of the audit log, and how many there are among the last thousand keys."""

    move: int
    moves: int
    entry: int
    entries: int

    def follows(self, before: "Traces") -> bool:
        """Whether only rows with higher keys came since, as far as the last thousand tell: a slow transaction may
        commit a lower key after a higher one."""
        return (_counted(VlanMove, before.move), _counted(LogEntry, before.entry)) == (before.moves, before.entries)


def traces() -> Traces:
    """Four cheap queries, whatever the size."""
    move, entry = _last(VlanMove), _last(LogEntry)
    return Traces(move, _counted(VlanMove, move), entry, _counted(LogEntry, entry))


def fingerprint(*, today: date) -> str:
    """A short text that differs whenever a figure may differ."""
    return _hashed(today.isoformat(), repr(traces()))


def _last(model: type[Model]) -> int:
    return model._default_manager.aggregate(last=Max("pk"))["last"] or 0


def _counted(model: type[Model], last: int) -> int:
    return model._default_manager.filter(pk__gt=last - RECENT, pk__lte=last).count()


def kept(key: str) -> Any:
    """What is kept under this key, or None."""
    return _get_many([key]).get(key)


def kept_many(keys: Sequence[str]) -> dict[str, Any]:
    """What is kept, by key; a key that is not known is left out."""
    return _get_many(keys)


def keep(key: str, value: Any) -> None:
    _set_many({key: value})


def remembered(key: str, make: Callable[[], Value]) -> Value:
    """What was made under this key before, or what ``make`` makes now."""
    found = _get_many([key])
    if key in found:
        known: Value = found[key]
        return known
    made = make()
    _set_many({key: made})
    return made


def each_remembered(
    items: Sequence[Key], *, named: Callable[[Key], str], make: Callable[[Sequence[Key]], Iterable[Value]]
) -> list[Value]:
    """The value of every item, in their order; those not known are made together, in one call of ``make``."""
    keys = [named(item) for item in items]
    known = _get_many(keys)
    missing = [(key, item) for key, item in zip(keys, items, strict=True) if key not in known]
    if missing:
        made = dict(zip((key for key, _ in missing), make([item for _, item in missing]), strict=True))
        _set_many(made)
        known |= made
    return [known[key] for key in keys]


def key_of(*parts: object) -> str:
    """A cache key for values that are equal: frozen dataclasses, numbers, texts, dates."""
    return _hashed(*map(repr, parts))


def _hashed(*parts: str) -> str:
    return hashlib.sha256("\n".join((_CODE, *parts)).encode()).hexdigest()[:40]


def _code() -> str:
    """The arithmetic itself: what another release reckoned is not taken for this one's."""
    files = sorted(Path(__file__).parent.rglob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


_CODE = _code()


def _get_many(keys: Sequence[str]) -> dict[str, Any]:
    try:
        return dict(caches[CACHE].get_many(keys))
    except RedisError:
        return {}


def _set_many(values: dict[str, Any]) -> None:
    try:
        caches[CACHE].set_many(values, KEPT_SECONDS)
    except RedisError:
        return
