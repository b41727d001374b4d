"""The audit log of rows that are made in bulk: bulk inserts send no signals, so the entries are written here."""

from collections.abc import Iterable

from auditlog import get_logentry_model
from auditlog.cid import get_cid
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.utils import timezone

from accounts.models import User
from inventory.inserting import insert_values


def record_created(rows: Iterable[Model], *, by: User | None) -> None:
    """One entry a row, in the form in which the audit log's own signals would have written it."""
    entry = get_logentry_model()
    told = {
        "action": entry.Action.CREATE,
        "timestamp": timezone.now(),
        "actor_id": by.pk if by else None,
        "actor_email": (by.email or None) if by else None,
        "cid": get_cid(),
        "changes_text": "",
    }
    insert_values(
        entry,
        [
            {
                "content_type_id": ContentType.objects.get_for_model(row).pk,
                "object_pk": str(row.pk),
                "object_id": row.pk,
                "object_repr": str(row),
                "changes": _values(row),
                **told,
            }
            for row in rows
        ],
    )


def _values(row: Model) -> dict[str, tuple[str, str]]:
    values = ((f.name, row.__dict__.get(f.attname)) for f in row._meta.concrete_fields)
    return {name: ("None", str(value)) for name, value in values if value not in (None, "")}
