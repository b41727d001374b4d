"""Secrets at rest, such as the passwords of devices: Fernet, keys newest first, so that a new key can be put in front
and the old ones retired."""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class SecretUnreadable(Exception):
    """No configured key decrypts this secret: the key was dropped from CREDENTIAL_KEYS too early."""


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
