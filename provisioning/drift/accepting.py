"""Letting a difference be: for a reason, until a day, and for exactly what was seen."""

import hashlib
import json
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from provisioning.models import AcceptanceEnd, Device, DriftAcceptance, DriftFinding, Plan

LONGEST_DAYS = 365  # what is accepted for longer is no exception any more: change what is intended instead


class AcceptRefused(Exception):
    """Nothing was accepted; the message says why and what to do."""


def seen(finding: DriftFinding) -> str:
    """A short name of what a person saw: another one once the object, or what is intended for it, is another."""
    whole = json.dumps([finding.drift, finding.intended, finding.found], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def accept(
    *, finding: DriftFinding, as_seen: str, reason: str, until: datetime, by: User, now: datetime
) -> DriftAcceptance:
    """Fold the finding away until the moment given, as long as nothing about it changes.

    ``as_seen``: what ``seen`` said of it when the person looked. A second click answers with the first one's
    acceptance. Raises AcceptRefused when the finding is another by now, or gone.
    """
    if not now < until <= now + timedelta(days=LONGEST_DAYS + 1):
        raise AcceptRefused(f"Accept it for a year at most ({LONGEST_DAYS} days), and at least until tomorrow.")
    with transaction.atomic():
        Device.objects.select_for_update().get(pk=finding.device_id)  # a look at the device waits, or is over
        present = DriftFinding.objects.filter(pk=finding.pk).select_related("acceptance").first()
        if present is None:
            raise AcceptRefused("The device carries what is intended by now: there is nothing left to accept.")
        if seen(present) != as_seen:
            raise AcceptRefused("It is no longer as you saw it: look at what was found now, and decide again.")
        if (already := present.acceptance) and already.ended_at is None and already.until > now:
            return already
        _end(DriftAcceptance.objects.filter(_of(present), ended_at=None), AcceptanceEnd.EXPIRED, by=None, now=now)
        acceptance = DriftAcceptance.objects.create(
            device_id=present.device_id,
            kind=present.kind,
            key=present.key,
            drift=present.drift,
            intended=present.intended,
            found=present.found,
            reason=reason,
            by=by,
            at=now,
            until=until,
        )
        DriftFinding.objects.filter(pk=present.pk).update(acceptance=acceptance)
    return acceptance


def _of(finding: DriftFinding) -> Q:
    return Q(device=finding.device_id, kind=finding.kind, key=finding.key)


def take_back(acceptance: DriftAcceptance, *, by: User, now: datetime) -> bool:
    """Make it a finding again; returns whether it was still accepted."""
    with transaction.atomic():
        Device.objects.select_for_update().get(pk=acceptance.device_id)
        ended = _end(
            DriftAcceptance.objects.filter(pk=acceptance.pk, ended_at=None), AcceptanceEnd.TAKEN_BACK, by=by, now=now
        )
        DriftFinding.objects.filter(acceptance=acceptance).update(acceptance=None)
    return bool(ended)


def _end(acceptances: QuerySet[DriftAcceptance], end: AcceptanceEnd, *, by: User | None, now: datetime) -> int:
    ended = list(acceptances)
    for acceptance in ended:  # one by one, so that the audit log sees them
        acceptance.ended_at, acceptance.ended_by, acceptance.end = now, by, end
        acceptance.save(update_fields=["ended_at", "ended_by", "end"])
    return len(ended)


def undone_by(plan: Plan, *, now: datetime) -> list[DriftAcceptance]:
    """The differences that somebody accepted and that this plan would undo."""
    touched = {(op.device_id, op.kind, op.key) for op in plan.operations.all()}
    in_force = DriftAcceptance.objects.filter(
        device__in={device for device, _, _ in touched}, ended_at=None, until__gt=now
    ).select_related("device", "by")
    return [one for one in in_force if (one.device_id, one.kind, one.key) in touched]
