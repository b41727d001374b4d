"""Reads from the audit log what core switches, ranges, pods and tenants were like before their recorded changes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.utils import timezone

Key = tuple[type[Model], int]


@dataclass(frozen=True, slots=True)
class Entry:
    """One recorded change: the values that it replaced, by field; a row that was made replaced none."""

    at: datetime
    action: int
    before: Mapping[str, str]

    @property
    def is_creation(self) -> bool:
        return bool(self.action == LogEntry.Action.CREATE)

    @property
    def is_deletion(self) -> bool:
        return bool(self.action == LogEntry.Action.DELETE)


@dataclass(frozen=True, slots=True)
class Trail:
    """Everything recorded since an instant about rows of some models, oldest first."""

    since: datetime
    entries: Mapping[Key, Sequence[Entry]] = field(default_factory=dict)

    def of(self, row: Model) -> Sequence[Entry]:
        return self.entries.get((type(row), row.pk), ())

    def made_at(self, row: Model) -> datetime | None:
        """When the row was made; None where that was before, or is not recorded."""
        return next((entry.at for entry in self.of(row) if entry.is_creation), None)

    def was_there(self, row: Model, *, at: datetime) -> bool:
        made = self.made_at(row)
        return made is None or made < at

    def before(self, row: Model, name: str, *, at: datetime) -> str:
        """A field's value at that instant, as text; "None" where it had none."""
        for entry in self.of(row):
            if entry.at >= at and not entry.is_creation and name in entry.before:
                return entry.before[name]
        attname = row._meta.get_field(name).attname  # type: ignore[union-attr]
        return str(getattr(row, attname))

    def deleted(self, model: type[Model], *, at: datetime) -> list[Mapping[str, str]]:
        """The values of rows that were there at that instant and are gone."""
        found = []
        for (kind, _), entries in self.entries.items():
            last = entries[-1]
            made = next((entry.at for entry in entries if entry.is_creation), None)
            if kind is model and last.is_deletion and last.at >= at and (made is None or made < at):
                found.append(last.before)
        return found

    def keys(self, model: type[Model]) -> list[int]:
        return [pk for kind, pk in self.entries if kind is model]

    def made(self, model: type[Model]) -> set[int]:
        """The keys of rows that were made since."""
        return {
            pk for (kind, pk), entries in self.entries.items() if kind is model and any(e.is_creation for e in entries)
        }


def trail_since(instant: datetime, *models: type[Model]) -> Trail:
    """One query, whatever the number of models (their content types are remembered)."""
    kinds = {ContentType.objects.get_for_model(model).pk: model for model in models}
    rows = (
        LogEntry.objects.filter(content_type__in=list(kinds), timestamp__gte=instant, object_id__isnull=False)
        .order_by("timestamp", "pk")
        .values_list("content_type", "object_id", "timestamp", "action", "changes")
    )
    found: dict[Key, list[Entry]] = defaultdict(list)
    for kind, key, at, action, changes in rows:
        before = {name: str(values[0]) for name, values in (changes or {}).items() if isinstance(values, list)}
        found[kinds[kind], key].append(Entry(at, action, before))
    return Trail(instant, dict(found))


def end_of_day_of(instant: datetime) -> datetime:
    """The midnight in TIME_ZONE that ends the day of an instant."""
    zone = timezone.get_default_timezone()
    day = timezone.localdate(instant, zone) + timedelta(days=1)
    return timezone.make_aware(datetime.combine(day, time()), zone)
