"""Secrets at rest, such as the passwords of devices: Fernet, keys newest first, so that a new key can be put in front
and the old ones retired.

Every app names its encrypted fields here when it starts, so that a rotation of the keys forgets none of them.
"""

from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class SecretUnreadable(Exception):
    """No configured key decrypts this secret: the key was dropped from CREDENTIAL_KEYS too early."""


@dataclass(frozen=True, slots=True, order=True)
class EncryptedField:
    """A column that holds what ``encrypt`` made. ``model``: ``app.Model``."""

    model: str
    field: str

    def __str__(self) -> str:
        return f"{self.model}.{self.field}"


_registered: set[EncryptedField] = set()


def register_encrypted(model: str, field: str) -> None:
    """Say that a column holds secrets; twice is once. Call it from ``AppConfig.ready``."""
    _registered.add(EncryptedField(model, field))


def encrypted_fields() -> list[EncryptedField]:
    return sorted(_registered)


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.CREDENTIAL_KEYS])


def encrypt(text: str) -> bytes:
    return _keys().encrypt(text.encode())


def decrypt(token: bytes) -> str:
    """The text behind ``token``. Raises SecretUnreadable."""
    try:
        return _keys().decrypt(token).decode()
    except InvalidToken as error:
        raise SecretUnreadable("No key in CREDENTIAL_KEYS opens this secret: set it again.") from error


def under_newest_key(token: bytes) -> bool:
    """Whether the first of CREDENTIAL_KEYS opens this secret, so that no older key is needed for it."""
    try:
        Fernet(settings.CREDENTIAL_KEYS[0]).decrypt(token)
    except InvalidToken:
        return False
    return True


def encrypted_anew(token: bytes) -> bytes:
    """The same secret under the newest key; it is as old as before. Raises SecretUnreadable."""
    try:
        return _keys().rotate(token)
    except InvalidToken as error:
        raise SecretUnreadable("No key in CREDENTIAL_KEYS opens this secret: set it again.") from error
