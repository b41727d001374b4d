"""The pages of Zerto managers: passwords that are never shown, who may do what, bad input, and double clicks."""

import pytest
from auditlog.models import LogEntry
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.roles import Role
from lab.zerto import Running
from lab.zerto.server import PASSWORD, USERNAME
from provisioning.models import ZertoManager
from tests.factories import make_pod, make_switch, make_user
from tests.provisioning.zerto.managers import make_zerto_manager, manager_of

pytestmark = pytest.mark.django_db
LIST = "provisioning:zerto_managers"


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_user("anna", Role.ADMIN))
    return client


def url(verb: str, manager: ZertoManager) -> str:
    return reverse(f"provisioning:zerto_{verb}", args=[manager.slug])


def page(client: Client, manager: ZertoManager) -> str:
    response = client.get(manager.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


def typed(**changes: object) -> dict[str, object]:
    usual = {
        "name": "zcm-1",
        "product": "zcm",
        "vcenter": "",
        "address": "zcm.example.net",
        "username": "portal",
        "password": "correct horse",
        "tls": "verify",
        "thumbprint": "",
        "ca_pem": "",
    }
    return usual | changes


def edited(manager: ZertoManager, **changes: object) -> dict[str, object]:
    present = {name: getattr(manager, name) for name in ("name", "product", "address", "username", "tls", "version")}
    return typed(**present, password="") | changes


def test_one_is_added_and_its_password_is_stored_encrypted_and_recorded_without_its_value(admin: Client) -> None:
    vcenter = make_pod().dvs.vcenter
    answer = admin.post(reverse("provisioning:zerto_new"), typed(vcenter=vcenter.pk), follow=True)
    manager = ZertoManager.objects.get()
    assert (manager.slug, manager.vcenter, manager.password()) == ("zcm-1", vcenter, "correct horse")
    assert b"correct horse" not in bytes(manager.secret)
    shown = answer.content.decode()
    assert "zcm-1 was added. Test its connection now." in shown
    assert "tenants on vCenter" in shown
    recorded = str([entry.changes for entry in LogEntry.objects.get_for_object(manager)])
    assert "stored password" in recorded
    assert "correct horse" not in recorded


def test_the_password_is_on_no_screen_and_survives_an_edit_that_leaves_it_empty(admin: Client) -> None:
    manager = make_zerto_manager()
    for shown in (page(admin, manager), admin.get(url("edit", manager)).content.decode()):
        assert PASSWORD not in shown
        assert bytes(manager.secret).decode() not in shown
    assert "password stored" in page(admin, manager)
    assert admin.post(url("edit", manager), edited(manager, address="zvm2.example.net")).status_code == 302
    manager.refresh_from_db()
    assert (manager.address, manager.password(), manager.version) == ("zvm2.example.net", PASSWORD, 2)
    admin.post(url("edit", manager), edited(manager, password="battery staple"))
    manager.refresh_from_db()
    assert manager.password() == "battery staple"


def test_a_password_that_was_typed_is_not_put_back_where_another_field_is_wrong(admin: Client) -> None:
    answer = admin.post(reverse("provisioning:zerto_new"), typed(address="no host")).content.decode()
    assert "correct horse" not in answer
    assert 'value="no host"' in answer
    assert not ZertoManager.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("address", "https://zcm.example.net", "Leave out https://"),
        ("address", "zcm.example.net:99999", "a number from 1 to 65535"),
        ("address", "10.0.0.300", "is not an IPv4 address"),
        ("address", "", "This field is required"),
        ("username", "", "This field is required"),
        ("password", "", "This field is required"),
        ("product", "vra", "Select a valid choice"),
        ("vcenter", "4711", "Select a valid choice"),
        ("thumbprint", "12:34", "64 hexadecimal digits"),
        ("ca_pem", "-----BEGIN NONSENSE", "not a PEM certificate"),
    ],
)
def test_what_cannot_be_right_is_told_at_its_field(admin: Client, field: str, value: str, told: str) -> None:
    answer = admin.post(reverse("provisioning:zerto_new"), typed(**{field: value}))
    assert told in " ".join(answer.context["form"].errors[field])
    assert told in answer.content.decode().replace("&#x27;", "'")


def test_a_pin_needs_its_thumbprint_and_a_name_is_given_once(admin: Client) -> None:
    make_zerto_manager("zcm-1")
    answer = admin.post(reverse("provisioning:zerto_new"), typed(tls="pinned"))
    assert set(answer.context["form"].errors) == {"name", "thumbprint"}


def test_a_second_click_on_add_makes_no_second_one(admin: Client) -> None:
    for _ in range(2):
        admin.post(reverse("provisioning:zerto_new"), typed())
    assert ZertoManager.objects.count() == 1


