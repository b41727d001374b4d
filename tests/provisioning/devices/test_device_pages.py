"""The pages of devices: what waits, what holds it back, what went wrong, and who changed what."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.roles import Role
from provisioning import beginning, holding
from provisioning.models import Device, MaintenanceWindow, Run, Step
from provisioning.tunnel_keys import tunnel_key_of
from provisioning.waiting import queue_of
from tests.factories import make_pod, make_switch, make_user
from tests.provisioning.things import approved, fault, make_devices, make_newcomer, work

pytestmark = pytest.mark.django_db


def signed_in(client: Client, role: Role) -> User:
    user = make_user(role.value, role)
    client.force_login(user)
    return user


def page(client: Client, device: Device) -> str:
    response = client.get(reverse("provisioning:device", args=[device.slug]))
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def run() -> Run:
    return approved(make_newcomer())


def vcenter() -> Device:
    return Device.objects.get(kind="vcenter")


def test_the_queue_says_which_runs_wait_how_many_steps_and_when_the_next_attempt_is(client: Client, run: Run) -> None:
    now = timezone.now()
    (queued,) = queue_of(vcenter(), held=None, now=now)
    assert (queued.run_id, queued.tenant, queued.steps, queued.next) == (run.pk, "Acme", 2, None)
    assert queued.why == "waits for a worker"

    later = now + timedelta(minutes=3)
    Step.objects.filter(device=vcenter()).update(not_before=later)
    (queued,) = queue_of(vcenter(), held=None, now=now)
    assert (queued.next, queued.why) == (later, "waits to try again")

    aside = holding.Held("put aside", now + timedelta(minutes=9))
    (queued,) = queue_of(vcenter(), held=aside, now=now)
    assert (queued.next, queued.why) == (aside.until, "nothing is pushed to the device now")

    signed_in(client, Role.NOC)
    shown = page(client, vcenter())
    assert f"Run {run.pk}</a>" in shown
    assert "waits to try again" in shown.lower()


def test_a_paused_run_is_said_to_be_paused(run: Run) -> None:
    Run.objects.update(paused_at=timezone.now())
    (queued,) = queue_of(vcenter(), held=None, now=timezone.now())
    assert queued.why == "the run is paused"


def test_a_device_that_keeps_failing_is_shown_as_put_aside_with_why_and_may_be_tried_now(
    client: Client, run: Run
) -> None:
    fault(vcenter(), "unreachable")
    for _ in range(3):
        Run.objects.update(not_before=None)
        beginning.begin(run.pk)
    signed_in(client, Role.APPROVER)
    shown = page(client, vcenter())
    assert "Put aside after 3 failures in a row" in shown
    assert "does not answer" in shown
    assert "Try now" in shown
    assert "put aside" in client.get(reverse("provisioning:devices")).content.decode()
    client.post(reverse("provisioning:device_try_again", args=[vcenter().slug]))
    assert vcenter().failures == 0


def test_stops_and_windows_in_force_and_planned_are_on_the_page(client: Client, run: Run) -> None:
    now, device = timezone.now(), vcenter()
    holding.stop(device=device, by=make_user("olga"), reason="new release")
    for starts, reason, about in ((-1, "half done", device), (5, "next week", None), (-9, "long over", device)):
        MaintenanceWindow.objects.create(
            device=about,
            starts_at=now + timedelta(days=starts),
            ends_at=now + timedelta(days=starts + 2),
            reason=reason,
        )
    signed_in(client, Role.OPERATOR)
    shown = page(client, device)
    assert "new release" in shown
    assert "half done" in shown
    assert "next week" in shown
    assert "(all devices)" in shown
    assert "long over" not in shown
    assert "Lift</button>" in shown


def test_the_last_errors_are_on_the_page_in_the_devices_own_words(client: Client, run: Run) -> None:
    fault(vcenter(), "refuses")
    work()
    signed_in(client, Role.NOC)
    shown = page(client, vcenter())
    assert "Last errors" in shown
    assert Step.objects.exclude(message="").filter(device=vcenter()).latest("pk").message[:30] in shown


def test_the_page_loads_who_changed_its_settings_and_when(client: Client, run: Run) -> None:
    signed_in(client, Role.ADMIN)
    device = vcenter()
    edit = reverse("provisioning:device_edit", args=[device.slug])
    typed = {"name": device.name, "driver": "simulated", "address": "vc2.example.net:8443", "tls": "verify"}
    typed |= {"version": str(device.version), "password": "correct horse", "only_in_windows": "on"}
    assert client.post(edit, typed).status_code == 302
    stored = vcenter()
    assert (stored.only_in_windows, stored.password()) == (True, "correct horse")
    fragment = reverse("audit_of", args=["provisioning.device", device.pk])
    assert f'hx-get="{fragment}"' in page(client, device)
    told = client.get(fragment).content.decode()
    assert "vc2.example.net:8443" in told
    assert "changed in maintenance windows only:" in told
    assert "stored password:" in told
    assert "correct horse" not in told


def test_who_may_not_read_the_audit_log_is_not_offered_it(client: Client, run: Run) -> None:
    signed_in(client, Role.OPERATOR)
    assert "Who changed its settings" not in page(client, vcenter())


@pytest.mark.parametrize("kind", ["accounts.user", "no.such", "nonsense"])
def test_the_edits_of_what_is_not_tracked_are_not_told(client: Client, kind: str) -> None:
    user = signed_in(client, Role.ADMIN)
    assert client.get(reverse("audit_of", args=[kind, user.pk])).status_code == 404


def test_a_tunnels_key_is_on_no_screen_and_its_command_is_named(client: Client, run: Run) -> None:
    signed_in(client, Role.ADMIN)
    firewall = Device.objects.get(kind="firewall")
    Device.objects.filter(pk=firewall.pk).update(driver="pfsense")
    shown = page(client, firewall)
    assert "manage.py tunnel_key Acme" in shown
    assert tunnel_key_of(firewall.tenant_id) not in shown


def test_an_address_that_cannot_be_right_is_told_at_its_field(client: Client, run: Run) -> None:
    signed_in(client, Role.ADMIN)
    device = vcenter()
    edit = reverse("provisioning:device_edit", args=[device.slug])
    typed = {"name": device.name, "driver": "vsphere", "address": "https://vc.example.net", "version": device.version}
    shown = client.post(edit, {**typed, "tls": "verify"}).content.decode()
    assert "Leave out https://" in shown
    assert 'value="https://vc.example.net"' in shown


def test_the_list_costs_the_same_for_three_devices_and_for_thirty(
    client: Client, run: Run, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    signed_in(client, Role.NOC)
    url = reverse("provisioning:devices")
    client.get(url)
    with django_assert_num_queries(7) as few:
        client.get(url)
    switch = make_switch("core-b")
    for number in range(2, 30):
        device = make_devices(make_pod(f"pod-{number}", switch=switch))[1]
        holding.stop(device=device, by=make_user(f"user-{number}"), reason="works")
    with django_assert_num_queries(len(few)):
        shown = client.get(url).content.decode()
    assert shown.count("held back") == 28
