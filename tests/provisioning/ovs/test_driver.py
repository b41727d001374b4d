"""VLANs and trunks of a real Open vSwitch: what its datapath lets pass, and what it must never be told."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from lab.openvswitch import BRIDGE, OpenSwitch
from provisioning.drivers.ovs import OpenVSwitch
from provisioning.drivers.ovs.connection import Connection
from provisioning.drivers.ovs.place import Place, place_of
from provisioning.drivers.protocol import (
    CertificateNotTrusted,
    Change,
    Kind,
    ObjectId,
    Refused,
    SignInRefused,
    Target,
    Unreachable,
)

pytestmark = pytest.mark.lab


def vlan(vid: int) -> Change:
    return Change(ObjectId(Kind.VLAN, str(vid)), {"name": f"tenant-{vid}"})


def member(vid: int, port: str = "eth1") -> Change:
    return Change(ObjectId(Kind.TRUNK_VLAN, f"{port}/{vid}"), {})


def told(error: object) -> str:
    assert isinstance(error, Refused)
    assert not error.transient
    return str(error)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, Any]]:
    """Every operation that the driver sends."""
    operations: list[Mapping[str, Any]] = []
    send = Connection._send

    def keep(self: Connection, message: Mapping[str, Any]) -> None:
        if message.get("method") == "transact":
            operations.extend(json.loads(json.dumps(message["params"][1:])))
        send(self, message)

    monkeypatch.setattr(Connection, "_send", keep)
    return operations


def writes(operations: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [one for one in operations if one["op"] not in {"select", "wait"}]


class TestTrunks:
    def test_the_switch_lets_a_vlan_pass_from_when_it_is_added_until_it_is_taken_off(
        self, driver: OpenVSwitch, core: OpenSwitch
    ) -> None:
        assert not core.lets_pass("eth1", 100)
        assert driver.apply([member(100)]) == {member(100).id: None}
        assert core.lets_pass("eth1", 100)
        assert not core.lets_pass("eth2", 100)
        assert driver.remove([member(100).id]) == {member(100).id: None}
        assert not core.lets_pass("eth1", 100)
        assert core.lets_pass("eth1", 999)

    def test_a_list_is_only_added_to_or_taken_from(
        self, driver: OpenVSwitch, core: OpenSwitch, sent: list[Mapping[str, Any]]
    ) -> None:
        core.run("set", "port", "eth1", "trunks=12,13,999")
        driver.apply([vlan(100), member(100), member(13)])
        driver.remove([member(12).id, vlan(100).id])
        assert core.trunk("eth1") == {13, 100, 999}
        assert {one["op"] for one in writes(sent)} == {"mutate"}
        mutations = [m for one in writes(sent) if one["table"] == "Port" for m in one["mutations"]]
        assert mutations == [["trunks", "insert", ["set", [100]]], ["trunks", "delete", ["set", [12]]]]

    def test_the_last_vlan_stays_and_so_does_its_name(self, driver: OpenVSwitch, core: OpenSwitch) -> None:
        driver.apply([vlan(100), member(100)])
        core.run("set", "port", "eth1", "trunks=100")
        outcomes = driver.remove([vlan(100).id, member(100).id])
        assert "a trunk without a list carries all VLANs" in told(outcomes[member(100).id])
        assert "a trunk still carries it" in told(outcomes[vlan(100).id])
        assert core.trunk("eth1") == {100}
        assert not core.lets_pass("eth1", 101)

    def test_a_parking_vlan_takes_the_place_of_the_last_one(self, target: Target, core: OpenSwitch) -> None:
        core.run("set", "port", "eth1", "trunks=100")
        with OpenVSwitch(target, parking_vlan=4000) as driver:
            assert driver.remove([member(100).id]) == {member(100).id: None}
            assert member(4000).id not in driver.read()
        assert core.trunk("eth1") == {4000}
        assert not core.lets_pass("eth1", 100)

    def test_a_trunk_that_carries_all_is_read_as_such_and_not_touched(
        self, driver: OpenVSwitch, core: OpenSwitch, sent: list[Mapping[str, Any]]
    ) -> None:
        core.run("clear", "port", "eth1", "trunks")
        assert core.lets_pass("eth1", 2000)
        assert ObjectId(Kind.TRUNK_VLAN, "eth1/all") in driver.read()
        assert "without a list, so carrying all VLANs: eth1" in driver.facts().details
        assert "cut the others off" in told(driver.apply([member(100)])[member(100).id])
        told(driver.remove([member(100).id])[member(100).id])
        assert not writes(sent)

    def test_somebody_who_empties_the_list_in_the_same_moment_is_noticed(
        self, driver: OpenVSwitch, core: OpenSwitch, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        core.run("set", "port", "eth1", "trunks=100,999")
        look = driver._look

        def look_and_be_overtaken() -> Any:
            found = look()
            core.run("set", "port", "eth1", "trunks=100")
            return found

        monkeypatch.setattr(driver, "_look", look_and_be_overtaken)
        assert "the trunk's last VLAN" in told(driver.remove([member(100).id])[member(100).id])
        assert core.trunk("eth1") == {100}

    @pytest.mark.parametrize(("port", "words"), [("eth7", "no such port"), ("eth9", "in access mode")])
    def test_a_port_that_is_not_there_or_no_trunk_is_refused_and_the_rest_is_done(
        self, driver: OpenVSwitch, core: OpenSwitch, port: str, words: str
    ) -> None:
        outcomes = driver.apply([vlan(100), member(100), member(100, port)])
        assert words in told(outcomes[member(100, port).id])
        assert (outcomes[vlan(100).id], outcomes[member(100).id]) == (None, None)
        assert core.trunk("eth1") == {100, 999}


class TestABatch:
    def test_four_thousand_vlans_are_one_transaction(
        self, driver: OpenVSwitch, core: OpenSwitch, sent: list[Mapping[str, Any]]
    ) -> None:
        vids = [vid for vid in range(2, 4002) if vid != 999]
        outcomes = driver.apply([change for vid in vids for change in (vlan(vid), member(vid))])
        assert set(outcomes.values()) == {None}
        assert core.trunk("eth1") == {*vids, 999}
        assert outcomes.keys() <= driver.read().keys()
        assert len([one for one in writes(sent) if one["table"] == "Port"]) == 1

    def test_what_is_so_already_is_not_written(self, driver: OpenVSwitch, sent: list[Mapping[str, Any]]) -> None:
        driver.apply([vlan(100), member(100)])
        sent.clear()
        assert set(driver.apply([vlan(100), member(100)]).values()) == {None}
        assert set(driver.remove([vlan(200).id, member(200).id, member(5, "eth77").id]).values()) == {None}
        assert not writes(sent)

    def test_names_of_others_are_left_alone(self, driver: OpenVSwitch, core: OpenSwitch) -> None:
        core.run("set", "bridge", BRIDGE, "external_ids:somebody=else")
        driver.apply([vlan(100)])
        driver.remove([vlan(100).id])
        assert core.run("get", "bridge", BRIDGE, "external_ids").strip() == "{somebody=else}"


class TestConnecting:
    def test_over_the_unix_socket_no_certificate_is_needed(self, core: OpenSwitch) -> None:
        for address in (f"unix:{core.socket}", f"unix:{core.socket}/{BRIDGE}"):
            with OpenVSwitch(Target("core-1", address)) as driver:
                assert driver.facts().product == "Open vSwitch"
                assert member(999).id in driver.read()

    def test_a_certificate_in_one_line_is_read_too(self, core: OpenSwitch, target: Target) -> None:
        with OpenVSwitch(replace(target, password=core.client_pem.replace("\n", " "))) as driver:
            driver.read()

    def test_a_pinned_certificate_is_trusted_and_another_is_not(self, core: OpenSwitch, target: Target) -> None:
        pinned = replace(target, tls="pinned", ca_pem="", thumbprint=core.thumbprint)
        with OpenVSwitch(pinned) as driver:
            driver.read()
        other = replace(pinned, thumbprint="ab" * 32)
        with pytest.raises(CertificateNotTrusted, match="not the pinned one"), OpenVSwitch(other):
            pass
        unknown = replace(target, ca_pem=core.client_pem.split("-----BEGIN PRIVATE")[0])
        with pytest.raises(CertificateNotTrusted, match="not vouched for"), OpenVSwitch(unknown):
            pass

    @pytest.mark.parametrize("password", ["", "a password"])
    def test_who_shows_no_certificate_is_told_to(self, target: Target, password: str) -> None:
        with pytest.raises(SignInRefused, match="PEM"), OpenVSwitch(replace(target, password=password)):
            pass

    def test_a_bridge_that_is_not_there_is_told_with_those_that_are(self, target: Target) -> None:
        with (
            OpenVSwitch(replace(target, address=f"{target.address}/br9")) as driver,
            pytest.raises(Refused, match=rf"no bridge 'br9' \(there: {BRIDGE}\): name one in the address"),
        ):
            driver.read()

    def test_a_switch_that_does_not_take_the_change_is_told(self, core: OpenSwitch, target: Target) -> None:
        core.stop("ovs-vswitchd")
        try:
            with (
                OpenVSwitch(replace(target, timeout_seconds=0.1)) as driver,
                pytest.raises(Unreachable, match="check that ovs-vswitchd runs") as caught,
            ):
                driver.apply([member(100)])
            assert caught.value.transient
        finally:
            core.start_switch()
        with OpenVSwitch(target) as driver:
            assert driver.apply([member(101)]) == {member(101).id: None}
        assert core.lets_pass("eth1", 100)
        assert core.lets_pass("eth1", 101)

    def test_a_restart_of_the_database_between_read_and_write_is_told(self, core: OpenSwitch, target: Target) -> None:
        with pytest.raises(Unreachable) as caught, OpenVSwitch(target) as driver:
            driver.read()
            core.stop("ovsdb-server")
            core.start_database()
            driver.apply([member(100)])
        assert caught.value.transient
        with OpenVSwitch(target) as driver:
            assert driver.apply([member(100)]) == {member(100).id: None}
        assert core.trunk("eth1") == {100, 999}


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("core1.example.net", Place("", host="core1.example.net", port=6640)),
        ("core1:6641/br-core", Place("br-core", host="core1", port=6641)),
        ("[2001:db8::1]:6640", Place("", host="2001:db8::1", port=6640)),
        ("unix:/run/openvswitch/db.sock", Place("", path="/run/openvswitch/db.sock")),
        ("unix:/run/openvswitch/db.sock/br0", Place("br0", path="/run/openvswitch/db.sock")),
    ],
)
def test_an_address_says_where_and_which_bridge(address: str, place: Place) -> None:
    assert place_of(address) == place


@pytest.mark.parametrize("address", ["", "core1:port", "core1/a/b", "unix:relative.sock", "unix:/run/x"])
def test_what_is_no_address_is_told(address: str) -> None:
    with pytest.raises(Unreachable, match="is not an address"):
        place_of(address)
