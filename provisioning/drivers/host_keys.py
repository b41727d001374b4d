"""The host key that a switch shows over SSH: known beforehand, or pinned; anything else is refused."""

import base64
import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import paramiko

from provisioning.drivers.fingerprints import sha256_hex
from provisioning.drivers.protocol import CertificateNotTrusted, Target

SYSTEM_KNOWN_HOSTS = ("~/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts")

Vouched = Callable[[Any], bool]


def fingerprint(key: Any) -> str:
    """A host key's SHA-256, as OpenSSH and most switches show it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")


def checker(target: Target, *, host: str, port: int, known_hosts: Sequence[str]) -> Vouched:
    """Says True to the key that is right and raises CertificateNotTrusted for any other."""
    if target.tls == "pinned":
        return _pin(target)
    return _known_host(target, known_hosts_names(host, port), known_hosts)


def known_hosts_names(host: str, port: int) -> list[str]:
    """How OpenSSH writes this place in known hosts."""
    return [f"[{host}]:{port}"] if port != 22 else [host, f"[{host}]:22"]


def _pin(target: Target) -> Vouched:
    try:
        pin = sha256_hex(target.thumbprint)
    except ValueError:
        raise CertificateNotTrusted(
            f"{target.name}: the pinned thumbprint is not a SHA-256 one: give the host key's SHA256:… or 64 "
            "hexadecimal digits."
        ) from None

    def vouched(key: Any) -> bool:
        if hashlib.sha256(key.asbytes()).hexdigest() != pin:
            raise CertificateNotTrusted(
                f"{target.name} ({target.address}) shows the host key {fingerprint(key)}, which is not the pinned one. "
                "If its key was renewed, compare it on the switch's console and pin that; if not, do not go on."
            )
        return True

    return vouched


def _known_host(target: Target, names: Sequence[str], known_hosts: Sequence[str]) -> Vouched:
    keys = paramiko.HostKeys()
    for name in known_hosts or SYSTEM_KNOWN_HOSTS:
        with suppress(OSError):
            keys.load(os.path.expanduser(name))

    def vouched(key: Any) -> bool:
        if any(keys.check(name, key) for name in names):
            return True
        found = "another host key than known" if any(keys.lookup(name) for name in names) else "a host key unknown here"
        raise CertificateNotTrusted(
            f"{target.name} ({target.address}) shows {found}: {key.get_name()} {fingerprint(key)}. Compare it on the "
            "switch's console; if it is the same, pin it."
        )

    return vouched
