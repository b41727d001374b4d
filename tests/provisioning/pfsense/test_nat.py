"""Address translation is read, in the order in which pfSense asks it."""

from typing import Any

import pytest

from lab.pfsense import Firewall, Running, serve
from provisioning.drivers.protocol import Attributes, Kind, ObjectId, Target
from tests.provisioning.pfsense import openapi
from tests.provisioning.pfsense.conftest import interface, look, put, rule, target_of
from tests.provisioning.pfsense.test_requests import judged

OUTBOUND, FORWARD, ONE_TO_ONE = (
    f"/firewall/nat/{path}" for path in ("outbound/mapping", "port_forward", "one_to_one/mapping")
)


def translations(target: Target) -> dict[str, dict[str, Any]]:
    return {id.key: dict(found) for id, found in look(target).items() if id.kind == Kind.NAT}


def add(firewall: Running, path: str, **fields: Any) -> None:
    common = {"interface": "WAN", "source": "any", "destination": "any"}
    firewall.firewall.call("POST", path, common | fields)


def test_a_fresh_firewall_translates_automatically_on_the_way_out(target: Target) -> None:
    assert translations(target) == {"outbound/mode": {"mode": "automatic"}}


def test_each_list_is_told_by_what_it_does(target: Target, firewall: Running) -> None:
    put(target, interface(100, address="10.0.0.0/24"))
    firewall.firewall.call("PATCH", "/firewall/nat/outbound/mode", {"mode": "hybrid"})
    add(firewall, OUTBOUND, source="10.0.0.0/24", target="WAN", protocol="tcp", destination_port="4007:4008", descr="x")
    add(firewall, OUTBOUND, nonat=True, interface="enc0", source_port="500", disabled=True)
    add(firewall, FORWARD, protocol="tcp", destination="(self)", target="10.0.0.2", local_port="9071")
    add(firewall, FORWARD, protocol="any", target="10.0.0.3", associated_rule_id="pass", nordr=True)
    add(firewall, ONE_TO_ONE, source="10.0.0.2", external="203.0.113.9")
    told = translations(target)
    assert told.pop("outbound/mode") == {"mode": "hybrid"}
    assert [key.rpartition("/")[0] for key in told] == [
        *("outbound/wan", "outbound/ipsec", "forward/wan", "forward/wan", "one-to-one/wan"),
    ]
    translating, exempt, forward, passing, one_to_one = told.values()
    assert translating == {
        "action": "translate",
        "interface": "wan",
        "family": "inet46",
        "protocol": "tcp",
        "source": "10.0.0.0/24",
        "destination": "any",
        "ports": "4007-4008",
        "target": "WAN",
        "description": "x",
        "stands_for": {"WAN": ["203.0.113.0/24"]},
    }
    assert (exempt["action"], exempt["conditions"], exempt["deviates"]) == (
        "exempt",
        ["a source port"],
        ["switched off"],
    )
    assert (forward["target"], forward["target_ports"]) == ("10.0.0.2", "9071")
    assert forward["stands_for"] == {"(self)": ["10.0.0.1/32", "203.0.113.2/32"]}
    assert (passing["action"], passing["passes"]) == ("exempt", True)
    assert (one_to_one["source"], one_to_one["target"]) == ("10.0.0.2", "203.0.113.9")


def test_a_mapping_keeps_its_key_when_another_before_it_goes(target: Target, firewall: Running) -> None:
    for network in ("10.1.0.0/16", "10.2.0.0/16", "10.2.0.0/16"):
        add(firewall, OUTBOUND, source=network, target="WAN")
    first, second, twin, mode = sorted(translations(target), key=lambda key: (key == "outbound/mode", len(key)))
    assert twin.endswith("+")
    firewall.firewall.call("DELETE", OUTBOUND, {"id": 0})
    assert {*translations(target)} < {first, second, twin, mode}


@pytest.mark.parametrize("path", ["/firewall/nat", "/firewall/nat/outbound/mode"])
def test_a_user_who_may_not_read_it_reads_all_the_rest(target: Target, firewall: Running, path: str) -> None:
    firewall.firewall.denied = {path}
    seen = look(target)
    why = str(seen[ObjectId(Kind.NAT, "unread")]["why"])
    assert "privilege" in why
    assert sum(id.kind == Kind.NAT for id in seen) == 1
    assert any(id.kind == Kind.RULE for id in seen)


@pytest.mark.skipif(not openapi.DOCUMENT.exists(), reason=openapi.WHY_NOT)
def test_each_read_keeps_to_the_document(target: Target, firewall: Running) -> None:
    look(target)
    asked = {request.path for request in firewall.requests if request.path.startswith("/firewall/nat")}
    assert len(asked) == 4
    assert judged(firewall.requests) == []


def test_a_foreign_rule_says_what_an_audit_has_to_know_of_it() -> None:
    with serve(Firewall()) as running:
        target = target_of(running)
        put(target, interface(100, address="10.0.0.0/24"), rule("vlan100/10-first", action="block"))
        shared = {"type": "pass", "ipprotocol": "inet", "protocol": "tcp", "source": "any", "descr": "by hand"}
        running.firewall.call(
            "POST",
            "/firewall/rule",
            {
                **shared,
                "interface": ["WAN", "enc0"],
                "floating": True,
                "quick": True,
                "destination": "WAN",
                "sched": "x",
            },
        )
        (told,) = [
            found for id, found in look(target).items() if id.kind == Kind.RULE and id.key.startswith("floating/")
        ]
        expected: Attributes = {
            "floating": True,
            "quick": True,
            "places": ["ipsec", "wan"],
            "conditions": ["a schedule"],
            "stands_for": {"WAN": ["203.0.113.0/24"]},
        }
        assert {name: told[name] for name in expected} == expected
