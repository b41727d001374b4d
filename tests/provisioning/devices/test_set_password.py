"""``manage.py set_device_password``: tried first, kept encrypted, recorded without the value."""

import io
from io import StringIO

import pytest
from auditlog.models import LogEntry
from django.core.management import CommandError, call_command

from provisioning.models import Device
from tests.factories import make_pod
from tests.provisioning.things import fault, make_devices


@pytest.fixture
def device(db: None) -> Device:
    return make_devices(make_pod())[0]


def give(monkeypatch: pytest.MonkeyPatch, text: str, *arguments: str) -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    out = StringIO()
    call_command("set_device_password", *arguments, stdout=out)
    return out.getvalue()


def test_the_password_is_read_from_standard_input_tried_and_stored(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = give(monkeypatch, "correct horse\n", device.slug)
    assert "It signs in" in told
    assert "correct horse" not in told
    stored = Device.objects.get(pk=device.pk)
    assert stored.password() == "correct horse"
    assert stored.version == device.version + 1


def test_the_audit_log_has_the_change_and_not_the_value(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, "correct horse", device.name)
    entry = LogEntry.objects.get_for_object(device).latest("id")
    assert entry.changes_dict == {"stored password": ["", "replaced"]}
    assert not any("correct horse" in str(changes) for changes in LogEntry.objects.values_list("changes", flat=True))


def test_a_password_that_does_not_work_is_not_stored_unless_told_otherwise(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault(device, "sign-in")
    with pytest.raises(CommandError, match="Nothing was changed"):
        give(monkeypatch, "wrong", device.slug)
    stored = Device.objects.get(pk=device.pk)
    assert (stored.password(), stored.last_error) == ("", "")
    give(monkeypatch, "for later", device.slug, "--without-trying")
    assert Device.objects.get(pk=device.pk).password() == "for later"


@pytest.mark.parametrize(("typed", "name", "told"), [("", "", "empty password"), ("x", "no-such", "No device is")])
def test_an_empty_password_and_an_unknown_device_are_refused(
    device: Device, monkeypatch: pytest.MonkeyPatch, typed: str, name: str, told: str
) -> None:
    with pytest.raises(CommandError, match=told):
        give(monkeypatch, typed, name or device.slug)


def test_a_client_certificate_keeps_its_lines(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, "first line\nsecond line\n", device.slug)
    assert Device.objects.get(pk=device.pk).password() == "first line\nsecond line"


def test_two_different_passwords_at_the_prompt_change_nothing(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    answers = iter(["one", "other"])
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("provisioning.management.commands.set_device_password.getpass", lambda _prompt: next(answers))
    with pytest.raises(CommandError, match="not the same"):
        call_command("set_device_password", device.slug)
    assert not Device.objects.get(pk=device.pk).secret
