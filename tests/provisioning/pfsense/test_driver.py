"""What is particular to a pfSense: ids that shift, changes that wait, order of rules, and what it refuses."""

import pytest

from lab.pfsense import Firewall, Running, serve
from lab.pfsense.server import Request
from provisioning.drivers.protocol import Change, DeviceError, Kind, ObjectId, Refused, SignInRefused, Surveyed, Target
from tests.provisioning.pfsense.conftest import (
    Clock,
    alias,
    all_taken,
    drop,
    gateway,
    interface,
    look,
    put,
    route,
    rule,
    session,
    target_of,
    tunnel,
)


def the_one(target: Target, change: Change, *, remove: bool = False) -> DeviceError:
    """The error that the change ended with."""
    outcomes = drop(target, change) if remove else put(target, change)
    error = outcomes[change.id]
    assert error is not None
    return error


def names(firewall: Running, rows: str, field: str = "name") -> list[str]:
    return [row[field] for row in firewall.firewall.config[rows]]


# --- Ids are places in a list ---------------------------------------------------------------------


def test_several_of_a_list_are_removed_in_one_batch_though_each_removal_moves_the_rest(
    target: Target, firewall: Running
) -> None:
    all_taken(put(target, *(alias(f"a{n}", f"10.{n}.0.0/16") for n in range(6))))
    all_taken(drop(target, alias("a0"), alias("a2"), alias("a3")))
    assert names(firewall, "aliases") == ["a1", "a4", "a5"]


def test_each_object_is_looked_up_right_before_it_is_written(target: Target, firewall: Running) -> None:
    all_taken(put(target, *(alias(f"a{n}", f"10.{n}.0.0/16") for n in range(3))))
    rows = firewall.firewall.config["aliases"]

    def somebody_removes_the_first(request: Request) -> None:
        if request.method == "PATCH" and len(rows) == 3:
            firewall.before = lambda _request: None
            rows.pop(0)  # between the first write and the next look

    firewall.after = somebody_removes_the_first
    all_taken(put(target, alias("a1", "172.16.0.0/16"), alias("a2", "172.17.0.0/16")))
    assert {row["name"]: row["address"] for row in rows} == {"a1": ["172.16.0.0/16"], "a2": ["172.17.0.0/16"]}


def test_a_neighbour_that_was_removed_by_mischance_is_told(target: Target, firewall: Running) -> None:
    all_taken(put(target, *(alias(f"a{n}", f"10.{n}.0.0/16") for n in range(3))))

    def somebody_is_faster(request: Request) -> None:
        if request.method == "DELETE":
            firewall.before = lambda _request: None
            firewall.firewall.config["aliases"].pop(0)

    firewall.before = somebody_is_faster
    assert "a2 was removed instead of a1: put it back" in str(the_one(target, alias("a1"), remove=True))


def test_one_of_two_rules_made_in_the_same_second_is_removed(target: Target, firewall: Running) -> None:
    firewall.firewall.clock = lambda: 1_800_000_000.0
    first, second = rule("wan/10-first", destination="10.1.0.0/16"), rule("wan/20-second", destination="10.2.0.0/16")
    all_taken(put(target, first, second))
    all_taken(drop(target, second))
    assert first.id in look(target)
    assert second.id not in look(target)


def test_a_read_takes_as_many_calls_for_many_objects_as_for_none(target: Target, firewall: Running) -> None:
    look(target)
    before = len(firewall.requests)
    all_taken(put(target, *(alias(f"a{n}", f"10.{n}.0.0/16") for n in range(20))))
    firewall.requests.clear()
    look(target)
    assert len(firewall.requests) == before


# --- Changes wait until they are applied ----------------------------------------------------------

ONE_OF_EACH = (
    interface(100, address="10.0.0.0/24"),
    alias("customer", "192.168.10.0/24"),
    rule("vlan100/10-some", destination="customer"),
    gateway("CARRIER", "203.0.113.9"),
    route("192.168.10.0/24"),
    tunnel("198.51.100.7", "192.168.10.0/24"),
)


def test_what_was_written_is_live_and_what_was_removed_no_longer(target: Target, firewall: Running) -> None:
    before = firewall.firewall.live
    all_taken(put(target, *ONE_OF_EACH))
    assert firewall.firewall.live == firewall.firewall.config
    assert firewall.firewall.waiting == set()
    all_taken(drop(target, *ONE_OF_EACH))
    assert firewall.firewall.live == firewall.firewall.config == before


