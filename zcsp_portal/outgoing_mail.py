"""Django's e-mail settings from ``EMAIL_URL``."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

TIMEOUT_SECONDS = 15
PORTS = {"smtp": 587, "smtps": 465}


def mail_settings(url: str, *, folder: Path | None) -> tuple[str, dict[str, Any]]:
    """How mail leaves the portal, in words without secrets (empty: it does not), and the settings for it.

    ``url`` has been validated (see ``environment.email_url``). Without one, mails are kept in ``folder``, if any.
    """
    if not url:
        if folder is None:
            return "", {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
        backend = "django.core.mail.backends.filebased.EmailBackend"
        return f"kept as a file in {folder} (development mode)", {
            "EMAIL_BACKEND": backend,
            "EMAIL_FILE_PATH": str(folder),
        }
    parts = urlsplit(url)
    port = parts.port or PORTS[parts.scheme]
    encrypted = parts.scheme == "smtps"
    starttls = not encrypted and (bool(parts.username) or bool(parts.query))
    how = "TLS" if encrypted else "STARTTLS" if starttls else "in the clear"
    return f"sent through {parts.hostname}, port {port} ({how})", {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": encrypted,
        "EMAIL_USE_TLS": starttls,
        "EMAIL_TIMEOUT": TIMEOUT_SECONDS,
    }
