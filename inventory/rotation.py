"""Putting every stored secret under the newest of CREDENTIAL_KEYS, so that the older keys can be dropped."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import transaction
from django.db.models import Model

from inventory.secrets import (
    EncryptedField,
    SecretUnreadable,
    decrypt,
    encrypted_anew,
    encrypted_fields,
    under_newest_key,
)

BATCH = 200  # secrets that one transaction takes


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row whose secret no key opens."""

    field: EncryptedField
    key: int
    row: str

    def __str__(self) -> str:
        return f"{self.field}, row {self.key}: {self.row}"


@dataclass(slots=True)
class Count:
    """What became of the secrets of one field. ``left``: not readable, so they stay as they are."""

    field: EncryptedField
    rotated: int = 0
    already: int = 0
    left: int = 0


def unreadable_secrets() -> list[Unreadable]:
    """Every stored secret that none of the keys opens; nothing is changed."""
    return [
        Unreadable(field, key, str(_model(field)._default_manager.get(pk=key)))
        for field in encrypted_fields()
        for key, token in _stored(field)
        if not _opens(token)
    ]


def rotate(field: EncryptedField) -> Count:
    """Put one field's secrets under the newest key, in batches, each a transaction of its own.

    What is under it already is passed over: a rotation that was cut short goes on where it ended. A secret that
    somebody else sets in the same moment stays as it was set.
    """
    count = Count(field)
    batch: list[tuple[int, bytes]] = []
    for key, token in _stored(field):
        if under_newest_key(token):
            count.already += 1
        elif not _opens(token):
            count.left += 1
        else:
            batch.append((key, token))
        if len(batch) >= BATCH:
            count.rotated += _write(field, batch)
            batch = []
    count.rotated += _write(field, batch)
    return count


def _model(field: EncryptedField) -> type[Model]:
    return apps.get_model(field.model)


def _stored(field: EncryptedField) -> Iterator[tuple[int, bytes]]:
    """Each row's key and secret, read a batch at a time: rows are written between two of them."""
    rows = _model(field)._default_manager.order_by("pk").values_list("pk", field.field)
    last = 0
    while batch := list(rows.filter(pk__gt=last)[:BATCH]):
        last = batch[-1][0]
        yield from ((key, bytes(token)) for key, token in batch if token)


def _opens(token: bytes) -> bool:
    try:
        decrypt(token)
    except SecretUnreadable:
        return False
    return True


def _write(field: EncryptedField, batch: list[tuple[int, bytes]]) -> int:
    rows = _model(field)._default_manager
    with transaction.atomic():
        # Only where it is still the secret that was read.
        return sum(
            rows.filter(pk=key, **{field.field: token}).update(**{field.field: encrypted_anew(token)})
            for key, token in batch
        )
