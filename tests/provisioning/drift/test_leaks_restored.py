"""What leaked and was a tenant's own goes with that tenant's plan; nobody else's does."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.roles import Role
from inventory.models import Vlan, VlanState
from provisioning.approval import ApprovalRefused, approve
from provisioning.drift import check
from provisioning.drift.restoring import Restoring, restore
from provisioning.drivers.protocol import Kind
from provisioning.models import DriftFinding, DriftKind
from tenants.models import Tenant, TenantStatus
from tests.factories import make_user
from tests.provisioning.drift.scenes import had_once, live_tenant, stray, switch_of, vcenter_of
from tests.provisioning.things import approver_of_tests, carries, plan_texts, put, take_away, work

pytestmark = pytest.mark.django_db


def leaky() -> Tenant:
    """An active tenant whose removed network is on every device again, just as we made it."""
    tenant = live_tenant()
    had_once(tenant, 300)
    put(switch_of(tenant), Kind.VLAN, "300", name="Acme-extra-300")
    put(switch_of(tenant), Kind.TRUNK_VLAN, "port-channel1/300")
    stray(tenant.pod, 300, name="Acme-extra-300")
    look(tenant)
    return tenant


def look(tenant: Tenant) -> None:
    check(switch_of(tenant))
    check(vcenter_of(tenant))


def restored() -> Restoring:
    return restore(DriftFinding.objects.all(), by=make_user())


def test_it_is_taken_away_by_a_plan_that_somebody_approves_and_the_quarantine_begins_anew() -> None:
    tenant = leaky()
    (plan,) = restored().made
    assert plan_texts(plan) == [
        "50 remove port_group dvs-pod-1/Acme-extra-300",
        "60 remove trunk_vlan port-channel1/300",
        "60 remove vlan 300",
    ]
    assert approve(plan=plan, plan_hash=plan.hash, by=approver_of_tests())
    work()
    assert not [key for key in (*carries(switch_of(tenant)), *carries(vcenter_of(tenant))) if "300" in key]
    assert Vlan.objects.get(vid=300).until is None  # not before each device was looked at again
    look(tenant)
    vlan = Vlan.objects.get(vid=300)
    assert vlan.state == VlanState.QUARANTINED
    assert vlan.until is not None
    assert tenant.networks.filter(status="live").count() == 2


def put_foreign_name(tenant: Tenant) -> None:
    put(switch_of(tenant), Kind.VLAN, "300", name="somebody-else")


def add_foreign_group(tenant: Tenant) -> None:
    stray(tenant.pod, 300, name="their-lab")


def leave(tenant: Tenant) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(status=TenantStatus.DEPARTED)


@pytest.mark.parametrize("change", [put_foreign_name, add_foreign_group, leave])
def test_what_is_somebody_elses_or_a_departed_tenants_is_left_to_a_person(change: Callable[[Tenant], None]) -> None:
    tenant = leaky()
    change(tenant)
    look(tenant)
    assert DriftFinding.objects.filter(drift=DriftKind.LEAKED).count() >= 3
    restoring = restored()
    assert (restoring.plans, restoring.refused) == ([], [])


def test_a_leak_that_ended_by_itself_makes_its_plan_stale() -> None:
    tenant = leaky()
    (plan,) = restored().made
    take_away(switch_of(tenant), Kind.VLAN, "300")
    take_away(switch_of(tenant), Kind.TRUNK_VLAN, "port-channel1/300")
    take_away(vcenter_of(tenant), Kind.PORT_GROUP, "dvs-pod-1/Acme-extra-300")
    look(tenant)
    with pytest.raises(ApprovalRefused, match="was changed since this plan was made"):
        approve(plan=plan, plan_hash=plan.hash, by=approver_of_tests())


def test_the_page_offers_restoring_where_a_plan_can_and_says_what_to_do_where_none_can(client: Client) -> None:
    tenant = leaky()
    client.force_login(make_user("otto", Role.OPERATOR))
    assert "Restore<" in client.get("/provisioning/drift/?tab=leaked").content.decode()
    leave(tenant)
    page = client.get("/provisioning/drift/?tab=leaked").content.decode()
    assert "Restore<" not in page
    assert "Acme has left, so no plan can take it away: remove it on the device." in page
