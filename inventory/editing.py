"""Saving and archiving what people edit on screen, so that nobody overwrites another's edit unseen."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from auditlog.models import LogEntry
from django.db import models, transaction
from django.utils.text import slugify

from inventory.models import IN_USE, CoreSwitch, NsxManager, Pod, VCenter, Vlan
from inventory.models.records import Record

R = TypeVar("R", bound=Record)

# A tenant that has left keeps its row for the trend. Tenants live a floor above, so their words are repeated here; a
# test compares the two.
LEFT = ("departed", "withdrawn")
THERE = ("planned", "live", "removing")  # a network's words while its VLAN or VNI is its own
TAKEN_BY_URLS = frozenset({"new"})


@dataclass(frozen=True, slots=True)
class LastEdit:
    """Who saved a record last, and when; what the edit changed, by field."""

    by: str
    at: datetime
    fields: tuple[str, ...]


class EditedMeanwhile(Exception):
    """The record was saved by somebody else after this form had been opened."""

    def __init__(self, last: LastEdit | None) -> None:
        self.last = last
        super().__init__("edited meanwhile")


class StillInUse(Exception):
    """A record cannot be archived; the message says what still uses it, and what to do first."""


def lock_for_edit(record: R, *, version: int) -> R:
    """The record as stored, locked until the transaction ends.

    Raises EditedMeanwhile when its version is no longer the one that the person saw, or when it was archived.
    """
    stored = type(record)._default_manager.select_for_update().get(pk=record.pk)
    if stored.version != version or stored.is_archived:
        raise EditedMeanwhile(last_edit(record))
    return stored


def last_edit(record: models.Model) -> LastEdit | None:
    """The last recorded edit; None where it left no record (data loaded in bulk)."""
    entry = LogEntry.objects.get_for_object(record).select_related("actor").order_by("-timestamp", "-id").first()
    if entry is None:
        return None
    fields = tuple(name for name in entry.changes_dict if name != "version")
    return LastEdit(by=str(entry.actor or "the system"), at=entry.timestamp, fields=fields)


def free_slug(model: type[models.Model], name: str) -> str:
    """A slug for a new record: its name's, numbered where that is taken."""
    stem = slugify(name)[:50] or model._meta.model_name or "record"
    manager = model._default_manager
    taken = set(manager.filter(slug__startswith=stem).values_list("slug", flat=True)) | TAKEN_BY_URLS
    if stem not in taken:
        return stem
    return next(slug for number in range(2, len(taken) + 3) if (slug := f"{stem}-{number}") not in taken)


def present_tenants(pod: Pod) -> int:
    """How many tenants a pod has that have not left."""
    return pod.tenants.exclude(status__in=LEFT).count()


def tenants_on_vxlan(pod: Pod) -> int:
    """How many tenants of a pod have a VNI that they have not given back."""
    return pod.tenants.filter(networks__vni__isnull=False, networks__status__in=THERE).distinct().count()


def archive(record: Record, *, version: int) -> None:
    """Take a record out of daily use.

    Raises StillInUse while something needs it, EditedMeanwhile when it is no longer what the person saw.
    """
    with transaction.atomic():
        stored = lock_for_edit(record, version=version)
        reason = in_use_because(stored)
        if reason:
            raise StillInUse(reason)
        stored.archive()


def in_use_because(record: Record) -> str:
    """What still uses the record, in words; empty when nothing does."""
    if isinstance(record, Pod):
        return _tenants_of(record)
    if isinstance(record, CoreSwitch):
        return _hanging("behind this switch", Pod.objects.filter(switch=record)) or _vlans_in_use(record)
    if isinstance(record, NsxManager):
        return _hanging("on this NSX manager", Pod.objects.filter(nsx=record))
    if isinstance(record, VCenter):
        return _hanging("on this vCenter", Pod.objects.filter(dvs__vcenter=record))
    return ""


def _tenants_of(pod: Pod) -> str:
    count = present_tenants(pod)
    return f"{_some(count, 'tenant')} in this pod: offboard or move them first." if count else ""


def _hanging(where: str, pods: models.QuerySet[Pod]) -> str:
    present = pods.filter(archived_at=None)
    names = list(present.values_list("name", flat=True))
    if not names:
        return ""
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    tenants = present.aggregate(count=models.Count("tenants", filter=~models.Q(tenants__status__in=LEFT)))["count"]
    some = f"{_some(len(names), 'pod')} {where}, with {_some(tenants, 'tenant')}"
    return f"{some}: {', '.join(names[:5])}{more}. Archive the pods first."


def _vlans_in_use(switch: CoreSwitch) -> str:
    count = Vlan.objects.filter(switch=switch, state__in=IN_USE).count()
    return f"{_some(count, 'VLAN')} of this switch still in use: release them first." if count else ""


def _some(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
