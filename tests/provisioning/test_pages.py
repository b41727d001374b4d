"""The pages about plans, runs, devices and drift: what they show, who may act, and what a wrong click does."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.roles import Role
from provisioning import drift
from provisioning.drivers.protocol import Kind
from provisioning.models import Device, DriftFinding, Plan, PlanStatus, Purpose, Run, RunStatus, SimulatedDevice
from provisioning.planning import make_plan
from tests.factories import make_pod, make_tenant, make_user
from tests.provisioning.things import approved, carries, fault, make_devices, make_newcomer, put, take_away, work

pytestmark = pytest.mark.django_db


def signed_in(client: Client, *roles: Role, name: str = "olga") -> User:
    user = make_user(name, *roles)
    client.force_login(user)
    return user


def page(client: Client, name: str, *args: object) -> str:
    response = client.get(reverse(f"provisioning:{name}", args=args))
    assert response.status_code == 200
    return response.content.decode()


def test_from_the_prepare_page_to_a_tenant_that_is_live(client: Client) -> None:
    tenant = make_newcomer()
    signed_in(client, Role.OPERATOR)
    assert "Read the devices and make the plan" in page(client, "prepare", tenant.slug)
    response = client.post(reverse("provisioning:prepare", args=[tenant.slug]))
    plan = Plan.objects.get()
    assert response.headers["Location"] == plan.get_absolute_url()

    signed_in(client, Role.APPROVER, name="ann")
    shown = page(client, "plan", plan.pk)
    assert plan.hash in shown
    assert "dvs-pod-1/Acme-failover-test-101" in shown
    assert "VLAN ID 101, promiscuous rejected" in shown
    assert "simulated devices: nothing real is" in shown
    response = client.post(reverse("provisioning:plan_approve", args=[plan.pk]), {"hash": plan.hash})
    run = Run.objects.get()
    assert response.headers["Location"] == run.get_absolute_url()
    waiting = page(client, "run", run.pk)
    assert "waiting for a worker" in waiting
    assert 'hx-trigger="every 1s"' in waiting

    work()
    done = page(client, "run_progress", run.pk)
    assert "Everything was read back from the devices, once more at the end, and agrees." in done
    assert "hx-trigger" not in done


def test_a_second_click_on_approve_leads_to_the_same_run(client: Client) -> None:
    plan = make_plan(tenant=make_newcomer(), by=None)
    signed_in(client, Role.APPROVER)
    url = reverse("provisioning:plan_approve", args=[plan.pk])
    first, second = (client.post(url, {"hash": plan.hash}) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"] == Run.objects.get().get_absolute_url()


def test_a_stale_hash_and_ones_own_plan_are_refused_in_words(client: Client) -> None:
    user = signed_in(client, Role.APPROVER, Role.OPERATOR)
    own = make_plan(tenant=make_newcomer(), by=user)
    url = reverse("provisioning:plan_approve", args=[own.pk])
    refused = client.post(url, {"hash": own.hash})
    assert refused.status_code == 409
    assert "somebody else approves it" in refused.content.decode()
    Plan.objects.update(made_by=None)
    refused = client.post(url, {"hash": "0" * 64})
    assert refused.status_code == 409
    assert "not the one that you read" in refused.content.decode()


def test_a_rejection_keeps_its_note(client: Client) -> None:
    plan = make_plan(tenant=make_newcomer(), by=None)
    signed_in(client, Role.APPROVER)
    client.post(reverse("provisioning:plan_reject", args=[plan.pk]), {"hash": plan.hash, "note": "wrong pod"})
    assert "wrong pod" in page(client, "plan", plan.pk)


def test_a_device_that_refuses_the_password_is_told_on_the_prepare_page(client: Client) -> None:
    tenant = make_newcomer()
    fault(tenant.pod.dvs.vcenter.device, SimulatedDevice.Fault.SIGN_IN)
    signed_in(client, Role.OPERATOR)
    response = client.post(reverse("provisioning:prepare", args=[tenant.slug]))
    assert response.status_code == 409
    text = response.content.decode()
    assert "refused the user name or password" in text
    assert "Read the devices again" in text
    assert not Plan.objects.exists()


def test_a_failed_run_offers_a_new_plan_or_withdrawal(client: Client) -> None:
    tenant = make_newcomer()
    fault(tenant.pod.switch.device, SimulatedDevice.Fault.REFUSES)
    run = approved(tenant)
    work()
    signed_in(client, Role.OPERATOR)
    shown = page(client, "run", run.pk)
    assert "Make a new plan" in shown
    assert "Withdraw the tenant" in shown
    assert "refused to write" in shown


def test_the_lists_show_what_waits_and_what_ran(client: Client) -> None:
    tenant = make_newcomer()
    approved(tenant)
    make_plan(tenant=make_newcomer("Bolt", pod=tenant.pod, vids=[200, 201]), by=None)
    signed_in(client, Role.NOC)
    shown = page(client, "runs")
    assert "Bolt" in shown
    assert "queued" in shown
    assert page(client, "devices").count("simulated.invalid") == 4
    assert "Plan a push" not in page(client, "tenant_panel", tenant.slug)


def drifted() -> Device:
    pod = make_pod()
    switch, vcenter = make_devices(pod)
    tenant = make_tenant(pod=pod)
    run = approved(tenant)
    work()
    run.refresh_from_db()
    assert run.status == RunStatus.SUCCEEDED
    group = next(key for key in carries(vcenter) if "100" in key).removeprefix("port group ")
    take_away(vcenter, Kind.PORT_GROUP, group)
    put(vcenter, Kind.PORT_GROUP, "dvs-pod-1/stray", vlan_id=999)
    put(switch, Kind.VLAN, "100", name="renamed")
    put(switch, Kind.VLAN, "1", name="default")
    drift.check(vcenter)
    drift.check(switch)
    return vcenter


def test_drift_is_found_shown_and_restored_through_a_plan(client: Client) -> None:
    vcenter = drifted()
    assert sorted(DriftFinding.objects.values_list("drift", "kind")) == [
        ("changed", "vlan"),
        ("leaked", "port_group"),
        ("missing", "port_group"),
    ]
    signed_in(client, Role.OPERATOR)
    assert "dvs-pod-1/stray" in page(client, "drift")
    assert "Restore through a plan" in page(client, "tenant_panel", "acme")
    client.post(reverse("provisioning:prepare", args=["acme"]), {"purpose": "restore"})
    plan = Plan.objects.get(status=PlanStatus.PROPOSED)
    assert plan.purpose == Purpose.RESTORE
    assert plan.operations.count() == 2
    first_seen = DriftFinding.objects.get(drift="leaked").first_seen_at
    client.post(reverse("provisioning:device_check", args=[vcenter.slug]))
    assert DriftFinding.objects.get(drift="leaked").first_seen_at == first_seen


def test_what_is_on_its_way_is_no_drift() -> None:
    tenant = make_newcomer()
    put(tenant.pod.switch.device, Kind.TRUNK_VLAN, "port-channel1/100")
    assert drift.check(tenant.pod.switch.device) == []


def test_a_device_is_added_tested_and_edited_and_its_password_never_shown(client: Client) -> None:
    pod = make_pod()
    signed_in(client, Role.ADMIN)
    data = {
        "kind": "core-switch",
        "switch": pod.switch.pk,
        "name": "core a",
        "driver": "simulated",
        "address": "sim-a",
        "username": "portal",
        "password": "s3cret-words",
        "tls": "verify",
    }
    client.post(reverse("provisioning:device_new"), data)
    device = Device.objects.get()
    assert device.password() == "s3cret-words"
    assert b"s3cret" not in bytes(device.secret)
    tested = client.post(reverse("provisioning:device_test", args=[device.slug])).content.decode()
    assert "simulated device 1" in tested
    fault(device, SimulatedDevice.Fault.UNREACHABLE)
    assert "does not answer" in client.post(reverse("provisioning:device_test", args=[device.slug])).content.decode()

    edit = reverse("provisioning:device_edit", args=[device.slug])
    assert "s3cret" not in client.get(edit).content.decode()
    client.post(edit, {**data, "password": "", "address": "sim-b", "version": 1})
    device.refresh_from_db()
    assert (device.address, device.password(), device.version) == ("sim-b", "s3cret-words", 2)
    late = client.post(edit, {**data, "version": 1}).content.decode()
    assert "Somebody else saved this device meanwhile" in late


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"switch": ""}, "Say which one this device stands for"),
        ({"driver": "vsphere"}, "speaks to a vCenter only"),
        ({"tls": "pinned"}, "needs its SHA-256 thumbprint"),
        ({"tls": "pinned", "thumbprint": "zz"}, "64 hexadecimal digits"),
        ({"ca_pem": "hello"}, "not a PEM certificate"),
        ({"kind": "firewall", "tenant": "Nobody"}, "No present tenant is called Nobody"),
    ],
)
def test_bad_input_about_a_device_is_told_at_its_field(client: Client, change: dict[str, str], words: str) -> None:
    signed_in(client, Role.ADMIN)
    switch = make_pod().switch
    data = {"kind": "core-switch", "switch": switch.pk, "name": "x", "driver": "simulated", "address": "x"}
    data["tls"] = "verify"
    response = client.post(reverse("provisioning:device_new"), {**data, **change})
    assert words in response.content.decode()
    assert not Device.objects.exists()


@pytest.mark.parametrize("name", ["runs", "devices", "drift"])
def test_the_lists_cost_the_same_however_long(
    client: Client, name: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    first = make_newcomer()
    for number in range(5):
        approved(make_newcomer(f"Extra{number}", pod=first.pod, vids=[200 + 2 * number, 201 + 2 * number]))
        make_plan(tenant=make_newcomer(f"More{number}", pod=first.pod, vids=[300 + 2 * number]), by=None)
    signed_in(client, Role.NOC)
    with django_assert_max_num_queries(12):
        page(client, name)


def test_a_noc_may_read_and_nothing_else(client: Client) -> None:
    plan = make_plan(tenant=make_newcomer(), by=None)
    signed_in(client, Role.NOC)
    page(client, "plan", plan.pk)
    forbidden: list[tuple[str, list[str | int]]]
    forbidden = [("prepare", ["acme"]), ("plan_approve", [plan.pk]), ("plan_reject", [plan.pk])]
    for name, args in forbidden:
        assert client.post(reverse(f"provisioning:{name}", args=args)).status_code == 403
