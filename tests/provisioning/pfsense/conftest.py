"""A stand-in for a pfSense over TLS, and sessions of our driver with it that never really wait."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from lab.pfsense import Running, serve
from lab.pfsense.server import KEY
from provisioning.drivers.pfsense import PfSense
from provisioning.drivers.pfsense.api import Api
from provisioning.drivers.protocol import Change, Kind, ObjectId, Outcomes, Target

TUNNEL_KEY = "a-pre-shared-key-that-nobody-may-see"


@pytest.fixture
def firewall() -> Iterator[Running]:
    with serve() as running:
        yield running


@pytest.fixture
def target(firewall: Running) -> Target:
    return target_of(firewall)


def target_of(firewall: Running, **changes: Any) -> Target:
    target = Target("fw-acme", firewall.address, password=KEY, ca_pem=firewall.certificate.pem, tunnel_key=TUNNEL_KEY)
    return replace(target, **changes)


class Clock:
    """Time that passes only by being waited for; ``waited``: each wait, in seconds."""

    def __init__(self) -> None:
        self.now, self.waited = 0.0, list[float]()

    def pause(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds

    def __call__(self) -> float:
        return self.now


def session(target: Target, clock: Clock | None = None) -> PfSense:
    clock = clock or Clock()
    return PfSense(target, api=Api(target, pause=clock.pause, clock=clock))


def interface(vid: int, description: str = "", address: str = "") -> Change:
    attributes: dict[str, Any] = {
        "vlan_id": vid,
        "description": description or f"Acme-failover-test-{vid}",
        "address": address,
    }
    return Change(ObjectId(Kind.INTERFACE, f"vlan{vid}"), attributes)


def alias(name: str, *entries: str, type: str = "network") -> Change:
    return Change(ObjectId(Kind.ALIAS, name), {"type": type, "entries": [*entries]})


def rule(key: str, **changes: Any) -> Change:
    attributes: dict[str, Any] = {
        "action": "pass",
        "direction": "in",
        "family": "inet",
        "protocol": "any",
        "source": "any",
        "destination": "any",
        "ports": "",
    }
    return Change(ObjectId(Kind.RULE, key), attributes | changes)


def exemption(key: str, **changes: Any) -> Change:
    everything: dict[str, Any] = {"family": "inet46", "protocol": "any", "ports": "", "target": ""}
    parties = {"source": "any", "destination": "192.168.10.0/24"}
    mapping = {"action": "exempt", "interface": "wan", **parties, **everything}
    return Change(ObjectId(Kind.NAT, f"outbound/{key}"), mapping | changes)


def route(prefix: str, via: str = "wan") -> Change:
    return Change(ObjectId(Kind.ROUTE, prefix), {"via": via})


def gateway(name: str, address: str, interface: str = "wan") -> Change:
    return Change(ObjectId(Kind.GATEWAY, name), {"interface": interface, "address": address})


def tunnel(remote: str, *prefixes: str, local: tuple[str, ...] = ()) -> Change:
    attributes: dict[str, Any] = {"remote_prefixes": [*prefixes]} | ({"local_prefixes": [*local]} if local else {})
    return Change(ObjectId(Kind.TUNNEL, remote), attributes)


def put(target: Target, *changes: Change) -> Outcomes:
    with session(target) as driver:
        return driver.apply(changes)


def drop(target: Target, *changes: Change) -> Outcomes:
    with session(target) as driver:
        return driver.remove([change.id for change in changes])


def look(target: Target) -> dict[ObjectId, dict[str, Any]]:
    with session(target) as driver:
        return {id: dict(attributes) for id, attributes in driver.read().items()}


def all_taken(outcomes: Outcomes) -> bool:
    assert dict.fromkeys(outcomes) == dict(outcomes)
    return True
