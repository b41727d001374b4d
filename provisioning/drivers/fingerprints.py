"""SHA-256 fingerprints of certificates and host keys, in the ways that people copy them."""

import base64
import binascii
import re


def sha256_hex(text: str) -> str:
    """64 hex digits, from hex (colons allowed) or from OpenSSH's ``SHA256:…``. Raises ValueError."""
    text = text.strip()
    if text[:7].upper() == "SHA256:" and not re.fullmatch(r"[0-9A-Fa-f:]{64,95}", text[7:]):
        try:
            text = base64.b64decode(text[7:] + "=" * (-len(text[7:]) % 4), validate=True).hex()
        except binascii.Error as error:
            raise ValueError(text) from error
    digits = text.removeprefix("SHA256:").replace(":", "").lower()
    if not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise ValueError(text)
    return digits
