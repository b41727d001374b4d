"""The look at a device: read it once, judge what was read, and store what differs."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from provisioning.audit import auditing
from provisioning.devices import read_one
from provisioning.drift.carried import ground_of, strangers, with_vlan
from provisioning.drift.comparing import Difference, Wanted, agreed, compare, facts_on
from provisioning.drift.storing import store
from provisioning.drivers.protocol import DeviceError, DeviceState
from provisioning.intent import TenantFacts
from provisioning.models import Device, DeviceKind, DriftFinding

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """One read of a device, and what was known of the tenants on it right after."""

    device: Device
    state: DeviceState
    facts: Sequence[TenantFacts]
    wanted: Wanted
    at: datetime


def check(device: Device) -> list[DriftFinding]:
    """Read the device and replace what is known of its drift; what was there before keeps its first date.

    Intent is gathered before and after the look, and only what both say is judged: a run that ended in between is
    no drift. The isolation audit judges the same read. Raises DeviceError; the old findings stay then. Returns what is
    open: what somebody accepted is not.
    """
    site = auditing.before_reading(device)
    look = look_at(device)
    found = store(device, judged(look), wanted=look.wanted, now=look.at)
    auditing.after_reading(device, look.state, site)
    return [finding for finding in found if finding.acceptance_id is None]


def look_at(device: Device) -> Look:
    """Raises DeviceError; either way the device's last contact is noted."""
    before = facts_on(device)
    state = read_one(device)
    after = facts_on(device)
    return Look(device, state, after, agreed(before, after, DeviceKind(device.kind)), timezone.now())


def judged(look: Look) -> list[Difference]:
    """All that differs, in a number of queries that does not grow with the tenants."""
    differences = list(compare(look.wanted, look.state))
    ground = ground_of(look.device)
    if ground is None:
        return differences
    return [with_vlan(one, ground) for one in differences] + strangers(ground, look.wanted, look.state)


def check_quietly(device: Device) -> None:
    """For the schedule: a device that cannot be read is told on its page, and in the log."""
    try:
        check(device)
    except DeviceError as error:
        logger.warning("Drift of %s was not checked: %s", device, error)
