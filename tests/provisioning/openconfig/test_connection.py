"""Signing in to a switch: who is trusted, what is wrong when it fails, and that nothing is left open."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from lab.netconfd import Switch
from lab.netconfd.ssh import Wire, ssh_server
from provisioning.drivers.host_keys import fingerprint
from provisioning.drivers.openconfig import OpenConfig, Options
from provisioning.drivers.openconfig.connection import host_and_port, in_plain_words
from provisioning.drivers.protocol import CertificateNotTrusted, DeviceError, SignInRefused, Target, Unreachable

OTHER_FINGERPRINT = "ab" * 32


def refused(target: Target, options: Options | None = None) -> DeviceError:
    with pytest.raises(DeviceError) as caught, OpenConfig(target, options):
        pass
    return caught.value


@pytest.mark.lab
class TestHostKeys:
    def test_the_pinned_key_is_trusted_however_the_fingerprint_is_written(self, core: Switch, target: Target) -> None:
        digits = core.host_key_fingerprint
        for text in (digits, digits.upper(), ":".join(digits[i : i + 2] for i in range(0, 64, 2))):
            with OpenConfig(replace(target, thumbprint=text)) as driver:
                driver.read()

    def test_the_fingerprint_in_our_words_can_be_pinned_as_it_stands(self, target: Target) -> None:
        words = str(refused(replace(target, thumbprint=OTHER_FINGERPRINT)))
        shown = next(word for word in words.replace(",", " ").split() if word.startswith("SHA256:"))
        with OpenConfig(replace(target, thumbprint=shown)) as driver:
            driver.read()

    def test_another_key_than_the_pinned_one_is_not_trusted(self, core: Switch, target: Target) -> None:
        error = refused(replace(target, thumbprint=OTHER_FINGERPRINT))
        assert isinstance(error, CertificateNotTrusted)
        assert not error.transient
        assert "which is not the pinned one" in str(error)
        assert not core.wire.messages

    def test_a_pin_is_not_overruled_by_known_hosts(self, core: Switch, target: Target) -> None:
        pinned = replace(target, thumbprint=OTHER_FINGERPRINT)
        assert isinstance(refused(pinned, Options(known_hosts=(str(core.known_hosts),))), CertificateNotTrusted)

    def test_a_pin_that_is_no_fingerprint_is_told_before_anybody_is_called(self, target: Target) -> None:
        error = refused(replace(target, thumbprint="", address="127.0.0.1:1"))
        assert isinstance(error, CertificateNotTrusted)
        assert "64 hexadecimal digits" in str(error)

    def test_a_known_host_is_trusted(self, core: Switch, target: Target) -> None:
        options = Options(known_hosts=("/nowhere/known_hosts", str(core.known_hosts)))
        with OpenConfig(replace(target, tls="verify"), options) as driver:
            driver.read()

    def test_an_unknown_host_is_never_trusted_and_its_fingerprint_is_shown(self, target: Target) -> None:
        error = refused(replace(target, tls="verify"), Options(known_hosts=("/nowhere/known_hosts",)))
        assert isinstance(error, CertificateNotTrusted)
        assert "a host key unknown here: ssh-ed25519 SHA256:" in str(error)
        assert "Compare it on the switch's console" in str(error)

    def test_a_host_that_is_known_with_another_key_is_not_trusted(
        self, core: Switch, target: Target, tmp_path: Path
    ) -> None:
        key = asyncssh.generate_private_key("ssh-ed25519").export_public_key("openssh").decode()
        (tmp_path / "known_hosts").write_text(f"[127.0.0.1]:{core.port} {key}")
        error = refused(replace(target, tls="verify"), Options(known_hosts=(str(tmp_path / "known_hosts"),)))
        assert isinstance(error, CertificateNotTrusted)
        assert "another host key than known" in str(error)

    def test_the_password_is_not_sent_to_a_host_that_is_not_trusted(self, core: Switch, target: Target) -> None:
        # Were it sent, the wrong one would be refused as such.
        error = refused(replace(target, thumbprint=OTHER_FINGERPRINT, password="guess"))
        assert isinstance(error, CertificateNotTrusted)


@pytest.mark.lab
class TestSigningIn:
    def test_a_wrong_password_is_told_from_a_switch_that_is_away(self, target: Target) -> None:
        error = refused(replace(target, password="guess"))
        assert isinstance(error, SignInRefused)
        assert "refuses the user name or the password" in str(error)
        assert "guess" not in str(error)

    @pytest.mark.parametrize("way", ["normally", "by an error"])
    def test_the_session_is_closed_when_it_is_left(self, core: Switch, target: Target, way: str) -> None:
        try:
            with OpenConfig(target) as driver:
                driver.read()
                if way == "by an error":
                    raise ZeroDivisionError
        except ZeroDivisionError:
            pass
        assert core.wire.all_closed()
        with pytest.raises(RuntimeError, match="not open"):
            driver.read()

    def test_nothing_is_left_open_by_threads_of_refused_sign_ins(self, target: Target) -> None:
        before = threading.active_count()
        for _ in range(3):
            refused(replace(target, password="guess"))
            refused(replace(target, thumbprint=OTHER_FINGERPRINT))
        for thread in threading.enumerate()[before:]:
            thread.join(timeout=10)
        assert threading.active_count() <= before


class TestUnreachable:
    @pytest.mark.parametrize("address", ["", "core1:port", "[core1", "core1:99999"])
    def test_what_is_no_address_is_told(self, address: str) -> None:
        error = refused(Target("core-1", address, tls="pinned", thumbprint=OTHER_FINGERPRINT))
        assert isinstance(error, Unreachable)
        assert "is not an address" in str(error)

    @pytest.mark.parametrize(
        ("address", "place"),
        [
            ("core1.example.net", ("core1.example.net", 830)),
            ("core1:22", ("core1", 22)),
            ("2001:db8::1", ("2001:db8::1", 830)),
            ("[2001:db8::1]:22", ("2001:db8::1", 22)),
        ],
    )
    def test_netconf_has_a_port_of_its_own(self, address: str, place: tuple[str, int]) -> None:
        assert host_and_port(address) == place

    def test_nobody_there_is_unreachable(self) -> None:
        error = refused(target_at(1))
        assert isinstance(error, Unreachable)
        assert error.transient
        assert "cannot be reached" in str(error)

    def test_a_server_that_does_not_speak_ssh_is_told(self) -> None:
        with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
            error = refused(target_at(port))
        assert isinstance(error, Unreachable)
        assert "does not offer NETCONF over SSH there" in str(error)

    def test_an_ssh_server_without_netconf_is_told(self) -> None:
        with ssh_server(
            accounts={"portal": "secret"}, subsystem=["/bin/false"], environment={}, wire=Wire(watched="portal")
        ) as listening:
            pinned = replace(target_at(listening.port), thumbprint=listening.fingerprint, password="secret")
            error = refused(pinned)
        assert isinstance(error, Unreachable)
        assert "NETCONF" in str(error) or "broke" in str(error)

    def test_a_channel_that_the_other_side_closed_is_not_blamed_on_the_network(self) -> None:
        told = "broke .Socket is closed.: check that NETCONF is turned on"
        with pytest.raises(Unreachable, match=told), in_plain_words(target_at(830)):
            raise OSError("Socket is closed")  # as paramiko raises it: without a number


def test_a_fingerprint_is_shown_as_openssh_shows_it() -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")

    class Shown:
        def asbytes(self) -> bytes:
            return key.public_data

    assert fingerprint(Shown()) == key.get_fingerprint("sha256")


def target_at(port: int) -> Target:
    return Target(
        "core-1", f"127.0.0.1:{port}", "portal", "x", tls="pinned", thumbprint=OTHER_FINGERPRINT, timeout_seconds=5
    )


@contextmanager
def answering(words: bytes) -> Iterator[int]:
    """A server that says these words to the first who calls, and hangs up."""

    def answer() -> None:
        caller, _ = listener.accept()
        with caller:
            caller.sendall(words)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()
