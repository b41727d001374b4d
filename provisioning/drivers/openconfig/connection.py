"""A NETCONF session over SSH with a switch whose host key was checked, and its failures in plain words."""

import logging
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import ncclient.transport.session
import paramiko
from ncclient import NCClientError
from ncclient.manager import Manager, make_device_handler
from ncclient.operations import MissingCapabilityError, RaiseMode, RPCError, TimeoutExpiredError
from ncclient.transport import AuthenticationError, SSHError, SSHSession, SSHUnknownHostError, TransportError

from provisioning.drivers.host_keys import checker
from provisioning.drivers.openconfig.faults import complaints_of, told
from provisioning.drivers.openconfig.options import DEFAULT_PORT, Options
from provisioning.drivers.protocol import CertificateNotTrusted, Refused, SignInRefused, Target, Unreachable

CLOSING_SECONDS = 5.0
PASSWORD_REFUSED = re.compile("AuthenticationException|BadAuthenticationType|PasswordRequired")
CAPABILITIES = {
    ":candidate": "candidate configuration",
    ":confirmed-commit": "confirmed commit",
    ":validate": "validation",
}

# ncclient looks for something to send this often (in seconds): its own 0.1 would be most of the time of a small write.
ncclient.transport.session.TICK = 0.01
# It would write whole configurations into our log; what goes wrong is raised, and told in our own words.
logging.getLogger("ncclient").setLevel(logging.CRITICAL)


class _Session(SSHSession):  # type: ignore[misc]  # ncclient has no types
    """Asks only us about the host key: ncclient would accept any that the account's known hosts have, pin or not."""

    def load_known_hosts(self, filename: str | None = None) -> None:
        pass

    def close(self) -> None:
        if self.transport is not None:
            super().close()


class Netconf(Manager):  # type: ignore[misc]  # ncclient has no types
    """ncclient's operations, and a way to hang up that needs no answer."""

    def hang_up(self) -> None:
        self._session.close()


def sign_in(target: Target, options: Options) -> Netconf:
    """A signed-in session. Raises CertificateNotTrusted, SignInRefused, Unreachable."""
    host, port = host_and_port(target.address)
    vouched = checker(target, host=host, port=port, known_hosts=options.known_hosts)
    handler = make_device_handler({"name": "default"})
    session = _Session(handler)
    with in_plain_words(target):
        line = socket.create_connection((host, port), timeout=target.timeout_seconds)
        try:
            session.connect(
                host=host,
                port=port,
                sock=line,
                timeout=target.timeout_seconds,
                username=target.username,
                password=target.password,
                allow_agent=False,
                look_for_keys=False,
                hostkey_verify=True,
                unknown_host_cb=lambda _host, _md5: vouched(session.transport.get_remote_server_key()),
            )
        except BaseException:
            session.close()
            line.close()
            raise
    return Netconf(session, handler, timeout=target.timeout_seconds, raise_mode=RaiseMode.ERRORS)


def close(manager: Netconf, *, broken: bool = False) -> None:
    """End the session, politely unless it is ``broken``; a switch that is gone is no error here."""
    manager.timeout = CLOSING_SECONDS
    with suppress(NCClientError, OSError, EOFError, paramiko.SSHException):
        if manager.connected and not broken:
            manager.close_session()
    with suppress(OSError, EOFError, paramiko.SSHException):
        manager.hang_up()


def refuse_incapable(manager: Netconf, target: Target) -> None:
    """Raises Refused when the switch lacks what a safe write needs."""
    missing = [words for name, words in CAPABILITIES.items() if name not in manager.server_capabilities]
    if missing:
        raise Refused(
            f"{target.name} offers no {' and no '.join(missing)} over NETCONF, without which a change cannot be tried "
            "and taken back: turn that on on the switch, or choose another driver for it."
        )


def can_cancel(manager: Netconf) -> bool:
    """Whether it knows ``cancel-commit``; older ones roll back when the session ends."""
    return ":confirmed-commit:1.1" in manager.server_capabilities


def host_and_port(address: str) -> tuple[str, int]:
    """``core1.example.net``, ``core1:22``, ``[2001:db8::1]:830`` or a bare address; raises Unreachable."""
    bare_ipv6 = address.count(":") > 1 and not address.startswith("[")
    try:
        parts = urlsplit(f"//[{address}]" if bare_ipv6 else f"//{address}")
        if parts.hostname:
            return parts.hostname, parts.port or DEFAULT_PORT
    except ValueError:
        pass
    raise Unreachable(
        f"'{address}' is not an address: write a host name or an IP address, with :port if it is not 830."
    )


@contextmanager
def in_plain_words(target: Target) -> Iterator[None]:
    """Turn what the libraries raise into the protocol's errors, with a message that says what to do."""
    where = f"{target.name} ({target.address})"
    try:
        yield
    except SSHUnknownHostError as error:  # never happens: our own check raises before ncclient does
        raise CertificateNotTrusted(f"{where}: its host key is not known.") from error
    except AuthenticationError as error:
        if PASSWORD_REFUSED.search(str(error)):
            raise SignInRefused(
                f"{where} refuses the user name or the password: correct them on the device."
            ) from error
        raise Unreachable(f"{where} hung up while we signed in: try again.") from error
    except TimeoutExpiredError as error:
        raise Unreachable(
            f"{where} did not answer in time: check that it is up and not overloaded; it is read again before going on."
        ) from error
    except RPCError as error:
        raise told(complaints_of(error)[0], what=where) from error
    except MissingCapabilityError as error:
        raise Refused(f"{where} lacks what this needs: {error}.") from error
    except TimeoutError as error:
        raise Unreachable(
            f"{where} did not answer within {target.timeout_seconds:g} s: check that it is up and not overloaded."
        ) from error
    except OSError as error:
        if error.errno is None:  # not the network's: paramiko says so of a channel that the other side closed
            raise Unreachable(
                f"The session with {where} broke ({_short(error)}): check that NETCONF is turned on there; it is read "
                "again before going on."
            ) from error
        raise Unreachable(
            f"{where} cannot be reached ({error.strerror or error}): check the address, the port and the network."
        ) from error
    except (SSHError, paramiko.SSHException) as error:
        raise Unreachable(
            f"{where} does not offer NETCONF over SSH there ({_short(error)}): check the port, and that NETCONF is "
            "turned on."
        ) from error
    except (TransportError, NCClientError, EOFError) as error:
        raise Unreachable(
            f"The session with {where} broke ({_short(error)}): it is read again before going on."
        ) from error


def _short(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120] or type(error).__name__
