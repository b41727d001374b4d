"""Figures are remembered, and never longer than they are true."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings
from redis.exceptions import ConnectionError as RedisIsAway

from accounts.roles import Role
from capacity.outlook import outlooks
from capacity.remembering import CACHE, each_remembered, fingerprint, key_of, remembered
from inventory.allocation import claim
from inventory.models import CoreSwitch, VlanMove
from tests.capacity.believable import fill, small_pod
from tests.factories import make_user

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture(autouse=True)
def a_cache_that_remembers(settings: Settings) -> Iterator[None]:
    settings.CACHES = {
        **settings.CACHES,
        CACHE: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "figures"},
    }
    caches[CACHE].clear()
    yield
    caches[CACHE].clear()


def counted(made: list[str], value: str) -> Callable[[], str]:
    def make() -> str:
        made.append(value)
        return value

    return make


def test_what_is_known_is_not_made_again() -> None:
    made: list[str] = []
    assert remembered("a", counted(made, "first")) == "first"
    assert remembered("a", counted(made, "second")) == "first"
    assert made == ["first"]


def test_of_several_only_those_not_known_are_made_and_the_order_stays() -> None:
    asked: list[list[int]] = []

    def squares(numbers: Sequence[int]) -> list[int]:
        asked.append(list(numbers))
        return [number * number for number in numbers]

    assert each_remembered([1, 2], named=str, make=squares) == [1, 4]
    assert each_remembered([3, 2, 1], named=str, make=squares) == [9, 4, 1]
    assert asked == [[1, 2], [3]]


def test_without_a_cache_all_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise RedisIsAway

    monkeypatch.setattr(caches[CACHE], "get_many", away)
    monkeypatch.setattr(caches[CACHE], "set_many", away)
    made: list[str] = []
    assert remembered("a", counted(made, "first")) == "first"
    assert remembered("a", counted(made, "second")) == "second"


def test_equal_values_have_one_key() -> None:
    assert key_of("x", TODAY, (1, 2)) == key_of("x", TODAY, (1, 2)) != key_of("x", TODAY, (1, 3))


def test_another_day_a_claimed_vlan_and_an_edited_switch_each_change_the_fingerprint() -> None:
    switch = small_pod("core-a").switch
    seen = [fingerprint(today=TODAY), fingerprint(today=TODAY + timedelta(days=1))]
    claim(switch=switch, wanted=[110], until=None, by=None, why="onboarding")
    seen.append(fingerprint(today=TODAY))
    switch.practical_percent = 60
    switch.save()
    seen.append(fingerprint(today=TODAY))
    assert len(set(seen)) == len(seen)
    assert fingerprint(today=TODAY) == seen[-1]


def test_a_row_that_is_committed_late_under_a_lower_key_changes_the_fingerprint() -> None:
    """Two transactions draw keys 1 and 2, and 2 commits first: the highest key alone would not tell."""
    claim(switch=small_pod("core-a").switch, wanted=[110, 111], until=None, by=None, why="onboarding")
    late = VlanMove.objects.order_by("pk")[0]
    key = late.pk
    late.delete()
    before = fingerprint(today=TODAY)
    late.pk = key
    late.save(force_insert=True)
    assert fingerprint(today=TODAY) != before


def test_the_overview_asks_little_the_second_time_and_tells_a_change_at_once(client: Client) -> None:
    fill(small_pod("core-a"), tenants=5, onboarded_on=date(2026, 1, 5))
    client.force_login(make_user("nora", Role.NOC))
    client.get("/")
    with CaptureQueriesContext(connection) as again:
        client.get("/")
    assert len(again) <= 10
    switch = CoreSwitch.objects.get()
    switch.practical_percent = 50
    switch.save()
    assert "of 50 in practice" in client.get("/").content.decode()


def test_what_is_remembered_equals_what_is_reckoned_anew() -> None:
    fill(small_pod("core-a"), tenants=5, onboarded_on=date(2026, 1, 5))
    first = outlooks(today=TODAY)
    (again,) = outlooks(today=TODAY)
    assert (again.case, again.advice, again.urgency) == (first[0].case, first[0].advice, first[0].urgency)
