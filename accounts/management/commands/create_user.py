"""Make an account for a person, with roles."""

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import User
from accounts.roles import Role


class Command(BaseCommand):
    help = "Make an account with roles; the password is asked for, or read from standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument(
            "--role",
            action="append",
            required=True,
            choices=[role.value for role in Role],
            dest="roles",
            help="may be given several times",
        )
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    def handle(self, *args: Any, username: str, roles: list[str], password_stdin: bool, **options: Any) -> None:
        user = User(username=username)
        password = sys.stdin.readline().rstrip("\n") if password_stdin else getpass(f"Password for {username}: ")
        user.set_password(password)
        try:
            user.full_clean()
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        with transaction.atomic():
            user.save()
            user.groups.set([Group.objects.get_or_create(name=role)[0] for role in roles])
        self.stdout.write(f"{username} may sign in now. Roles: {', '.join(sorted(set(roles)))}.")
