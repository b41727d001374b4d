"""Which device stands for a switch, a vCenter or a tenant; sessions with devices; reading many at once."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.text import slugify

from inventory.secrets import SecretUnreadable
from provisioning.drivers.protocol import DeviceError, DeviceState, Driver, Facts, Refused, SignInRefused, Target
from provisioning.drivers.registry import opener
from provisioning.models import Device, DeviceKind, DriverName
from provisioning.tunnel_keys import tunnel_key_of
from tenants.models import NetworkStatus, Tenant

READERS = 8  # devices read side by side


class DeviceMissing(Exception):
    """The inventory has a switch or vCenter that no device entry says how to reach; the message says what to add."""


def devices_of(tenant: Tenant) -> dict[DeviceKind, Device]:
    """The core switch and the vCenter of the tenant's pod, and the tenant's firewall if it has one.

    For a tenant on VXLAN the pod's NSX manager in place of the first two, or beside them where it is on both. Raises
    DeviceMissing, naming everything that is missing.
    """
    pod = tenant.pod
    on_vxlan = _places(tenant) if pod.nsx_id else set()
    found: dict[DeviceKind, Device | None] = {}
    wanted: dict[DeviceKind, str] = {}
    if on_vxlan != {True}:
        found[DeviceKind.CORE_SWITCH] = Device.objects.filter(switch=pod.switch).first()
        wanted[DeviceKind.CORE_SWITCH] = f"core switch {pod.switch}"
        found[DeviceKind.VCENTER] = Device.objects.filter(vcenter=pod.dvs.vcenter).first()
        wanted[DeviceKind.VCENTER] = f"vCenter {pod.dvs.vcenter}"
    if True in on_vxlan:
        found[DeviceKind.NSX] = Device.objects.filter(nsx=pod.nsx).first()
        wanted[DeviceKind.NSX] = f"NSX manager {pod.nsx}"
    missing = [wanted[kind] for kind, device in found.items() if device is None]
    if missing:
        raise DeviceMissing(
            f"There is no device entry for {' and '.join(missing)}: an administrator adds it under Devices, with "
            "its address and sign-in."
        )
    found[DeviceKind.FIREWALL] = Device.objects.filter(tenant=tenant).first()
    return {kind: device for kind, device in found.items() if device is not None}


def _places(tenant: Tenant) -> set[bool]:
    """Whether its networks are on VXLAN: of those that are not removed, each answer once."""
    present = tenant.networks.exclude(status=NetworkStatus.REMOVED)
    return {vni is not None for vni in present.values_list("vni", flat=True)}


def ensure_firewall(tenant: Tenant) -> Device:
    """The tenant's firewall; a simulated one where none was entered yet."""
    device, _ = Device.objects.get_or_create(
        tenant=tenant,
        defaults={
            "name": f"fw-{tenant.slug}"[:80],
            "slug": slugify(f"fw-{tenant.slug}")[:80],
            "kind": DeviceKind.FIREWALL,
            "driver": DriverName.SIMULATED,
            "address": f"fw-{tenant.slug}.simulated.invalid",
        },
    )
    return device


def target_of(device: Device) -> Target:
    """The one place where a secret is decrypted. Raises SignInRefused when no key opens it."""
    try:
        password = device.password()
        tunnel_key = "" if device.is_simulated else tunnel_key_of(device.tenant_id)
    except SecretUnreadable as error:
        raise SignInRefused(f"{device}: {error}") from error
    return Target(
        name=device.name,
        address=device.address,
        username=device.username,
        password=password,
        tls=device.tls,
        thumbprint=device.thumbprint,
        ca_pem=device.ca_pem,
        tunnel_key=tunnel_key,
        timeout_seconds=settings.DEVICE_TIMEOUT_SECONDS,
    )


def open_driver(device: Device) -> Driver:
    """A session with the device, not entered yet. Refuses to be used inside a database transaction.

    Raises SignInRefused where the stored password cannot be read, Refused for a driver that this release lacks.
    """
    refuse_inside_a_transaction()
    names: list[str] = []
    if device.vcenter_id:
        names = list(device.vcenter.distributed_switches.values_list("name", flat=True))  # type: ignore[union-attr]
    try:
        open_it = opener(device.driver)
    except KeyError as error:
        raise Refused(
            f"{device}: this release has no driver called “{device.driver}”: choose another one for it under Devices."
        ) from error
    return open_it(target_of(device), names)


def refuse_inside_a_transaction() -> None:
    """A device may take seconds; a transaction that waits for it would hold its locks as long."""
    if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        raise RuntimeError("A device must not be called inside a database transaction.")


def read_one(device: Device) -> DeviceState:
    """All that the device carries. Raises DeviceError; either way the device's last contact is noted."""
    (answer,) = read_all([device]).values()
    if isinstance(answer, DeviceError):
        raise answer
    return answer


def read_all(devices: Iterable[Device]) -> dict[Device, DeviceState | DeviceError]:
    """What each device carries, or why it could not be read. Real devices are read side by side.

    A thread only talks to its device. A simulated device is a few rows of our own database: it is read here, on
    this thread's connection.
    """
    drivers: dict[Device, Driver | DeviceError] = {}
    for device in devices:
        try:
            drivers[device] = open_driver(device)
        except DeviceError as error:
            drivers[device] = error
    answers = {d: _read(driver) for d, driver in drivers.items() if d.is_simulated or isinstance(driver, DeviceError)}
    far = {device: driver for device, driver in drivers.items() if device not in answers}
    if far:
        with ThreadPoolExecutor(min(READERS, len(far))) as pool:
            answers |= dict(zip(far, pool.map(_read, far.values()), strict=True))
    note_contact(answers, now=timezone.now())
    return {device: answers[device] for device in drivers}


def _read(driver: Driver | DeviceError) -> DeviceState | DeviceError:
    if isinstance(driver, DeviceError):
        return driver
    try:
        with driver as session:
            return session.read()
    except DeviceError as error:
        return error


def try_connection(device: Device) -> Facts:
    """Sign in and ask what it is. Raises DeviceError; the device's last contact is noted."""
    try:
        with open_driver(device) as session:
            facts = session.facts()
    except DeviceError as error:
        note_contact({device: error}, now=timezone.now())
        raise
    note_contact({device: {}}, now=timezone.now())
    return facts


def note_contact(answers: Mapping[Device, DeviceState | DeviceError], *, now: datetime) -> None:
    """Keep when each device was last seen, or what kept it from answering."""
    seen = [device.pk for device, answer in answers.items() if not isinstance(answer, DeviceError)]
    Device.objects.filter(pk__in=seen).update(last_seen_at=now, last_error="")
    for device, answer in answers.items():
        if isinstance(answer, DeviceError):
            Device.objects.filter(pk=device.pk).update(last_error=str(answer)[:500])
