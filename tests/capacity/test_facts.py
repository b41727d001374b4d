"""After a change only the switches that it touches are read again, and the facts equal those read from scratch."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.cache import caches
from django.utils import timezone
from pytest_django import Settings

from capacity import facts as facts_module
from capacity.facts import Facts, facts
from capacity.remembering import CACHE, keep, kept, key_of
from inventory.allocation import claim
from inventory.models import CoreSwitch, Pod, VlanRange
from tenants import onboarding
from tenants.models import NetworkRole, Tenant, WanKind
from tenants.rules import NetworkWish, WanWish
from tests.capacity.believable import fill, small_pod
from tests.factories import make_management_network, make_pod, make_switch, make_user

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture(autouse=True)
def a_cache_that_remembers(settings: Settings) -> Iterator[None]:
    settings.CACHES = {
        **settings.CACHES,
        CACHE: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "facts"},
    }
    caches[CACHE].clear()
    yield
    caches[CACHE].clear()


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[set[int] | None]:
    """The switches of each reading; None stands for all."""
    seen: list[set[int] | None] = []
    read = facts_module._read

    def watched(only: set[int] | None, *args: object, **kwargs: object) -> dict[int, Facts]:
        seen.append(None if only is None else set(only))
        return read(only, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(facts_module, "_read", watched)
    return seen


def four_switches() -> dict[str, CoreSwitch]:
    """``twin`` shares its vCenter with ``core-a``."""
    pods = {name: small_pod(name) for name in ("core-a", "core-b", "core-c", "twin")}
    pods["twin"].dvs = pods["core-a"].dvs
    pods["twin"].save()
    for pod in pods.values():
        fill(pod, tenants=4, onboarded_on=TODAY - timedelta(days=100))
    return {name: pod.switch for name, pod in pods.items()}


def told(found: list[Facts]) -> list[str]:
    return [one.key for one in found]


def from_scratch() -> list[str]:
    caches[CACHE].clear()
    return told(facts(today=TODAY))


def claims(switches: dict[str, CoreSwitch]) -> None:
    claim(switch=switches["core-b"], wanted=[300], until=None, by=None, why="onboarding")


def departs(switches: dict[str, CoreSwitch]) -> None:
    tenant = Tenant.objects.filter(pod__switch=switches["core-b"])[0]
    tenant.status, tenant.departed_on = "departed", TODAY
    tenant.save()


def onboards(switches: dict[str, CoreSwitch]) -> None:
    make_management_network()
    onboarding.take_in(
        name="Newcomer",
        pod=Pod.objects.get(switch=switches["core-b"]),
        networks=[NetworkWish(NetworkRole.FAILOVER_PRODUCTION), NetworkWish(NetworkRole.FAILOVER_TEST)],
        wan=WanWish(WanKind.MPLS, None, False),
        customer_subnets=["192.168.77.0/24"],
        by=make_user("olga"),
        now=timezone.now(),
    )


def tightens(switches: dict[str, CoreSwitch]) -> None:
    switches["core-b"].practical_percent = 50
    switches["core-b"].save()


@pytest.mark.parametrize("change", [claims, departs, onboards, tightens])
def test_a_change_behind_one_switch_reads_that_switch_and_nothing_else(
    change: Callable[[dict[str, CoreSwitch]], None], reads: list[set[int] | None]
) -> None:
    switches = four_switches()
    before = told(facts(today=TODAY))
    change(switches)
    after = told(facts(today=TODAY))
    assert reads == [None, {switches["core-b"].pk}]
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False, True, True]
    assert after == from_scratch()


def test_a_change_is_seen_by_every_switch_that_shares_the_vcenter(reads: list[set[int] | None]) -> None:
    switches = four_switches()
    facts(today=TODAY)
    claim(switch=switches["core-a"], wanted=[300], until=None, by=None, why="onboarding")
    after = told(facts(today=TODAY))
    assert reads[-1] == {switches["core-a"].pk, switches["twin"].pk}
    assert after == from_scratch()


def moves_a_pod(switches: dict[str, CoreSwitch]) -> None:
    pod = Pod.objects.get(switch=switches["core-b"])
    pod.switch = switches["core-c"]
    pod.save()


def drops_a_range(switches: dict[str, CoreSwitch]) -> None:
    VlanRange.objects.get(switch=switches["core-b"]).delete()


def adds_a_switch(switches: dict[str, CoreSwitch]) -> None:
    make_pod("pod-new", switch=make_switch("core-new"))


@pytest.mark.parametrize("change", [moves_a_pod, drops_a_range, adds_a_switch])
def test_what_may_concern_other_switches_reads_all(
    change: Callable[[dict[str, CoreSwitch]], None], reads: list[set[int] | None]
) -> None:
    switches = four_switches()
    facts(today=TODAY)
    change(switches)
    assert told(facts(today=TODAY)) == from_scratch()
    assert reads[1] is None


def test_an_archived_switch_leaves_and_one_taken_back_returns() -> None:
    switches = four_switches()
    facts(today=TODAY)
    switches["core-b"].archive()
    assert len(facts(today=TODAY)) == 3
    switches["core-b"].archived_at = None
    switches["core-b"].save()
    assert len(facts(today=TODAY)) == 4


def test_without_a_change_nothing_is_read(reads: list[set[int] | None]) -> None:
    four_switches()
    facts(today=TODAY)
    facts(today=TODAY)
    assert reads == [None]


def test_a_row_committed_late_under_a_lower_key_reads_all(
    reads: list[set[int] | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    switches = four_switches()
    claim(switch=switches["core-b"], wanted=[300], until=None, by=None, why="onboarding")
    facts(today=TODAY)
    book = kept(key_of("facts", TODAY))
    fewer = replace(book.traces, moves=book.traces.moves - 1)
    keep(key_of("facts", TODAY), replace(book, traces=fewer))
    facts(today=TODAY)
    assert reads == [None, None]


def test_the_next_day_all_is_read_anew(reads: list[set[int] | None]) -> None:
    four_switches()
    facts(today=TODAY)
    facts(today=TODAY + timedelta(days=1))
    assert reads == [None, None]
