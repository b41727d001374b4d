"""Every request that the driver makes is one that the package's OpenAPI document allows."""

from collections.abc import Sequence

import pytest

from lab.pfsense import Running
from lab.pfsense.server import Request
from provisioning.drivers.protocol import Change, Target
from tests.provisioning.pfsense import openapi
from tests.provisioning.pfsense.conftest import (
    alias,
    all_taken,
    drop,
    gateway,
    interface,
    put,
    route,
    rule,
    session,
    tunnel,
)

pytestmark = pytest.mark.skipif(not openapi.DOCUMENT.exists(), reason=openapi.WHY_NOT)

FIRST: Sequence[Change] = (
    interface(100, address="10.0.0.0/24"),
    interface(101),
    interface(102, address="2001:db8:102::/64"),
    alias("customer", "192.168.10.0/24", "192.168.11.0/24"),
    alias("zcc", "10.0.0.2", type="host"),
    alias("zerto", "4007-4008", "9071", type="port"),
    rule("vlan100/10-no-management", action="block", source="vlan100", destination="172.31.0.0/24"),
    rule("vlan100/20-zerto", protocol="tcp", destination="customer", ports="zerto"),
    rule("ipsec/20-zerto", protocol="tcp", source="customer", destination="zcc", ports="9082-9107"),
    rule("wan/10-no-clear-traffic", action="block", direction="out", destination="customer", family="inet46"),
    gateway("CARRIER", "203.0.113.9"),
    route("192.168.10.0/24"),
    route("192.168.11.0/24", via="CARRIER"),
    tunnel("198.51.100.7", "192.168.10.0/24", "192.168.11.0/24", local=("10.0.0.0/24",)),
    tunnel("2001:db8::7", "2001:db8:10::/64"),
)
THEN: Sequence[Change] = (
    interface(100, "Acme-renamed", "10.0.5.0/24"),
    interface(101, address="10.0.1.0/24"),
    interface(102),
    alias("customer", "192.168.12.0/24"),
    alias("zerto", "4007", type="port"),
    rule("vlan100/20-zerto"),
    rule("vlan100/05-before-all", action="block"),
    rule("wan/10-no-clear-traffic", action="block", destination="customer"),
    gateway("CARRIER", "203.0.113.10"),
    route("192.168.11.0/24"),
    tunnel("198.51.100.7", "192.168.12.0/24"),
)


def judged(requests: Sequence[Request]) -> list[str]:
    return [f"{r.method} {r.path} {r.body or r.query}: {text}" for r in requests for text in openapi.complaints(r)]


def test_making_changing_and_removing_everything_keeps_to_the_document(target: Target, firewall: Running) -> None:
    assert all_taken(put(target, *FIRST))
    assert all_taken(put(target, *THEN))
    with session(target) as driver:
        driver.facts()
    assert all_taken(drop(target, *FIRST, *THEN))
    assert judged(firewall.requests) == []
    written = {(request.method, request.path) for request in firewall.writes()}
    changed = [path for method, path in written if method == "PATCH"]
    assert {"/interface", "/firewall/alias", "/firewall/rule", "/routing/gateway", "/routing/static_route"} <= {
        *changed
    }
    assert len(written) >= 25  # each of eight endpoints made and removed, most changed, and what waits applied


@pytest.mark.parametrize(
    ("request_", "complaint"),
    [
        (Request("POST", "/interface/vlans", {}, {}), "not in the document"),
        (Request("POST", "/interface/vlan", {"if": "vmx1"}, {}), "tag is missing"),
        (Request("POST", "/interface/vlan", {"if": "vmx1", "tag": 4095}, {}), "4095"),
        (Request("POST", "/interface/vlan", {"if": "vmx1", "tag": 5, "name": "x"}, {}), "name is no property"),
        (Request("POST", "/interface/vlan", {"if": "vmx1", "tag": 5, "vlanif": "x"}, {}), "vlanif is read-only"),
        (Request("PATCH", "/interface/vlan", {"descr": "x"}, {}), "id is missing"),
        (Request("POST", "/interface", {"if": "a", "descr": "b", "typev4": "static"}, {}), "ipaddr is missing"),
        (Request("PATCH", "/interface", {"id": "opt1", "typev4": "none", "ipaddr": "10.0.0.1"}, {}), "not available"),
        (Request("DELETE", "/firewall/rule", None, {}), "id is missing"),
        (Request("DELETE", "/firewall/rule", None, {"id": "1", "force": "true"}), "unknown parameter force"),
    ],
)
def test_the_judge_sees_what_is_wrong(request_: Request, complaint: str) -> None:
    assert complaint in " ".join(openapi.complaints(request_))
