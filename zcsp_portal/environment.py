"""Every setting that the environment may carry: one table, read once, loud when wrong.

``docs/configuration.md`` lists the same names; a test compares the two.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ImproperlyConfigured

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off", ""})


def boolean(text: str) -> bool:
    word = text.strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise ValueError("expected yes or no")


def words(text: str) -> list[str]:
    """Comma-separated words; blanks dropped."""
    return [word.strip() for word in text.split(",") if word.strip()]


def positive(text: str) -> int:
    number = int(text)
    if number <= 0:
        raise ValueError("expected a whole number above zero")
    return number


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: how it is read, what it is without one, what it means."""

    name: str
    read: Callable[[str], Any]
    default: str
    meaning: str


SETTINGS: tuple[Setting, ...] = (
    Setting("DEBUG", boolean, "no", "Development mode: demo accounts, generated keys, plain HTTP."),
    Setting("SECRET_KEY", str, "", "Signs sessions. Required unless DEBUG."),
    Setting("CREDENTIAL_KEYS", words, "", "Fernet keys for device secrets, newest first. Required unless DEBUG."),
    Setting("ALLOWED_HOSTS", words, "localhost,127.0.0.1,[::1]", "Host names that the portal answers to."),
    Setting("CSRF_TRUSTED_ORIGINS", words, "", "Origins (with scheme) that may post forms through a proxy."),
    Setting("BEHIND_TLS_PROXY", boolean, "no", "Trust X-Forwarded-Proto from a proxy that ends TLS."),
    Setting("DATABASE_URL", str, "", "postgres://… ; empty: SQLite in DATA_DIR."),
    Setting("REDIS_URL", str, "", "redis://… ; empty: the embedded redis-server on a unix socket in DATA_DIR."),
    Setting("DATA_DIR", str, "", "Where embedded data lives; empty: var/ beside manage.py."),
    Setting("PORT", positive, "8000", "The port that the web process listens on."),
    Setting("BIND", str, "127.0.0.1", "The address that the web process listens on."),
    Setting("WEB_WORKERS", positive, "2", "Web processes."),
    Setting("TASK_WORKERS", positive, "2", "Celery worker processes."),
    Setting("TIME_ZONE", str, "UTC", "Time zone of the screens (IANA name)."),
    Setting("LOG_LEVEL", str, "INFO", "DEBUG, INFO, WARNING or ERROR."),
    Setting("HOLD_DAYS", positive, "14", "Days for which an onboarding holds its VLANs before they lapse."),
    Setting("QUARANTINE_DAYS", positive, "30", "Days for which a released VLAN rests before reuse."),
    Setting("ALLOW_SELF_APPROVAL", boolean, "no", "Whether one may approve the plan that one made."),
    Setting("DEVICE_TIMEOUT_SECONDS", positive, "20", "How long one device call may take."),
    Setting("LEASE_SECONDS", positive, "60", "How long a device stays with a worker that shows no heartbeat."),
    Setting("SWEEP_SECONDS", positive, "10", "How often lost work is looked for."),
)


def read_environment(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """The settings' values by name.

    Raises ImproperlyConfigured with one sentence naming the variable that is wrong.
    """
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        text = environ.get(setting.name, setting.default)
        try:
            values[setting.name] = setting.read(text)
        except ValueError as error:
            raise ImproperlyConfigured(f"{setting.name}={text!r} is not valid: {error}.") from error
    return values
