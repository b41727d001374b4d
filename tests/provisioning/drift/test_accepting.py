"""Accepted drift: for exactly what was seen, until its day, and said wherever it would be undone."""

from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.utils import timezone

from provisioning.attention import attention
from provisioning.drift import check
from provisioning.drift.accepting import AcceptRefused, accept, seen, take_back, undone_by
from provisioning.drivers.protocol import Kind
from provisioning.models import AcceptanceEnd, DriftAcceptance, DriftFinding
from provisioning.planning import make_plan
from tenants.models import Tenant
from tests.factories import make_user
from tests.provisioning.drift.scenes import accepted, live_tenant, lose_group, rename_vlan, stray, switch_of, vcenter_of
from tests.provisioning.things import approved, put, work

pytestmark = pytest.mark.django_db


def open_keys() -> set[str]:
    return set(DriftFinding.objects.open(now=timezone.now()).values_list("key", flat=True))


def end_of(acceptance: DriftAcceptance) -> str:
    acceptance.refresh_from_db()
    return acceptance.end


def test_what_is_accepted_is_no_longer_counted_and_stays_so_over_the_next_look() -> None:
    tenant = live_tenant()
    acceptance = accepted(rename_vlan(tenant))
    for _ in range(2):
        assert check(switch_of(tenant)) == []
        assert open_keys() == set()
    assert not attention(Tenant.objects.all(), now=timezone.now()).drifted
    assert DriftFinding.objects.accepted(now=timezone.now()).get().acceptance == acceptance


def test_another_value_on_the_device_is_a_finding_again() -> None:
    tenant = live_tenant()
    acceptance = accepted(rename_vlan(tenant))
    put(switch_of(tenant), Kind.VLAN, "100", name="renamed-again")
    assert [one.key for one in check(switch_of(tenant))] == ["100"]
    assert end_of(acceptance) == AcceptanceEnd.CHANGED
    assert open_keys() == {"100"}


def test_another_intent_is_a_finding_again() -> None:
    tenant = live_tenant()
    acceptance = accepted(rename_vlan(tenant))
    tenant.networks.filter(vlan__vid=100).update(port_group="acme-new")
    assert [one.key for one in check(switch_of(tenant))] == ["100"]
    assert end_of(acceptance) == AcceptanceEnd.CHANGED


def test_the_day_passes_without_a_look_and_it_is_a_finding_again() -> None:
    tenant = live_tenant()
    acceptance = accepted(rename_vlan(tenant))
    DriftAcceptance.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert open_keys() == {"100"}
    assert attention(Tenant.objects.all(), now=timezone.now()).changed == 1
    check(switch_of(tenant))
    assert end_of(acceptance) == AcceptanceEnd.EXPIRED


def test_what_agrees_again_is_not_excused_the_next_time() -> None:
    tenant = live_tenant()
    acceptance = accepted(rename_vlan(tenant))
    approved(tenant)
    work()
    assert check(switch_of(tenant)) == []
    assert end_of(acceptance) == AcceptanceEnd.AGREES
    rename_vlan(tenant)
    assert open_keys() == {"100"}


def test_an_accepted_stray_that_is_taken_away_is_over() -> None:
    tenant = live_tenant()
    stray(tenant.pod, 100, name="shadow")
    (found,) = check(vcenter_of(tenant))
    acceptance = accepted(found)
    stray(tenant.pod, 101, name="shadow")
    assert [one.key for one in check(vcenter_of(tenant))] == ["dvs-pod-1/shadow"]
    assert end_of(acceptance) == AcceptanceEnd.CHANGED


def test_a_person_takes_it_back_and_twice_changes_nothing() -> None:
    tenant = live_tenant()
    acceptance = accepted(rename_vlan(tenant))
    olga = make_user("olga")
    assert take_back(acceptance, by=olga, now=timezone.now())
    assert not take_back(acceptance, by=make_user("otto"), now=timezone.now())
    acceptance.refresh_from_db()
    assert (acceptance.end, acceptance.ended_by) == (AcceptanceEnd.TAKEN_BACK, olga)
    assert open_keys() == {"100"}


def test_the_audit_log_says_who_accepted_and_how_it_ended() -> None:
    acceptance = accepted(rename_vlan(live_tenant()))
    take_back(acceptance, by=make_user("olga"), now=timezone.now())
    made, ended = LogEntry.objects.get_for_object(acceptance).order_by("timestamp")
    assert made.changes_dict["reason"] == ["None", "works on it"]
    assert ended.changes_dict["end"] == ["", "taken-back"]


def test_a_second_click_answers_with_the_first_acceptance() -> None:
    found = rename_vlan(live_tenant())
    assert accepted(found) == accepted(found, reason="another")
    assert DriftAcceptance.objects.count() == 1


def test_what_is_another_by_now_is_refused_and_so_is_what_is_gone() -> None:
    tenant = live_tenant()
    found = rename_vlan(tenant)
    as_seen, now, olga = seen(found), timezone.now(), make_user("olga")
    later = now + timedelta(days=1)
    rename_vlan(tenant, name="meanwhile")
    with pytest.raises(AcceptRefused, match="no longer as you saw it"):
        accept(finding=found, as_seen=as_seen, reason="x", until=later, by=olga, now=now)
    DriftFinding.objects.all().delete()
    with pytest.raises(AcceptRefused, match="nothing left to accept"):
        accept(finding=found, as_seen=as_seen, reason="x", until=later, by=olga, now=now)


@pytest.mark.parametrize("days", [-1, 0, 367])
def test_an_end_is_needed_and_is_a_year_away_at_most(days: int) -> None:
    found = rename_vlan(live_tenant())
    with pytest.raises(AcceptRefused, match="a year at most"):
        accepted(found, until=timezone.now() + timedelta(days=days))


def test_a_plan_says_which_accepted_differences_it_would_undo() -> None:
    tenant = live_tenant()
    acceptance = accepted(rename_vlan(tenant))
    lose_group(tenant)
    plan = make_plan(tenant=tenant, by=None)
    assert undone_by(plan, now=timezone.now()) == [acceptance]
    take_back(acceptance, by=make_user("olga"), now=timezone.now())
    assert undone_by(plan, now=timezone.now()) == []
