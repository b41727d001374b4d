"""The pages of drift: what they show, what their buttons do, and who may press them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.roles import Role
from inventory.models import Vlan, VlanState
from provisioning.drift import check
from provisioning.drift.accepting import seen
from provisioning.drivers.protocol import Kind
from provisioning.models import Device, DriftAcceptance, DriftFinding, Plan, PlanStatus
from tests.factories import make_user
from tests.provisioning.drift.scenes import (
    accepted,
    finding,
    had_once,
    live_tenant,
    lose_group,
    rename_vlan,
    stray,
    switch_of,
    vcenter_of,
)
from tests.provisioning.things import put

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(make_user("olga", Role.OPERATOR))
    return client


def url(name: str, *args: object) -> str:
    return reverse(f"provisioning:{name}", args=args)


def shown(client: Client, name: str, *args: object, **query: str) -> str:
    answer = client.get(url(name, *args), query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def waiting() -> Plan:
    return Plan.objects.get(status=PlanStatus.PROPOSED)


def day(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def accept_form(found: DriftFinding, **data: str) -> dict[str, object]:
    return {"finding": [found.pk], f"seen-{found.pk}": seen(found), "reason": "ticket 17", "until": day(30), **data}


def test_a_change_is_told_field_by_field(operator: Client) -> None:
    rename_vlan(live_tenant())
    page = shown(operator, "drift")
    assert "<dt>name</dt>" in page
    assert "<del>Acme-failover-production-100</del>" in page
    assert "<ins>renamed</ins>" in page


def test_the_tabs_count_and_show_what_is_open_leaked_and_accepted(operator: Client) -> None:
    tenant = live_tenant()
    accepted(rename_vlan(tenant), reason="migration until spring")
    lose_group(tenant)
    stray(tenant.pod, 999)
    check(vcenter_of(tenant))
    page = shown(operator, "drift")
    assert "Open 2" in page
    assert "Leaked VLANs 1" in page
    assert "Accepted 1" in page
    assert "migration until spring" not in page
    leaked = shown(operator, "drift", tab="leaked")
    assert "VLAN 999 of core-a was free here; no tenant here ever had it. It is unclaimed now" in leaked
    assert "failover-production-100" not in leaked
    kept = shown(operator, "drift", tab="accepted")
    assert "migration until spring" in kept
    assert "Accepted by user-0" in kept
    assert "Take back" in kept


def test_by_device_and_by_tenant_each_row_is_counted_and_restored_with_one_click(operator: Client) -> None:
    acme = live_tenant()
    bolt = live_tenant("Bolt", pod=acme.pod, vids=(200, 201))
    for tenant, vid in ((acme, 100), (bolt, 200), (bolt, 201)):
        lose_group(tenant, vid)
    by_device = shown(operator, "drift", tab="devices")
    assert '<a href="?device=device-vc-pod-1">vc-pod-1</a></th> <td class="num">3</td>' in by_device
    by_tenant = shown(operator, "drift", tab="tenants")
    assert '<a href="?tenant=bolt">Bolt</a></th> <td class="num">2</td>' in by_tenant
    assert "Bolt-failover-test-201" in shown(operator, "drift", tenant="bolt")
    assert "Acme-failover" not in shown(operator, "drift", tenant="bolt")

    answer = operator.post(url("drift_restore"), {"tenant": "bolt"})
    plan = waiting()
    assert (plan.tenant, answer.headers["Location"]) == (bolt, plan.get_absolute_url())
    answer = operator.post(url("drift_restore"), {"device": "device-vc-pod-1"}, follow=True)
    proposed = Plan.objects.filter(status=PlanStatus.PROPOSED)
    assert set(proposed.values_list("tenant__name", flat=True)) == {"Acme", "Bolt"}
    assert f"Waiting for approval already: plan {plan.pk}" in answer.content.decode()


def test_accepting_asks_for_a_reason_and_a_day_and_keeps_what_was_typed(operator: Client) -> None:
    found = rename_vlan(live_tenant())
    form = operator.get(url("drift_accept"), {"finding": found.pk}).content.decode()
    assert "A year at most (365 days)" in form
    wrong = operator.post(url("drift_accept"), accept_form(found, reason="", until=day(400)))
    assert wrong.status_code == 409
    text = wrong.content.decode()
    assert "Say why it may stay." in text
    assert "more than a year away" in text
    assert f'value="{day(400)}"' in text
    for until in ("", day(-1)):
        assert operator.post(url("drift_accept"), accept_form(found, until=until)).status_code == 409
    assert not DriftAcceptance.objects.exists()

    for _ in range(2):  # the second click changes nothing
        operator.post(url("drift_accept"), accept_form(found))
    acceptance = DriftAcceptance.objects.get()
    assert (acceptance.reason, str(acceptance.by)) == ("ticket 17", "olga")
    assert timezone.localtime(acceptance.until).date().isoformat() == day(30)


def test_what_changed_while_the_form_was_open_is_refused_in_words(operator: Client) -> None:
    tenant = live_tenant()
    data = accept_form(rename_vlan(tenant))
    rename_vlan(tenant, name="meanwhile")
    answer = operator.post(url("drift_accept"), data)
    assert answer.status_code == 409
    assert "It is no longer as you saw it" in answer.content.decode()
    assert "ticket 17" in answer.content.decode()


def test_ticked_rows_are_accepted_together_or_restored_together(operator: Client) -> None:
    tenant = live_tenant()
    found = [rename_vlan(tenant), lose_group(tenant)]
    keys = {"finding": [one.pk for one in found]}
    form = operator.post(url("drift_chosen"), {**keys, "do": "accept"}, follow=True).content.decode()
    assert "Accept 2 differences" in form
    operator.post(url("drift_chosen"), {**keys, "do": "restore"})
    assert waiting().operations.count() == 2
    assert "Tick the differences first" in operator.post(url("drift_chosen"), follow=True).content.decode()


def test_an_acceptance_is_shown_where_it_would_be_undone_and_is_taken_back(operator: Client) -> None:
    tenant = live_tenant()
    acceptance = accepted(rename_vlan(tenant), reason="renamed on purpose")
    assert "1 accepted" in shown(operator, "device", switch_of(tenant).slug)
    assert "1 accepted" in shown(operator, "tenant_panel", tenant.slug)
    lose_group(tenant)
    operator.post(url("drift_restore"), {"tenant": "acme"})
    page = shown(operator, "plan", waiting().pk)
    assert "This plan would undo 1 difference that somebody accepted" in page
    assert "renamed on purpose" in page
    operator.post(url("drift_take_back", acceptance.pk))
    assert "This plan would undo" not in shown(operator, "plan", waiting().pk)
    assert "name" in shown(operator, "device", switch_of(tenant).slug)


def test_a_renamed_port_group_is_adopted_with_one_click(operator: Client) -> None:
    tenant = live_tenant()
    lose_group(tenant)
    group = {"vlan_id": 100, "promiscuous": False, "forged_transmits": False, "mac_changes": False}
    put(vcenter_of(tenant), Kind.PORT_GROUP, "dvs-pod-1/acme-prod", **group)
    check(vcenter_of(tenant))
    found = finding("acme-prod")
    assert "Acme-failover-production-100 is acme-prod from now on" in shown(operator, "drift")
    answer = operator.post(url("drift_adopt", found.pk), {"value": "acme-prod", "next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == url("drift")
    assert tenant.networks.get(vlan__vid=100).port_group == "acme-prod"
    assert not DriftFinding.objects.exists()
    assert operator.post(url("drift_adopt", found.pk), {"value": "acme-prod"}).status_code == 404


def test_a_leaked_vlans_page_names_it_its_carriers_and_its_last_tenant(operator: Client) -> None:
    tenant = live_tenant()
    had_once(tenant, 300)
    stray(tenant.pod, 300, name="back-again")
    check(vcenter_of(tenant))
    page = shown(operator, "drift_leak", Vlan.objects.get(vid=300).pk)
    assert "VLAN 300 of core-a" in page
    assert "back-again" in page
    assert "Acme-extra-300" in page
    assert "Its quarantine has no end" in page
    assert "find out" in page.lower()


def test_a_leaked_vlan_is_made_infrastructure_with_what_it_is_for(operator: Client) -> None:
    tenant = live_tenant()
    stray(tenant.pod, 300)
    check(vcenter_of(tenant))
    vlan = Vlan.objects.get(vid=300)
    assert operator.post(url("drift_set_aside", vlan.pk), {"reason": ""}).status_code == 400
    operator.post(url("drift_set_aside", vlan.pk), {"reason": "vMotion"})
    vlan.refresh_from_db()
    assert vlan.state == VlanState.INFRASTRUCTURE
    again = operator.post(url("drift_set_aside", vlan.pk), {"reason": "vMotion"}, follow=True)
    assert "only an unclaimed VLAN" in again.content.decode()


def test_a_customer_sees_none_of_it_and_a_noc_reads_without_buttons(client: Client) -> None:
    tenant = live_tenant()
    found = rename_vlan(tenant)
    client.force_login(make_user("cora", Role.CUSTOMER))
    for name, args in (("drift", []), ("drift_accept", []), ("drift_leak", [Vlan.objects.get(vid=100).pk])):
        assert client.get(url(name, *args)).status_code == 403
    client.force_login(make_user("nick", Role.NOC))
    page = shown(client, "drift")
    assert "renamed" in page
    assert "Restore" not in page
    assert client.post(url("drift_restore"), {"finding": found.pk}).status_code == 403
    assert client.post(url("drift_accept"), accept_form(found)).status_code == 403


@pytest.mark.parametrize("tab", ["open", "leaked", "accepted", "devices", "tenants"])
def test_a_page_costs_the_same_however_many_rows_it_has(
    operator: Client, tab: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    tenant = live_tenant()
    rename_vlan(tenant)
    lose_group(tenant)
    for vid in range(300, 340):
        stray(tenant.pod, vid, name=f"stray-{vid}")
    check(vcenter_of(tenant))
    for found in DriftFinding.objects.filter(key__contains="stray-33"):
        accepted(found)
    with django_assert_max_num_queries(13):
        shown(operator, "drift", tab=tab)
    assert Device.objects.count() == 3
