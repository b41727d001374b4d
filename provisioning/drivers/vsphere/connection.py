"""A signed-in session with a vCenter, over TLS that was verified, and its failures in plain words."""

import hashlib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit
from xml.parsers.expat import ExpatError

from provisioning.drivers.protocol import CertificateNotTrusted, Refused, SignInRefused, Target, Unreachable
from provisioning.drivers.vsphere.sdk import SoapStubAdapter, vim, vmodl

# vSphere 6.7: the first with the security policy that we write (macManagementPolicy); later ones still speak it.
API_VERSION = "vim.version.version12"
HTTPS_PORT = 443


class WrongPin(ssl.SSLCertVerificationError):
    """The certificate that was shown is not the pinned one."""

    found = ""


@dataclass(frozen=True, slots=True)
class Session:
    """What a signed-in session offers: the service's content, and the stub that holds its connections."""

    content: Any
    stub: Any

    def close(self) -> None:
        """Sign out, so that no session lingers on the vCenter, and hang up; a vCenter that is gone is no error here."""
        with suppress(OSError, HTTPException, ExpatError, vmodl.MethodFault):
            self.content.sessionManager.Logout()
        self.stub.DropConnections()


def sign_in(target: Target) -> Session:
    """Raises CertificateNotTrusted, SignInRefused, Unreachable."""
    context = tls_context(target)
    host, port = host_and_port(target.address)
    stub = SoapStubAdapter(
        host, port, version=API_VERSION, sslContext=context, httpConnectionTimeout=target.timeout_seconds
    )
    with in_plain_words(target):
        try:
            content = vim.ServiceInstance("ServiceInstance", stub).RetrieveContent()
            if content is None:  # some page that happens to be well-formed
                raise HTTPException("no vSphere service in its answer")
            content.sessionManager.Login(target.username, target.password, None)
        except BaseException:
            stub.DropConnections()
            raise
    return Session(content, stub)


def host_and_port(address: str) -> tuple[str, int]:
    """``vc.example.net``, ``vc.example.net:8443``, ``[2001:db8::1]:443`` or a bare address; raises Unreachable."""
    bare_ipv6 = address.count(":") > 1 and not address.startswith("[")
    try:
        parts = urlsplit(f"//[{address}]" if bare_ipv6 else f"//{address}")
        if parts.hostname:
            return parts.hostname, parts.port or HTTPS_PORT
    except ValueError:
        pass
    raise Unreachable(
        f"'{address}' is not an address: write a host name or an IP address, with :port if it is not 443."
    )


def tls_context(target: Target) -> ssl.SSLContext:
    """Check what the vCenter shows on every connection before sending a byte. Raises CertificateNotTrusted."""
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


@contextmanager
def in_plain_words(target: Target) -> Iterator[None]:
    """Turn what the libraries raise into the protocol's errors, with a message that says what to do."""
    where = f"{target.name} ({target.address})"
    try:
        yield
    except WrongPin as error:
        raise CertificateNotTrusted(
            f"{where} shows a certificate with the thumbprint {error.found}, which is not the pinned one. If its "
            "certificate was renewed, compare the new thumbprint on the vCenter and pin that; if not, do not go on."
        ) from error
    except ssl.SSLCertVerificationError as error:
        raise CertificateNotTrusted(
            f"{where}: the certificate is not vouched for ({error.verify_message}). Give its authority's certificate, "
            "or compare its thumbprint on the vCenter and pin it."
        ) from error
    except TimeoutError as error:
        raise Unreachable(
            f"{where} did not answer within {target.timeout_seconds:g} s: check that it is up and not overloaded."
        ) from error
    except ssl.SSLError as error:
        raise Unreachable(f"{where} does not speak TLS there ({error.reason}): check the port.") from error
    except OSError as error:
        raise Unreachable(
            f"{where} cannot be reached ({error.strerror or error}): check the address, the port and the network."
        ) from error
    except (HTTPException, ExpatError) as error:
        raise Unreachable(f"{where} answers, but not as a vCenter does ({error}): check address and port.") from error
    except (vim.fault.InvalidLogin, vim.fault.NoClientCertificate) as error:
        raise SignInRefused(f"{where} refuses the user name or the password: correct them on the device.") from error
    except vim.fault.NotAuthenticated as error:
        raise Unreachable(f"{where} ended the session: try again.") from error
    except vmodl.MethodFault as error:
        raise Refused(f"{where} refuses: {error.msg or type(error).__name__}") from error
