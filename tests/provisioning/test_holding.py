"""What holds work back: stops, windows, a device put aside. Work waits, says why, and keeps nobody else waiting."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.roles import Role
from provisioning import holding
from provisioning.models import Device, MaintenanceWindow, RunStatus, SimulatedDevice, Stop, WindowKind
from tests.factories import make_pod, make_switch, make_user
from tests.provisioning.things import approved, approver_of_tests, due_now, fault, make_newcomer, work

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def status(run: object) -> str:
    run.refresh_from_db()  # type: ignore[attr-defined]
    return str(run.status)  # type: ignore[attr-defined]


def test_a_stopped_device_gets_nothing_and_its_run_goes_on_when_the_stop_is_lifted() -> None:
    tenant = make_newcomer()
    stop = holding.stop(device=tenant.pod.dvs.vcenter.device, by=approver_of_tests(), reason="storage move")
    run = approved(tenant)
    work()
    assert status(run) == RunStatus.QUEUED
    assert run.message == "vc-pod-1: Stopped by ann: storage move"
    holding.lift(stop, by=approver_of_tests())
    due_now()
    work()
    assert status(run) == RunStatus.SUCCEEDED


def test_a_stop_of_everything_stops_a_run_in_its_middle_and_lets_it_end_later() -> None:
    from provisioning import beginning, execution

    tenant = make_newcomer()
    run = approved(tenant)
    beginning.begin(run.pk)
    execution.drain_device(tenant.pod.switch.device.pk)
    stop = holding.stop(device=None, by=approver_of_tests(), reason="incident")
    work()
    assert status(run) == RunStatus.RUNNING
    assert not run.steps.filter(stage=20, attempts__gt=0).exists()
    holding.lift(stop, by=approver_of_tests())
    work()
    assert status(run) == RunStatus.SUCCEEDED


def test_stopping_twice_is_one_stop_and_lifting_twice_no_error() -> None:
    by = approver_of_tests()
    first, second = (holding.stop(device=None, by=by, reason="incident") for _ in range(2))
    assert first == second
    for _ in range(2):
        holding.lift(first, by=by)
    assert Stop.objects.get().lifted_by == by


def test_a_device_that_fails_keeps_nobody_else_waiting() -> None:
    sick, well = make_newcomer(), make_newcomer("Bolt", pod=make_pod("pod-2", switch=make_switch("core-b")))
    waits, goes = approved(sick), approved(well)
    fault(sick.pod.dvs.vcenter.device, SimulatedDevice.Fault.UNREACHABLE)
    for _ in range(4):
        due_now()
        work()
    assert (status(waits), status(goes)) == (RunStatus.QUEUED, RunStatus.SUCCEEDED)


def test_the_rest_of_a_failing_device_grows_to_a_quarter_of_an_hour() -> None:
    make_newcomer()
    device = Device.objects.all()[0]
    rests = []
    now = timezone.now()
    for _ in range(9):
        holding.note_failure(device.pk, now=now)
        device.refresh_from_db()
        rests.append(None if device.aside_until is None else round((device.aside_until - now).total_seconds() / 60))
    assert rests == [None, None, 1, 2, 4, 8, 15, 15, 15]


@pytest.mark.parametrize(
    ("kind", "starts", "ends", "only_in_windows", "reason"),
    [
        (WindowKind.CLOSED, -HOUR, HOUR, False, "Under maintenance: works"),
        (WindowKind.CLOSED, HOUR, 2 * HOUR, False, None),
        (WindowKind.CLOSED, -2 * HOUR, -HOUR, False, None),
        (WindowKind.OPEN, -HOUR, HOUR, True, None),
        (WindowKind.OPEN, HOUR, 2 * HOUR, True, "Changed in maintenance windows only; the next is: works"),
        (WindowKind.OPEN, -2 * HOUR, -HOUR, True, "Changed in maintenance windows only, and none is planned"),
        (WindowKind.OPEN, HOUR, 2 * HOUR, False, None),
    ],
)
def test_windows_close_a_device_or_open_it(
    kind: str, starts: timedelta, ends: timedelta, only_in_windows: bool, reason: str | None
) -> None:
    make_newcomer()
    now = timezone.now()
    Device.objects.update(only_in_windows=only_in_windows)
    MaintenanceWindow.objects.create(kind=kind, starts_at=now + starts, ends_at=now + ends, reason="works")
    held = holding.why_held(Device.objects.all()[0], now=now)
    assert (held.reason if held else None) == reason


def test_a_window_of_one_device_is_not_another_s() -> None:
    tenant = make_newcomer()
    now = timezone.now()
    MaintenanceWindow.objects.create(
        device=tenant.pod.switch.device, starts_at=now - HOUR, ends_at=now + HOUR, reason="works"
    )
    assert set(holding.held_back(Device.objects.all(), now=now)) == {tenant.pod.switch.device.pk}


def test_stops_and_windows_are_set_and_ended_on_screen(client: Client) -> None:
    tenant = make_newcomer()
    device = tenant.pod.switch.device
    client.force_login(make_user("olga", Role.OPERATOR))
    assert "Say why." in client.post("/provisioning/held/", {"reason": ""}).content.decode()
    page = client.post("/provisioning/held/", {"reason": "incident"}, follow=True).content.decode()
    assert "All pushing is stopped" in page
    assert "Stopped by" not in client.get(device.get_absolute_url()).content.decode()
    assert "All pushing is stopped by olga: incident" in client.get(device.get_absolute_url()).content.decode()
    client.post(f"/provisioning/held/stops/{Stop.objects.get().pk}/lift/")
    client.post(f"/provisioning/devices/{device.slug}/stop/", {"reason": "firmware"})
    assert "Stopped by olga: firmware" in client.get(device.get_absolute_url()).content.decode()
    wrong = {"kind": "closed", "starts_at": "2026-01-02T10:00", "ends_at": "2026-01-02T09:00", "reason": "works"}
    answer = client.post("/provisioning/held/windows/new/", wrong)
    assert (answer.status_code, "This end has passed already" in answer.content.decode()) == (400, True)
    start = timezone.localtime() + HOUR
    right = {**wrong, "starts_at": f"{start:%Y-%m-%dT%H:%M}", "ends_at": f"{start + HOUR:%Y-%m-%dT%H:%M}"}
    client.post("/provisioning/held/windows/new/", right)
    window = MaintenanceWindow.objects.get()
    assert window.reason in client.get("/provisioning/held/").content.decode()
    client.post(f"/provisioning/held/windows/{window.pk}/delete/")
    assert not MaintenanceWindow.objects.exists()


def test_a_run_is_paused_resumed_and_cancelled_on_screen(client: Client) -> None:
    tenant = make_newcomer()
    run = approved(tenant)
    client.force_login(make_user("olga", Role.OPERATOR))
    page = client.post(f"/provisioning/runs/{run.pk}/pause/", follow=True).content.decode()
    assert "Paused by olga" in page
    assert "Resume</button>" in page
    client.post(f"/provisioning/runs/{run.pk}/resume/")
    page = client.post(f"/provisioning/runs/{run.pk}/cancel/", {"written": "keep"}, follow=True).content.decode()
    assert "cancelled" in page
    page = client.post(f"/provisioning/runs/{run.pk}/cancel/", follow=True).content.decode()
    assert "The run has ended: it is cancelled." in page
    assert status(run) == RunStatus.CANCELLED


def test_a_manager_steers_nothing(client: Client) -> None:
    run = approved(make_newcomer())
    client.force_login(make_user("mona", Role.MANAGER))
    assert client.post(f"/provisioning/runs/{run.pk}/cancel/").status_code == 403
    client.force_login(make_user("nora", Role.NOC))
    assert client.get("/provisioning/held/").status_code == 200
    client.post("/provisioning/held/", {"reason": "curious"})
    assert not Stop.objects.exists()
