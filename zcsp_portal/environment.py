"""Every setting that the environment may carry: one table, read once, loud when wrong.

``docs/configuration.md`` lists the same names; a test compares the two.
"""

import os
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off", ""})
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LAST_PORT = 65535


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
    if not text.strip().isdecimal() or int(text) == 0:
        raise ValueError("expected a whole number above zero")
    return int(text)


def port(text: str) -> int:
    if not text.strip().isdecimal() or not 0 < int(text) <= LAST_PORT:
        raise ValueError(f"expected a port number from 1 to {LAST_PORT}")
    return int(text)


def origins(text: str) -> list[str]:
    for word in words(text):
        parts = urlsplit(word)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise ValueError("expected origins such as https://portal.example.net")
    return words(text)


def fernet_keys(text: str) -> list[str]:
    for key in words(text):
        try:
            Fernet(key)
        except ValueError as error:
            raise ValueError("expected Fernet keys: 32 bytes in URL-safe base64 each, with commas between") from error
    return words(text)


def database_url(text: str) -> str:
    """A PostgreSQL or SQLite URL, or nothing.

    A unix socket is written as ``postgres://user@/name?host=/folder``.
    """
    if not text:
        return ""
    parts = _url(text)
    if parts.scheme not in {"postgres", "postgresql", "sqlite"}:
        raise ValueError("expected postgres://user:password@host:5432/name")
    if not parts.path.strip("/"):
        raise ValueError("the database's name is missing: expected postgres://user:password@host:5432/name")
    return text


def redis_url(text: str) -> str:
    if not text:
        return ""
    parts = _url(text)
    if parts.scheme == "unix" and parts.path:
        return text
    if parts.scheme not in {"redis", "rediss"} or not parts.hostname:
        raise ValueError("expected redis://host:6379/0, rediss://… or unix:///path/to/redis.sock")
    return text


def email_url(text: str) -> str:
    """An SMTP server, or nothing. With a user, smtp:// demands STARTTLS; smtps:// is TLS from the first byte on."""
    if not text:
        return ""
    parts = _url(text)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("expected smtp://user:password@host:587 or smtps://user:password@host:465")
    if parts.path.strip("/") or parts.fragment or parts.query not in {"", "starttls=yes"}:
        raise ValueError("after the port nothing follows, but for ?starttls=yes")
    if bool(parts.username) != bool(parts.password):
        raise ValueError("a user needs a password and a password a user")
    return text


def mail_address(text: str) -> str:
    """An address, or a name with one: ``ZCSP Portal <portal@example.net>``."""
    _, address = parseaddr(text)
    if text:
        try:
            validate_email(address)
        except ValidationError as error:
            raise ValueError("expected an address such as portal@example.net or Portal <portal@example.net>") from error
    return text


