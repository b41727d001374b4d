"""The entries of the audit log in words: fields by their names, choices and references by theirs, secrets never."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auditlog.models import LogEntry
from django.core.exceptions import FieldDoesNotExist
from django.db import models

# Belt and braces: these are not recorded in the first place.
SECRETS = frozenset({"secret", "password", "psk", "key", "token"})
UNTOLD = frozenset({"id", "version"})
VERBS = {LogEntry.Action.CREATE: "created", LogEntry.Action.UPDATE: "changed", LogEntry.Action.DELETE: "deleted"}
NOTHING = ("", "None")

Names = Mapping[tuple[type[models.Model], str], str]


@dataclass(frozen=True, slots=True)
class Change:
    """One field before and after; empty where there was, or is, nothing."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One recorded edit."""

    at: datetime
    who: str
    verb: str
    kind: str
    record: str
    changes: tuple[Change, ...]


def told(entries: Iterable[LogEntry]) -> list[Entry]:
    """The entries in words; references are looked up with one query a kind, however many entries there are."""
    entries = list(entries)
    names = _names(entries)
    return [
        Entry(
            at=entry.timestamp,
            who=str(entry.actor) if entry.actor else "the system",
            verb=VERBS.get(entry.action, "touched"),
            kind=entry.content_type.name,
            record=entry.object_repr,
            changes=tuple(_changes(entry, names)),
        )
        for entry in entries
    ]


def _changes(entry: LogEntry, names: Names) -> Iterable[Change]:
    for name, values in entry.changes_dict.items():
        if name in UNTOLD or name in SECRETS or not isinstance(values, list):
            continue
        field = _field(entry, name)
        label = str(getattr(field, "verbose_name", name)) or name
        before, after = (_in_words(field, str(value), names) for value in values)
        if before != after:
            yield Change(field=label, before=before, after=after)


def _field(entry: LogEntry, name: str) -> "models.Field[Any, Any] | None":
    model = entry.content_type.model_class()
    try:
        field = model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        return None
    return field if isinstance(field, models.Field) else None


def _in_words(field: "models.Field[Any, Any] | None", value: str, names: Names) -> str:
    if value in NOTHING:
        return ""
    if isinstance(field, models.BooleanField):
        return {"True": "yes", "False": "no"}.get(value, value)
    if isinstance(field, models.ForeignKey):
        return names.get((field.related_model, value), f"no. {value}")
    if field is not None and field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return value


def _names(entries: Iterable[LogEntry]) -> Names:
    keys: dict[type[models.Model], set[str]] = {}
    for entry in entries:
        for name, values in entry.changes_dict.items():
            field = _field(entry, name)
            if isinstance(field, models.ForeignKey) and isinstance(values, list):
                wanted = keys.setdefault(field.related_model, set())
                wanted.update(value for value in map(str, values) if value.isdigit())
    names = {}
    for model, wanted in keys.items():
        forward = [f.name for f in model._meta.fields if isinstance(f, models.ForeignKey)]
        for key, found in model._default_manager.select_related(*forward).in_bulk(wanted).items():
            names[model, str(key)] = str(found)
    return names
