"""Storing what a look found: rows that stay the same rows, acceptances that still hold, VLANs that leaked."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from provisioning.drift.comparing import Difference, Wanted
from provisioning.drift.leaks import begin_leaks, end_leaks
from provisioning.drivers.protocol import Attributes, Json, Kind, ObjectId
from provisioning.models import AcceptanceEnd, Device, DriftAcceptance, DriftFinding, DriftKind

Key = tuple[str, str]
FIELDS = ("tenant", "drift", "intended", "found", "vlan", "acceptance", "first_seen_at")


def store(device: Device, differences: Iterable[Difference], *, wanted: Wanted, now: datetime) -> list[DriftFinding]:
    """Make the device's findings agree with what was just read; those found again keep their row and first date."""
    with transaction.atomic():
        Device.objects.select_for_update().get(pk=device.pk)  # two looks at once would store everything twice
        differences = _settled(device, list(differences), now=now)
        old = {(f.kind, f.key): f for f in device.findings.all()}
        found = [_finding(device, one, old.get((one.id.kind.value, one.id.key)), now=now) for one in differences]
        _let_acceptances_hold(device, found, wanted, now=now)
        gone = old.keys() - {(f.kind, f.key) for f in found}
        DriftFinding.objects.filter(pk__in=[old[key].pk for key in gone]).delete()
        DriftFinding.objects.bulk_update([f for f in found if f.pk], FIELDS, batch_size=500)
        DriftFinding.objects.bulk_create([f for f in found if not f.pk], batch_size=500)
        end_leaks(device, now=now)
    return found


def _settled(device: Device, differences: list[Difference], *, now: datetime) -> list[Difference]:
    """Keep every leaked VLAN from being given out. One that was given out while the device was read is no leak."""
    leaking = begin_leaks(device, [one for one in differences if one.vlan_id], now=now)
    return [one if one.vlan_id is None or one.vlan_id in leaking else _no_leak(one) for one in differences]


def _no_leak(one: Difference) -> Difference:
    if one.drift != DriftKind.LEAKED:
        return replace(one, vlan_id=None)
    return replace(one, drift=DriftKind.UNKNOWN, tenant_id=None, vlan_id=None)


def _finding(device: Device, one: Difference, old: DriftFinding | None, *, now: datetime) -> DriftFinding:
    finding = old or DriftFinding(device=device, kind=one.id.kind.value, key=one.id.key)
    if old is None or old.drift != one.drift:
        finding.first_seen_at = now
    finding.drift = one.drift
    finding.tenant_id, finding.vlan_id = one.tenant_id, one.vlan_id
    finding.intended, finding.found = _plain(one.intended), _plain(one.found)
    return finding


def _plain(attributes: Attributes | None) -> dict[str, Json] | None:
    return None if attributes is None else dict(attributes)


def _let_acceptances_hold(device: Device, found: list[DriftFinding], wanted: Wanted, *, now: datetime) -> None:
    """An acceptance holds for exactly what was accepted, until its day; every other one ends here, and says why."""
    accepted = {(a.kind, a.key): a for a in device.acceptances.filter(ended_at=None)}
    here = {(f.kind, f.key): f for f in found}
    for finding in found:
        finding.acceptance = None
    for key, acceptance in accepted.items():
        end = _why_it_ends(acceptance, here.get(key), wanted, now=now)
        if end is None:
            if key in here:
                here[key].acceptance = acceptance
            continue
        acceptance.ended_at, acceptance.end = now, end
        acceptance.save(update_fields=["ended_at", "end"])


def _why_it_ends(
    acceptance: DriftAcceptance, finding: DriftFinding | None, wanted: Wanted, *, now: datetime
) -> AcceptanceEnd | None:
    if acceptance.until <= now:
        return AcceptanceEnd.EXPIRED
    if finding is not None:
        return None if is_as_accepted(acceptance, finding) else AcceptanceEnd.CHANGED
    id = ObjectId(Kind(acceptance.kind), acceptance.key)
    if id in wanted.required:
        return AcceptanceEnd.AGREES
    if id in wanted.known:
        return None  # a push is on its way, so it was not judged
    return AcceptanceEnd.CHANGED if acceptance.intended is not None else AcceptanceEnd.AGREES


def is_as_accepted(acceptance: DriftAcceptance, finding: DriftFinding) -> bool:
    mine: Mapping[str, object] = {"drift": finding.drift, "intended": finding.intended, "found": finding.found}
    return all(getattr(acceptance, name) == value for name, value in mine.items())
