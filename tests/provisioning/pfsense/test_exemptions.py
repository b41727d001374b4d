"""What goes over the WAN between a tenant and its site keeps its addresses, whatever else the firewall translates."""

from typing import Any

import pytest

from lab.pfsense import Running
from provisioning.drivers.protocol import Change, Kind, ObjectId, Refused, Surveyed, Target
from tests.provisioning.pfsense import openapi
from tests.provisioning.pfsense.conftest import alias, drop, exemption, look, put, session
from tests.provisioning.pfsense.test_requests import judged

MAPPING, MODE = "/firewall/nat/outbound/mapping", "/firewall/nat/outbound/mode"
OURS = exemption("wan/10-no-translation")


def by_hand(firewall: Running, **fields: Any) -> None:
    translating = {"interface": "WAN", "source": "10.0.0.0/8", "destination": "any", "target": "203.0.113.2"}
    firewall.firewall.call("POST", MAPPING, translating | fields)


def mode(firewall: Running, to: str) -> None:
    firewall.firewall.call("PATCH", MODE, {"mode": to})


def rows(firewall: Running) -> list[dict[str, Any]]:
    assert firewall.firewall.waiting == set()
    return firewall.firewall.live["outbound"]


def deviations(target: Target) -> Any:
    return look(target)[OURS.id].get("deviates")


def test_it_is_live_and_asked_where_translation_was_automatic(target: Target, firewall: Running) -> None:
    assert put(target, OURS) == {OURS.id: None}
    (row,) = rows(firewall)
    assert (row["nonat"], row["source"], row["destination"]) == (True, "any", "192.168.10.0/24")
    assert firewall.firewall.nat_mode == "hybrid"
    assert look(target)[OURS.id] == dict(OURS.after)


def test_removing_it_leaves_the_firewall_as_it_was(target: Target, firewall: Running) -> None:
    before = look(target)
    put(target, OURS)
    assert drop(target, OURS) == {OURS.id: None}
    assert look(target) == before
    assert rows(firewall) == []


@pytest.mark.parametrize("chosen", ["hybrid", "advanced", "disabled"])
def test_a_mode_that_somebody_chose_stays(target: Target, firewall: Running, chosen: str) -> None:
    mode(firewall, chosen)
    by_hand(firewall)
    put(target, OURS)
    assert firewall.firewall.nat_mode == chosen
    assert deviations(target) is None
    drop(target, OURS)
    assert firewall.firewall.nat_mode == chosen
    assert len(rows(firewall)) == 1


def test_it_comes_before_what_others_translate_and_goes_back_there(target: Target, firewall: Running) -> None:
    mode(firewall, "hybrid")
    by_hand(firewall)
    put(target, OURS)
    assert [row["nonat"] for row in rows(firewall)] == [True, False]
    by_hand(firewall, placement=0, descr="dragged to the top")
    assert deviations(target) == ["comes after another mapping"]
    put(target, OURS)
    assert [row["nonat"] for row in rows(firewall)] == [True, False, False]
    assert deviations(target) is None


def test_what_keeps_it_from_deciding_is_told_and_mended(target: Target, firewall: Running) -> None:
    put(target, OURS)
    mode(firewall, "automatic")
    firewall.firewall.call("PATCH", MAPPING, {"id": 0, "disabled": True, "source_port": "500"})
    assert deviations(target) == [
        "asks for a source port",
        "not asked, because outbound NAT is automatic",
        "switched off",
    ]
    put(target, OURS)
    assert look(target)[OURS.id] == dict(OURS.after)


def test_a_mapping_that_automatic_mode_left_asleep_is_not_woken(target: Target, firewall: Running) -> None:
    by_hand(firewall)
    with session(target) as driver:
        seen = driver.read()
        assert isinstance(seen, Surveyed)
        assert "would wake them" in seen.obstacle(OURS.id)
    (error,) = put(target, OURS).values()
    assert isinstance(error, Refused)
    assert firewall.firewall.nat_mode == "automatic"
    firewall.firewall.call("PATCH", MAPPING, {"id": 0, "disabled": True})
    assert put(target, OURS) == {OURS.id: None}


def test_where_translation_may_not_be_read_nothing_is_exempted_and_the_plan_can_know(
    target: Target, firewall: Running
) -> None:
    firewall.firewall.denied = {"/firewall/nat"}
    with session(target) as driver:
        seen = driver.read()
        assert isinstance(seen, Surveyed)
        assert "privilege" in seen.obstacle(OURS.id)
    (error,) = put(target, OURS).values()
    assert "privilege" in str(error)


def test_a_mapping_that_the_firewall_refuses_leaves_the_mode_as_it_was(target: Target, firewall: Running) -> None:
    (error,) = put(target, exemption("wan/10-no-translation", source="an_alias_that_is_not_there")).values()
    assert isinstance(error, Refused)
    assert (firewall.firewall.nat_mode, rows(firewall)) == ("automatic", [])


def test_an_alias_that_a_mapping_names_is_not_removed(target: Target, firewall: Running) -> None:
    site = alias("zcsp_customer", "192.168.10.0/24")
    named = exemption("wan/10-no-translation", destination="zcsp_customer")
    put(target, site, named)
    (error,) = drop(target, site).values()
    assert "the outbound mapping “zcsp wan/10-no-translation”" in str(error)
    assert drop(target, site, named) == {site.id: None, named.id: None}
    assert firewall.firewall.live["aliases"] == []


@pytest.mark.parametrize(
    ("key", "changes"),
    [
        ("outbound/mode", {"mode": "disabled"}),
        ("outbound/wan/10-x", {"action": "translate", "target": "203.0.113.2"}),
        ("forward/wan/10-x", {}),
    ],
)
def test_nothing_else_of_address_translation_is_written(
    target: Target, firewall: Running, key: str, changes: dict[str, Any]
) -> None:
    (error,) = put(target, Change(ObjectId(Kind.NAT, key), {**OURS.after, **changes})).values()
    assert isinstance(error, Refused)
    assert (firewall.firewall.nat_mode, rows(firewall)) == ("automatic", [])


@pytest.mark.skipif(not openapi.DOCUMENT.exists(), reason=openapi.WHY_NOT)
def test_each_request_keeps_to_the_document(target: Target, firewall: Running) -> None:
    put(target, OURS)
    by_hand(firewall, placement=0)
    put(target, exemption("wan/10-no-translation", destination="192.168.0.0/16"))
    drop(target, OURS)
    written = {(request.method, request.path) for request in firewall.requests if request.method != "GET"}
    assert {("PATCH", MODE), ("POST", MAPPING), ("PATCH", MAPPING), ("DELETE", MAPPING)} <= written
    assert judged(firewall.requests) == []
