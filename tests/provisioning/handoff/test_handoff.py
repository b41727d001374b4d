"""A hand-off opens with the push that brought a tenant live, is ticked off by people, and read back from Zerto."""

from collections.abc import Iterator

import pytest
from django.utils import timezone

from inventory.models import ManagementNetwork, NetworkPurpose
from lab.zerto import Manager, Running, serve
from lab.zerto.manager import Product
from provisioning import handoff as handing
from provisioning import runs
from provisioning.models import HandOff, HandOffTick, Run, RunStatus, SimulatedDevice
from tenants.models import Network, Tenant, Zcc
from tests.factories import make_management_network, make_user
from tests.provisioning.things import approved, leaving, make_newcomer, work
from tests.provisioning.zerto.managers import make_zerto_manager, manager_of

pytestmark = pytest.mark.django_db


def onboarded(name: str = "Acme", *, transit: bool = True) -> Tenant:
    tenant = make_newcomer(name)
    if transit:
        give_transit(tenant)
    for third, network in enumerate(tenant.networks.order_by("vlan__vid")):
        Network.objects.filter(pk=network.pk).update(prefix=f"10.50.{third}.0/24")
    approved(tenant)
    work()
    return Tenant.objects.get(pk=tenant.pk)


def give_transit(tenant: Tenant) -> ManagementNetwork:
    return make_management_network(
        "10.2.0.0/24", purpose=NetworkPurpose.TRANSIT, pod=tenant.pod, vid=21, gateway="10.2.0.1"
    )


def ticked_off(handoff: HandOff) -> HandOff:
    olga = make_user("olga")
    for task in handing.worksheet_of(handoff).tasks:
        handing.tick(handoff, task.key, by=olga)
    return handoff


# --- Opening --------------------------------------------------------------------------------------


def test_it_opens_when_the_push_succeeded_with_an_address_for_the_zcc() -> None:
    tenant = onboarded()
    handoff = HandOff.objects.get()
    assert (handoff.tenant, handoff.run, handoff.is_open) == (tenant, Run.objects.get(), True)
    assert Zcc.objects.get(tenant=tenant).address == "10.2.0.10"
    assert handing.worksheet_of(handoff).missing == []


def test_a_run_whose_end_is_judged_twice_opens_one() -> None:
    onboarded()
    run = Run.objects.get()
    Run.objects.filter(pk=run.pk).update(status=RunStatus.RUNNING)
    runs.advance(run.pk)
    assert HandOff.objects.count() == 1
    assert Zcc.objects.count() == 1


def test_a_failed_push_opens_none() -> None:
    tenant = make_newcomer()
    give_transit(tenant)
    refused = {"refused_key": "100"}
    SimulatedDevice.objects.update_or_create(address=tenant.pod.switch.device.address, defaults=refused)
    approved(tenant)
    work()
    assert Run.objects.get().status == RunStatus.FAILED
    assert not HandOff.objects.exists()
    assert not Zcc.objects.exists()


def test_without_a_transit_network_the_push_succeeds_all_the_same_and_the_worksheet_says_what_is_missing() -> None:
    tenant = onboarded(transit=False)
    assert Run.objects.get().status == RunStatus.SUCCEEDED
    handoff = HandOff.objects.get()
    assert any("take one below" in reason for reason in handing.worksheet_of(handoff).missing)
    assert "has no ZCC/transit network" in handing.try_for_address(tenant)
    give_transit(tenant)
    assert handing.try_for_address(tenant) == ""
    assert handing.worksheet_of(HandOff.objects.get()).missing == []


def test_a_later_change_of_the_tenant_opens_no_second_one() -> None:
    tenant = onboarded()
    handing.close(ticked_off(HandOff.objects.get()), by=make_user("ben"), now=timezone.now())
    approved(tenant)
    work()
    assert not HandOff.objects.get().is_open


def test_of_a_tenant_that_leaves_nobody_waits_for_one_and_its_address_is_given_back() -> None:
    tenant = onboarded()
    assert handing.open_handoffs(Tenant.objects.all()).count() == 1
    leaving(tenant)
    assert handing.open_handoffs(Tenant.objects.all()).count() == 0
    approved(tenant)
    work()
    tenant.refresh_from_db()
    assert tenant.status == "departed"
    assert not Zcc.objects.exists()


# --- Ticking and closing --------------------------------------------------------------------------


def test_a_task_is_ticked_once_and_can_be_taken_back() -> None:
    onboarded()
    handoff, olga = HandOff.objects.get(), make_user("olga")
    for _ in range(2):
        handing.tick(handoff, "zorg", by=olga)
    assert [(tick.task, tick.by) for tick in HandOffTick.objects.all()] == [("zorg", olga)]
    for _ in range(2):
        handing.untick(handoff, "zorg")
    assert not HandOffTick.objects.exists()


def test_a_task_that_is_not_on_the_worksheet_is_not_ticked() -> None:
    onboarded()
    handing.tick(HandOff.objects.get(), "firewall", by=make_user("olga"))
    assert not HandOffTick.objects.exists()


