"""What a device shows to prove who it is, fetched without trusting it, so that a person can compare it and pin it.

Nothing is sent but the handshake: no user name, no password, no request.
"""

import base64
import hashlib
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from cryptography import x509
from django.conf import settings
from django.utils import timezone

from provisioning.devices import refuse_inside_a_transaction
from provisioning.drivers.protocol import DeviceError, Unreachable
from provisioning.drivers.tls import host_and_port, with_colons
from provisioning.models import Device, DriverName

SSH_PORT, NETCONF_PORT = 22, 830


@dataclass(frozen=True, slots=True)
class Shown:
    """``what``: certificate or host key. ``thumbprint``: its SHA-256 as the device's own tools write it.

    ``details``: what else helps to tell it from another, in words.
    """

    what: str
    thumbprint: str
    details: tuple[str, ...] = ()


def shown_by(device: Device) -> Shown | None:
    """What the device shows now; None where its driver checks nothing of that kind, or it does not answer."""
    refuse_inside_a_transaction()
    look = LOOKS.get(device.driver)
    if look is None:
        return None
    try:
        return look(device.address, settings.DEVICE_TIMEOUT_SECONDS)
    except (OSError, ValueError, DeviceError):
        return None


def certificate_at(address: str, *, usual: int) -> Shown | None:
    """The certificate that is shown there; None where nothing answers. ``usual``: the port where none is given."""
    refuse_inside_a_transaction()
    try:
        host, port = host_and_port(address, usual=usual)
        return _certificate(host, port, settings.DEVICE_TIMEOUT_SECONDS)
    except (OSError, ValueError, DeviceError):
        return None


def _over_https(address: str, seconds: float) -> Shown:
    host, port = host_and_port(address)
    return _certificate(host, port, seconds)


def _over_ovsdb(address: str, seconds: float) -> Shown:
    from provisioning.drivers.ovs.place import place_of  # noqa: PLC0415 - only where there is such a switch

    place = place_of(address)
    if place.path:
        raise Unreachable("A socket of this machine shows no certificate.")
    return _certificate(place.host, place.port, seconds)


def _certificate(host: str, port: int, seconds: float) -> Shown:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection((host, port), timeout=seconds) as line,
        context.wrap_socket(line, server_hostname=host) as secured,
    ):
        shown = secured.getpeercert(binary_form=True) or b""
    return Shown("certificate", with_colons(hashlib.sha256(shown).hexdigest()), _about(shown))


def _about(certificate: bytes) -> tuple[str, ...]:
    found = x509.load_der_x509_certificate(certificate)
    until = found.not_valid_after_utc
    validity = "valid until" if until > timezone.now() else "expired on"
    issuer = found.issuer.rfc4514_string()
    return (
        f"for {found.subject.rfc4514_string() or 'nobody named'}",
        "issued by itself" if found.issuer == found.subject else f"issued by {issuer or 'nobody named'}",
        f"{validity} {until.day} {until:%b %Y %H:%M} UTC",
    )


def _over_ssh(address: str, seconds: float, *, usual: int) -> Shown:
    """Ends after the exchange of keys: nobody signs in. ``usual``: the port where the address has none."""
    import paramiko  # noqa: PLC0415 - it takes its time to load

    host, port = host_and_port(address, usual=usual)
    line = socket.create_connection((host, port), timeout=seconds)
    transport = paramiko.Transport(line)
    try:
        transport.start_client(timeout=seconds)
        key = transport.get_remote_server_key()
    except (paramiko.SSHException, EOFError) as error:
        raise Unreachable(str(error)) from error
    finally:
        transport.close()
        line.close()
    digest = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
    return Shown("host key", f"SHA256:{digest}", (key.get_name(),))


LOOKS: Mapping[str, Callable[[str, float], Shown]] = {
    DriverName.VSPHERE: _over_https,
    DriverName.PFSENSE: _over_https,
    DriverName.NSX: _over_https,
    DriverName.NSX: _over_https,
    DriverName.OVS: _over_ovsdb,
    DriverName.OPENCONFIG: partial(_over_ssh, usual=NETCONF_PORT),
    DriverName.NAPALM_EOS: _over_https,
    DriverName.NAPALM_NXOS: _over_https,
    DriverName.NAPALM_IOS: partial(_over_ssh, usual=SSH_PORT),
    DriverName.NAPALM_JUNOS: partial(_over_ssh, usual=NETCONF_PORT),
}
