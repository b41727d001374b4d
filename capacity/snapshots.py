"""Capacity as of a past day: a snapshot of every core switch a day, and what is rebuilt where there is none.

A snapshot stands for the end of its day: midnight in TIME_ZONE. It may be read any time on the day after; what is
recorded since that midnight is taken back, so it is exact however late the reading is. A day that was missed
altogether is rebuilt from dated records and says so. A stored snapshot never changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Max
from django.utils import timezone

from capacity.counting import TooManyChanges, exactly_at, from_dated_records, one_reading
from capacity.models import Snapshot
from capacity.planning.ceiling import Ceiling, VCenterRoom
from capacity.standing import PodThen, Standing, inventory_at, standings
from inventory.models import CoreSwitch

REBUILT = (
    "Rebuilt from dated records: VLAN states from their recorded moves, customers and networks from their dates. "
    "Onboardings that were withdrawn later are left out, and a network added to a customer counts from the day it "
    "went live."
)


@dataclass(frozen=True, slots=True)
class AsOf:
    """One core switch at the end of a day. ``exact``: nothing in it is rebuilt; ``notes`` say what is approximated.

    ``name`` is that of the day, ``switch`` the row of now. ``roles``: networks, that is VLANs of tenants, by role.
    """

    switch: CoreSwitch
    name: str
    ceiling: Ceiling
    vcenters: tuple[VCenterRoom, ...]
    pods: tuple[PodThen, ...]
    roles: Mapping[str, int]
    exact: bool
    day: date
    notes: tuple[str, ...] = ()


class NotYet(ValueError):
    """The day lies in the future."""


def as_of(*, day: date, now: datetime | None = None) -> list[AsOf]:
    """Every core switch in use at the end of ``day``, by name; today: as it stands now.

    Exact where there is a snapshot; else rebuilt, and its notes say how. Constant queries. Raises NotYet.
    """
    now = now or timezone.now()
    today = _day_of(now)
    if day > today:
        raise NotYet(f"{day:%-d %B %Y} is still to come.")
    if day == today:
        return [_live(standing, day) for standing in _exact(now)]
    stored = Snapshot.objects.filter(day=day).select_related("switch").order_by("name")
    if found := [_stored(snapshot) for snapshot in stored]:
        return found
    return [_rebuilt(standing, day) for standing in _from_records(day)]


def first_day() -> date | None:
    """The first day that there is a snapshot of; None before the first."""
    return Snapshot.objects.order_by("day").values_list("day", flat=True).first()


def end_of(day: date) -> datetime:
    """The instant that a snapshot of this day stands for."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time()), timezone.get_default_timezone())


def _day_of(instant: datetime) -> date:
    """The day in TIME_ZONE, whatever zone a request may have switched to."""
    return timezone.localdate(instant, timezone.get_default_timezone())


def take_due(*, now: datetime) -> list[date]:
    """Store what is missing up to yesterday; returns the days, none when all is there.

    Yesterday is read exactly; earlier days that were missed are rebuilt. Each day is stored whole or not at all, and
    of two at once the first wins.
    """
    last = Snapshot.objects.aggregate(last=Max("day"))["last"]
    yesterday = _day_of(now) - timedelta(days=1)
    first = yesterday if last is None else last + timedelta(days=1)
    missing = [first + timedelta(days=number) for number in range((yesterday - first).days + 1)]
    return [day for day in missing if _take(day, now=now, may_be_exact=day == yesterday)]


def _take(day: date, *, now: datetime, may_be_exact: bool) -> bool:
    found, exact = _read(day, may_be_exact=may_be_exact)
    rows = [_row(standing, day=day, now=now, exact=exact) for standing in found]
    Snapshot.objects.bulk_create(rows, ignore_conflicts=True)
    return bool(rows)


def _read(day: date, *, may_be_exact: bool) -> tuple[Sequence[Standing], bool]:
    if may_be_exact:
        try:
            return _exact(end_of(day)), True
        except TooManyChanges:
            pass  # a whole import since midnight: its dated records tell as well
    return _from_records(day), False


def _exact(instant: datetime) -> list[Standing]:
    """Switches that were recorded only later were not there yet."""
    with one_reading():
        inventory = inventory_at(instant)
        found = standings(inventory, exactly_at(instant))
    new = {then.switch.pk for then in inventory.switches if then.known_since is not None}
    return [standing for standing in found if standing.switch.pk not in new]


def _from_records(day: date) -> list[Standing]:
    """A switch that was recorded only later is there if its tenants' dates say so, with its first settings."""
    with one_reading():
        inventory = inventory_at(end_of(day))
        found = standings(inventory, from_dated_records(end_of(day), day=day))
    since = {then.switch.pk: then.known_since for then in inventory.switches}
    rebuilt = []
    for standing in found:
        known = since[standing.switch.pk]
        if known is None:
            rebuilt.append(replace(standing, notes=(REBUILT,)))
        elif standing.customers or standing.networks:
            rebuilt.append(replace(standing, notes=(REBUILT, _settings_of(known))))
    return rebuilt


def _settings_of(known: datetime) -> str:
    return f"Ranges and limits are those of {_day_of(known):%-d %B %Y}, the first on record."


def _live(standing: Standing, day: date) -> AsOf:
    return _told(standing, day, exact=True)


def _rebuilt(standing: Standing, day: date) -> AsOf:
    return _told(standing, day, exact=False)


def _told(standing: Standing, day: date, *, exact: bool) -> AsOf:
    return AsOf(
        switch=standing.switch,
        name=standing.name,
        ceiling=standing.ceiling,
        vcenters=standing.vcenters,
        pods=standing.pods,
        roles=standing.roles,
        exact=exact,
        day=day,
        notes=standing.notes,
    )


def _row(standing: Standing, *, day: date, now: datetime, exact: bool) -> Snapshot:
    return Snapshot(
        switch=standing.switch,
        day=day,
        exact=exact,
        taken_at=now,
        name=standing.name,
        customers=standing.customers,
        networks=standing.networks,
        bounds=asdict(standing.bounds),
        spans=[[span.purpose.value, span.first, span.last, span.reason] for span in standing.spans],
        counts=asdict(standing.counts),
        vcenters=[[room.name, room.port_groups, list(room.switches)] for room in standing.vcenters],
        pods=[[pod.pk, pod.name, pod.tenants, pod.networks] for pod in standing.pods],
        roles=dict(standing.roles),
        notes=list(standing.notes),
    )


def _stored(snapshot: Snapshot) -> AsOf:
    pods: list[list[Any]] = snapshot.pods
    return AsOf(
        switch=snapshot.switch,
        name=snapshot.name,
        ceiling=snapshot.ceiling,
        vcenters=snapshot.rooms,
        pods=tuple(PodThen(*pod) for pod in pods),
        roles=snapshot.roles,
        exact=snapshot.exact,
        day=snapshot.day,
        notes=tuple(snapshot.notes),
    )