def test_it_closes_only_when_all_is_done_and_says_what_is_left() -> None:
    onboarded()
    handoff, now = HandOff.objects.get(), timezone.now()
    with pytest.raises(handing.HandOffRefused, match="Not ticked off yet: Create the ZORG, "):
        handing.close(handoff, by=make_user("ben"), now=now)
    ticked_off(handoff)
    for _ in range(2):
        handing.close(handoff, by=make_user(f"user{_}"), now=now)
    handoff.refresh_from_db()
    assert (handoff.closed_at, str(handoff.closed_by)) == (now, "user0")
    handing.untick(handoff, "zorg")
    assert HandOffTick.objects.filter(task="zorg").exists()
    handing.reopen(handoff)
    handing.untick(handoff, "zorg")
    assert not HandOffTick.objects.filter(task="zorg").exists()


def test_of_a_tenant_that_is_gone_none_waits_and_none_is_ticked_off_or_closed() -> None:
    tenant = onboarded()
    leaving(tenant)
    approved(tenant)
    work()
    handoff = ticked_off(HandOff.objects.get())
    assert (handoff.is_open, handoff.waits) == (True, False)
    assert not HandOffTick.objects.exists()
    with pytest.raises(handing.HandOffRefused, match="Acme is gone"):
        handing.close(handoff, by=make_user("ben"), now=timezone.now())


def test_numbers_of_vras_that_come_after_the_closing_neither_change_nor_open_it_again() -> None:
    onboarded()
    seen_open = HandOff.objects.get()
    handing.close(ticked_off(HandOff.objects.get()), by=make_user("ben"), now=timezone.now())
    handing.set_vras(seen_open, customer=3, provider=4)
    handoff = HandOff.objects.get()
    assert (handoff.is_open, handoff.customer_vras, handoff.provider_vras) == (False, 1, 1)


def test_it_does_not_close_while_a_value_is_missing() -> None:
    onboarded()
    ManagementNetwork.objects.update(gateway=None)
    with pytest.raises(handing.HandOffRefused, match="has no gateway recorded"):
        handing.close(ticked_off(HandOff.objects.get()), by=make_user("ben"), now=timezone.now())


# --- Zerto's word ---------------------------------------------------------------------------------

GROUPS = ["Acme-failover-production-100", "Acme-failover-test-101"]


@pytest.fixture
def zvm() -> Iterator[Running]:
    known = Manager(product=Product.ZVM, zorgs={"Acme": "0f2a"}, networks={"Frankfurt": [*GROUPS]})
    with serve(known) as running:
        yield running


def confirmed() -> HandOff:
    handoff = HandOff.objects.get()
    handing.confirm(handoff, now=timezone.now())
    return HandOff.objects.get()


@pytest.mark.django_db(transaction=True)
def test_a_zvm_that_sees_the_zorg_and_its_networks_confirms_it(zvm: Running) -> None:
    onboarded()
    manager_of(zvm)
    handoff = confirmed()
    assert handoff.confirmed_at == handoff.asked_at is not None
    (answer,) = handoff.answers
    assert answer["good"]
    assert "knows the ZORG Acme" in answer["said"]


@pytest.mark.django_db(transaction=True)
def test_a_network_that_zerto_does_not_see_is_named(zvm: Running) -> None:
    onboarded()
    manager_of(zvm)
    zvm.manager.networks["Frankfurt"].remove(GROUPS[1])
    handoff = confirmed()
    assert handoff.confirmed_at is None
    assert "It does not see Acme-failover-test-101." in handoff.answers[0]["said"]


@pytest.mark.django_db(transaction=True)
def test_a_zcm_confirms_the_zorg_alone_because_it_cannot_tell_networks() -> None:
    onboarded()
    with serve(Manager(product=Product.ZCM, zorgs={"Acme": "0f2a"})) as zcm:
        manager_of(zcm)
        handoff = confirmed()
    assert handoff.confirmed_at is not None
    assert "does not see" not in handoff.answers[0]["said"]


@pytest.mark.django_db(transaction=True)
def test_a_zorg_that_is_not_there_yet_is_told_and_a_later_look_confirms_it(zvm: Running) -> None:
    onboarded()
    manager_of(zvm)
    zorgs = dict(zvm.manager.zorgs)
    zvm.manager.zorgs.clear()
    assert confirmed().confirmed_at is None
    zvm.manager.zorgs.update(zorgs)
    assert confirmed().confirmed_at is not None


@pytest.mark.django_db(transaction=True)
def test_one_that_does_not_answer_confirms_nothing_and_says_so(zvm: Running) -> None:
    onboarded()
    manager_of(zvm)
    make_zerto_manager("zvm-2")
    handoff = confirmed()
    assert handoff.confirmed_at is None
    assert [(answer["manager"], answer["good"]) for answer in handoff.answers] == [("zvm-1", True), ("zvm-2", False)]


@pytest.mark.django_db(transaction=True)
def test_without_a_manager_nothing_is_confirmed() -> None:
    onboarded()
    handoff = confirmed()
    assert (handoff.confirmed_at, handoff.answers) == (None, [])
    assert handoff.asked_at is not None
