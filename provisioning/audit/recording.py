"""Keeping what an audit found: what is found again keeps its first date, what is gone is cleared, nothing is twice."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from provisioning.audit.facts import Found
from provisioning.models import Device
from provisioning.models.audit_findings import Audit, AuditFinding
from tenants.models import Tenant

SUBJECT_LENGTH = 250
Key = tuple[str, str]


def record(device: Device | None, found: Iterable[Found], *, now: datetime) -> list[AuditFinding]:
    """Bring the stored findings of the device to these. ``device`` None: those of the portal's own data."""
    wanted = {_key(one): one for one in found}
    with transaction.atomic():
        _one_at_a_time(device, now)
        there = {(row.rule, row.subject): row for row in _rows(device)}
        AuditFinding.objects.filter(pk__in=[row.pk for key, row in there.items() if key not in wanted]).delete()
        new = [
            _filled(AuditFinding(device=device, first_seen_at=now), one) for k, one in wanted.items() if k not in there
        ]
        AuditFinding.objects.bulk_create(new, batch_size=500)
        changed = [row for key, row in there.items() if key in wanted and _differs(row, wanted[key])]
        for row in changed:
            _filled(row, wanted[row.rule, row.subject])
        AuditFinding.objects.bulk_update(changed, ["severity", "says", "evidence"], batch_size=500)
        rows = [*(row for key, row in there.items() if key in wanted), *new]
        _tie_to_tenants(rows, wanted)
    return rows


def _one_at_a_time(device: Device | None, now: datetime) -> None:
    """Two audits at once of one device would store everything twice: the second waits here for the first."""
    Audit.objects.update_or_create(device=device, defaults={"at": now})


def _rows(device: Device | None) -> Iterable[AuditFinding]:
    return AuditFinding.objects.filter(device=device)


def _key(found: Found) -> Key:
    return str(found.rule), found.subject[:SUBJECT_LENGTH]


def _filled(row: AuditFinding, found: Found) -> AuditFinding:
    row.rule, row.subject = _key(found)
    row.severity, row.says, row.evidence = found.severity, found.says, dict(found.data)
    return row


def _differs(row: AuditFinding, found: Found) -> bool:
    return (row.severity, row.says, row.evidence) != (found.severity, found.says, dict(found.data))


def _tie_to_tenants(rows: Sequence[AuditFinding], wanted: dict[Key, Found]) -> None:
    """Tie each row to its tenants, in a fixed number of queries; one that was deleted meanwhile is left out."""
    through = AuditFinding.tenants.through
    want = {(row.pk, owner.id) for row in rows for owner in wanted[row.rule, row.subject].owners}
    known = set(Tenant.objects.filter(pk__in={tenant for _, tenant in want}).values_list("pk", flat=True))
    ties = through._default_manager.filter(auditfinding__in=[row.pk for row in rows])
    there = {(tie.auditfinding_id, tie.tenant_id): tie.pk for tie in ties}
    through._default_manager.filter(pk__in=[pk for pair, pk in there.items() if pair not in want]).delete()
    new = [pair for pair in want - there.keys() if pair[1] in known]
    through._default_manager.bulk_create([through(auditfinding_id=row, tenant_id=tenant) for row, tenant in new])
