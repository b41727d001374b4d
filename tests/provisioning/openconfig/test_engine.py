"""Runs against a real NETCONF server, through the whole engine: planned, approved, pushed, proved, taken away again."""

from collections.abc import Iterator

import pytest
from ncclient.manager import Manager

from inventory.models import Vlan
from lab.netconfd import Switch, switch, why_not
from lab.netconfd.independent import clear, signed_in, trunk, vlans, write
from provisioning.models import Device, DriverName, Run, RunStatus
from provisioning.planning import PlanRefused, make_plan
from tenants.models import NetworkStatus, Tenant, TenantStatus
from tests.provisioning.openconfig.edits import edits, prove_nothing_is_replaced
from tests.provisioning.things import approved, due_now, lines, make_newcomer, work

pytestmark = [pytest.mark.lab, pytest.mark.django_db]
TRUNK = "port-channel1"  # what the factories give a pod
NAMES = {100: "Acme-failover-production-100", 101: "Acme-failover-test-101"}


@pytest.fixture(scope="module")
def bundled() -> Iterator[Switch]:
    if reason := why_not():
        pytest.skip(f"netconfd cannot run here: {reason}")
    with switch(ports=(), bundles=(TRUNK,)) as one:
        yield one


@pytest.fixture
def session(bundled: Switch) -> Iterator[Manager]:
    bundled.wire.forget()
    with signed_in(bundled) as manager:
        yield manager
        prove_nothing_is_replaced(bundled.wire.messages)
        bundled.wire.forget()
        clear(manager)


@pytest.fixture
def tenant(bundled: Switch, session: Manager) -> Tenant:
    newcomer = make_newcomer()
    device = Device.objects.get(switch=newcomer.pod.switch)
    device.driver, device.address, device.username = DriverName.OPENCONFIG, bundled.address, bundled.username
    device.tls, device.thumbprint = "pinned", bundled.host_key_fingerprint
    device.set_password(bundled.password)
    device.save()
    return newcomer


def ended(run: Run) -> str:
    run.refresh_from_db()
    assert not run.is_open
    return str(run.status)


def test_a_tenant_comes_and_goes_and_the_switch_is_as_before(tenant: Tenant, bundled: Switch, session: Manager) -> None:
    write(session, vlans={12: "legacy"}, port=TRUNK, add=["12", "300..310"])
    assert ended_well(approved(tenant))
    assert vlans(session) == NAMES | {12: "legacy"}
    assert set(trunk(session, TRUNK)) == {"12", "100..101", "300..310", "999"}
    assert len(edits(bundled.wire.messages)) == 1

    tenant.networks.update(status=NetworkStatus.REMOVING)
    for network in tenant.networks.select_related("vlan"):
        Vlan.objects.filter(networks=network).update(state="releasing")
    Tenant.objects.filter(pk=tenant.pk).update(status=TenantStatus.OFFBOARDING)
    tenant.refresh_from_db()
    assert ended_well(approved(tenant))
    assert vlans(session) == {12: "legacy"}
    assert set(trunk(session, TRUNK)) == {"12", "300..310", "999"}


def ended_well(run: Run) -> bool:
    work()
    return ended(run) == RunStatus.SUCCEEDED


def test_a_line_that_drops_in_the_middle_of_a_confirmed_commit_is_made_good(
    tenant: Tenant, bundled: Switch, session: Manager
) -> None:
    dropped: list[bytes] = []

    def drop_once(message: bytes) -> bytes | None:
        if b"<nc:commit/>" in message and not dropped:
            dropped.append(message)
            return None
        return message

    bundled.wire.on_message = drop_once
    run = approved(tenant)
    work()
    assert dropped
    assert "the switch takes it back by itself" in lines(run)
    due_now()
    assert ended_well(run)
    assert vlans(session) == NAMES
    assert set(trunk(session, TRUNK)) == {"100..101", "999"}


def test_a_vlan_that_is_there_under_another_name_is_told_when_the_plan_is_made(
    tenant: Tenant, session: Manager
) -> None:
    write(session, vlans={100: "legacy-voice"})
    with pytest.raises(PlanRefused) as caught:
        make_plan(tenant=tenant, by=None)
    assert "VLAN 100 is there already under the name “legacy-voice”" in str(caught.value.reasons)
