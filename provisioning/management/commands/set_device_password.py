"""``manage.py set_device_password DEVICE``: give a device's new password to the portal, from a prompt or stdin."""

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from provisioning.credentials import store_password, try_password
from provisioning.drivers.protocol import DeviceError
from provisioning.models import Device, ZertoManager


class Command(BaseCommand):
    help = (
        "Store the new password, key or token of a device or Zerto manager, encrypted. It is read from a prompt, or "
        "from standard input, never from the command line, and tried before it is stored."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("device", metavar="DEVICE", help="the name or slug of the device, or of the Zerto manager")
        parser.add_argument("--without-trying", action="store_true", help="store it although the device was not asked")

    def handle(self, *, device: str, without_trying: bool, **options: Any) -> None:
        called = Q(name=device) | Q(slug=device)
        found = Device.objects.filter(called).first() or ZertoManager.objects.filter(called).first()
        if found is None:
            raise CommandError(f"No device is called {device}, and no Zerto manager.")
        password = _read(f"New password of {found}: ")
        if not password:
            raise CommandError("An empty password was given: nothing was changed.")
        if not without_trying:
            self._try(found, password)
        store_password(found, password)
        self.stdout.write(f"The password of {found} is stored.")

    def _try(self, device: Device | ZertoManager, password: str) -> None:
        try:
            facts = try_password(device, password)
        except DeviceError as error:
            raise CommandError(
                f"Nothing was changed: {error} --without-trying stores the password although it did not work."
            ) from error
        self.stdout.write(f"It signs in: {f'{facts.product} {facts.version}'.rstrip()}.")


def _read(prompt: str) -> str:
    """What is typed, twice, or what is piped in, whole: a client certificate has many lines."""
    if not sys.stdin.isatty():
        return sys.stdin.read().rstrip("\r\n")
    password = getpass(prompt)
    if getpass("The same again: ") != password:
        raise CommandError("The two are not the same: nothing was changed.")
    return password
