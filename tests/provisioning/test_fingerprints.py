"""A fingerprint is the same one in each of the ways that people copy it."""

import base64
import hashlib

import pytest

from provisioning.drivers.fingerprints import sha256_hex

DIGEST = hashlib.sha256(b"a host key").digest()
HEX = DIGEST.hex()
BASE64 = base64.b64encode(DIGEST).decode()


@pytest.mark.parametrize(
    "text",
    [
        HEX,
        HEX.upper(),
        ":".join(HEX[i : i + 2] for i in range(0, 64, 2)),
        f"  {HEX}\n",
        f"SHA256:{BASE64}",
        f"SHA256:{BASE64.rstrip('=')}",
        f"SHA256:{HEX}",
    ],
)
def test_every_way_to_write_it_is_the_same_fingerprint(text: str) -> None:
    assert sha256_hex(text) == HEX


@pytest.mark.parametrize("text", ["", "zz", HEX[:-1], HEX + "0", "SHA256:", "SHA256:abc", "SHA256:###", "MD5:" + HEX])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        sha256_hex(text)
