"""Names survive the way to the firewall and back, and so do addresses."""

from ipaddress import ip_interface

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.drivers.pfsense.names import (
    INTERFACE_NAME_LENGTH,
    address_of,
    description_of,
    host_of,
    interface_name,
    same_network,
)
from provisioning.drivers.protocol import Refused

PORT_GROUPS = st.from_regex(r"[A-Za-z0-9._-]{1,25}", fullmatch=True)


@settings(max_examples=300)
@given(PORT_GROUPS | st.text("_x25FED-", min_size=1, max_size=12))
def test_a_description_comes_back_exactly_and_pfsense_takes_its_name(description: str) -> None:
    name = interface_name(description)
    assert description_of(name) == description
    assert name.replace("_", "a").isalnum()
    assert name.isascii()
    assert len(name) <= INTERFACE_NAME_LENGTH


def test_a_common_name_stays_readable() -> None:
    assert interface_name("Acme-failover-production-100") == "Acme_failover_production_100"


@pytest.mark.parametrize("description", ["", "n" * 129, "100 €"])
def test_what_cannot_be_a_name_is_refused(description: str) -> None:
    with pytest.raises(Refused, match="cannot be an interface's name"):
        interface_name(description)


@settings(max_examples=200)
@given(st.ip_addresses(v=4), st.integers(8, 32))
def test_an_address_that_is_read_is_written_to_the_same_host(host: object, length: int) -> None:
    address = address_of(str(host), length)
    given_host, given_length = host_of(address)
    assert given_length == length
    found = ip_interface(f"{host}/{length}")
    if found.ip != found.network.network_address or length >= 31:
        assert given_host == str(host)


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("10.0.0.0/24", ("10.0.0.1", 24)),
        ("10.0.0.9/24", ("10.0.0.9", 24)),
        ("10.0.0.4/31", ("10.0.0.4", 31)),
        ("10.0.0.4/32", ("10.0.0.4", 32)),
        ("2001:db8::/64", ("2001:db8::1", 64)),
    ],
)
def test_a_network_stands_for_its_first_host(address: str, host: tuple[str, int]) -> None:
    assert host_of(address) == host
    assert address_of(*host) == address


@pytest.mark.parametrize("address", ["10.0.0.1/24", "10.0.0.0", "rubbish", "10.0.0.0/33", "2001:0db8::/64"])
def test_an_address_that_would_read_back_otherwise_is_refused(address: str) -> None:
    with pytest.raises(Refused, match=r"did you mean|write"):
        host_of(address)


def test_networks_are_compared_as_networks() -> None:
    assert same_network("2001:db8::/32", "2001:0db8::/32")
    assert not same_network("10.0.0.0/8", "10.0.0.0/9")
    assert same_network("an_alias", "an_alias")
