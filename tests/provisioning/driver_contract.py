"""What every driver promises, as one suite. A driver's test class inherits it and says how a session is opened.

The suite is about port groups, which every vCenter driver has; ``kind``-specific drivers override ``thing``.
"""

from abc import abstractmethod
from typing import Any

import pytest

from provisioning.drivers.protocol import (
    Attributes,
    Change,
    DeviceState,
    Driver,
    Facts,
    Kind,
    ObjectId,
    SignInRefused,
    Unreachable,
)


class DriverContract:
    """Inherit, and give ``open`` a new session with one and the same device, which starts without our objects."""

    dvs = "dvs-pod-1"

    @abstractmethod
    def open(self) -> Driver:
        """A session that has not been entered yet."""

    @abstractmethod
    def open_with_wrong_password(self) -> Driver: ...

    @abstractmethod
    def open_where_nothing_answers(self) -> Driver: ...

    def thing(self, number: int) -> tuple[ObjectId, dict[str, Any]]:
        """The number-th object to write: its id and attributes. Override for a device without port groups."""
        attributes = {"vlan_id": 100 + number, "promiscuous": False, "forged_transmits": False, "mac_changes": False}
        return ObjectId(Kind.PORT_GROUP, f"{self.dvs}/contract-{number}"), attributes

    def changed(self, attributes: Attributes) -> dict[str, Any]:
        """The same object's attributes after a change."""
        return {**attributes, "vlan_id": 900}

    def look(self) -> DeviceState:
        with self.open() as driver:
            return dict(driver.read())

    def put(self, *numbers: int) -> list[tuple[ObjectId, dict[str, Any]]]:
        things = [self.thing(number) for number in numbers]
        with self.open() as driver:
            outcomes = driver.apply([Change(id, attributes) for id, attributes in things])
        assert outcomes == {id: None for id, _ in things}
        return things

    def test_what_was_applied_is_read_back_by_another_session(self) -> None:
        things = self.put(1, 2, 3)
        state = self.look()
        for id, attributes in things:
            assert state[id] == attributes

    def test_a_read_returns_plain_attributes_by_object_id(self) -> None:
        self.put(1)
        for id, attributes in self.look().items():
            assert isinstance(id, ObjectId)
            assert isinstance(id.kind, Kind)
            assert type(attributes) is dict

    def test_applying_the_same_twice_changes_nothing(self) -> None:
        things = self.put(1, 2)
        before = self.look()
        assert self.put(1, 2) == things
        assert self.look() == before

    def test_an_object_that_differs_is_changed_in_place(self) -> None:
        ((id, attributes),) = self.put(1)
        after = self.changed(attributes)
        with self.open() as driver:
            assert driver.apply([Change(id, after)]) == {id: None}
            assert driver.read()[id] == after
        assert self.look()[id] == after

    def test_a_batch_may_mix_what_is_new_and_what_is_changed(self) -> None:
        ((old, attributes),) = self.put(1)
        new, new_attributes = self.thing(2)
        after = self.changed(attributes)
        with self.open() as driver:
            assert driver.apply([Change(old, after), Change(new, new_attributes)]) == {old: None, new: None}
        state = self.look()
        assert (state[old], state[new]) == (after, new_attributes)

    def test_what_was_removed_is_gone_and_the_rest_stays(self) -> None:
        (gone, _), (kept, attributes) = self.put(1, 2)
        with self.open() as driver:
            assert driver.remove([gone]) == {gone: None}
        state = self.look()
        assert gone not in state
        assert state[kept] == attributes

    def test_removing_what_is_not_there_is_no_error(self) -> None:
        id, _ = self.thing(9)
        with self.open() as driver:
            assert driver.remove([id]) == {id: None}

    def test_empty_batches_are_no_error(self) -> None:
        with self.open() as driver:
            assert dict(driver.apply([])) == {}
            assert dict(driver.remove([])) == {}

    def test_nothing_but_what_was_named_is_touched(self) -> None:
        before = self.look()
        things = self.put(1, 2)
        with self.open() as driver:
            driver.remove([id for id, _ in things])
        assert self.look() == before

    def test_a_session_can_be_opened_again_after_an_error_inside_it(self) -> None:
        with pytest.raises(ZeroDivisionError), self.open():
            raise ZeroDivisionError
        self.put(1)

    def test_facts_name_product_and_version(self) -> None:
        with self.open() as driver:
            facts = driver.facts()
        assert isinstance(facts, Facts)
        assert facts.product
        assert facts.version

    def test_a_wrong_password_is_a_sign_in_refused_and_not_transient(self) -> None:
        with pytest.raises(SignInRefused) as caught, self.open_with_wrong_password():
            pass
        assert not caught.value.transient
        assert str(caught.value)

    def test_a_device_that_does_not_answer_is_unreachable_and_transient(self) -> None:
        with pytest.raises(Unreachable) as caught, self.open_where_nothing_answers():
            pass
        assert caught.value.transient
        assert str(caught.value)
