"""What NAPALM, and the libraries below it, raise: in plain words that say what to do."""

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import jnpr.junos.exception as junos
import netmiko.exceptions
import paramiko
import pyeapi.eapilib
from napalm.base import exceptions as napalm
from napalm.nxapi_plumbing import errors as nxapi

from provisioning.drivers.protocol import (
    CertificateNotTrusted,
    DeviceError,
    Refused,
    SignInRefused,
    Target,
    Unreachable,
)
from provisioning.drivers.tls import WrongPin

FAULTS = (
    napalm.NapalmException,
    netmiko.exceptions.NetmikoBaseException,
    paramiko.SSHException,
    pyeapi.eapilib.EapiError,
    nxapi.NXAPIError,
    junos.RpcError,
    junos.ConnectError,
    httpx.HTTPError,
    OSError,
    EOFError,
    ValueError,
)
SIGN_IN = (
    napalm.ConnectAuthError,
    paramiko.AuthenticationException,
    junos.ConnectAuthError,
    nxapi.NXAPIAuthError,
)
LOCKED = (napalm.LockError, napalm.SessionLockedException, junos.LockError)
SLOW = (
    napalm.ConnectTimeoutError,
    napalm.CommandTimeoutException,
    netmiko.exceptions.ReadTimeout,
    junos.RpcTimeoutError,
    httpx.TimeoutException,
    TimeoutError,
)
NO = (  # the switch understood and said no
    napalm.MergeConfigException,
    napalm.ReplaceConfigException,
    napalm.CommitError,
    napalm.CommandErrorException,
    pyeapi.eapilib.CommandError,
    nxapi.NXAPICommandError,
    junos.RpcError,
)
UNAUTHORIZED = 1005  # eAPI: the account may not run this command


class Busy(Refused):
    """Somebody else holds the switch's configuration, or a change waits for its confirmation."""

    transient = True


class ForAll(Refused):
    """No one object's fault: to look for the bad one would be in vain."""


def told(error: BaseException, target: Target) -> DeviceError | None:
    """The same in the protocol's terms; None for what is no device's fault."""
    if isinstance(error, DeviceError):
        return error
    where = f"{target.name} ({target.address})"
    chain = _chain(error)
    return (
        _about_trust(chain, where)
        or _about_the_account(error, where)
        or _about_the_line(error, chain, where)
        or _about_the_change(error, where)
    )


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    step: BaseException | None = error
    while step is not None and step not in found:
        found.append(step)
        step = getattr(step, "_orig", None) or step.__cause__ or step.__context__
    return found


def _about_trust(chain: list[BaseException], where: str) -> DeviceError | None:
    for error in chain:
        if isinstance(error, DeviceError):
            return error
        if isinstance(error, WrongPin):
            return CertificateNotTrusted(
                f"{where} shows a certificate with the thumbprint {error.found}, which is not the pinned one. If its "
                "certificate was renewed, compare the new thumbprint on the switch and pin that; if not, do not go on."
            )
        if isinstance(error, ssl.SSLCertVerificationError):
            return CertificateNotTrusted(
                f"{where}: the certificate is not vouched for ({error.verify_message}). Give its authority's "
                "certificate, or compare its thumbprint on the switch and pin it."
            )
        if isinstance(error, ssl.SSLError):
            return Unreachable(f"{where} does not speak TLS there ({error.reason}): check the port.")
    return None


def _about_the_account(error: BaseException, where: str) -> DeviceError | None:
    unauthorized = isinstance(error, pyeapi.eapilib.ConnectionError) and "nauthorized" in str(error)
    if unauthorized or isinstance(error, SIGN_IN):
        return SignInRefused(f"{where} refuses the user name or the password: correct them on the device.")
    forbidden = isinstance(error, pyeapi.eapilib.CommandError) and error.error_code == UNAUTHORIZED
    if forbidden or isinstance(error, junos.PermissionError):
        return ForAll(f"{where}: the account may not change this: grant it the right on the switch.")
    if isinstance(error, ValueError) and "enable mode" in str(error):
        return ForAll(f"{where}: the account starts without its rights: give it privilege level 15 on the switch.")
    return None


def _about_the_line(error: BaseException, chain: list[BaseException], where: str) -> DeviceError | None:
    if isinstance(error, napalm.UnsupportedVersion):
        return Refused(f"{where} runs a release that NAPALM does not support ({_short(error)}): update the switch.")
    if any(isinstance(one, SLOW) for one in chain):
        return Unreachable(
            f"{where} did not answer in time: check that it is up and not overloaded; it is read again before going on."
        )
    if isinstance(error, (*NO, *LOCKED, napalm.CommitConfirmException)):
        return None
    if isinstance(error, FAULTS):
        return Unreachable(
            f"{where} cannot be reached, or broke the connection ({_short(chain[-1])}): check the address, the port, "
            "the network, and that its programming interface is turned on."
        )
    return None


def _about_the_change(error: BaseException, where: str) -> DeviceError | None:
    if isinstance(error, LOCKED):
        return Busy(
            f"{where}: another session holds its configuration ({_short(error)}): it will be tried again; if it stays "
            "so, end that session, or commit or discard its changes, on the switch."
        )
    if isinstance(error, napalm.CommitConfirmException):
        return ForAll(
            f"{where} cannot take a change back by itself, so none is made ({_short(error)}): on Cisco IOS turn on "
            "'archive' with a 'path'."
        )
    if isinstance(error, NO):
        return Refused(f"{where} refuses: {_short(error)}.")
    return None


def _short(error: BaseException) -> str:
    text = " ".join(str(error).split()).rstrip(".")
    return text[:200] or type(error).__name__


def blamed(message: str) -> set[int]:
    """The VLANs whose own command the switch quotes as the bad one; empty where it quotes none."""
    return {int(vid) for vid in re.findall(r"['\"`](?:no )?vlan (\d{1,4})['\"`]", message)}


@contextmanager
def in_plain_words(target: Target) -> Iterator[None]:
    try:
        yield
    except FAULTS as error:
        if (known := told(error, target)) is None or known is error:
            raise
        raise known from error