def test_an_edit_of_what_somebody_else_saved_meanwhile_is_refused(admin: Client) -> None:
    manager = make_zerto_manager()
    first = edited(manager, address="one.example.net")
    admin.post(url("edit", manager), first)
    answer = admin.post(url("edit", manager), edited(manager, address="two.example.net", password="late"))
    assert "Somebody else saved or removed it meanwhile" in answer.content.decode()
    manager.refresh_from_db()
    assert (manager.address, manager.password()) == ("one.example.net", PASSWORD)


def test_removing_takes_the_password_along_and_a_second_click_is_no_error(admin: Client) -> None:
    manager = make_zerto_manager()
    assert "Remove it" in admin.get(url("remove", manager)).content.decode()
    for _ in range(2):
        answer = admin.post(url("remove", manager), {"version": manager.version})
        assert answer.headers["Location"] == reverse(LIST)
    assert not ZertoManager.objects.exists()
    assert admin.get(url("remove", manager)).status_code == 404


@pytest.mark.parametrize("version", ["7", "", "x"])
def test_what_was_changed_meanwhile_is_not_removed(admin: Client, version: str) -> None:
    manager = make_zerto_manager()
    answer = admin.post(url("remove", manager), {"version": version})
    assert answer.status_code == 409
    assert "look at it again" in answer.content.decode()
    assert ZertoManager.objects.exists()


def test_a_test_of_the_connection_says_what_it_found(admin: Client, running: Running) -> None:
    manager = manager_of(running)
    shown = admin.post(url("test", manager)).content.decode()
    assert "The connection works" in shown
    assert "It knows 2 ZORGs." in shown
    assert "Sites: Frankfurt, Vienna / old." in shown
    listed = admin.get(reverse(LIST)).content.decode()
    assert "answered" in listed


def test_a_test_that_fails_says_why_and_the_page_and_the_list_keep_it(admin: Client, zvm: Running) -> None:
    manager = manager_of(zvm, password="a wrong guess")
    shown = admin.post(url("test", manager)).content.decode()
    assert "The connection does not work" in shown
    assert "user name or password is refused" in shown
    assert "a wrong guess" not in shown
    assert "At the last contact" in page(admin, manager)
    assert "trouble" in admin.get(reverse(LIST)).content.decode()


def test_a_certificate_that_is_not_trusted_is_shown_compared_and_pinned(admin: Client, zvm: Running) -> None:
    manager = manager_of(zvm, ca_pem="")
    shown = admin.post(url("test", manager)).content.decode()
    assert zvm.certificate.thumbprint in shown
    answer = {"thumbprint": zvm.certificate.thumbprint, "version": manager.version}
    assert "Compare it on the device first" in admin.post(url("pin", manager), answer).content.decode()
    for _ in range(2):
        assert admin.post(url("pin", manager), answer | {"compared": "on"}).status_code == 302
    manager.refresh_from_db()
    assert (manager.tls, manager.version) == ("pinned", 2)
    assert "The connection works" in admin.post(url("test", manager)).content.decode()


def test_a_pin_for_an_entry_that_was_edited_meanwhile_is_refused(admin: Client) -> None:
    manager = make_zerto_manager(version=3)
    answer = {"thumbprint": "ab" * 32, "version": 2, "compared": "on"}
    assert "Somebody else saved it meanwhile" in admin.post(url("pin", manager), answer, follow=True).content.decode()
    manager.refresh_from_db()
    assert manager.tls == "verify"


@pytest.mark.parametrize("role", [Role.NOC, Role.OPERATOR, Role.APPROVER])
def test_who_reads_is_offered_no_button(client: Client, role: Role) -> None:
    client.force_login(make_user("nina", role))
    manager = make_zerto_manager()
    shown = page(client, manager) + client.get(reverse(LIST)).content.decode()
    for word in ("Test connection", "Remove", "Add Zerto manager", "set_device_password"):
        assert word not in shown
    assert USERNAME in shown


def test_an_empty_list_says_what_to_do_to_who_may_and_to_who_may_not(admin: Client) -> None:
    assert reverse("provisioning:zerto_new") in admin.get(reverse(LIST)).content.decode()
    admin.force_login(make_user("nina", Role.NOC))
    assert "An administrator adds the address" in admin.get(reverse(LIST)).content.decode()


def test_the_list_costs_the_same_for_two_and_for_thirty(
    admin: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    switch = make_switch()
    for number in range(2):
        make_zerto_manager(f"z-{number}", vcenter=make_pod(f"pod-{number}", switch=switch).dvs.vcenter)
    admin.get(reverse(LIST))
    with django_assert_num_queries(5) as few:
        admin.get(reverse(LIST))
    for number in range(2, 30):
        make_zerto_manager(f"z-{number}", vcenter=make_pod(f"pod-{number}", switch=switch).dvs.vcenter)
    with django_assert_num_queries(len(few)):
        assert "z-29" in admin.get(reverse(LIST)).content.decode()
