"""Every URL as every role: who reaches what, and that nothing is reached by accident.

The table is the promise, written out by hand and not derived from the code. A URL that is not in it fails the walk, so
that no new page slips in unguarded.
"""

from collections.abc import Iterator
from datetime import date

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from capacity.models import Contract, Mailing, Recipient, Scenario
from inventory.models import Pod, VlanState
from provisioning.models import Device, HandOff, Stop
from tenants.models import Membership
from tests.capacity.alarms import make_delivery
from tests.factories import make_management_network, make_nsx_manager, make_pod, make_tenant, make_user
from tests.provisioning.things import approved, make_newcomer
from tests.provisioning.zerto.managers import make_zerto_manager

OPEN = {"healthz", "account_login"}
EVERYONE = set(Role)
World = dict[str, dict[str, object]]
PROVIDER = EVERYONE - {Role.CUSTOMER}
OPERATORS = {Role.OPERATOR, Role.ADMIN}
READERS = PROVIDER - {Role.MANAGER}
APPROVERS = {Role.APPROVER, Role.ADMIN}
PLANNERS = {Role.OPERATOR, Role.MANAGER, Role.ADMIN}

REACHED_BY: dict[str, set[Role]] = {
    "readyz": PROVIDER,
    "account_logout": EVERYONE,
    "account_change_password": EVERYONE,
    "audit": {Role.NOC, Role.APPROVER, Role.ADMIN},
    "audit_of": {Role.NOC, Role.APPROVER, Role.ADMIN},
    "capacity:overview": EVERYONE,  # a customer is sent on to its tenant
    "capacity:switches": PROVIDER,
    "capacity:provider": PROVIDER,
    "capacity:switch": PROVIDER,
    "capacity:vlans": PROVIDER,
    "capacity:vlan": PROVIDER,
    "capacity:assumptions": PROVIDER,
    "capacity:assumptions_edit": {Role.OPERATOR, Role.MANAGER, Role.ADMIN},
    "capacity:contracts": PROVIDER,
    **{f"capacity:contract_{verb}": PLANNERS for verb in ("new", "edit", "settle")},
    **dict.fromkeys(
        ["capacity:report", "capacity:report_pdf", "capacity:report_xlsx", "capacity:report_csv"], PROVIDER
    ),
    "capacity:recipients": PROVIDER,
    **{f"capacity:recipient{verb}": PLANNERS for verb in ("", "_new", "_delete", "_try")},
    "capacity:mailing_again": PLANNERS,
    "capacity:scenarios": PROVIDER,
    "capacity:scenario": PROVIDER,
    **{f"capacity:scenario_{verb}": PLANNERS for verb in ("new", "preview", "edit", "duplicate", "delete")},
    **dict.fromkeys(["capacity:alerts", "capacity:alert_notices"], PROVIDER),
    **{
        f"capacity:alert_{verb}": PLANNERS
        for verb in ("acknowledge", "rule", "rule_new", "rule_delete", "rule_switch", "rule_test", "delivery_again")
    },
    **dict.fromkeys(["inventory:pods", "inventory:pod", "inventory:switches", "inventory:switch"], PROVIDER),
    **dict.fromkeys(["inventory:vcenters", "inventory:vcenter"], PROVIDER),
    **dict.fromkeys(["inventory:nsx_managers", "inventory:nsx_manager"], PROVIDER),
    **dict.fromkeys(["inventory:management_networks", "inventory:management_network"], PROVIDER),
    **{
        f"inventory:{record}_{verb}": OPERATORS
        for record in ("pod", "switch", "vcenter", "nsx_manager", "management_network")
        for verb in ("new", "edit", "archive")
    },
    "tenants:tenants": EVERYONE,
    "tenants:tenant": EVERYONE,
    "tenants:unclaimed": PROVIDER,
    **{
        f"tenants:{verb}": OPERATORS
        for verb in (
            *("onboard", "proposal", "suggest", "adopt", "edit", "offboard"),
            *("withdraw", "call_off", "network_add", "network_remove"),
        )
    },
    "provisioning:prepare": OPERATORS,
    **{
        f"provisioning:{page}": READERS
        for page in ("attention", "tenant_panel", "plan", "runs", "run", "run_progress", "devices", "device", "drift")
    },
    "provisioning:plan_approve": APPROVERS,
    "provisioning:held": READERS,
    **{
        f"provisioning:{order}": OPERATORS | APPROVERS
        for order in ("run_pause", "run_resume", "run_cancel", "stop_lift", "device_stop", "device_try_again")
    },
    **dict.fromkeys(["provisioning:window_new", "provisioning:window_delete"], OPERATORS),
    "provisioning:plan_reject": APPROVERS,
    "provisioning:drift_leak": READERS,
    **{f"provisioning:drift_{verb}": OPERATORS for verb in ("chosen", "accept", "take_back", "restore", "adopt")},
    "provisioning:drift_set_aside": OPERATORS,
    "provisioning:device_new": {Role.ADMIN},
    "provisioning:device_edit": {Role.ADMIN},
    "provisioning:device_test": {Role.ADMIN},
    "provisioning:device_pin": {Role.ADMIN},
    "provisioning:device_check": OPERATORS,
    **dict.fromkeys([f"provisioning:handoff{page}" for page in ("s", "", "_csv")], READERS),
    **{f"provisioning:handoff_{verb}": OPERATORS for verb in ("tick", "vras", "address", "confirm", "close", "reopen")},
    **dict.fromkeys(["provisioning:zerto_managers", "provisioning:zerto_manager"], READERS),
    **{f"provisioning:zerto_{verb}": {Role.ADMIN} for verb in ("new", "edit", "remove", "test", "pin")},
    **dict.fromkeys(["provisioning:audit", "provisioning:audit_devices"], READERS),
    **dict.fromkeys(["provisioning:audit_all", "provisioning:audit_device"], OPERATORS),
}


