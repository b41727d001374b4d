"""The demo provider: believable, coherent, the same for the same seed, and with the drift that it was given only."""

import hashlib
import io
from collections import Counter
from datetime import date, timedelta
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, F, Q
from django.test import TestCase, override_settings

from accounts.models import User
from accounts.roles import Role
from capacity.models import Alert, AlertRule
from inventory.models import CoreSwitch, Pod, Vlan, VlanMove, VlanState
from inventory.ranges import base_state, spans_of
from provisioning.audit.auditing import audit_the_portal
from provisioning.drift import check
from provisioning.models import (
    Audit,
    AuditFinding,
    AuditRule,
    Device,
    DeviceKind,
    DriftFinding,
    DriftKind,
    Plan,
    Run,
    SimulatedObject,
)
from tenants.models import (
    CustomerSubnet,
    Membership,
    Network,
    NetworkStatus,
    Tenant,
    TenantStatus,
    WanConnection,
    validate_zorg_name,
)
from tenants.models.tenants import GONE
from tests.factories import make_user
from zcsp_portal.demo.accounts import ACCOUNTS, PASSWORD
from zcsp_portal.demo.loading import load
from zcsp_portal.demo.names import invented_names

TODAY = date(2026, 6, 17)
STATE_OF = {
    NetworkStatus.PLANNED: VlanState.HELD,
    NetworkStatus.LIVE: VlanState.ALLOCATED,
    NetworkStatus.REMOVING: VlanState.RELEASING,
}


@override_settings(DEBUG=True)
class TheDemo(TestCase):
    """Loaded once for all of these tests: it takes seconds."""

    @classmethod
    def setUpTestData(cls) -> None:
        load(seed=1, today=TODAY)

    def test_it_is_a_provider_with_three_switches_six_pods_and_about_1100_tenants(self) -> None:
        assert CoreSwitch.objects.values("platform").distinct().count() == 3
        assert Pod.objects.count() == 6
        assert max(CoreSwitch.objects.annotate(n=Count("pods")).values_list("n", flat=True)) >= 2
        assert 1050 <= Tenant.objects.count() <= 1150
        assert WanConnection.objects.values("kind").distinct().count() == 4
        assert {2, 3, 5, 8} <= set(Tenant.objects.annotate(n=Count("networks")).values_list("n", flat=True))

    def test_one_switch_is_close_to_its_practical_ceiling_one_half_full_one_new(self) -> None:
        filled = {}
        for switch in CoreSwitch.objects.all():
            spans = spans_of(switch)
            usable = sum(base_state(vid, spans) == VlanState.FREE for vid in range(1, 4095))
            ceiling = usable // switch.vlans_per_tenant * switch.practical_percent // 100
            filled[switch.name] = Tenant.objects.filter(pod__switch=switch).exclude(status__in=GONE).count() / ceiling
        assert 0.93 < filled["core-north"] < 1
        assert 0.45 < filled["core-harbour"] < 0.55
        assert filled["core-hill"] < 0.1

    def test_its_history_runs_over_three_years_with_people_coming_and_going(self) -> None:
        came = Counter(day.year for day in Tenant.objects.values_list("onboarded_on", flat=True) if day)
        first = min(day for day in Tenant.objects.values_list("onboarded_on", flat=True) if day)
        assert TODAY - timedelta(days=1100) < first < TODAY - timedelta(days=1050)
        assert came[TODAY.year - 1] > 200
        assert Tenant.objects.filter(status=TenantStatus.DEPARTED).count() > 150
        assert Tenant.objects.filter(departed_on__gt=TODAY - timedelta(days=60)).exists()

    def test_every_present_network_has_its_vlan_and_no_vlan_has_two(self) -> None:
        present = Network.objects.exclude(status=NetworkStatus.REMOVED)
        assert present.count() == present.values("vlan").distinct().count()
        for status, state in STATE_OF.items():
            assert not present.filter(status=status).exclude(vlan__state=state).exists()
        in_use = Vlan.objects.filter(state__in=STATE_OF.values())
        assert in_use.count() == present.count()
        assert not Network.objects.exclude(vlan__switch=F("tenant__pod__switch")).exists()

    def test_what_departed_recently_rests_in_quarantine_and_the_rest_is_free(self) -> None:
        quarantined = Vlan.objects.filter(state=VlanState.QUARANTINED)
        assert quarantined.exists()
        assert not quarantined.filter(until__isnull=True).exists()
        assert set(quarantined.values_list("networks__status", flat=True)) == {NetworkStatus.REMOVED}

    def test_vlans_rest_as_the_ranges_of_their_switch_say(self) -> None:
        for switch in CoreSwitch.objects.all():
            spans = spans_of(switch)
            for vlan in switch.vlans.exclude(state=VlanState.FREE):
                base = base_state(vlan.vid, spans)
                assert base in (vlan.state, VlanState.FREE)

    def test_dates_come_in_their_order(self) -> None:
        assert not Tenant.objects.filter(departed_on__lt=F("onboarded_on")).exists()
        assert not Tenant.objects.filter(created_at__date__gt=F("onboarded_on")).exists()
        assert not Network.objects.filter(removed_on__lt=F("live_on")).exists()
        assert not Network.objects.filter(live_on__lt=F("tenant__onboarded_on")).exists()
        assert not Tenant.objects.filter(departed_on__gte=TODAY).exists()

    def test_every_vlan_moved_from_where_the_move_before_left_it(self) -> None:
        last: dict[int, str] = {}
        for vlan, before, after in VlanMove.objects.order_by("at", "pk").values_list("vlan", "from_state", "to_state"):
            assert before == last.get(vlan, VlanState.FREE)
            last[vlan] = after
        assert all(last[vlan.pk] == vlan.state for vlan in Vlan.objects.filter(pk__in=last))

    def test_no_customer_subnet_is_there_twice(self) -> None:
        assert CustomerSubnet.objects.values("prefix").distinct().count() == CustomerSubnet.objects.count()

    def test_its_devices_drifted_as_seeded_and_no_other_way(self) -> None:
        seeded = set(DriftFinding.objects.values_list("device__name", "kind", "drift"))
        assert Counter(kind for _, _, kind in seeded) == {
            DriftKind.MISSING: 3,
            DriftKind.CHANGED: 1,  # two objects: one on another VLAN, one promiscuous
            DriftKind.LEAKED: 1,  # a port group that nobody intends, on a VLAN that was free
        }
        assert DriftFinding.objects.count() == 6
        for device in Device.objects.filter(Q(tenant=None) | Q(tenant__in=_sample())).select_related("vcenter"):
            check(device)
        assert set(DriftFinding.objects.values_list("device__name", "kind", "drift")) == seeded
        assert DriftFinding.objects.count() == 6

    def test_the_nearly_full_switch_has_an_open_alert_and_no_other_switch_has_one(self) -> None:
        assert AlertRule.objects.count() == 3
        assert {alert.switch.name for alert in Alert.objects.all() if alert.is_open} == {"core-north"}
        assert Alert.objects.filter(words__contains="of the practical ceiling used").count() == 1

    def test_every_device_is_a_simulated_one(self) -> None:
        assert set(Device.objects.values_list("driver", flat=True)) == {"simulated"}
        assert SimulatedObject.objects.count() > 15_000

    def test_its_devices_are_isolated_but_for_the_port_group_that_somebody_opened(self) -> None:
        firewalls = Device.objects.filter(kind=DeviceKind.FIREWALL).order_by("pk")
        for device in [*Device.objects.exclude(kind=DeviceKind.FIREWALL), *firewalls[::40]]:
            check(device)
        audit_the_portal()
        assert Audit.objects.count() > 20
        assert [finding.rule for finding in AuditFinding.objects.all()] == [AuditRule.PORT_POLICY]

    def test_it_has_runs_that_succeeded_a_plan_turned_down_and_one_that_waits(self) -> None:
        assert list(Run.objects.values_list("status", flat=True)) == ["succeeded", "succeeded"]
        assert Counter(Plan.objects.values_list("status", flat=True)) == {"approved": 2, "rejected": 1, "proposed": 1}

    def test_each_role_can_sign_in_and_the_customer_sees_one_tenant(self) -> None:
        for account in ACCOUNTS:
            assert self.client.login(username=account.username, password=PASSWORD)
        assert set(User.objects.values_list("groups__name", flat=True)) == {role.value for role in Role}
        assert Membership.objects.get().user.username == "customer"

    def test_it_is_loaded_into_an_empty_database_only(self) -> None:
        with pytest.raises(CommandError, match=r"not empty \(there are core switches\)"):
            call_command("seed_demo")


