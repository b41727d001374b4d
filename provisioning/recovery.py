"""What mends the work of workers that died and of messages that got lost: the reaper and the sweeper."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from provisioning import beginning, dispatch, proving, runs
from provisioning.execution import devices_with_ready_steps
from provisioning.models import Device, Step, StepState

MESSAGE_SECONDS = 30.0  # a sweeper's message that nobody took by then is dropped: the next sweep sends another


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep found: devices whose worker was gone, runs to begin, devices with work, runs that wait for
    their last look, runs to end."""

    released: int
    begun: int
    woken: int
    checked: int
    ended: int


def release_expired(*, now: datetime) -> int:
    """End the leases that nobody renewed, and say so in the log of the runs that were being written."""
    released = 0
    for device in Device.objects.filter(lease_until__lt=now).exclude(lease_owner=""):
        expired = Device.objects.filter(pk=device.pk, lease_owner=device.lease_owner, lease_until__lt=now)
        if not expired.update(lease_owner="", lease_until=None):
            continue
        released += 1
        left = Step.objects.filter(device=device, state=StepState.WRITING).values_list("run_id", flat=True)
        text = f"{device}: the worker {device.lease_owner} showed no sign of life for {settings.LEASE_SECONDS} s."
        runs.log(left, f"{text} Waiting for another.", level="warning")
    return released


def sweep(*, now: datetime) -> Swept:
    """Release what dead workers held, and wake workers for all that is due and nobody works on."""
    released = release_expired(now=now)
    waiting = beginning.queued(now)
    if waiting:
        dispatch.send(dispatch.BEGIN_RUN, waiting[0].pk, expires=MESSAGE_SECONDS)  # it begins all that are queued
    devices = devices_with_ready_steps(now)
    for device_id in devices:
        dispatch.send(dispatch.DRAIN_DEVICE, device_id, expires=MESSAGE_SECONDS)
    unproved = proving.awaiting_proof(now)
    if unproved:
        dispatch.send(dispatch.CHECK_RUN, unproved[0].pk, expires=MESSAGE_SECONDS)  # as above
    finished = runs.without_open_steps()
    for run_id in finished:
        runs.advance(run_id)
    return Swept(released=released, begun=len(waiting), woken=len(devices), checked=len(unproved), ended=len(finished))
