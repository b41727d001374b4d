"""Who reaches which inventory screen, and with which verb."""

import pytest
from django.test import Client

from accounts.roles import Role
from tests.factories import make_management_network, make_pod
from tests.inventory.screens import client_of

pytestmark = pytest.mark.django_db

LISTS = ["/pods/", "/switches/", "/vcenters/", "/management-networks/"]
PAGES = ["/pods/pod-1/", "/vcenters/vc-pod-1/", "/management-networks/{network}/"]
RECORDS = ["/pods/pod-1/", "/switches/core-a/", "/vcenters/vc-pod-1/", "/management-networks/{network}/"]
FORMS = [f"{one}new/" for one in LISTS] + [f"{one}edit/" for one in RECORDS] + [f"{one}archive/" for one in RECORDS]


@pytest.fixture
def network() -> int:
    return make_management_network(pod=make_pod()).pk


@pytest.mark.parametrize("url", LISTS + PAGES)
def test_the_providers_people_read_and_customers_do_not(url: str, network: int) -> None:
    for role in Role:
        answer = client_of(role, name=role.value).get(url.format(network=network))
        assert answer.status_code == (403 if role == Role.CUSTOMER else 200), role
    assert client_of(name="nobody").get(url.format(network=network)).status_code == 403


@pytest.mark.parametrize("url", FORMS)
def test_only_those_who_edit_reach_a_form_by_any_verb(url: str, network: int) -> None:
    for role in (*Role, None):
        client = client_of(*([role] if role else []), name=str(role))
        status = 200 if role in {Role.OPERATOR, Role.ADMIN} else 403
        assert client.get(url.format(network=network)).status_code == status, role
        # Nothing filled in: whoever may edit is shown the form again.
        assert client.post(url.format(network=network), {}).status_code == status, role


@pytest.mark.parametrize("url", LISTS + PAGES)
def test_a_page_to_read_takes_no_post(url: str, network: int) -> None:
    assert client_of(Role.ADMIN).post(url.format(network=network)).status_code == 405


@pytest.mark.parametrize("url", FORMS)
def test_a_form_takes_no_other_verb(url: str, network: int) -> None:
    client = client_of(Role.ADMIN)
    assert client.delete(url.format(network=network)).status_code == 405
    assert client.put(url.format(network=network)).status_code == 405


@pytest.mark.parametrize("url", LISTS + FORMS)
def test_the_anonymous_are_sent_to_sign_in(client: Client, url: str) -> None:
    assert client.get(url.format(network=1)).headers["Location"].startswith("/accounts/login/?next=/")


@pytest.mark.parametrize("url", ["/pods/none/", "/switches/none/", "/vcenters/none/", "/management-networks/9/"])
def test_what_does_not_exist_is_not_found(url: str) -> None:
    client = client_of(Role.ADMIN)
    assert {client.get(url + rest).status_code for rest in ("", "edit/", "archive/")} == {404}
