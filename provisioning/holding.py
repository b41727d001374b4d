"""What keeps work from a device for the moment: a stop, a maintenance window, or the device's own failures.

Work that is held back waits; it does not fail, and it keeps nobody else waiting. Everything here answers with words
that a page can show.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from provisioning import dispatch
from provisioning.models import Device, MaintenanceWindow, Stop, WindowKind

FAILURES_UNTIL_PUT_ASIDE = 3  # sessions in a row that broke
FIRST_REST = timedelta(minutes=1)
LONGEST_REST = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Held:
    """Why nothing is pushed to a device now, and until when where that is known."""

    reason: str
    until: datetime | None = None


def held_back(devices: Iterable[Device], *, now: datetime) -> dict[int, Held]:
    """Those of the devices that get no work now, by key, each with its first reason. Three queries."""
    stops = {stop.device_id: stop for stop in Stop.objects.filter(lifted_at=None).select_related("by")}
    near = Q(kind=WindowKind.CLOSED, starts_at__lte=now, ends_at__gt=now) | Q(kind=WindowKind.OPEN, ends_at__gt=now)
    windows = list(MaintenanceWindow.objects.filter(near).order_by("starts_at"))
    found = {}
    for device in devices:
        held = _stopped(device, stops) or rests(device, now=now) or _by_window(device, windows, now)
        if held:
            found[device.pk] = held
    return found


def why_held(device: Device, *, now: datetime) -> Held | None:
    return held_back([device], now=now).get(device.pk)


def _stopped(device: Device, stops: dict[int | None, Stop]) -> Held | None:
    for key, what in ((None, "All pushing is stopped"), (device.pk, "Stopped")):
        if (stop := stops.get(key)) is not None:
            return Held(f"{what} by {stop.by or 'somebody who is gone'}: {stop.reason}")
    return None


def rests(device: Device, *, now: datetime) -> Held | None:
    """Whether the device is put aside for its own failures: the one thing that keeps it from being read, too."""
    if device.aside_until is None or device.aside_until <= now:
        return None
    return Held(f"Put aside after {device.failures} failures in a row: {device.last_error}", device.aside_until)


def _by_window(device: Device, windows: list[MaintenanceWindow], now: datetime) -> Held | None:
    mine = [window for window in windows if window.device_id in (None, device.pk)]
    closed = next((w for w in mine if w.kind == WindowKind.CLOSED), None)
    if closed is not None:
        return Held(f"Under maintenance: {closed.reason}", closed.ends_at)
    if not device.only_in_windows:
        return None
    opening = [w for w in mine if w.kind == WindowKind.OPEN]
    if any(w.starts_at <= now for w in opening):
        return None
    if opening:
        return Held(f"Changed in maintenance windows only; the next is: {opening[0].reason}", opening[0].starts_at)
    return Held("Changed in maintenance windows only, and none is planned")


def note_failure(device_id: int, *, now: datetime) -> None:
    """A session broke for a reason that may pass. After three in a row the device rests, longer each time."""
    Device.objects.filter(pk=device_id).update(failures=F("failures") + 1)
    failures = Device.objects.values_list("failures", flat=True).get(pk=device_id)
    if failures >= FAILURES_UNTIL_PUT_ASIDE:
        rest = min(LONGEST_REST, FIRST_REST * 2 ** (failures - FAILURES_UNTIL_PUT_ASIDE))
        Device.objects.filter(pk=device_id).update(aside_until=now + rest)


def note_success(device_id: int) -> None:
    """The device was written to and read back: whatever it did before is forgotten."""
    Device.objects.filter(pk=device_id).exclude(failures=0, aside_until=None).update(failures=0, aside_until=None)


def try_again(device: Device) -> None:
    """A person says that the device is mended: its work goes on at once."""
    note_success(device.pk)
    dispatch.after_commit(dispatch.DRAIN_DEVICE, device.pk)


def stop(*, device: Device | None, by: User, reason: str) -> Stop:
    """Stop all pushing to one device, or to all (None). What is being written ends its batch; no other begins."""
    return Stop.objects.get_or_create(device=device, lifted_at=None, defaults={"by": by, "reason": reason})[0]


def lift(stop: Stop, *, by: User) -> None:
    """Let work go on; the sweeper wakes what waits. A second click changes nothing."""
    Stop.objects.filter(pk=stop.pk, lifted_at=None).update(lifted_at=timezone.now(), lifted_by=by)
