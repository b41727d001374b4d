"""The daily snapshot: which instant it stands for, that it is exact, that it never changes, that none is missed."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import override_settings
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from capacity import census, counting, snapshots
from capacity.models import Snapshot
from capacity.planning.ceiling import Ceiling
from capacity.snapshots import AsOf, NotYet, as_of, end_of, take_due
from capacity.tasks import take_snapshots
from inventory.allocation import move
from inventory.models import CoreSwitch, Pod, RangePurpose, Vlan, VlanMove, VlanRange, VlanState
from inventory.ranges import apply_ranges
from tenants import networks, offboarding
from tenants.models import Network, NetworkStatus, Tenant, TenantStatus
from tenants.onboarding import withdraw
from tenants.settling import settle
from tests.capacity.believable import fill, small_pod
from tests.factories import make_pod, make_switch, make_tenant
from tests.tenants.asking import EXTRA, intake

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def now() -> datetime:
    return timezone.now()


def yesterday() -> date:
    return timezone.localdate() - DAY


def long_ago() -> None:
    """Everything so far was made and recorded a month ago."""
    then = now() - 30 * DAY
    LogEntry.objects.update(timestamp=then)
    VlanMove.objects.update(at=then)
    Tenant.objects.update(created_at=then)


def believable_pod() -> Pod:
    pod = small_pod("core-a")
    fill(pod, tenants=6, onboarded_on=date(2026, 1, 5))
    return pod


def live() -> dict[str, tuple[Ceiling, Any]]:
    """What the pages say now, by switch."""
    today = timezone.localdate()
    return {report.switch.slug: (report.ceiling, report.vcenters) for report in census.reports(today=today)}


def told(found: list[AsOf]) -> dict[str, tuple[Ceiling, Any]]:
    return {one.switch.slug: (one.ceiling, one.vcenters) for one in found}


def test_a_snapshot_holds_what_the_pages_said_at_the_end_of_its_day() -> None:
    first = believable_pod()
    second = make_pod("pod-b", switch=make_switch("core-b", usable=(100, 599), max_stp_instances=300))
    Pod.objects.filter(pk=second.pk).update(dvs=first.dvs)
    fill(second, tenants=3, onboarded_on=date(2026, 2, 5))
    long_ago()
    said = live()

    assert take_due(now=now()) == [yesterday()]

    found = as_of(day=yesterday())
    assert told(found) == said
    assert [(one.exact, one.day, one.notes) for one in found] == [(True, yesterday(), ())] * 2
    assert [[(pod.name, pod.tenants, pod.networks) for pod in one.pods] for one in found] == [
        [("pod-core-a", 6, 18)],
        [("pod-b", 3, 9)],
    ]
    assert found[0].roles == {"failover-production": 6, "failover-test": 6, "replication": 6}


def test_what_happens_after_midnight_is_not_in_the_snapshot_however_late_it_is_read() -> None:
    pod = believable_pod()
    staying = make_tenant("Staying", pod=pod, vids=(300, 301, 302))
    leaving = make_tenant("Leaving", pod=pod, vids=(310, 311, 312))
    held = intake(pod, "Held")
    dropped = intake(pod, "Dropped")
    VlanRange.objects.create(switch=pod.switch, purpose=RangePurpose.RESERVED, first=590, last=595)
    apply_ranges(pod.switch, by=None)
    long_ago()
    said, roles = live(), as_of(day=timezone.localdate())[0].roles

    intake(pod, "Newcomer")
    settle(tenant=held, by=None, now=now())
    withdraw(tenant=dropped, by=None, now=now())
    networks.add(tenant=staying, wish=EXTRA, by=None, now=now())
    offboarding.begin(tenant=leaving, by=None, now=now())
    settle(tenant=leaving, by=None, now=now())
    switch = CoreSwitch.objects.get(pk=pod.switch_id)
    switch.name, switch.vlans_per_tenant, switch.max_active_vlans = "core-renamed", 4, 200
    switch.save()
    VlanRange.objects.get(first=590).delete()
    VlanRange.objects.create(switch=switch, purpose=RangePurpose.INFRASTRUCTURE, first=580, last=585)
    apply_ranges(CoreSwitch.objects.get(pk=switch.pk), by=None)
    make_pod("pod-late", switch=switch)
    assert live() != said

    take_due(now=now())

    (found,) = as_of(day=yesterday())
    assert told([found]) == said
    assert (found.exact, found.name, found.roles) == (True, "core-a", roles)
    assert [pod.name for pod in found.pods] == ["pod-core-a"]


def test_every_instant_can_be_counted_again_by_what_is_recorded_since() -> None:
    pod = believable_pod()
    long_ago()
    seen: list[tuple[datetime, Any]] = []

    def note(step: Callable[[], object]) -> None:
        step()
        seen.append((now(), counting.exactly_at(now())))

    acme = intake(pod, "Acme")
    other = intake(pod, "Other")
    note(lambda: settle(tenant=acme, by=None, now=now()))
    note(lambda: networks.add(tenant=acme, wish=EXTRA, by=None, now=now()))
    note(lambda: withdraw(tenant=other, by=None, now=now()))
    note(lambda: intake(pod, "Third"))  # takes the VLANs that were given up
    note(lambda: offboarding.begin(tenant=acme, by=None, now=now()))
    note(lambda: offboarding.call_off(tenant=acme, by=None))
    note(lambda: move(Vlan.objects.filter(vid=450), to=VlanState.UNCLAIMED, by=None, why="found"))

    assert [counting.exactly_at(instant) for instant, _ in seen] == [figures for _, figures in seen]


def test_taking_it_twice_changes_nothing() -> None:
    believable_pod()
    long_ago()
    take_due(now=now())
    before = list(Snapshot.objects.values())
    assert take_due(now=now()) == []
    assert list(Snapshot.objects.values()) == before


def test_a_snapshot_stays_as_it_is_when_history_is_edited() -> None:
    pod = believable_pod()
    long_ago()
    take_due(now=now())
    before = as_of(day=yesterday())

    Tenant.objects.filter(pod=pod).update(onboarded_on=date(2020, 1, 1), status=TenantStatus.DEPARTED)
    Network.objects.update(status=NetworkStatus.REMOVED, removed_on=date(2026, 3, 1))
    CoreSwitch.objects.update(name="other", vlans_per_tenant=9)
    VlanRange.objects.all().delete()
    take_due(now=now())

    assert as_of(day=yesterday()) == before


def test_days_of_downtime_are_caught_up_and_marked_as_rebuilt() -> None:
    pod = believable_pod()
    long_ago()
    take_due(now=now())
    was = told(as_of(day=yesterday()))

    days = take_due(now=now() + 5 * DAY)

    assert days == [yesterday() + number * DAY for number in range(1, 6)]
    found = {day: as_of(day=day, now=now() + 6 * DAY)[0] for day in days}
    assert [one.exact for one in found.values()] == [False, False, False, False, True]
    assert "Rebuilt from dated records" in found[days[0]].notes[0]
    assert found[days[-1]].notes == ()
    assert all(told([one]) == was for one in found.values()), pod


def test_two_workers_at_once_leave_one_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    believable_pod()
    long_ago()
    read = snapshots._read

    def overtaken(*args: Any, **kwargs: Any) -> Any:
        """Between the reading of the one and its writing, the other stores the same day."""
        found = read(*args, **kwargs)
        monkeypatch.setattr(snapshots, "_read", read)
        assert take_due(now=now()) == [yesterday()]
        return found

    monkeypatch.setattr(snapshots, "_read", overtaken)
    take_due(now=now())

    (stored,) = Snapshot.objects.all()
    stored.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        stored.save(force_insert=True)  # it is the table that lets no second one in


def test_a_switch_that_was_entered_today_is_not_in_yesterdays_snapshot() -> None:
    believable_pod()
    long_ago()
    make_pod("pod-new", switch=make_switch("core-new"))
    take_due(now=now())
    assert [one.name for one in as_of(day=yesterday())] == ["core-a"]
    assert [one.name for one in as_of(day=timezone.localdate())] == ["core-a", "core-new"]


def test_an_archived_switch_is_there_up_to_the_day_it_was_archived() -> None:
    switch = make_switch("core-old")
    long_ago()
    take_due(now=now())
    switch.archive()
    assert [one.name for one in as_of(day=yesterday())] == ["core-old"]
    assert as_of(day=timezone.localdate()) == []
    assert [one.name for one in as_of(day=yesterday() - DAY)] == ["core-old"]


def test_before_the_first_snapshot_it_is_rebuilt_from_dates() -> None:
    pod = small_pod("core-a")
    gone, *_ = fill(pod, tenants=2, onboarded_on=date(2026, 1, 5))
    fill(pod, tenants=1, onboarded_on=date(2026, 8, 5), first_vid=200)
    Tenant.objects.filter(pk=gone.pk).update(status=TenantStatus.DEPARTED, departed_on=date(2026, 6, 1))
    Network.objects.filter(tenant=gone).update(status=NetworkStatus.REMOVED, removed_on=date(2026, 6, 1))

    days = (date(2026, 1, 4), date(2026, 1, 5), date(2026, 5, 31), date(2026, 6, 1), date(2026, 8, 5))
    found = [[(one.ceiling.customers, one.ceiling.networks, one.exact) for one in as_of(day=day)] for day in days]

    assert found == [[], [(2, 6, False)], [(2, 6, False)], [(1, 3, False)], [(2, 6, False)]]
    assert as_of(day=date(2026, 2, 1))[0].notes[-1].startswith("Ranges and limits are those of ")


def test_states_and_limits_of_a_past_day_come_from_what_was_recorded_since() -> None:
    pod = believable_pod()
    long_ago()
    moved = list(pod.switch.vlans.filter(vid__in=(400, 401, 402)))
    move(moved, to=VlanState.UNCLAIMED, by=None, why="found")
    VlanMove.objects.update(at=end_of(yesterday() - 2 * DAY))  # the first instant of the day before yesterday
    switch = CoreSwitch.objects.get(pk=pod.switch_id)
    switch.practical_percent = 50
    switch.save()

    before, after = (as_of(day=yesterday() - number * DAY)[0].ceiling for number in (2, 1))

    assert (before.counts.unclaimed, before.counts.free) == (0, 482)
    assert (after.counts.unclaimed, after.counts.free) == (3, 479)
    assert (before.bounds.practical_percent, after.bounds.practical_percent) == (75, 75)


def test_a_customer_being_taken_in_counts_from_the_day_of_its_intake() -> None:
    pod = believable_pod()
    tenant = intake(pod, "Held")
    long_ago()
    settle(tenant=tenant, by=None, now=now())
    (found,) = as_of(day=yesterday())
    assert (found.ceiling.customers, found.ceiling.networks, found.ceiling.counts.held) == (7, 20, 2)


def test_so_many_changes_since_midnight_are_not_unwound_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    pod = believable_pod()
    long_ago()
    intake(pod, "Newcomer")
    monkeypatch.setattr(counting, "MOST_CHANGES", 1)
    take_due(now=now())
    (found,) = as_of(day=yesterday())
    assert (found.exact, found.ceiling.customers, len(found.notes)) == (False, 6, 1)


def test_the_future_has_no_figures() -> None:
    with pytest.raises(NotYet, match="still to come"):
        as_of(day=timezone.localdate() + DAY)


@override_settings(TIME_ZONE="Europe/Berlin")
def test_a_day_ends_at_midnight_in_the_portals_time_zone() -> None:
    with timezone.override(UTC):  # a request may have switched to another zone
        assert end_of(date(2026, 7, 1)) == datetime(2026, 7, 1, 22, tzinfo=UTC)
        assert end_of(date(2026, 3, 28)) == datetime(2026, 3, 28, 23, tzinfo=UTC)  # the clocks change on the 29th
        assert end_of(date(2026, 3, 29)) == datetime(2026, 3, 29, 22, tzinfo=UTC)


def test_the_scheduler_and_the_command_do_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    believable_pod()
    long_ago()
    assert take_snapshots() == 1
    call_command("take_snapshots")
    assert "there already" in capsys.readouterr().out
    Snapshot.objects.all().delete()
    call_command("take_snapshots")
    assert capsys.readouterr().out == f"Stored the end of {yesterday()}.\n"


def test_without_a_core_switch_there_is_nothing_to_store() -> None:
    assert take_due(now=now()) == []
    assert as_of(day=yesterday()) == []


def test_the_number_of_queries_does_not_grow_with_the_data(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    believable_pod()
    long_ago()
    as_of(day=yesterday())  # content types are remembered from here on
    with django_assert_num_queries(12):
        as_of(day=yesterday())
    for name in ("b", "c"):
        fill(small_pod(f"core-{name}"), tenants=20, onboarded_on=date(2026, 1, 5))
    long_ago()
    with django_assert_num_queries(12):
        as_of(day=yesterday())
    with django_assert_num_queries(17):
        take_due(now=now())
    with django_assert_num_queries(1):
        assert len(as_of(day=yesterday())) == 3
