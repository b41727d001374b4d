"""What to do about a certificate that the authorities on file do not vouch for, in words, for every driver over TLS."""

import ssl

from provisioning.drivers.protocol import CertificateNotTrusted

EXPIRED = 10  # OpenSSL's X509_V_ERR_CERT_HAS_EXPIRED


def not_vouched_for(error: ssl.SSLCertVerificationError, *, where: str, device: str) -> CertificateNotTrusted:
    """``where``: the device's name and address. ``device``: what it is, as a person calls it: the switch, …"""
    if getattr(error, "verify_code", None) == EXPIRED:
        return CertificateNotTrusted(
            f"{where}: its certificate has expired. Renew it on {device}; until then, compare its thumbprint there and "
            "pin it."
        )
    return CertificateNotTrusted(
        f"{where}: the certificate is not vouched for ({error.verify_message}). Give its authority's certificate, or "
        f"compare its thumbprint on {device} and pin it."
    )