def every_route(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    """(qualified name, names of its arguments) of every route of the project."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from every_route(pattern, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)
        elif isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}", tuple(pattern.pattern.converters)


ROUTES = dict(every_route())


@pytest.fixture
def world(db: None) -> World:
    """One of everything; the answer says which argument each family of routes takes to reach it."""
    pod = make_pod()
    tenant = make_tenant("Acme", pod=pod, vids=(100, 101))
    run = approved(make_newcomer("Newcomer", pod=pod, vids=(200, 201)))
    network = make_management_network(pod=pod)
    Membership.objects.create(user=make_user("customer", Role.CUSTOMER), tenant=tenant)
    for role in PROVIDER:
        make_user(role.value, role)
    make_user("nobody")
    pod.switch.vlans.filter(vid=300).update(state=VlanState.UNCLAIMED, label="old-customer")
    switch_device = Device.objects.get(switch=pod.switch)
    delivery = make_delivery(pod.switch)
    recipient = Recipient.objects.create(address="board@example.net", as_pdf=False, as_xlsx=True)
    mailing = Mailing.objects.create(recipient=recipient, month=date(2026, 11, 1), next_at=timezone.now())
    return {
        "audit_of": {"kind": "provisioning.device", "pk": switch_device.pk},
        "capacity:": {"slug": pod.switch.slug, "vid": 100},
        "capacity:recipient": {"pk": mailing.recipient_id},
        "capacity:mailing": {"pk": mailing.pk},
        "capacity:contract": {"pk": _contract(pod).pk},
        "capacity:scenario": {"slug": Scenario.objects.create(name="Twice the growth", growth=2).slug},
        "capacity:alert_rule": {"pk": delivery.alert.rule_id},
        "capacity:alert_acknowledge": {"pk": delivery.alert_id},
        "capacity:alert_delivery": {"pk": delivery.pk},
        "inventory:pod": {"slug": pod.slug},
        "inventory:switch": {"slug": pod.switch.slug},
        "inventory:vcenter": {"slug": pod.dvs.vcenter.slug},
        "inventory:nsx_manager": {"slug": make_nsx_manager().slug},
        "inventory:management": {"pk": network.pk},
        "tenants:": {"slug": tenant.slug, "pk": tenant.networks.all()[0].pk},
        "tenants:adopt": {"pk": pod.switch.vlans.get(vid=300).pk},
        "provisioning:": {"slug": tenant.slug},
        "provisioning:stop_lift": {"pk": Stop.objects.create(device=switch_device, reason="works").pk},
        "provisioning:window": {"pk": 0},
        "provisioning:plan": {"pk": run.plan_id},
        "provisioning:run": {"pk": run.pk},
        "provisioning:device": {"slug": switch_device.slug},
        "provisioning:audit_device": {"slug": switch_device.slug},
        "provisioning:zerto_": {"slug": make_zerto_manager().slug},
        "provisioning:handoff": {"pk": HandOff.objects.create(tenant=tenant, opened_at=timezone.now()).pk},
        "provisioning:drift_": {"pk": pod.switch.vlans.get(vid=300).pk},
    }


def _contract(pod: Pod) -> Contract:
    day = date(2026, 11, 22)
    return Contract.objects.create(
        customer="Soon", switch=pod.switch, vlans=5, starts_on=day, signed_on=day, signed_by="M. Manager"
    )


def url_of(name: str, world: World) -> str:
    family = max((prefix for prefix in world if name.startswith(prefix)), key=len, default="")
    return reverse(name, kwargs={argument: world[family][argument] for argument in ROUTES[name]})


def client_of(username: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=username))
    return client


def test_every_route_is_in_the_table_and_the_table_names_no_other() -> None:
    assert ROUTES.keys() - OPEN == REACHED_BY.keys()


def test_the_anonymous_reach_only_the_sign_in_page(world: World) -> None:
    reached = {}
    for name in REACHED_BY:
        for verb in ("get", "post"):
            answer = getattr(Client(), verb)(url_of(name, world))
            if not answer.headers.get("Location", "").startswith(reverse(settings.LOGIN_URL)):
                reached[name, verb] = answer.status_code
    assert not reached


@pytest.mark.parametrize("name", sorted(OPEN))
def test_what_is_open_answers_the_anonymous(name: str, client: Client, db: None) -> None:
    assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("role", Role)
def test_a_role_reaches_what_it_was_promised_and_nothing_else(role: Role, world: World) -> None:
    client, wrong = client_of(role.value), {}
    for name, roles in REACHED_BY.items():
        if name == "account_logout":
            continue  # it would end the walk's session; its answer to a GET is tested with signing in
        status = client.get(url_of(name, world)).status_code
        if (status == 403) == (role in roles) or status in (404, 500):
            wrong[name] = status
    assert not wrong


@pytest.mark.parametrize("role", Role)
def test_a_post_by_a_role_that_may_not_is_refused_before_anything_else(role: Role, world: World) -> None:
    client = client_of(role.value)
    closed = [name for name, roles in REACHED_BY.items() if role not in roles]
    assert {client.post(url_of(name, world)).status_code for name in closed} <= {403}


def test_a_user_without_any_role_reaches_nothing_of_the_provider(world: World) -> None:
    client = client_of("nobody")
    closed = [name for name, roles in REACHED_BY.items() if Role.CUSTOMER not in roles]
    assert {client.get(url_of(name, world)).status_code for name in closed} == {403}


def test_a_customer_sees_its_own_tenant_and_not_that_another_exists(world: World) -> None:
    customer = client_of("customer")
    assert customer.get("/tenants/acme/").status_code == 200
    assert customer.get("/tenants/newcomer/").status_code == 404
    assert "Newcomer" not in customer.get("/tenants/").content.decode()
    assert "/tenants/newcomer/" not in customer.get("/tenants/?q=Newcomer&status=onboarding").content.decode()
