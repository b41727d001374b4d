"""``manage.py discover_vlans DEVICE``: mark the VLANs that an existing vCenter carries."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from provisioning.discovery import OUR_NAMES, Discovery, DiscoveryRefused, discover
from provisioning.drivers.protocol import DeviceError
from provisioning.models import Device


class Command(BaseCommand):
    help = "Read a vCenter's distributed port groups and mark their VLANs in use: adopted by the tenant, or unclaimed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("device", metavar="DEVICE", help="the vCenter's device, by its slug (see Devices)")
        parser.add_argument(
            "--pattern",
            default=OUR_NAMES,
            help="a regular expression for whole port group names, with named groups tenant, role and vid; "
            "the default reads our own names, TENANT-ROLE-VLAN",
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(self, *, device: str, pattern: str, dry_run: bool, **options: Any) -> None:
        found = Device.objects.filter(slug=device).select_related("vcenter").first()
        if found is None:
            known = ", ".join(Device.objects.filter(kind="vcenter").values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"There is no device {device}. vCenters: {known}.")
        try:
            discovery = discover(device=found, pattern=pattern, by=None, now=timezone.now(), dry_run=dry_run)
        except (DiscoveryRefused, DeviceError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write("\n".join(report(discovery)))


def report(discovery: Discovery) -> list[str]:
    """A line for each finding, then the totals."""
    rows = [("SWITCH", "PORT GROUP", "VLAN", "VERDICT")]
    for finding in discovery.findings:
        verdict = f"{finding.verdict}: {finding.note}" if finding.note else str(finding.verdict)
        vlan = ", ".join(map(str, finding.group.vlan)) if isinstance(finding.group.vlan, list) else finding.group.vlan
        rows.append((finding.group.dvs or "-", finding.group.name, "-" if vlan is None else str(vlan), verdict))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]) for row in rows
    ]
    lines += ["", "Nothing was written (dry run). It would be:" if discovery.dry_run else "Done:"]
    return lines + [f"{count:>7}  {verdict}" for verdict, count in discovery.totals.items()]