def test_a_batch_is_applied_by_its_last_write_and_not_in_the_background(target: Target, firewall: Running) -> None:
    all_taken(put(target, *(rule(f"wan/{n}0-some") for n in (1, 2, 3))))
    assert [write.body and (write.body.get("apply"), write.body.get("async")) for write in firewall.writes()] == [
        (None, None),
        (None, None),
        (True, False),
    ]


def test_a_refused_last_write_does_not_keep_the_others_from_being_applied(target: Target, firewall: Running) -> None:
    good, bad = rule("wan/10-good"), rule("wan/20-bad", destination="no_such_alias")
    outcomes = put(target, good, bad)
    assert outcomes[good.id] is None
    assert isinstance(outcomes[bad.id], Refused)
    assert names_live(firewall) == ["zcsp wan/10-good", "management of this firewall"]


def names_live(firewall: Running) -> list[str]:
    return [row["descr"] for row in firewall.firewall.live["rules"]]


def test_the_driver_looks_until_the_firewall_says_that_it_is_done(target: Target, firewall: Running) -> None:
    firewall.firewall.looks_until_applied = 4
    clock = Clock()
    good, bad = route("192.168.10.0/24"), route("192.168.11.0/24", via="NOBODY")
    with session(target, clock) as driver:
        outcomes = driver.apply([good, bad])
    assert outcomes[good.id] is None
    assert firewall.firewall.live["routes"] == firewall.firewall.config["routes"]
    assert len(clock.waited) >= 3
    assert clock.waited == sorted(clock.waited)  # each pause is as long as the one before, or longer


def test_what_never_becomes_live_is_put_off_and_reads_as_not_applied(target: Target, firewall: Running) -> None:
    firewall.firewall.looks_until_applied = 10**6
    good, bad = route("192.168.10.0/24"), route("192.168.11.0/24", via="NOBODY")
    with session(target) as driver:
        error = driver.apply([good, bad])[good.id]
        state = driver.read()
    assert error is not None
    assert error.transient
    assert "not live after 80 s" in str(error)
    assert state[good.id] == {"via": "wan", "deviates": ["not applied"]}


def test_a_batch_that_finds_everything_in_place_makes_live_what_somebody_left(
    target: Target, firewall: Running
) -> None:
    all_taken(put(target, route("192.168.10.0/24")))
    firewall.firewall.waiting.add("routing")
    all_taken(put(target, route("192.168.10.0/24")))
    assert firewall.firewall.waiting == set()


# --- Locked, missing, still in use, not allowed ---------------------------------------------------


def test_a_lock_is_waited_for_as_long_as_the_firewall_asks(target: Target, firewall: Running) -> None:
    firewall.firewall.lock_answers, firewall.firewall.retry_after = 3, 7
    clock = Clock()
    with session(target, clock) as driver:
        all_taken(driver.apply([alias("customer", "10.0.0.0/8")]))
    assert clock.waited == [7.0, 7.0, 7.0]


def test_a_lock_that_stays_is_given_up_for_now(target: Target, firewall: Running) -> None:
    firewall.firewall.lock_answers, firewall.firewall.retry_after = 10**6, 30
    clock = Clock()
    with session(target, clock) as driver:
        error = driver.apply([alias("customer", "10.0.0.0/8")])[ObjectId(Kind.ALIAS, "customer")]
    assert error is not None
    assert error.transient
    assert "MODEL_WRITE_CONFIG_LOCKED" in str(error)
    assert sum(clock.waited) <= 80


def test_an_api_that_is_switched_off_is_not_waited_for(target: Target, firewall: Running) -> None:
    firewall.firewall.enabled = False
    with pytest.raises(Refused, match="switched off: turn it on under System, REST API"):
        look(target)


def test_an_api_in_read_only_mode_says_so(target: Target, firewall: Running) -> None:
    firewall.firewall.read_only = True
    assert "read-only mode: turn that off" in str(the_one(target, alias("customer")))


def test_a_missing_package_is_told_before_anything_is_planned(target: Target, firewall: Running) -> None:
    firewall.firewall.missing["/vpn/ipsec"] = "pfSense-pkg-ipsec"
    with session(target) as open_session:
        state, facts = open_session.read(), open_session.facts()
    assert isinstance(state, Surveyed)
    assert "install the IPsec package" in state.obstacle(tunnel("198.51.100.7").id)
    assert not state.obstacle(route("192.168.10.0/24").id)
    assert "install the IPsec package" in facts.details[-1]


