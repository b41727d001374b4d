"""The pfSense driver keeps the contract of every driver, for each kind of object that a firewall carries."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from lab.pfsense import Firewall, serve
from provisioning.drivers.pfsense import PfSense
from provisioning.drivers.protocol import Attributes, Change, Driver, ObjectId
from tests.provisioning.driver_contract import DriverContract
from tests.provisioning.pfsense.conftest import (
    alias,
    exemption,
    gateway,
    interface,
    put,
    route,
    rule,
    target_of,
    tunnel,
)

SUBJECTS: dict[str, Callable[[int], Change]] = {
    "interface": lambda n: interface(100 + n, address=f"10.0.{n}.0/24"),
    "interface without an address": lambda n: interface(100 + n),
    "interface with IPv6": lambda n: interface(100 + n, address=f"2001:db8:{n}::/64"),
    "gateway": lambda n: gateway(f"GW{n}", f"203.0.113.{100 + n}"),
    "route": lambda n: route(f"192.168.{n}.0/24"),
    "alias": lambda n: alias(f"customer_{n}", f"192.168.{n}.0/24"),
    "rule": lambda n: rule(f"wan/{n}0-some", destination=f"10.0.{n}.0/24", protocol="tcp", ports="4007"),
    "rule on the way out": lambda n: rule(f"wan/{n}0-some", direction="out", action="block", source=f"10.0.{n}.0/24"),
    "nat": lambda n: exemption(f"wan/{n}0-some", destination=f"192.168.{n}.0/24"),
    "tunnel": lambda n: tunnel(f"198.51.100.{n}", f"192.168.{n}.0/24", local=("10.0.1.0/24", "10.0.2.0/24")),
    "tunnel for everything": lambda n: tunnel(f"198.51.100.{n}", f"192.168.{n}.0/24"),
}
CHANGES: dict[str, dict[str, Any]] = {
    "interface": {"address": "10.9.9.9/24", "description": "Acme_renamed.it-100"},
    "gateway": {"address": "203.0.113.77"},
    "route": {"via": "ELSEWHERE"},
    "alias": {"entries": ["10.1.0.0/16", "10.2.0.0/16"]},
    "rule": {"destination": "any", "protocol": "any", "ports": ""},
    "nat": {"destination": "any"},
    "tunnel": {"remote_prefixes": ["172.16.0.0/16", "172.17.0.0/16"], "local_prefixes": ["10.0.2.0/24"]},
}


# How other objects name an interface is a setting of the API's; it matters to what lies on interfaces.
SETTINGS = [(subject, "descr") for subject in SUBJECTS] + [
    (subject, shown_as) for subject in ("interface", "rule", "nat", "tunnel") for shown_as in ("id", "if")
]


@pytest.mark.parametrize(("subject", "shown_as"), SETTINGS)
class TestContract(DriverContract):
    @pytest.fixture(autouse=True)
    def on_a_firewall_in_use(self, subject: str, shown_as: str) -> Iterator[None]:
        with serve(Firewall(shown_as=shown_as)) as running:
            self.subject, self.target = subject, target_of(running)
            put(self.target, interface(66), gateway("ELSEWHERE", "203.0.113.99"), rule("wan/05-first"))
            put(self.target, exemption("wan/05-first"))
            yield

    def open(self) -> Driver:
        return PfSense(self.target)

    def open_with_wrong_password(self) -> Driver:
        return PfSense(replace(self.target, password="guess"))

    def open_where_nothing_answers(self) -> Driver:
        return PfSense(replace(self.target, address="127.0.0.1:1"))

    def thing(self, number: int) -> tuple[ObjectId, dict[str, Any]]:
        change = SUBJECTS[self.subject](number)
        return change.id, dict(change.after)

    def changed(self, attributes: Attributes) -> dict[str, Any]:
        return {**attributes, **CHANGES[self.subject.split()[0]]}
