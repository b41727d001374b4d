"""A Zerto manager's password, set by command and covered by a rotation of the keys."""

import io

import pytest
from auditlog.models import LogEntry
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.test import override_settings

from lab.zerto import Running
from lab.zerto.server import PASSWORD
from provisioning.models import ZertoManager
from tests.provisioning.zerto.managers import make_zerto_manager, manager_of

pytestmark = pytest.mark.django_db


def give(monkeypatch: pytest.MonkeyPatch, text: str, *arguments: str) -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    out = io.StringIO()
    call_command("set_device_password", *arguments, stdout=out)
    return out.getvalue()


def test_it_is_tried_stored_and_recorded_without_its_value(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    manager = manager_of(running, password="the old one")
    told = give(monkeypatch, f"{PASSWORD}\n", manager.slug)
    assert "It signs in: Zerto" in told
    assert PASSWORD not in told
    stored = ZertoManager.objects.get()
    assert (stored.password(), stored.version) == (PASSWORD, manager.version + 1)
    entry = LogEntry.objects.get_for_object(manager).latest("id")
    assert entry.changes_dict == {"stored password": ["", "replaced"]}


def test_one_that_does_not_work_is_not_stored_unless_told_otherwise(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = manager_of(running)
    with pytest.raises(CommandError, match="Nothing was changed"):
        give(monkeypatch, "a wrong guess", manager.slug)
    stored = ZertoManager.objects.get()
    assert (stored.password(), stored.last_error) == (PASSWORD, "")
    give(monkeypatch, "for later", manager.name, "--without-trying")
    assert ZertoManager.objects.get().password() == "for later"


def test_a_rotation_of_the_keys_covers_it() -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    with override_settings(CREDENTIAL_KEYS=[old]):
        make_zerto_manager()
    out = io.StringIO()
    with override_settings(CREDENTIAL_KEYS=[new, old]):
        call_command("rotate_secrets", stdout=out, stderr=out)
    assert "provisioning.ZertoManager.secret: 1 rotated" in out.getvalue()
    with override_settings(CREDENTIAL_KEYS=[new]):
        assert ZertoManager.objects.get().password() == PASSWORD
