"""Signed contracts: the form and its refusals, their states, and how they come to the forecast."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from capacity import contracts
from capacity.contracts import ChangedMeanwhile, MoveRefused, settle
from capacity.models import Contract, ContractState
from capacity.planning.demand import Known
from inventory.models import CoreSwitch
from tests.factories import make_pod, make_switch, make_user

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)
LIST = "/capacity/contracts/"


def make_contract(switch: CoreSwitch, **fields: Any) -> Contract:
    usual: dict[str, Any] = {
        "customer": "Northwind", "customers": 1, "vlans": 5, "starts_on": date(2027, 1, 1),
        "signed_on": date(2026, 11, 1), "signed_by": "M. Manager",
    }  # fmt: skip
    return Contract.objects.create(switch=switch, **(usual | fields))


def typed(switch: CoreSwitch, **changed: Any) -> dict[str, Any]:
    """What a person types into the form."""
    later = timezone.localdate() + timedelta(days=60)
    return {
        "customer": "Northwind", "switch": switch.pk, "customers": "2", "vlans": "10", "starts_on": later.isoformat(),
        "signed_by": "M. Manager", "signed_on": "2026-11-01", "note": "",
    } | changed  # fmt: skip


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(make_user("mia", Role.MANAGER))
    return client


def errors(client: Client, data: dict[str, Any], address: str = LIST + "new/") -> dict[str, list[str]]:
    answer = client.post(address, data)
    assert answer.status_code == 200
    found: dict[str, list[str]] = answer.context["form"].errors
    return {name: list(of_field) for name, of_field in found.items()}


def told(answer: Any) -> str:
    """The last message: those of earlier answers wait for a page to show them."""
    return [str(message) for message in get_messages(answer.wsgi_request)][-1]


def test_open_contracts_are_known_demand_by_switch_soonest_first() -> None:
    first, second = make_switch("core-a"), make_switch("core-b")
    make_contract(first, starts_on=date(2027, 3, 1), customers=4, vlans=20)
    make_contract(first, customer="Contoso", starts_on=date(2027, 1, 1))
    make_contract(first, customer="Gone", state=ContractState.CANCELLED)
    make_contract(first, customer="Here", state=ContractState.TAKEN_IN)
    make_contract(second, customer="Late", starts_on=date(2026, 10, 1))

    assert contracts.known(today=TODAY) == {
        first.pk: (
            Known(date(2027, 1, 1), 1, 5, "contract: Contoso"),
            Known(date(2027, 3, 1), 4, 20, "contract: Northwind"),
        ),
        second.pk: (Known(TODAY, 1, 5, "contract: Late"),),  # overdue: still to come, so it counts from today
    }


def test_a_contract_is_entered_listed_and_edited(manager: Client) -> None:
    pod = make_pod()
    assert manager.post(LIST + "new/", typed(pod.switch, pod=pod.pk)).headers["Location"] == LIST
    contract = Contract.objects.get()
    assert (contract.customers, contract.vlans, contract.pod, contract.is_open) == (2, 10, pod, True)
    page = manager.get(LIST).content.decode()
    assert "Northwind" in page
    assert "2 customers with 10 VLANs" in page

    edited = typed(pod.switch, vlans="12", version=contract.version)
    assert manager.post(contract.get_absolute_url(), edited).status_code == 302
    contract.refresh_from_db()
    assert (contract.vlans, contract.version) == (12, 2)


def test_every_wrong_entry_is_told_at_its_field(manager: Client) -> None:
    pod = make_pod()
    other = make_switch("core-b")
    yesterday = timezone.localdate() - timedelta(days=1)
    tomorrow = timezone.localdate() + timedelta(days=1)
    wrong: list[tuple[str, Any, str]] = [
        ("starts_on", yesterday.isoformat(), "The start lies in the past: choose today or a later day."),
        ("customers", "0", "A contract brings 1 customer at least."),
        ("customers", "-3", "A contract brings 1 customer at least."),
        ("vlans", "3", "2 customers need 4 VLANs at least: failover-production and failover-test each."),
        ("vlans", "", "This field is required."),
        (
            "signed_on",
            tomorrow.isoformat(),
            "The signature lies in the future: only signed contracts are known demand.",
        ),
        ("customer", "", "This field is required."),
        ("switch", "", "This field is required."),
    ]
    for field, value, message in wrong:
        assert message in errors(manager, typed(pod.switch) | {field: value})[field], (field, value)
    assert errors(manager, typed(other, pod=pod.pk)) == {
        "pod": ["pod-1 hangs off core-a: choose that core switch, or another pod."]
    }
    assert not Contract.objects.exists()


def test_what_was_typed_is_still_there(manager: Client) -> None:
    page = manager.post(LIST + "new/", typed(make_switch(), customer="Fabrikam", customers="0")).content.decode()
    assert 'value="Fabrikam"' in page
    assert "<title>Not saved: New contract" in page


def test_an_archived_switch_cannot_be_chosen(manager: Client) -> None:
    switch = make_switch()
    switch.archive()
    assert errors(manager, typed(switch)) == {
        "switch": ["Choose a core switch that is in use: this one is archived or gone."]
    }
    contract = make_contract(switch)
    edited = typed(switch, version=contract.version)
    assert errors(manager, edited, contract.get_absolute_url()) == {
        "switch": ["core-a is archived: choose a core switch that is in use."]
    }


def test_the_database_itself_refuses_a_contract_without_room_for_its_customers() -> None:
    switch = make_switch()
    for wrong in ({"customers": 0}, {"customers": 3, "vlans": 5}):
        with pytest.raises(IntegrityError), transaction.atomic():
            make_contract(switch, **wrong)


def test_an_overdue_contract_is_marked_and_can_be_edited_without_a_new_date(manager: Client) -> None:
    contract = make_contract(make_switch(), starts_on=date(2026, 1, 1))
    page = manager.get(LIST).content.decode()
    assert "<title>1 overdue · Contracts" in page
    assert ">overdue</span>" in page
    edited = typed(contract.switch, starts_on="2026-01-01", note="Waits for its line.", version=1)
    assert manager.post(contract.get_absolute_url(), edited).status_code == 302
    edited = typed(contract.switch, starts_on="2026-01-02", version=2)
    assert "starts_on" in errors(manager, edited, contract.get_absolute_url())


def test_of_two_who_edit_at_once_the_second_is_told(manager: Client) -> None:
    contract = make_contract(make_switch())
    seen = typed(contract.switch, customer="Mine", version=contract.version)
    Contract.objects.update(version=2, customer="Theirs")
    (message,) = errors(manager, seen, contract.get_absolute_url())["__all__"]
    assert message.startswith("Somebody changed this contract after you had opened it.")
    contract.refresh_from_db()
    assert contract.customer == "Theirs"


def test_a_contract_is_taken_in_cancelled_and_opened_again(manager: Client) -> None:
    contract = make_contract(make_switch())
    address = reverse("capacity:contract_settle", args=[contract.pk])
    answer = manager.post(address, {"state": "taken in", "version": 1})
    assert told(answer) == "The contract with Northwind is taken in."
    assert contracts.known(today=TODAY) == {}
    assert told(manager.post(address, {"state": "open", "version": 1})) == (
        "Somebody changed the contract with Northwind first: look at it again."
    )
    manager.post(address, {"state": "open", "version": 2})
    manager.post(address, {"state": "cancelled", "version": 3})
    contract.refresh_from_db()
    assert (contract.state, contract.version) == ("cancelled", 4)
    assert told(manager.post(address, {"state": "gone", "version": 4})) == (
        "Nothing was changed: the page was incomplete. Try again."
    )


def test_a_contract_does_not_go_from_cancelled_to_taken_in() -> None:
    contract = make_contract(make_switch(), state=ContractState.CANCELLED)
    with pytest.raises(MoveRefused, match="Northwind is cancelled: it cannot become taken in"):
        settle(contract, to=ContractState.TAKEN_IN, version=1)
    with pytest.raises(ChangedMeanwhile):
        settle(contract, to=ContractState.OPEN, version=7)


def test_an_empty_list_says_what_to_do(manager: Client, client: Client) -> None:
    assert "Add a contract" in manager.get(LIST).content.decode()
    client.force_login(make_user("nora", Role.NOC))
    page = client.get(LIST).content.decode()
    assert "An operator or a manager can enter them." in page
    assert "/capacity/contracts/new/" not in page


def test_a_reader_sees_the_list_without_anything_to_change(client: Client) -> None:
    make_contract(make_switch())
    client.force_login(make_user("nora", Role.NOC))
    page = client.get(LIST).content.decode()
    assert "Northwind" in page
    assert "/settle/" not in page
    assert client.post(reverse("capacity:contract_settle", args=[Contract.objects.get().pk])).status_code == 403


def test_the_list_asks_as_often_for_many_as_for_one(manager: Client, django_assert_max_num_queries: Any) -> None:
    switch = make_switch()
    for number in range(12):
        make_contract(switch, customer=f"Customer {number}")
        make_contract(switch, customer=f"Former {number}", state=ContractState.TAKEN_IN)
    with django_assert_max_num_queries(9):
        manager.get(LIST)
