"""The audit log of rows that are made in bulk: bulk inserts send no signals, so the entries are written here."""

from collections.abc import Iterable

from auditlog import get_logentry_model
from auditlog.cid import get_cid
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from accounts.models import User

BATCH = 500


def record_created(rows: Iterable[Model], *, by: User | None) -> None:
    """One entry a row, in the form in which the audit log's own signals would have written it."""
    entry = get_logentry_model()
    cid = get_cid()
    entry.objects.bulk_create(
        [
            entry(
                content_type=ContentType.objects.get_for_model(row),
                object_pk=str(row.pk),
                object_id=row.pk,
                object_repr=str(row),
                action=entry.Action.CREATE,
                changes=_values(row),
                actor=by,
                actor_email=by.email if by else None,
                cid=cid,
            )
            for row in rows
        ],
        batch_size=BATCH,
    )


def _values(row: Model) -> dict[str, tuple[str, str]]:
    values = ((f.name, row.__dict__.get(f.attname)) for f in row._meta.concrete_fields)
    return {name: ("None", str(value)) for name, value in values if value not in (None, "")}
