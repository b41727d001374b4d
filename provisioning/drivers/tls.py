"""TLS that every driver over HTTPS shares: verified against authorities, or pinned to one certificate."""

import hashlib
import re
import ssl
from urllib.parse import urlsplit

from provisioning.drivers.protocol import CertificateNotTrusted, Target, Unreachable

HTTPS_PORT = 443


class WrongPin(ssl.SSLCertVerificationError):
    """The certificate that was shown is not the pinned one; ``found`` is its thumbprint."""

    found = ""


def host_and_port(address: str, *, usual: int = HTTPS_PORT) -> tuple[str, int]:
    """``vc.example.net``, ``vc.example.net:8443``, ``[2001:db8::1]:443`` or a bare address; raises Unreachable.

    ``usual``: the port where none is given.
    """
    bare_ipv6 = address.count(":") > 1 and not address.startswith("[")
    try:
        parts = urlsplit(f"//[{address}]" if bare_ipv6 else f"//{address}")
        if parts.hostname:
            return parts.hostname, parts.port or usual
    except ValueError:
        pass
    raise Unreachable(
        f"'{address}' is not an address: write a host name or an IP address, with :port if it is not {usual}."
    )


def tls_context(target: Target) -> ssl.SSLContext:
    """Check what the device shows on every connection before sending a byte. Raises CertificateNotTrusted."""
    if target.tls == "pinned":
        return _pinned(target)
    try:
        return ssl.create_default_context(cadata=target.ca_pem or None)
    except (ssl.SSLError, ValueError) as error:
        raise CertificateNotTrusted(
            f"{target.name}: the certificate authority on file is not a certificate: paste it as PEM."
        ) from error


def _pinned(target: Target) -> ssl.SSLContext:
    pin = target.thumbprint.replace(":", "").strip().lower()
    if not re.fullmatch(r"[0-9a-f]{64}", pin):
        raise CertificateNotTrusted(
            f"{target.name}: the pinned thumbprint is not a SHA-256 one: give 64 hexadecimal digits, colons allowed."
        )

    class PinnedSocket(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:
            super().do_handshake(block)
            found = hashlib.sha256(self.getpeercert(binary_form=True) or b"").hexdigest()
            if found != pin:
                error = WrongPin("not the pinned certificate")
                error.found = with_colons(found)
                raise error

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # The pin takes the place of the authorities and of the name; it is stricter than both.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.sslsocket_class = PinnedSocket
    return context


def with_colons(digest: str) -> str:
    return ":".join(re.findall("..", digest.upper()))
