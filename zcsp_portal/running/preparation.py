"""What the database and the static files need before the web process starts; cheap when nothing changed."""

import io

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.models import User
from inventory.models import CoreSwitch
from zcsp_portal.demo.accounts import ACCOUNTS, PASSWORD
from zcsp_portal.running.preflight import CannotStart


def prepare() -> None:
    """Migrate; collect static files where they are served compressed; fill an empty database with the demo.

    The demo is loaded in development mode only: a provider's own installation starts empty.
    Raises CannotStart when one of these fails.
    """
    try:
        call_command("migrate", interactive=False, verbosity=0)
        if not settings.DEBUG:
            call_command("collectstatic", interactive=False, verbosity=0)
    except CommandError as error:
        raise CannotStart(str(error)) from error
    if not CoreSwitch.objects.exists():
        _fill()
    elif settings.DEBUG:
        _remind()


def _fill() -> None:
    if not settings.DEBUG:
        say("The inventory is empty. `manage.py createsuperuser` makes the first sign-in.")
        return
    say("The database is empty: loading the demo provider …")
    told = io.StringIO()
    try:
        call_command("seed_demo", stdout=told)
    except CommandError as error:
        say(f"The demo was not loaded. {error}")  # there is no switch, but something else: the portal runs with it
    say(told.getvalue().rstrip())


def _remind() -> None:
    """The demo's sign-ins in one line, on a database that has them."""
    names = [account.username for account in ACCOUNTS]
    there = set(User.objects.filter(username__in=names).values_list("username", flat=True))
    if there:
        say(f"Demo sign-ins (password {PASSWORD}): {', '.join(name for name in names if name in there)}.")


def say(text: str) -> None:
    print(text, flush=True)
