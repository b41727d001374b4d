"""``python -m zcsp_portal.running``: start everything, tell the address, stop everything on Ctrl-C."""

import os
import sys

import django
from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseError

from zcsp_portal.running.preflight import CannotStart


def main() -> None:
    """Exit codes: 0 stopped on request, 1 a process died or the portal could not start (stderr says why)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zcsp_portal.settings")
    os.environ.setdefault("DEBUG", "yes")
    try:
        django.setup()
        from zcsp_portal.running.portal import run  # noqa: PLC0415  # models can be imported from here on

        run()
    except (ImproperlyConfigured, CannotStart) as problem:
        sys.exit(str(problem))
    except DatabaseError as error:
        sys.exit(f"The database refused: {str(error).strip().splitlines()[0]}")


if __name__ == "__main__":
    main()
