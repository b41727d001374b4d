"""What a Zerto manager says when it does not answer as asked, as an error whose message says what to do."""

import ssl

import httpx

from provisioning.drivers.protocol import CertificateNotTrusted, DeviceError, Refused, SignInRefused, Unreachable
from provisioning.drivers.tls import WrongPin
from provisioning.drivers.trust import not_vouched_for


class Busy(DeviceError):
    """The manager has too much to do, or is not up yet: the same call may work later."""

    transient = True


WRONG_PASSWORD = "the user name or password is refused: correct them on its page under Zerto managers."  # noqa: S105
BY_STATUS: dict[int, tuple[type[DeviceError], str]] = {
    401: (SignInRefused, WRONG_PASSWORD),
    403: (SignInRefused, "we may sign in, but not read this: give the user a role that may view it."),
    404: (Refused, "there is no such thing there: check the product, the address and the port."),
    429: (Busy, "it is busy, and stayed so: try again later."),
    503: (Busy, "it is busy, or not up yet, and stayed so: try again later."),
}
AT_FAULT = (Busy, "an error inside of the manager: try again, and look at its log.")


def told(*, status: int, said: str, where: str, what: str) -> DeviceError:
    """``where``: the manager in words. ``what``: what the call was about. ``said``: its own words, with no secret."""
    kind, advice = BY_STATUS.get(status) or (AT_FAULT if status >= 500 else (Refused, "refused."))
    own = f" It said: {said.rstrip('. ')}." if said else f" (status {status})"
    return kind(f"{where}, {what}: {advice}{own}")


def not_as_expected(*, where: str, what: str) -> Refused:
    return Refused(
        f"{where}, {what}: the answer is not what this product's API gives: check the product, the address and the "
        "port."
    )


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
        return not_vouched_for(reason, where=where, device="the Zerto manager")
    if isinstance(error, httpx.TimeoutException):
        return Unreachable(f"{where} did not answer in time: check that it is up and not overloaded.")
    if isinstance(reason, ssl.SSLError):
        return Unreachable(f"{where} does not speak TLS there ({reason.reason}): check the port.")
    why = reason.strerror if isinstance(reason, OSError) and reason.strerror else "no reason given"
    return Unreachable(
        f"{where} cannot be reached, or broke the connection ({why}): check the address, the port and the network."
    )
