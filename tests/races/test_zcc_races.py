"""Many tenants that want a ZCC's address at the same moment. Runs on whatever database the test run has."""

from functools import partial

import pytest
from django.db import IntegrityError

from inventory.models import NetworkPurpose
from tenants import zcc
from tenants.models import Tenant, Zcc
from tests.factories import make_management_network, make_pod, make_tenant
from tests.races.racing import meet_after, race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.xdist_group("races")]

TENANTS = 12


@pytest.fixture
def tenants() -> list[Tenant]:
    pod = make_pod()
    make_management_network("10.2.0.0/24", purpose=NetworkPurpose.TRANSIT, pod=pod)
    return [make_tenant(f"Tenant{n}", pod=pod, vids=(), subnets=()) for n in range(TENANTS)]


def test_without_a_second_look_all_but_one_fail_on_the_same_address(
    tenants: list[Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zcc, "ATTEMPTS", 1)
    meet_after(monkeypatch, zcc, "_lowest_free", jobs=TENANTS)
    outcome = race([partial(zcc.ensure_zcc, tenant) for tenant in tenants])
    assert len(outcome.won) == 1
    assert {type(error) for error in outcome.lost} == {zcc.NoZccAddress}


def test_each_gets_an_address_and_none_the_same(tenants: list[Tenant]) -> None:
    outcome = race([partial(zcc.ensure_zcc, tenant) for tenant in tenants])
    assert outcome.lost == []
    assert sorted(int(one.address.rpartition(".")[2]) for one in outcome.won) == list(range(10, 10 + TENANTS))


def test_one_tenant_asked_for_many_times_gets_one(tenants: list[Tenant]) -> None:
    outcome = race([partial(zcc.ensure_zcc, tenants[0])] * TENANTS)
    assert outcome.lost == []
    assert {one.address for one in outcome.won} == {"10.2.0.10"}
    assert Zcc.objects.count() == 1


def test_the_database_itself_keeps_an_address_to_one_tenant(tenants: list[Tenant]) -> None:
    first = zcc.ensure_zcc(tenants[0])
    with pytest.raises(IntegrityError):
        Zcc.objects.create(tenant=tenants[1], network=first.network, address=first.address)
