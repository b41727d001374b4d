"""Addresses of devices: what a driver takes is taken, and what cannot be right is told at the field."""

import pytest

from provisioning.addresses import BadAddress, check_address


@pytest.mark.parametrize(
    "address",
    [
        *("core1", "core1.example.net", "core1.example.net:8443", "192.0.2.1", "192.0.2.1:65535", "vc_1.example.net"),
        *("2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:830", "fw.simulated.invalid", "core1.example.net."),
    ],
)
@pytest.mark.parametrize("driver", ["vsphere", "pfsense", "openconfig", "simulated", "ovs"])
def test_a_host_with_or_without_a_port_is_taken_by_every_driver(driver: str, address: str) -> None:
    check_address(driver, address)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://vc.example.net", "Leave out https://"),
        ("ssh://core1:22", "Leave out ssh://"),
        ("vc.example.net/sdk", "Leave out the path"),
        ("admin@core1", "Leave out the user name"),
        ("core1:", "a number from 1 to 65535"),
        ("core1:0", "a number from 1 to 65535"),
        ("core1:65536", "a number from 1 to 65535"),
        ("core1:https", "a number from 1 to 65535"),
        ("core 1", "not a host name"),
        ("-core1", "not a host name"),
        ("core1..example.net", "not a host name"),
        (":443", "not a host name"),
        ("192.0.2.300", "not an IPv4 address"),
        ("2001:db8::xyz", "neither host:port nor an IPv6 address"),
        ("[core1]:443", "no IPv6 address"),
        ("[2001:db8::1", "Write a host name"),
    ],
)
def test_what_cannot_be_an_address_is_refused_with_how_it_is_written(address: str, told: str) -> None:
    with pytest.raises(BadAddress, match=told):
        check_address("vsphere", address)


@pytest.mark.parametrize(
    "address",
    ["sw:6640/br0", "unix:/run/openvswitch/db.sock", "unix:/run/openvswitch/db.sock/br0", "[2001:db8::1]:6640"],
)
def test_open_vswitch_takes_its_sockets_and_bridges_too(address: str) -> None:
    check_address("ovs", address)


@pytest.mark.parametrize("address", ["unix:relative.sock", "unix:/run/x", "sw:6640/br0/more", "tcp:sw:6640", "sw/br 0"])
def test_what_open_vswitch_does_not_take_is_refused(address: str) -> None:
    with pytest.raises(BadAddress):
        check_address("ovs", address)
