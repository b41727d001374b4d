"""Changing a device's password: tried first, stored encrypted, and recorded without its value."""

from auditlog.models import LogEntry
from django.db import transaction
from django.db.models import F

from provisioning.devices import open_driver
from provisioning.drivers.protocol import Facts
from provisioning.models import Device, ZertoManager
from provisioning.zerto import try_out


def try_password(device: Device | ZertoManager, password: str) -> Facts:
    """Sign in to the device with this password, which is stored nowhere, nor is what came of it. Raises DeviceError."""
    if isinstance(device, ZertoManager):
        asked = ZertoManager.objects.get(pk=device.pk)
        asked.set_password(password)
        return try_out(asked)
    with_it = Device.objects.select_related("vcenter").get(pk=device.pk)
    with_it.set_password(password)
    with open_driver(with_it) as session:
        return session.facts()


def store_password(device: Device | ZertoManager, password: str) -> None:
    """Replace the device's password. Whoever has its form open meanwhile is told that it was changed."""
    with transaction.atomic():
        device.set_password(password)
        stored = type(device)._default_manager.filter(pk=device.pk)
        stored.update(secret=device.secret, version=F("version") + 1)
        record_new_password(device)


def record_new_password(device: Device | ZertoManager) -> None:
    """An entry in the audit log that the password was replaced; who did it is known to the log itself."""
    LogEntry.objects.log_create(
        device,
        action=LogEntry.Action.UPDATE,
        changes={"stored password": ["", "replaced" if device.secret else "removed"]},
    )
