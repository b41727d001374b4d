"""What of provisioning the overview shows: only what needs a hand, in a fixed number of queries."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.roles import Role
from provisioning.attention import attention
from provisioning.models import Device, DriftFinding, DriftKind, Run, RunStatus
from provisioning.planning import make_plan
from tenants.models import Tenant
from tests.factories import make_pod, make_user
from tests.provisioning.things import approved, make_devices, make_newcomer

pytestmark = pytest.mark.django_db


@pytest.fixture
def noc(client: Client) -> Client:
    client.force_login(make_user("nina", Role.NOC))
    return client


def fail(run: Run, *, days_ago: int = 0) -> None:
    when = timezone.now() - timedelta(days=days_ago)
    Run.objects.filter(pk=run.pk).update(status=RunStatus.FAILED, finished_at=when, message="The vCenter said no.")


def test_nothing_is_shown_when_nothing_needs_a_hand(noc: Client) -> None:
    make_devices(make_pod())
    assert noc.get("/provisioning/attention/").content.strip() == b""


def test_failures_drift_silent_devices_and_waiting_plans_are_shown(noc: Client) -> None:
    pod = make_pod()
    fail(approved(make_newcomer("Acme", pod=pod)))
    make_plan(tenant=make_newcomer("Zenith", pod=pod, vids=(200, 201)), by=None)
    device = Device.objects.get(switch=pod.switch)
    Device.objects.filter(pk=device.pk).update(last_error="core-a does not answer.")
    DriftFinding.objects.create(
        device=device, drift=DriftKind.MISSING, kind="vlan", key="9", first_seen_at=timezone.now()
    )
    text = " ".join(noc.get("/provisioning/attention/").content.decode().split())
    assert "The vCenter said no." in text
    assert "core-a does not answer." in text
    assert "1 object</a> on devices is not as intended: 1 missing, 0 changed, 0 unknown, 0 leaked." in text
    assert "1 plan</a> waits for approval." in text


def test_a_failure_is_no_longer_shown_once_a_later_run_took_over_or_a_week_passed() -> None:
    pod, now = make_pod(), timezone.now()
    acme, old = make_newcomer("Acme", pod=pod), make_newcomer("Old", pod=pod, vids=(200, 201))
    fail(approved(acme))
    fail(approved(old), days_ago=8)
    assert [run.plan.tenant for run in attention(Tenant.objects.all(), now=now).failed] == [acme]
    approved(acme)
    assert not attention(Tenant.objects.all(), now=now).failed


def test_the_number_of_queries_does_not_grow(noc: Client, django_assert_num_queries: Any) -> None:
    pod = make_pod()
    for number in range(4):
        fail(approved(make_newcomer(f"T{number}", pod=pod, vids=(100 + 2 * number, 101 + 2 * number))))
        with django_assert_num_queries(6):
            attention(Tenant.objects.all(), now=timezone.now())
