"""Rotating the keys: every stored secret is known to it, none is lost, and it may be stopped at any point."""

from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import models
from django.test import override_settings

from capacity.models import AlertRule
from inventory import rotation
from inventory.secrets import EncryptedField, SecretUnreadable, encrypted_fields, under_newest_key
from provisioning.models import Device, TunnelKey
from tests.factories import make_pod, make_switch, make_tenant
from tests.provisioning.things import make_devices

OLD, NEW, STRANGE = (Fernet.generate_key().decode() for _ in range(3))
# Binary columns that hold no secret; each says why.
NOT_SECRET: dict[str, str] = {}


def rotate(*arguments: str) -> str:
    out = StringIO()
    call_command("rotate_secrets", *arguments, stdout=out, stderr=out)
    return out.getvalue()


@pytest.fixture
def device(db: None) -> Device:
    """A device, a tunnel key and a webhook, whose secrets are under the old key."""
    pod = make_pod()
    switch, _ = make_devices(pod)
    with override_settings(CREDENTIAL_KEYS=[OLD]):
        switch.set_password("correct horse")
        switch.save()
        key = TunnelKey(tenant=make_tenant("Acme", pod=pod))
        key.set_key("battery staple")
        key.save()
        rule = AlertRule(threshold=80, webhook_url="https://hooks.example.net/")
        rule.set_secret("webhook secret")
        rule.save()
    return switch


def test_every_binary_column_is_registered_as_a_secret_or_named_as_none() -> None:
    columns = {
        str(EncryptedField(model._meta.label, field.name))
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.BinaryField)
    }
    assert columns == {str(field) for field in encrypted_fields()} | NOT_SECRET.keys()


@override_settings(CREDENTIAL_KEYS=[NEW, OLD])
def test_every_secret_is_put_under_the_newest_key_and_none_is_told(device: Device) -> None:
    told = rotate()
    assert "provisioning.Device.secret: 1 rotated, 0 under the newest key already" in told
    assert "provisioning.TunnelKey.secret: 1 rotated" in told
    assert "capacity.AlertRule.webhook_secret: 1 rotated" in told
    assert "the older ones can be dropped" in told
    for secret in ("correct horse", "battery staple", "webhook secret", NEW, OLD):
        assert secret not in told
    with override_settings(CREDENTIAL_KEYS=[NEW]):
        assert Device.objects.get(pk=device.pk).password() == "correct horse"
        assert TunnelKey.objects.get().key() == "battery staple"
        assert AlertRule.objects.get().secret() == "webhook secret"


@override_settings(CREDENTIAL_KEYS=[NEW, OLD])
def test_a_second_rotation_changes_nothing(device: Device) -> None:
    rotate()
    stored = bytes(Device.objects.get(pk=device.pk).secret)
    assert "provisioning.Device.secret: 0 rotated, 1 under the newest key already" in rotate()
    assert bytes(Device.objects.get(pk=device.pk).secret) == stored


@override_settings(CREDENTIAL_KEYS=[NEW, OLD])
def test_a_rotation_that_was_cut_short_goes_on_where_it_ended(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    others = [make_devices(make_pod(f"pod-{n}", switch=make_switch(f"core-{n}")))[0] for n in range(2, 6)]
    with override_settings(CREDENTIAL_KEYS=[OLD]):
        for other in others:
            other.set_password("other")
            other.save()
    monkeypatch.setattr(rotation, "BATCH", 2)
    batches: list[int] = []
    write = rotation._write

    def cut_short(field: EncryptedField, batch: list[tuple[int, bytes]]) -> int:
        if field.model == "provisioning.Device":
            batches.append(len(batch))
            if len(batches) == 2:
                raise KeyboardInterrupt
        return write(field, batch)

    monkeypatch.setattr(rotation, "_write", cut_short)
    with pytest.raises(KeyboardInterrupt):
        rotate()
    assert sum(under_newest_key(bytes(d.secret)) for d in Device.objects.exclude(secret=b"")) == 2
    monkeypatch.setattr(rotation, "_write", write)
    assert "provisioning.Device.secret: 3 rotated, 2 under the newest key already" in rotate()


@override_settings(CREDENTIAL_KEYS=[NEW, STRANGE])
def test_secrets_that_no_key_opens_are_named_and_nothing_is_changed(device: Device) -> None:
    device.set_password("under the new key's neighbour")
    out = StringIO()
    with pytest.raises(CommandError, match="3 secrets cannot be read"):
        call_command("rotate_secrets", stdout=out, stderr=out)
    assert f"provisioning.Device.secret, row {device.pk}: {device.name}" in out.getvalue()
    assert "Tunnel key of Acme" in out.getvalue()
    with override_settings(CREDENTIAL_KEYS=[OLD]):
        assert Device.objects.get(pk=device.pk).password() == "correct horse"


@override_settings(CREDENTIAL_KEYS=[NEW, STRANGE])
def test_the_others_are_rotated_where_that_was_asked_for_and_the_older_keys_are_not_called_needless(
    device: Device,
) -> None:
    with override_settings(CREDENTIAL_KEYS=[STRANGE]):
        rule = AlertRule.objects.get()
        rule.set_secret("readable")
        rule.save()
    told = rotate("--leave-unreadable")
    assert "capacity.AlertRule.webhook_secret: 1 rotated" in told
    assert "provisioning.Device.secret: 0 rotated, 0 under the newest key already, 1 not readable" in told
    assert "can be dropped" not in told
    with pytest.raises(SecretUnreadable):
        Device.objects.get(pk=device.pk).password()


@override_settings(CREDENTIAL_KEYS=[NEW, OLD])
def test_a_password_that_is_set_in_the_same_moment_is_not_overwritten(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = rotation._write

    def somebody_is_quicker(field: EncryptedField, batch: list[tuple[int, bytes]]) -> int:
        if field.model == "provisioning.Device":
            device.set_password("fresh")
            device.save()
        return write(field, batch)

    monkeypatch.setattr(rotation, "_write", somebody_is_quicker)
    assert "provisioning.Device.secret: 0 rotated" in rotate()
    assert Device.objects.get(pk=device.pk).password() == "fresh"