def test_a_gateway_that_a_route_uses_is_not_removed_and_the_reason_is_told(target: Target) -> None:
    way = gateway("CARRIER", "203.0.113.9")
    all_taken(put(target, way, route("192.168.10.0/24", via="CARRIER")))
    error = the_one(target, way, remove=True)
    assert isinstance(error, Refused)
    assert "something still refers to it: remove that first" in str(error)
    assert way.id in look(target)


def test_an_alias_that_a_rule_names_is_not_removed_though_the_api_would(target: Target) -> None:
    customer = alias("customer", "192.168.10.0/24")
    all_taken(put(target, customer, rule("wan/10-some", source="customer")))
    assert "still used by the rule “zcsp wan/10-some”" in str(the_one(target, customer, remove=True))
    assert all_taken(drop(target, customer, rule("wan/10-some")))


def test_a_privilege_that_is_missing_concerns_only_what_needs_it(target: Target, firewall: Running) -> None:
    firewall.firewall.denied.add("/firewall/alias")
    firewall.firewall.denied.add("/firewall/aliases")
    with session(target) as driver:
        outcomes = driver.apply([alias("customer"), route("192.168.10.0/24")])
    refused = outcomes[ObjectId(Kind.ALIAS, "customer")]
    assert isinstance(refused, SignInRefused)
    assert "grant the API's user the privilege" in str(refused)
    assert outcomes[ObjectId(Kind.ROUTE, "192.168.10.0/24")] is None


def test_the_last_rule_of_all_stays_and_that_is_no_question_of_signing_in(target: Target, firewall: Running) -> None:
    (only,) = [id for id in look(target) if id.kind == Kind.RULE]
    error = the_one(target, Change(only, {}), remove=True)
    assert isinstance(error, Refused)
    assert "keeps at least one of these" in str(error)


def test_what_the_api_says_against_a_value_is_passed_on(target: Target) -> None:
    assert "FILTER_NAME_VALIDATOR_INVALID_CHARACTERS" in str(the_one(target, alias("customer-a")))
    assert "names something that is not there" in str(the_one(target, route("192.168.10.0/24", via="NOBODY")))