def public_url(text: str) -> str:
    """Where people reach the portal, without a slash at the end; or nothing."""
    if not text:
        return ""
    parts = _url(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("expected https://portal.example.net")
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise ValueError("expected the address alone, such as https://portal.example.net, with nothing after it")
    return text.rstrip("/")


def _url(text: str) -> Any:
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises where it is not a number
    except ValueError as error:
        raise ValueError("it is not a URL; special characters in a password are written as %XX") from error
    return parts


def time_zone(text: str) -> str:
    if text not in zoneinfo.available_timezones():
        raise ValueError("expected a name of the IANA time zone database, such as Europe/Berlin")
    return text


def log_level(text: str) -> str:
    if text.upper() not in LOG_LEVELS:
        raise ValueError(f"expected one of {', '.join(LOG_LEVELS)}")
    return text.upper()


def parking_vlan(text: str) -> int:
    """A VLAN ID, or 0 for none. VLAN 1 is every switch's default one and parks nothing."""
    if not text.isdecimal() or not (int(text) == 0 or 2 <= int(text) <= 4094):
        raise ValueError("expected a VLAN ID from 2 to 4094, or 0 for none")
    return int(text)


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: how it is read, what it is without one, what it means, whether it may be shown."""

    name: str
    read: Callable[[str], Any]
    default: str
    meaning: str
    secret: bool = False


SETTINGS: tuple[Setting, ...] = (
    Setting("DEBUG", boolean, "no", "Development mode: demo accounts, generated keys, plain HTTP."),
    Setting("SECRET_KEY", str, "", "Signs sessions. Required unless DEBUG.", secret=True),
    Setting(
        "CREDENTIAL_KEYS",
        fernet_keys,
        "",
        "Fernet keys for device secrets, newest first. Required unless DEBUG.",
        secret=True,
    ),
    Setting("ALLOWED_HOSTS", words, "localhost,127.0.0.1,[::1]", "Host names that the portal answers to."),
    Setting("CSRF_TRUSTED_ORIGINS", origins, "", "Origins (with scheme) that may post forms through a proxy."),
    Setting("BEHIND_TLS_PROXY", boolean, "no", "Trust X-Forwarded-Proto from a proxy that ends TLS."),
    Setting("DATABASE_URL", database_url, "", "postgres://… ; empty: SQLite in DATA_DIR.", secret=True),
    Setting(
        "REDIS_URL",
        redis_url,
        "",
        "redis://… ; empty: the embedded redis-server on a unix socket in DATA_DIR.",
        secret=True,
    ),
    Setting("DATA_DIR", str, "", "Where embedded data lives; empty: var/ beside manage.py."),
    Setting("PORT", port, "8000", "The port that the web process listens on."),
    Setting("BIND", str, "127.0.0.1", "The address that the web process listens on."),
    Setting("WEB_WORKERS", positive, "2", "Web processes."),
    Setting("TASK_WORKERS", positive, "2", "Celery worker processes."),
    Setting("TIME_ZONE", time_zone, "UTC", "Time zone of the screens (IANA name)."),
    Setting("LOG_LEVEL", log_level, "INFO", "DEBUG, INFO, WARNING or ERROR."),
    Setting("HOLD_DAYS", positive, "14", "Days for which an onboarding holds its VLANs before they lapse."),
    Setting("QUARANTINE_DAYS", positive, "30", "Days for which a released VLAN rests before reuse."),
    Setting("TWO_APPROVERS_ABOVE", positive, "200", "A plan that touches more objects than this needs two approvers."),
    Setting("TWO_APPROVERS_REMOVALS", positive, "100", "A plan that removes more objects than this needs two."),
    Setting("ALLOW_SELF_APPROVAL", boolean, "no", "Whether one may approve the plan that one made."),
    Setting("DEVICE_TIMEOUT_SECONDS", positive, "20", "How long one device call may take."),
    Setting("LEASE_SECONDS", positive, "60", "How long a device stays with a worker that shows no heartbeat."),
    Setting("SWITCH_NETWORK_INSTANCE", str, "default", "The network instance that holds a core switch's VLANs."),
    Setting("SWITCH_PARKING_VLAN", parking_vlan, "0", "What a trunk keeps when its last VLAN goes; 0: refuse."),
    Setting("SWITCH_LOCK_SECONDS", positive, "15", "How long to wait for a configuration that others have locked."),
    Setting("SWITCH_CONFIRM_SECONDS", positive, "60", "After how long a switch takes back what is not confirmed."),
    Setting(
        "SSH_KNOWN_HOSTS", words, "", "Files with the host keys of switches; empty: the account's and the system's."
    ),
    Setting("SWEEP_SECONDS", positive, "10", "How often lost work is looked for."),
    Setting("EMAIL_URL", email_url, "", "smtp://… or smtps://… ; empty: no mail, files in DATA_DIR.", secret=True),
    Setting("MAIL_FROM", mail_address, "", "The sender of mails. Required with EMAIL_URL."),
    Setting("PUBLIC_URL", public_url, "", "Where people reach the portal: for the links in mails and webhooks."),
)


def read_environment(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """The settings' values by name; an empty variable counts as none.

    Raises ImproperlyConfigured with one sentence naming the variable that is wrong; a secret's value is not shown.
    """
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        text = environ.get(setting.name) or setting.default
        try:
            values[setting.name] = setting.read(text)
        except ValueError as error:
            shown = setting.name if setting.secret else f"{setting.name}={text!r}"
            raise ImproperlyConfigured(f"{shown} is not valid: {error}.") from error
    return values
