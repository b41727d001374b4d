"""What an NSX manager says when it does not do as asked, as an error whose message says what to do.

Its errors are ``{httpStatus, error_code, module_name, error_message, related_errors}``; the HTTP status decides, and
for a refused removal the code.
"""

import ssl
from collections.abc import Mapping
from typing import Any

import httpx

from provisioning.drivers.protocol import CertificateNotTrusted, DeviceError, Refused, SignInRefused, Unreachable
from provisioning.drivers.tls import WrongPin
from provisioning.drivers.trust import not_vouched_for

PORTS_ATTACHED = 503040  # “Segment has … VMs or VIFs attached”
REFERRED_TO = 500030  # “either it has children or it is being referenced by other objects”


class Busy(DeviceError):
    """The manager has too much to do, or is not up yet: the same call may work later."""

    transient = True


class Stale(Refused):
    """Somebody else changed the object between our read and our write, again and again."""

    transient = True


class NotThere(Refused):
    """The object is not there."""


AT_FAULT = "an error inside of the manager: try again, and look at its log."
BY_STATUS: dict[int, tuple[type[DeviceError], str]] = {
    401: (SignInRefused, "the user name or password is refused: correct them on the device's page."),
    403: (SignInRefused, "we may sign in, but not do this: give the user a role that may manage segments."),
    404: (NotThere, "it is not there."),
    409: (Stale, "somebody else changes it at the same time: try again."),
    412: (Stale, "somebody else changes it at the same time: try again."),
    429: (Busy, "it is busy, and stayed so: try again later."),
    503: (Busy, "it is busy, and stayed so: try again later."),
}


def told(*, status: int, said: Mapping[str, Any], where: str, what: str) -> DeviceError:
    """``where``: the manager in words. ``what``: the object or path that the call was about."""
    words = str(said.get("error_message") or f"status {status}").rstrip(". ")
    code = said.get("error_code")
    if code in (PORTS_ATTACHED, REFERRED_TO):
        return Refused(
            f"{where}, {what}: something is still attached to it: take the network cards of virtual machines (and "
            f"whatever else refers to it) off this segment, then try again. It said: {words}."
        )
    kind, advice = BY_STATUS.get(status) or ((Busy, AT_FAULT) if status >= 500 else (Refused, "refused."))
    return kind(f"{where}, {what}: {advice} It said: {words}.")


def broken(error: httpx.HTTPError, *, where: str) -> DeviceError:
    """Why no answer came, from the reason at the bottom of the library's exception."""
    reason: BaseException = error
    while (deeper := reason.__cause__ or reason.__context__) is not None:
        reason = deeper
    if isinstance(reason, WrongPin):
        return CertificateNotTrusted(
            f"{where} shows a certificate with the thumbprint {reason.found}, which is not the pinned one. If its "
            "certificate was renewed, compare the new thumbprint on the manager and pin that; if not, do not go on."
        )
    if isinstance(reason, ssl.SSLCertVerificationError):
        return not_vouched_for(reason, where=where, device="the manager")
    if isinstance(error, httpx.TimeoutException):
        return Unreachable(
            f"{where} did not answer in time: check that it is up and not overloaded. What was being written may still "
            "have been taken: it is read before anything else is written."
        )
    if isinstance(reason, ssl.SSLError):
        return Unreachable(f"{where} does not speak TLS there ({reason.reason}): check the port.")
    why = reason.strerror if isinstance(reason, OSError) and reason.strerror else "no reason given"
    return Unreachable(
        f"{where} cannot be reached, or broke the connection ({why}): check the address, the port and the network."
    )
