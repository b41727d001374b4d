"""Objects of a firewall in words."""

from typing import Any

from provisioning.wording import attributes_in_words

RULE: dict[str, Any] = {
    "action": "pass",
    "direction": "in",
    "family": "inet",
    "protocol": "tcp",
    "source": "zcsp_customer",
    "destination": "10.0.0.2",
    "ports": "zcsp_zerto",
}


def test_a_whole_rule_reads_as_a_sentence() -> None:
    assert attributes_in_words("rule", RULE) == "pass tcp from zcsp_customer to 10.0.0.2 on zcsp_zerto, IPv4"
    leak = RULE | {"action": "block", "direction": "out", "family": "inet46", "protocol": "any", "ports": ""}
    assert attributes_in_words("rule", leak) == (
        "block everything from zcsp_customer to 10.0.0.2, on the way out, IPv4 and IPv6"
    )


def test_what_is_not_as_it_should_be_comes_last() -> None:
    told = attributes_in_words("rule", RULE | {"deviates": ["switched off"]})
    assert told.endswith("IPv4, not as we write it: switched off")


def test_of_a_changed_rule_only_what_differs_is_told() -> None:
    assert attributes_in_words("rule", {"ports": "", "family": "inet6"}) == "ports all, family IPv6"


def test_aliases_and_tunnels_list_what_they_hold() -> None:
    assert attributes_in_words("alias", {"type": "port", "entries": ["4007-4008", "9071"]}) == (
        "type port, entries 4007-4008, 9071"
    )
    tunnel = {"remote_prefixes": ["192.168.10.0/24"], "local_prefixes": ["10.0.0.0/24"]}
    assert attributes_in_words("tunnel", tunnel) == "remote prefixes 192.168.10.0/24, local prefixes 10.0.0.0/24"
