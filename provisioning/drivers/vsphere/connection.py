"""A signed-in session with a vCenter, over TLS that was verified, and its failures in plain words."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from xml.parsers.expat import ExpatError

from provisioning.drivers.protocol import CertificateNotTrusted, Refused, SignInRefused, Target, Unreachable
from provisioning.drivers.tls import WrongPin, host_and_port, tls_context
from provisioning.drivers.trust import not_vouched_for
from provisioning.drivers.vsphere.faults import lacking
from provisioning.drivers.vsphere.sdk import SoapStubAdapter, vim, vmodl

# vSphere 6.7: the first with the security policy that we write (macManagementPolicy); later ones still speak it.
API_VERSION = "vim.version.version12"


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
        raise not_vouched_for(error, where=where, device="the vCenter") from error
    except TimeoutError as error:
        raise Unreachable(
            f"{where} did not answer within {target.timeout_seconds:g} s: check that it is up and not overloaded."
        ) from error
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
        raise Unreachable(f"{where} hung up: check that it is up; it may be restarting.") from error
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
    except vim.fault.NoPermission as error:
        raise Refused(f"{where}: {lacking(error)}") from error
    except vmodl.MethodFault as error:
        raise Refused(f"{where} refuses: {error.msg or type(error).__name__}") from error