def _sample() -> list[int]:
    return list(Tenant.objects.order_by("pk").values_list("pk", flat=True)[::40])


def digest() -> str:
    """Over every row's key columns; moments of loading, and the ids, are left out."""
    rows = [
        *CoreSwitch.objects.order_by("name").values_list("name", "platform"),
        *Tenant.objects.order_by("name").values_list("name", "pod__name", "status", "departed_on"),
        *Network.objects.order_by("vlan__switch", "vlan__vid", "pk").values_list("port_group", "prefix", "removed_on"),
        *WanConnection.objects.order_by("tenant__name").values_list("tenant__name", "kind", "remote_gateway"),
        *CustomerSubnet.objects.order_by("prefix").values_list("prefix", "tenant__name"),
        *Vlan.objects.order_by("switch", "vid").values_list("vid", "state", "label"),
        *SimulatedObject.objects.order_by("device__address", "kind", "key").values_list("device__address", "key"),
    ]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@override_settings(DEBUG=True)
def test_two_loads_with_one_seed_give_the_same_company() -> None:
    load(seed=7, today=TODAY)
    first = digest()
    call_command("flush", interactive=False, verbosity=0)
    load(seed=7, today=TODAY)
    assert digest() == first


@pytest.mark.django_db
@override_settings(DEBUG=False)
def test_without_development_mode_there_are_data_but_no_accounts() -> None:
    told = io.StringIO()
    call_command("seed_demo", "--seed", "2", "--today", "2026-06-17", stdout=told)
    assert Tenant.objects.count() > 1000
    assert not User.objects.exists()
    assert not Plan.objects.exists()
    assert "No demo accounts were made" in told.getvalue()
    assert PASSWORD not in told.getvalue()


@pytest.mark.django_db
def test_an_account_of_a_demo_name_is_left_alone() -> None:
    make_user("operator")
    with pytest.raises(CommandError, match="An account named operator exists"), override_settings(DEBUG=True):
        call_command("seed_demo")
    assert not CoreSwitch.objects.exists()


def test_names_are_valid_zorg_names_and_no_two_alike() -> None:
    names = invented_names(2000, Random(3))
    for name in names:
        validate_zorg_name(name)
    assert len({name.lower() for name in names}) == 2000
