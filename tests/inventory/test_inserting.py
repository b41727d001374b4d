"""Rows inserted in one statement: what they bear afterwards, and that all or none are there."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from inventory import inserting
from inventory.inserting import insert, insert_values
from inventory.models import VCenter, VlanMove
from tests.factories import make_switch

pytestmark = pytest.mark.django_db


def vcenters(*names: str) -> list[VCenter]:
    return [VCenter(name=name, slug=name, address=f"{name}.example.net") for name in names]


def test_each_row_gets_its_own_id_and_can_be_read_back() -> None:
    rows = vcenters("one", "two", "three")
    insert(rows)
    assert {row.pk: row.name for row in VCenter.objects.all()} == {row.pk: row.name for row in rows}
    assert not any(row._state.adding for row in rows)
    insert([])


def test_more_rows_than_one_statement_takes_are_all_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inserting, "MOST_PARAMETERS", 12)
    insert(vcenters(*(f"vc-{number}" for number in range(7))))
    assert VCenter.objects.count() == 7


def test_of_rows_that_clash_none_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inserting, "MOST_PARAMETERS", 12)
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(vcenters("one", "two", "three", "one"))
    assert not VCenter.objects.exists()


def test_values_are_stored_as_the_fields_would_store_them(django_assert_num_queries: Any) -> None:
    vlan = make_switch().vlans.get(vid=100)
    told = {"from_state": "free", "to_state": "held", "at": "2026-11-22T10:00:00Z", "by_id": None}
    with django_assert_num_queries(1):
        keys = insert_values(VlanMove, [{"vlan_id": vlan.pk, "why": why, **told} for why in ("first", "second")])
    moves = {move.pk: move for move in VlanMove.objects.filter(vlan=vlan)}
    assert [moves[key].why for key in keys] == ["first", "second"]
    assert {move.at.isoformat() for move in moves.values()} == {"2026-11-22T10:00:00+00:00"}
