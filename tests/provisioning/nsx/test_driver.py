"""What the NSX driver writes, what it leaves alone, and how it copes with a manager that others use too."""

import copy
from typing import Any

import pytest

from lab.nsx import Running, serve
from lab.nsx.manager import BASE, ApiError
from lab.nsx.server import PASSWORD, Hangup, Request
from provisioning.drivers.nsx.driver import TAG_SCOPE
from provisioning.drivers.nsx.faults import Busy, Stale
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
from tests.provisioning.nsx.conftest import ZONE, Clock, drop, look, only, put, segment, session, target_of

ACME = segment()


def there(nsx: Running, change: Change = ACME) -> dict[str, Any]:
    return nsx.manager.segments[change.id.key]


def meddle(nsx: Running, key: str, **changes: Any) -> None:
    """What somebody else changes on the manager."""
    nsx.manager.call("PATCH", f"{BASE}/{key}", changes, {})


def test_a_segment_is_made_with_its_vni_zone_name_and_our_tag(nsx: Running, target: Target) -> None:
    put(target, segment(gateway="/infra/tier-1s/gw-1"))
    made = there(nsx)
    assert made["overlay_id"] == 5000
    assert made["transport_zone_path"] == ZONE
    assert made["connectivity_path"] == "/infra/tier-1s/gw-1"
    assert made["display_name"] == ACME.id.key
    assert [tag["scope"] for tag in made["tags"]] == [TAG_SCOPE]


def test_what_is_right_already_is_not_written(nsx: Running, target: Target) -> None:
    put(target, ACME)
    put(target, ACME)
    assert len(nsx.writes()) == 1
    assert there(nsx)["_revision"] == 0


def test_a_change_names_the_revision_that_was_read_and_keeps_what_others_put_there(
    nsx: Running, target: Target
) -> None:
    put(target, ACME)
    subnets = [{"gateway_address": "10.0.0.1/24"}]
    meddle(nsx, ACME.id.key, subnets=subnets, tags=[{"scope": TAG_SCOPE, "tag": "x"}, {"scope": "owner", "tag": "me"}])

    assert only(put(target, segment(gateway="/infra/tier-1s/gw-1"))) is None

    assert (nsx.writes()[-1].body or {})["_revision"] == 1
    assert there(nsx)["subnets"] == subnets
    assert {tag["scope"] for tag in there(nsx)["tags"]} == {"owner", TAG_SCOPE}


def test_a_gateway_that_is_no_longer_wanted_is_taken_off(nsx: Running, target: Target) -> None:
    put(target, segment(gateway="/infra/tier-1s/gw-1"))
    put(target, ACME)
    assert "connectivity_path" not in there(nsx)
    assert look(target)[ACME.id] == dict(ACME.after)


def overtake(nsx: Running, times: int) -> None:
    """Somebody else writes just before our PUT arrives, so many times."""
    left = [times]

    def before(request: Request) -> None:
        if request.method == "PUT" and left[0]:
            left[0] -= 1
            meddle(nsx, ACME.id.key, description=f"edit {left[0]}")

    nsx.before = before


def test_a_revision_that_another_has_overtaken_is_read_anew_and_written_again(nsx: Running, target: Target) -> None:
    put(target, ACME)
    overtake(nsx, 2)
    assert only(put(target, segment(gateway="/infra/tier-1s/gw-1"))) is None
    assert there(nsx)["description"] == "edit 0"
    assert there(nsx)["connectivity_path"] == "/infra/tier-1s/gw-1"


def test_a_segment_that_others_keep_changing_is_given_up_as_transient(nsx: Running, target: Target) -> None:
    put(target, ACME)
    overtake(nsx, 99)
    outcome = only(put(target, segment(gateway="/infra/tier-1s/gw-1")))
    assert isinstance(outcome, Stale)
    assert outcome.transient
    assert "somebody else changes it" in str(outcome)


def test_the_stand_in_refuses_a_write_without_or_with_an_old_revision(nsx: Running, target: Target) -> None:
    put(target, ACME)
    body = copy.deepcopy(there(nsx))
    meddle(nsx, ACME.id.key, description="newer")
    for stale in (body, {k: v for k, v in body.items() if k != "_revision"}):
        with pytest.raises(ApiError) as caught:
            nsx.manager.call("PUT", f"{BASE}/{ACME.id.key}", stale, {})
        assert caught.value.status == 412


def test_a_segment_with_ports_attached_is_not_removed_and_the_words_say_what_to_do(
    nsx: Running, target: Target
) -> None:
    put(target, ACME, segment("Acme-extra-5001", 5001))
    nsx.manager.attached[ACME.id.key] = 2
    outcomes = drop(target, ACME, segment("Acme-extra-5001", 5001))
    assert isinstance(outcomes[ACME.id], Refused)
    assert "take the network cards of virtual machines" in str(outcomes[ACME.id])
    assert outcomes[ObjectId(Kind.SEGMENT, "Acme-extra-5001")] is None
    assert list(nsx.manager.segments) == [ACME.id.key]


def test_a_segment_without_our_tag_is_never_removed(nsx: Running, target: Target) -> None:
    put(target, ACME)
    meddle(nsx, ACME.id.key, tags=[])
    outcome = only(drop(target, ACME))
    assert isinstance(outcome, Refused)
    assert "does not bear our tag" in str(outcome)
    assert not [request for request in nsx.requests if request.method == "DELETE"]


def test_a_lost_tag_shows_as_a_difference_and_is_put_back(nsx: Running, target: Target) -> None:
    put(target, ACME)
    meddle(nsx, ACME.id.key, tags=[])
    assert look(target)[ACME.id] == {**ACME.after, "ours": False}
    assert only(put(target, ACME)) is None
    assert look(target)[ACME.id] == dict(ACME.after)


