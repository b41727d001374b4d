"""What the driver sent: every edit, taken from the wire, and the proof that none replaces anything."""

from collections.abc import Iterable, Iterator
from typing import Any

from lxml import etree

NC = "urn:ietf:params:xml:ns:netconf:base:1.0"
OPERATION = f"{{{NC}}}operation"


def edits(messages: Iterable[bytes]) -> list[Any]:
    """The ``edit-config`` requests among these messages."""
    return [edit for message in messages for edit in etree.fromstring(message).iter(f"{{{NC}}}edit-config")]


def operations(edit: Any) -> Iterator[tuple[str, str, str]]:
    """Operation, element's name and text, of each element that is marked with one."""
    for element in edit.iter(etree.Element):
        if operation := element.get(OPERATION):
            yield operation, etree.QName(element).localname, element.text or ""


def prove_nothing_is_replaced(messages: Iterable[bytes]) -> None:
    """Of trunks, only single entries are merged or deleted; nothing that is not marked is changed at all."""
    messages = list(messages)
    for message in messages:
        assert b"copy-config" not in message
        assert b"delete-config" not in message
    for edit in edits(messages):
        assert edit.findtext(f"{{{NC}}}default-operation") == "none"
        assert [etree.QName(one).localname for one in edit.find(f"{{{NC}}}target")] == ["candidate"]
        for operation, name, text in operations(edit):
            assert (operation, name) in {
                ("merge", "vlans"),
                ("delete", "vlan"),
                ("merge", "trunk-vlans"),
                ("delete", "trunk-vlans"),
            }
            assert name != "trunk-vlans" or text
