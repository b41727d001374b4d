"""One writer a device: a lease in the database, taken by compare-and-swap, kept by a heartbeat, ended by time."""

import logging
import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.models import Q
from django.utils import timezone

from provisioning.models import Device

logger = logging.getLogger(__name__)


class LeaseLost(Exception):
    """The lease ran out, and the device may have another writer: whoever held it must stop writing."""


@dataclass(frozen=True, slots=True)
class Lease:
    device_id: int
    owner: str

    def renew(self, *, now: datetime) -> bool:
        """Prolong the lease; False when it is no longer ours."""
        mine = Device.objects.filter(pk=self.device_id, lease_owner=self.owner)
        return bool(mine.update(lease_until=now + timedelta(seconds=settings.LEASE_SECONDS)))

    def must_hold(self) -> None:
        """Renew right before a write. Raises LeaseLost."""
        if not self.renew(now=timezone.now()):
            raise LeaseLost(f"{self.owner} lost its lease of device {self.device_id}.")

    def release(self) -> None:
        Device.objects.filter(pk=self.device_id, lease_owner=self.owner).update(lease_owner="", lease_until=None)


def process_name() -> str:
    """``host:pid``: who holds a lease, for a person (and a test) to find the process."""
    return f"{socket.gethostname()[:55]}:{os.getpid()}"


def take(device_id: int, *, now: datetime) -> Lease | None:
    """The device's lease, or None while another holds it. A lease that ran out may be taken."""
    lease = Lease(device_id, f"{process_name()}:{secrets.token_hex(4)}")
    free = Q(lease_owner="") | Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    until = now + timedelta(seconds=settings.LEASE_SECONDS)
    taken = Device.objects.filter(free, pk=device_id).update(lease_owner=lease.owner, lease_until=until)
    return lease if taken else None


@contextmanager
def heartbeat(lease: Lease) -> Iterator[None]:
    """Renew the lease from a thread while the block works, for device calls that outlast it."""
    stop = threading.Event()
    thread = threading.Thread(target=_beat, args=(lease, stop), name=f"heartbeat-{lease.device_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _beat(lease: Lease, stop: threading.Event) -> None:
    try:
        while not stop.wait(settings.LEASE_SECONDS / 3):
            try:
                if not lease.renew(now=timezone.now()):
                    return
            except (OperationalError, InterfaceError) as error:  # the database may be back before the lease is over
                logger.warning("The lease of device %s was not renewed: %s", lease.device_id, error)
                connection.close()
    finally:
        connection.close()