def test_segments_on_plain_vlans_are_no_business_of_ours(nsx: Running, target: Target) -> None:
    nsx.manager.segments["edge-uplink"] = {"id": "edge-uplink", "vlan_ids": ["12"], "_revision": 0}
    assert look(target) == {}


def test_a_read_costs_a_call_a_page_and_not_one_a_segment(nsx: Running, target: Target) -> None:
    nsx.manager.segments |= {
        f"s-{n:04}": {"id": f"s-{n:04}", "overlay_id": 6000 + n, "transport_zone_path": ZONE, "_revision": 0}
        for n in range(2500)
    }
    assert len(look(target)) == 2500
    assert len([request for request in nsx.requests if request.path == BASE]) == 3


def test_a_write_counts_once_it_is_realised(nsx: Running, target: Target) -> None:
    nsx.manager.looks_until_realised = 3
    clock = Clock()
    assert only(put(target, ACME, clock=clock)) is None
    assert len(clock.waited) == 3


def test_what_cannot_be_realised_is_refused(nsx: Running, target: Target) -> None:
    nsx.manager.broken.add(ACME.id.key)
    outcome = only(put(target, ACME))
    assert isinstance(outcome, Refused)
    assert "could not realise it" in str(outcome)


def test_what_is_not_realised_in_time_is_transient(nsx: Running, target: Target) -> None:
    nsx.manager.looks_until_realised = 10_000
    outcome = only(put(target, ACME))
    assert isinstance(outcome, Busy)
    assert outcome.transient


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_manager_is_waited_for_as_it_says(nsx: Running, target: Target, status: int) -> None:
    left = [2]

    def refuse(request: Request) -> None:
        if request.method == "PUT" and left[0]:
            left[0] -= 1
            raise ApiError(status, 98, "Client exceeded request rate", retry_after=7)

    nsx.refuse = refuse
    clock = Clock()
    assert only(put(target, ACME, clock=clock)) is None
    assert clock.waited[:2] == [7.0, 7.0]


def test_a_manager_that_stays_busy_is_transient(nsx: Running, target: Target) -> None:
    def refuse(request: Request) -> None:
        if request.method == "PUT":
            raise ApiError(429, 98, "Client exceeded request rate", retry_after=7)

    nsx.refuse = refuse
    outcome = only(put(target, ACME))
    assert isinstance(outcome, Busy)
    assert outcome.transient


def test_a_refusal_is_one_segments_and_the_rest_is_written(nsx: Running, target: Target) -> None:
    put(target, segment("Bolt-extra-5001", 5001))
    same_vni, other = segment("Acme-extra-5001", 5001), segment("Acme-extra-5002", 5002)
    outcomes = put(target, same_vni, other)
    assert isinstance(outcomes[same_vni.id], Refused)
    assert "in use by another segment" in str(outcomes[same_vni.id])
    assert outcomes[other.id] is None


def test_a_session_that_the_manager_ended_is_opened_anew_once(nsx: Running, target: Target) -> None:
    with session(target) as driver:
        nsx.sessions.clear()
        assert only(driver.apply([ACME])) is None


def test_no_session_stays_behind(nsx: Running, target: Target) -> None:
    put(target, ACME)
    with pytest.raises(ZeroDivisionError), session(target):
        assert len(nsx.sessions) == 1
        raise ZeroDivisionError
    assert not nsx.sessions


def test_a_right_that_is_missing_is_told_apart_from_a_wrong_password(nsx: Running, target: Target) -> None:
    def refuse(request: Request) -> None:
        if request.method == "PUT":
            raise ApiError(403, 289, "The user does not have permission")

    nsx.refuse = refuse
    with pytest.raises(SignInRefused, match="give the user a role that may manage segments"):
        put(target, ACME)


def test_a_connection_that_breaks_is_unreachable_and_nothing_says_the_password(nsx: Running, target: Target) -> None:
    def before(request: Request) -> None:
        if request.method == "PUT":
            raise Hangup

    nsx.before = before
    with pytest.raises(Unreachable) as caught:
        put(target, ACME)
    assert PASSWORD not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert PASSWORD not in repr(target)


def test_something_that_is_no_manager_is_told(nsx: Running, target: Target) -> None:
    nsx.manager.version = ""

    def before(request: Request) -> None:
        if request.path == "/api/session/create":
            raise Hangup

    nsx.before = before
    with pytest.raises(Unreachable), session(target):
        pass


def test_a_certificate_of_another_name_is_not_trusted() -> None:
    with serve(name="elsewhere.example.net") as other, pytest.raises(CertificateNotTrusted), session(target_of(other)):
        pass


def test_a_pinned_certificate_is_taken_and_another_is_not(nsx: Running) -> None:
    pinned = target_of(nsx, tls="pinned", ca_pem="", thumbprint=nsx.certificate.thumbprint)
    assert look(pinned) == {}
    with pytest.raises(CertificateNotTrusted, match="not the pinned one"):
        look(target_of(nsx, tls="pinned", ca_pem="", thumbprint="ab" * 32))


def test_objects_of_other_devices_are_refused_one_by_one(target: Target) -> None:
    outcome = only(put(target, Change(ObjectId(Kind.VLAN, "12"), {"name": "x"})))
    assert isinstance(outcome, Refused)


def test_facts_say_how_many_segments_are_ours(nsx: Running, target: Target) -> None:
    put(target, ACME)
    nsx.manager.call("PUT", f"{BASE}/web", {"transport_zone_path": ZONE}, {})
    with session(target) as driver:
        facts = driver.facts()
    assert (facts.product, facts.details) == ("NSX", ("2 segments, 1 with our tag",))
