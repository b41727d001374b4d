"""``manage.py rotate_secrets``: put every stored secret under the newest of CREDENTIAL_KEYS."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inventory.rotation import rotate, unreadable_secrets
from inventory.secrets import encrypted_fields


class Command(BaseCommand):
    help = (
        "Encrypt every stored secret anew with the first of CREDENTIAL_KEYS. It may be stopped and started again; "
        "when it has ended well, the older keys can be dropped."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--leave-unreadable",
            action="store_true",
            help="rotate the others although some secrets cannot be read; those stay as they are",
        )

    def handle(self, *, leave_unreadable: bool, **options: Any) -> None:
        unreadable = unreadable_secrets()
        for one in unreadable:
            self.stderr.write(str(one))
        if unreadable and not leave_unreadable:
            raise CommandError(
                f"{_secrets(len(unreadable))} cannot be read with the present CREDENTIAL_KEYS, so nothing was changed. "
                "Put the key back that was dropped, or set what is named above again; --leave-unreadable rotates the "
                "others meanwhile."
            )
        for field in encrypted_fields():
            count = rotate(field)
            left = f", {count.left} not readable and left as they are" if count.left else ""
            self.stdout.write(f"{field}: {count.rotated} rotated, {count.already} under the newest key already{left}")
        if not unreadable:
            self.stdout.write("Every stored secret is under the newest key: the older ones can be dropped.")


def _secrets(count: int) -> str:
    return f"{count} secret{'' if count == 1 else 's'}"
