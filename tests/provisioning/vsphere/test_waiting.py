"""Long reads that come in pages, properties withheld, tasks that do not end: what vcsim cannot show."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from provisioning.drivers.protocol import Refused, Target, Unreachable
from provisioning.drivers.vsphere.collecting import properties
from provisioning.drivers.vsphere.connection import in_plain_words
from provisioning.drivers.vsphere.sdk import vim, vmodl
from provisioning.drivers.vsphere.waiting import wait_for

START = vmodl.query.PropertyCollector.ObjectSpec(obj=vim.Task("task-1"))


class Collector:
    """A property collector of a vCenter that answers in pages, two objects each."""

    def __init__(self, objects: Sequence[Any]) -> None:
        self.left = list(objects)

    def RetrievePropertiesEx(self, *_: Any) -> Any:
        return self.ContinueRetrievePropertiesEx("")

    def ContinueRetrievePropertiesEx(self, token: str) -> Any:
        page, self.left = self.left[:2], self.left[2:]
        return SimpleNamespace(objects=page, token="more" if self.left else None)


def test_a_read_that_comes_in_pages_is_read_to_its_end() -> None:
    objects = [
        SimpleNamespace(obj=n, propSet=[SimpleNamespace(name="name", val=str(n))], missingSet=[]) for n in range(5)
    ]
    found = properties(Collector(objects), [START], {vim.Task: ["name"]})
    assert dict(found) == {n: {"name": str(n)} for n in range(5)}


@pytest.mark.parametrize("fault", [vim.fault.NoPermission(privilegeId="System.Read"), vim.fault.NotAuthenticated()])
def test_a_property_that_is_withheld_is_an_error_and_not_an_absence(fault: Any) -> None:
    withheld = SimpleNamespace(obj=1, propSet=[], missingSet=[SimpleNamespace(path="config", fault=fault)])
    with pytest.raises(vim.fault.NoPermission):  # of which being signed out is a kind
        list(properties(Collector([withheld]), [START], {vim.Task: ["name"]}))


def test_a_read_without_permission_names_the_privilege() -> None:
    with (
        pytest.raises(Refused, match=r"vc-1 .*lacks the privilege System\.Read: grant it on the vCenter"),
        in_plain_words(Target("vc-1", "vc.example.net")),
    ):
        raise vim.fault.NoPermission(privilegeId="System.Read")


def test_an_object_that_vanished_in_mid_read_is_left_out_of_it() -> None:
    gone = SimpleNamespace(path="name", fault=vmodl.fault.ManagedObjectNotFound())
    found = list(
        properties(Collector([SimpleNamespace(obj=1, propSet=[], missingSet=[gone])]), [START], {vim.Task: ["name"]})
    )
    assert found == [(1, {})]


class Stub:
    """Takes down what is called on a managed object."""

    def __init__(self) -> None:
        self.called: list[str] = []

    def InvokeMethod(self, _: Any, method: Any, *__: Any) -> None:
        self.called.append(method.wsdlName)


def test_a_task_that_does_not_end_is_called_off_and_told_rather_than_waited_for_forever() -> None:
    stub = Stub()
    with pytest.raises(Unreachable, match=r"did not finish within 0\.05 s"):
        wait_for(Collector([]), [vim.Task("task-1", stub)], seconds=0.05)
    assert stub.called == ["CancelTask"]