@pytest.mark.parametrize(
    "change",
    [
        Change(ObjectId(Kind.PORT_GROUP, "dvs/Acme-100"), {"vlan_id": 100}),
        Change(ObjectId(Kind.INTERFACE, "vlan4095"), {"vlan_id": 4095, "description": "x", "address": ""}),
        Change(ObjectId(Kind.INTERFACE, "vlan100"), {"vlan_id": 101, "description": "x", "address": ""}),
        interface(100, address="10.0.0.1/24"),
        interface(100, address="rubbish"),
        interface(100, "n" * 129),
        rule("nowhere"),
        rule("opt9/10-some"),
        rule("wan/10-some", ports="4007"),
        rule("wan/10-some", destination="10.0.0.0/99"),
        gateway("A", "rubbish"),
        tunnel("198.51.100.7", "rubbish"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_nothing_is_left_behind(
    target: Target, firewall: Running, change: Change
) -> None:
    before = look(target)
    error = the_one(target, change)
    assert isinstance(error, Refused)
    assert not error.transient
    assert look(target) == before


# --- Interfaces -----------------------------------------------------------------------------------


def test_an_interface_is_switched_on_and_bears_a_name_that_pfsense_takes(target: Target, firewall: Running) -> None:
    all_taken(put(target, interface(100, "Acme_Co-failover-test-100", "10.0.0.0/24")))
    made = firewall.firewall.live["interfaces"][-1]
    assert made["enable"] is True
    assert (made["ipaddr"], made["subnet"]) == ("10.0.0.1", 24)
    assert made["descr"] == "Acme_x5F_Co_failover_test_100"
    assert look(target)[ObjectId(Kind.INTERFACE, "vlan100")]["description"] == "Acme_Co-failover-test-100"


def test_an_interface_that_somebody_switched_off_shows_and_is_switched_on_again(
    target: Target, firewall: Running
) -> None:
    wanted = interface(100)
    all_taken(put(target, wanted))
    firewall.firewall.config["interfaces"][-1]["enable"] = False
    assert look(target)[wanted.id] == {**wanted.after, "deviates": ["switched off"]}
    all_taken(put(target, wanted))
    assert look(target)[wanted.id] == wanted.after


def test_the_interface_goes_before_its_vlan(target: Target, firewall: Running) -> None:
    all_taken(put(target, interface(100)))
    firewall.requests.clear()
    all_taken(drop(target, interface(100)))
    assert [(w.method, w.path) for w in firewall.writes()] == [
        ("PATCH", "/interface/vlan"),
        ("DELETE", "/interface"),
        ("DELETE", "/interface/vlan"),
    ]
    assert firewall.firewall.config["vlans"] == []


def test_an_interface_that_the_firewall_will_not_let_go_keeps_working(target: Target, firewall: Running) -> None:
    kept = interface(100, address="10.0.0.0/24")
    all_taken(put(target, kept))
    before = firewall.firewall.config["vlans"][0]["descr"]
    firewall.firewall.grouped = frozenset({"opt1"})
    error = the_one(target, kept, remove=True)
    assert "belongs to an interface group: take it out" in str(error)
    assert firewall.firewall.config["vlans"][0]["descr"] == before
    assert look(target)[kept.id] == kept.after
    # Marking the VLAN remade its port: the interface has been set up on it again, and that is live.
    assert firewall.writes()[-2].path == "/interface"
    assert firewall.firewall.waiting == set()


def test_an_interface_in_the_way_of_a_static_route_is_refused_by_the_firewall(target: Target) -> None:
    all_taken(put(target, route("10.0.0.0/24")))
    assert "CONFLICTS_WITH_STATIC_ROUTE" in str(the_one(target, interface(100, address="10.0.0.0/24")))


def test_vlans_go_to_the_port_called_trunk_whatever_else_is_there(target: Target, firewall: Running) -> None:
    state = firewall.firewall
    state.ports.append("vmx2")
    state.config["interfaces"][1] |= {"if": "vmx2", "descr": "Trunk"}
    state.config["vlans"].append({"if": "vmx1", "tag": 100, "vlanif": "vmx1.100", "descr": "", "pcp": None})
    all_taken(put(target, interface(100)))
    assert [(row["if"], row["tag"]) for row in state.config["vlans"]] == [("vmx1", 100), ("vmx2", 100)]


def test_vlans_on_two_ports_and_none_called_trunk_are_a_question_for_a_person(
    target: Target, firewall: Running
) -> None:
    for port in ("vmx1", "vmx2"):
        row = {"if": port, "tag": 100, "vlanif": f"{port}.100", "descr": "", "pcp": None}
        firewall.firewall.config["vlans"].append(row)
    with pytest.raises(Refused, match=r"several ports \(vmx1, vmx2\).*call it TRUNK"):
        look(target)


def test_two_free_ports_and_no_vlan_yet_are_a_question_too(target: Target, firewall: Running) -> None:
    firewall.firewall.ports.append("vmx2")
    assert "it has vmx1, vmx2. Assign that port" in str(the_one(target, interface(100)))


def test_a_tenants_network_never_becomes_the_firewalls_own_lan(target: Target, firewall: Running) -> None:
    del firewall.firewall.config["interfaces"][1]
    assert "has no LAN" in str(the_one(target, interface(100)))
    assert firewall.firewall.config["vlans"] == []


# --- Rules ----------------------------------------------------------------------------------------


def test_rules_of_a_place_come_in_the_order_of_their_keys_and_before_all_others(
    target: Target, firewall: Running
) -> None:
    all_taken(put(target, rule("wan/30-third"), rule("wan/10-first", action="block")))
    all_taken(put(target, rule("wan/20-second")))
    assert names_live(firewall) == [
        "zcsp wan/10-first",
        "zcsp wan/20-second",
        "zcsp wan/30-third",
        "management of this firewall",
    ]


def test_a_rule_that_somebody_put_before_ours_shows_and_ours_goes_first_again(
    target: Target, firewall: Running
) -> None:
    ours = [rule("wan/10-first", action="block"), rule("wan/20-second")]
    all_taken(put(target, *ours))
    rules = firewall.firewall.config["rules"]
    rules.insert(0, rules.pop())
    state = look(target)
    assert [state[one.id].get("deviates") for one in ours] == [["comes after another rule"]] * 2
    all_taken(put(target, *ours))
    assert names_live(firewall) == ["zcsp wan/10-first", "zcsp wan/20-second", "management of this firewall"]


def test_a_rule_that_is_not_ours_is_told_and_left_alone(target: Target) -> None:
    (told,) = [dict(found) for id, found in look(target).items() if id.kind == Kind.RULE]
    assert told == {
        "action": "pass",
        "direction": "in",
        "family": "inet",
        "protocol": "tcp",
        "source": "any",
        "destination": "(self)",
        "ports": "443",
        "description": "management of this firewall",
        "stands_for": {"(self)": ["203.0.113.2/32"]},
    }


def test_traffic_out_of_the_wan_is_decided_by_a_floating_rule_at_once(target: Target, firewall: Running) -> None:
    leak = rule("wan/10-no-clear-traffic", action="block", direction="out", destination="192.168.10.0/24")
    all_taken(put(target, leak))
    made = next(row for row in firewall.firewall.live["rules"] if row["descr"].startswith("zcsp"))
    assert (made["floating"], made["quick"], made["direction"], made["log"]) == (True, True, "out", True)


def test_a_rule_that_changes_its_direction_is_made_anew(target: Target, firewall: Running) -> None:
    out = rule("wan/10-some", direction="out", action="block")
    all_taken(put(target, out))
    all_taken(put(target, rule("wan/10-some")))
    assert look(target)[out.id]["direction"] == "in"
    assert len(firewall.firewall.live["rules"]) == 2


def test_a_rule_names_a_network_by_its_vlan(target: Target, firewall: Running) -> None:
    all_taken(put(target, interface(100), rule("vlan100/10-some", source="vlan100")))
    assert firewall.firewall.live["rules"][-1]["source"] == "opt1"
    assert look(target)[ObjectId(Kind.RULE, "vlan100/10-some")]["source"] == "vlan100"


# --- Routes ---------------------------------------------------------------------------------------


def test_the_way_out_of_the_wan_has_to_be_known(firewall: Running, target: Target) -> None:
    all_taken(put(target, gateway("SECOND", "203.0.113.9")))
    firewall.firewall.default_gateway = ""
    assert "does not say which IPv4 gateway leads out" in str(the_one(target, route("192.168.10.0/24")))
    assert "IPv6" in str(the_one(target, route("2001:db8::/32")))


def test_a_route_over_another_gateway_than_intended_shows(firewall: Running, target: Target) -> None:
    way = route("192.168.10.0/24")
    all_taken(put(target, gateway("SECOND", "203.0.113.9"), way))
    firewall.firewall.config["routes"][0]["gateway"] = "SECOND"
    assert look(target)[way.id] == {"via": "SECOND"}


def test_what_somebody_switched_off_shows(firewall: Running, target: Target) -> None:
    all_taken(put(target, *ONE_OF_EACH))
    for name in ("routes", "gateways", "rules", "phase1s"):
        for row in firewall.firewall.config[name]:
            row["disabled"] = True
    state = look(target)
    for change in ONE_OF_EACH[2:]:
        assert "switched off" in state[change.id]["deviates"]


@pytest.mark.parametrize("shown_as", ["descr", "id", "if"])
def test_interfaces_are_named_as_the_api_is_set_to_name_them(shown_as: str) -> None:
    with serve(Firewall(shown_as=shown_as)) as running:
        all_taken(put(target_of(running), *ONE_OF_EACH))
        named = [write.body["interface"] for write in running.writes() if write.body and "interface" in write.body]
    wan, ours = {
        "descr": ("WAN", "Acme_failover_test_100"),
        "id": ("wan", "opt1"),
        "if": ("vmx0", "vmx1.100"),
    }[shown_as]
    assert named == [[ours], wan, wan, wan]  # a rule, a gateway, phase 1 made and finished


def test_facts_tell_the_version_and_what_waits(firewall: Running, target: Target) -> None:
    all_taken(put(target, interface(100)))
    firewall.firewall.waiting.add("ipsec")
    with session(target) as driver:
        facts = driver.facts()
    assert (facts.product, facts.version) == ("pfSense", "2.8.1-RELEASE")
    assert "VLANs are on vmx1" in facts.details
    assert "changes that nobody applied yet: ipsec" in facts.details
