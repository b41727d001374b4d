"""The pages about tenants: who reaches them, what they say, what they refuse, and how many queries they take."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.roles import Role
from inventory.allocation import keep_hold
from inventory.models import Vlan, VlanState
from tenants.models import Membership, Tenant, TenantStatus
from tests.factories import make_management_network, make_pod, make_switch, make_tenant, make_user
from tests.tenants.asking import intake

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(make_user("olga", Role.OPERATOR))
    return client


def client_of(name: str, *roles: Role) -> Client:
    client = Client()
    client.force_login(make_user(name, *roles))
    return client


def customer_of(tenant: Tenant) -> Client:
    user = make_user("carl", Role.CUSTOMER)
    Membership.objects.create(user=user, tenant=tenant)
    client = Client()
    client.force_login(user)
    return client


def typed(**changed: Any) -> dict[str, Any]:
    return {
        "token": str(uuid.uuid4()),
        "name": "Acme",
        "contact": "",
        "pod": "pod-1",
        "wan": "ipsec",
        "remote_gateway": "198.51.100.7",
        "nat": "no",
        "customer_subnets": "192.168.10.0/24\r\n\r\n 192.168.11.0/24 ",
        "networks-TOTAL_FORMS": "2",
        "networks-INITIAL_FORMS": "0",
        "networks-0-role": "failover-production",
        "networks-0-vid": "",
        "networks-0-prefix": "",
        "networks-1-role": "failover-test",
        "networks-1-vid": "200",
        "networks-1-prefix": "",
    } | changed


def page(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_the_form_takes_a_tenant_in_and_goes_on_to_the_plan(operator: Client) -> None:
    make_pod()
    response = operator.post("/onboarding/", typed())
    assert (response.status_code, response.headers["Location"]) == (302, reverse("provisioning:prepare", args=["acme"]))
    tenant = Tenant.objects.get()
    assert sorted(tenant.networks.values_list("vlan__vid", flat=True)) == [2, 200]
    assert tenant.customer_subnets.count() == 2


def test_left_to_the_portal_the_pod_with_the_most_headroom_is_taken(operator: Client) -> None:
    make_pod("pod-1", switch=make_switch("core-a", usable=(2, 300)))
    make_pod("pod-2", switch=make_switch("core-b"))
    assert "core-b has 4,093 free" in page(operator.get("/onboarding/"))
    operator.post("/onboarding/", typed(pod=""))
    assert Tenant.objects.get().pod.slug == "pod-2"


def test_with_no_room_anywhere_the_form_says_what_to_do(operator: Client) -> None:
    make_pod(switch=make_switch(usable=(2, 2)))
    response = operator.post("/onboarding/", typed(pod=""))
    assert response.status_code == 422
    assert "add a pod behind another core switch" in page(response)


def test_what_is_wrong_is_told_at_its_field_and_what_was_typed_is_kept(operator: Client) -> None:
    make_pod()
    make_management_network("10.0.0.0/22")
    wrong = {
        "name": "Acme & Sons",
        "wan": "internet",
        "nat": "yes",
        "customer_subnets": "10.0.1.0/24",
        "networks-1-role": "extra",
        "networks-1-prefix": "10.0.2.0/24",
    }
    response = operator.post("/onboarding/", typed(**wrong))
    assert response.status_code == 422
    form = response.context["form"]
    assert set(form.errors) == {"name", "wan", "nat", "customer_subnets"}
    assert list(response.context["rows"].forms[1].errors) == ["prefix"]
    assert "needs a failover-test network" in page(response)
    assert "Acme &amp; Sons" in page(response)
    assert not Tenant.objects.exists()


def test_a_taken_vlan_id_is_told_at_its_row(operator: Client) -> None:
    make_tenant("Bolt", vids=(200, 201))
    response = operator.post("/onboarding/", typed())
    assert "VLAN 200 is allocated" in response.context["rows"].forms[1].errors["vid"][0]


def test_a_full_switch_is_told_at_the_pod(operator: Client) -> None:
    make_pod(switch=make_switch(usable=(200, 200)))
    response = operator.post("/onboarding/", typed())
    assert "choose a pod behind another core switch" in response.context["form"].errors["pod"][0]


def test_the_same_form_sent_twice_takes_in_once(operator: Client) -> None:
    make_pod()
    data = typed()
    operator.post("/onboarding/", data)
    response = operator.post("/onboarding/", data)
    assert response.headers["Location"] == "/tenants/acme/"
    assert Tenant.objects.count() == 1


def test_rows_are_added_and_dropped_without_losing_what_was_typed(operator: Client) -> None:
    make_pod()
    more = operator.post("/onboarding/", typed(more="1"))
    assert len(more.context["rows"].forms) == 3
    assert 'value="200"' in page(more)
    less = operator.post("/onboarding/", typed(drop="0"))
    assert [row["role"].value() for row in less.context["rows"].forms] == ["failover-test"]
    assert not Tenant.objects.exists()


def test_the_proposal_answers_to_the_number_of_networks(operator: Client) -> None:
    make_pod(switch=make_switch(usable=(2, 4)))
    assert "Proposed: pod-1" in page(operator.get("/onboarding/proposal/", {"networks-TOTAL_FORMS": "3"}))
    assert "No open pod" in page(operator.get("/onboarding/proposal/", {"networks-TOTAL_FORMS": "4"}))
    assert "Proposed" not in page(operator.get("/onboarding/proposal/", {"pod": "pod-1"}))
    assert operator.get("/onboarding/proposal/", {"networks-TOTAL_FORMS": "²9x"}).status_code == 200


WRITING = ["edit", "offboard", "withdraw", "call_off", "network_add"]


@pytest.mark.parametrize("role", [r for r in Role if r not in (Role.OPERATOR, Role.ADMIN)])
def test_only_operators_change_tenants(role: Role) -> None:
    tenant = make_tenant()
    client = client_of("nina", role)
    paths = [reverse(f"tenants:{name}", args=["acme"]) for name in WRITING]
    paths += ["/onboarding/", "/onboarding/proposal/", "/tenants/unclaimed/suggest/"]
    paths.append(reverse("tenants:network_remove", args=["acme", tenant.networks.all()[0].pk]))
    assert {client.post(path).status_code for path in paths} == {403}
    assert {client.get(path).status_code for path in paths} == {403}


def test_a_page_that_is_only_read_refuses_a_post(operator: Client) -> None:
    make_tenant()
    paths = ["/tenants/", "/tenants/acme/", "/tenants/unclaimed/", "/onboarding/proposal/"]
    assert {operator.post(path).status_code for path in paths} == {405}
    assert operator.delete("/tenants/acme/offboard/").status_code == 405


def test_a_customer_sees_its_own_tenant_and_no_other() -> None:
    pod = make_pod()
    carl = customer_of(make_tenant("Acme", pod=pod))
    make_tenant("Bolt", pod=pod, vids=(300, 301))
    listed = page(carl.get("/tenants/"))
    assert "Acme" in listed
    assert "Bolt" not in listed
    own = page(carl.get("/tenants/acme/"))
    assert "Acme-failover-test-101" in own
    assert not [word for word in ("Offboard", "History of its VLANs", "core-a", "Edit") if word in own]
    assert carl.get("/tenants/bolt/").status_code == 404
    assert carl.get("/tenants/?pod=pod-1&q=Bolt").status_code == 200
    assert carl.get("/tenants/unclaimed/").status_code == 403


def test_the_list_is_narrowed_by_name_pod_switch_status_and_vlan(operator: Client) -> None:
    pod = make_pod()
    make_tenant("Acme", pod=pod)
    make_tenant("Bolt", pod=make_pod("pod-2", switch=make_switch("core-b")))
    make_tenant("Gone", pod=pod, vids=(), status=TenantStatus.DEPARTED)

    def names(**query: str) -> list[str]:
        return [row.record.name for row in operator.get("/tenants/", query).context["table"].rows]

    assert names() == ["Acme", "Bolt"]
    assert names(q="bol") == names(pod="pod-2") == names(switch="core-b") == ["Bolt"]
    assert names(status="departed") == ["Gone"]
    assert names(status="all") == ["Acme", "Bolt", "Gone"]
    assert names(vid="101") == ["Acme", "Bolt"]
    assert names(vid="102") == []
    assert names(vid="9" * 30) == names(vid="x") == ["Acme", "Bolt"]


def queries_of(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


def test_the_list_takes_as_many_queries_for_sixty_tenants_as_for_two(operator: Client) -> None:
    pod = make_pod()
    for index in range(2):
        make_tenant(f"Acme{index}", pod=pod, vids=(100 + 2 * index, 101 + 2 * index))
    few = queries_of(operator, "/tenants/?sort=name")
    for index in range(2, 60):
        make_tenant(f"Acme{index}", pod=pod, vids=(100 + 2 * index, 101 + 2 * index))
    assert queries_of(operator, "/tenants/?sort=name") == few <= 12


def test_the_tenant_page_takes_as_many_queries_for_nine_networks_as_for_two(operator: Client) -> None:
    pod = make_pod()
    make_tenant("Acme", pod=pod)
    make_tenant("Bolt", pod=pod, vids=range(200, 209), subnets=[f"192.168.{n}.0/24" for n in range(20)])
    assert queries_of(operator, "/tenants/acme/") == queries_of(operator, "/tenants/bolt/") <= 12


def test_offboarding_asks_first_then_starts_and_goes_on_to_the_plan(operator: Client) -> None:
    tenant = make_tenant()
    asked = page(operator.get("/tenants/acme/offboard/"))
    assert "30 days in quarantine" in asked
    tenant.refresh_from_db()
    assert tenant.status == TenantStatus.ACTIVE

    assert operator.post("/tenants/acme/offboard/").status_code == 302
    tenant.refresh_from_db()
    assert tenant.status == TenantStatus.OFFBOARDING
    refused = operator.post("/tenants/acme/offboard/")
    assert refused.status_code == 409
    assert "you cannot offboard it" in page(refused)
    assert operator.post("/tenants/acme/call-off/").status_code == 302
    tenant.refresh_from_db()
    assert tenant.status == TenantStatus.ACTIVE


def test_withdrawing_ends_at_the_tenant_or_at_the_plan_when_a_push_had_begun(operator: Client) -> None:
    pod = make_pod()
    intake(pod, "Acme")
    assert operator.post("/tenants/acme/withdraw/").headers["Location"] == "/tenants/acme/"
    bolt = intake(pod, "Bolt")
    keep_hold(Vlan.objects.filter(networks__tenant=bolt))
    location = operator.post("/tenants/bolt/withdraw/").headers["Location"]
    assert location == reverse("provisioning:prepare", args=["bolt"])


def test_a_network_is_added_and_removed_on_screen(operator: Client) -> None:
    tenant = make_tenant()
    wrong = operator.post("/tenants/acme/networks/add/", {"role": "failover-test", "vid": "100", "prefix": "x"})
    assert set(wrong.context["form"].errors) == {"role", "prefix"}
    taken = operator.post("/tenants/acme/networks/add/", {"role": "extra", "vid": "100", "prefix": ""})
    assert "is allocated" in taken.context["form"].errors["vid"][0]
    added = operator.post("/tenants/acme/networks/add/", {"role": "extra", "vid": "700", "prefix": ""})
    assert added.status_code == 302
    path = reverse("tenants:network_remove", args=["acme", tenant.networks.get(vlan__vid=700).pk])
    assert operator.post(path).headers["Location"] == "/tenants/acme/"
    assert operator.get(path).status_code == 404


EDIT = {"contact": "x", "wan": "mpls", "remote_gateway": "", "nat": "no", "customer_subnets": "192.168.10.0/24"}


def test_an_edit_of_the_wan_goes_on_to_a_plan_and_one_of_the_contact_does_not(operator: Client) -> None:
    make_tenant()
    same = EDIT | {"version": "1", "wan": "ipsec", "remote_gateway": "198.51.100.7"}
    assert operator.post("/tenants/acme/edit/", same).headers["Location"] == "/tenants/acme/"
    location = operator.post("/tenants/acme/edit/", EDIT | {"version": "2"}).headers["Location"]
    assert location == reverse("provisioning:prepare", args=["acme"])


def test_of_two_people_who_edit_the_second_is_told_and_keeps_what_was_typed(operator: Client) -> None:
    tenant = make_tenant()
    operator.post("/tenants/acme/edit/", EDIT | {"version": "1", "contact": "first"})
    second = operator.post("/tenants/acme/edit/", EDIT | {"version": "1", "contact": "second"})
    assert second.status_code == 409
    assert "somebody else edited" in page(second)
    assert 'value="second"' in page(second)
    tenant.refresh_from_db()
    assert tenant.contact == "first"


def test_an_edit_keeps_the_rules(operator: Client) -> None:
    make_tenant()
    make_management_network("10.0.0.0/22")
    wrong = EDIT | {"version": "1", "nat": "yes", "wan": "internet", "customer_subnets": "10.0.0.0/24"}
    response = operator.post("/tenants/acme/edit/", wrong)
    assert set(response.context["form"].errors) == {"nat", "wan", "customer_subnets"}


def test_an_unclaimed_vlan_is_listed_with_what_it_was_found_as_and_adopted(operator: Client) -> None:
    make_tenant()
    Vlan.objects.filter(vid=500).update(state=VlanState.UNCLAIMED, label="old <b>prod</b>")
    listed = page(operator.get("/tenants/unclaimed/"))
    assert "old &lt;b&gt;prod&lt;/b&gt;" in listed
    path = reverse("tenants:adopt", args=[Vlan.objects.get(vid=500).pk])
    unknown = operator.post(path, {"tenant": "nobody", "role": "extra"})
    assert "No tenant is named" in unknown.context["form"].errors["tenant"][0]
    assert "failover-test network already" in page(operator.post(path, {"tenant": "acme", "role": "failover-test"}))
    assert operator.post(path, {"tenant": "ACME", "role": "replication"}).status_code == 302
    assert Vlan.objects.get(vid=500).state == VlanState.ALLOCATED


def test_a_tenant_is_suggested_as_its_name_is_typed(operator: Client) -> None:
    make_tenant("Acme")
    assert 'value="Acme"' in page(operator.get("/tenants/unclaimed/suggest/", {"tenant": "ac"}))
    assert 'value="Acme"' in page(operator.get("/tenants/unclaimed/suggest/", {"tenant": "CM"}))
    assert "option" not in page(operator.get("/tenants/unclaimed/suggest/", {"tenant": ""}))
