"""The package's models as data: which list each endpoint keeps, its fields, and what it checks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lab.pfsense.firewall import Firewall

Row = dict[str, Any]
Check = Callable[["Firewall", Row, Row | None], None]  # the firewall, the new row, the row as it was
Only = Callable[[Row], bool]


def _always(_row: Row) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Field:
    """``only``: the field is there only for rows of this sort, and asked for only then."""

    default: Any = None
    required: bool = False
    choices: Sequence[Any] = ()
    editable: bool = True
    unique: bool = False
    hidden: bool = False
    only: Only = _always


@dataclass(frozen=True, slots=True)
class Model:
    """``subsystem``: what is marked as waiting by a write; empty: nothing is. ``applies``: what makes it live."""

    list: str
    fields: Mapping[str, Field]
    applies: str
    subsystem: str = ""
    at_once: bool = False
    unique_together: Sequence[str] = ()
    at_least: int = 0
    referenced_by: Mapping[str, str] = field(default_factory=dict)  # list → field, of this model's name
    checks: Sequence[Check] = ()


def _is(name: str, *values: Any) -> Only:
    return lambda row: row.get(name) in values


def _is_not(name: str, *values: Any) -> Only:
    return lambda row: row.get(name) not in values


def models(checks: Mapping[str, Sequence[Check]]) -> dict[str, Model]:
    """By the path of the endpoint for one object."""
    ports = _is("protocol", "tcp", "udp", "tcp/udp")
    flag = Field(default=False)
    text = Field(default="")
    must = Field(required=True)
    return {
        "/interface/vlan": Model(
            list="vlans",
            applies="interfaces",
            at_once=True,
            unique_together=("if", "tag"),
            fields={"if": Field(required=True, editable=False), "tag": must, "pcp": Field(), "descr": text},
            checks=checks["vlan"],
        ),
        "/interface": Model(
            list="interfaces",
            applies="interfaces",
            subsystem="interfaces",
            fields={
                "if": Field(required=True, unique=True),
                "descr": Field(required=True, unique=True),
                "enable": flag,
                "blockpriv": flag,
                "blockbogons": flag,
                "typev4": Field(required=True, choices=("static", "dhcp", "none")),
                "ipaddr": Field(required=True, only=_is("typev4", "static")),
                "subnet": Field(required=True, only=_is("typev4", "static")),
                "gateway": Field(only=_is("typev4", "static")),
                "typev6": Field(
                    default="none", choices=("staticv6", "dhcp6", "slaac", "6rd", "track6", "6to4", "none", None)
                ),
                "ipaddrv6": Field(required=True, only=_is("typev6", "staticv6")),
                "subnetv6": Field(required=True, only=_is("typev6", "staticv6")),
            },
            checks=checks["interface"],
        ),
        "/routing/gateway": Model(
            list="gateways",
            applies="routing",
            subsystem="routing",
            unique_together=("interface", "ipprotocol", "gateway"),
            referenced_by={"routes": "gateway", "rules": "gateway"},
            fields={
                "name": Field(required=True, unique=True, editable=False),
                "ipprotocol": Field(required=True, choices=("inet", "inet6")),
                "interface": must,
                "gateway": must,
                "descr": text,
                "disabled": flag,
                "force_down": flag,
            },
            checks=checks["gateway"],
        ),
        "/routing/static_route": Model(
            list="routes",
            applies="routing",
            subsystem="routing",
            fields={"network": must, "gateway": must, "descr": text, "disabled": flag},
            checks=checks["route"],
        ),
        "/firewall/alias": Model(
            list="aliases",
            applies="firewall",
            subsystem="firewall",
            fields={
                "name": Field(required=True, unique=True, editable=False),
                "type": Field(required=True, choices=("host", "network", "port")),
                "address": Field(default=()),
                "detail": Field(default=()),
                "descr": text,
            },
            checks=checks["alias"],
        ),
        # No subsystem: the package marks nothing as waiting when a rule is written.
        "/firewall/rule": Model(
            list="rules",
            applies="firewall",
            at_least=1,
            fields={
                "type": Field(required=True, choices=("pass", "block", "reject")),
                "interface": must,
                "ipprotocol": Field(required=True, choices=("inet", "inet6", "inet46")),
                "protocol": Field(choices=(None, "tcp", "udp", "tcp/udp", "icmp", "esp", "ah")),
                "source": must,
                "source_port": Field(only=ports),
                "destination": must,
                "destination_port": Field(only=ports),
                "descr": text,
                "disabled": flag,
                "log": flag,
                "tag": text,
                "statetype": Field(default="keep state"),
                "gateway": Field(),
                "sched": Field(),
                "floating": Field(default=False, editable=False),
                "quick": Field(default=False, only=_is("floating", True)),
                "direction": Field(default="any", choices=("any", "in", "out"), only=_is("floating", True)),
            },
            checks=checks["rule"],
        ),
        **_translations(checks),
        "/vpn/ipsec/phase1": Model(
            list="phase1s",
            applies="ipsec",
            subsystem="ipsec",
            fields={
                "descr": text,
                "disabled": flag,
                "iketype": Field(required=True, choices=("ikev1", "ikev2", "auto")),
                "mode": Field(required=True, only=_is("iketype", "ikev1", "auto")),
                "protocol": Field(required=True, choices=("inet", "inet6", "both")),
                "interface": must,
                "remote_gateway": must,
                "authentication_method": Field(required=True, choices=("pre_shared_key", "cert")),
                "myid_type": must,
                "myid_data": Field(required=True, only=_is_not("myid_type", "myaddress")),
                "peerid_type": must,
                "peerid_data": Field(required=True, only=_is_not("peerid_type", "any", "peeraddress")),
                "pre_shared_key": Field(
                    required=True, hidden=True, only=_is("authentication_method", "pre_shared_key")
                ),
                "certref": Field(required=True, only=_is("authentication_method", "cert")),
                "caref": Field(required=True, only=_is("authentication_method", "cert")),
                "encryption": must,
                "lifetime": Field(default=28800),
            },
            checks=checks["phase1"],
        ),
        "/vpn/ipsec/phase2": Model(
            list="phase2s",
            applies="ipsec",
            subsystem="ipsec",
            fields={
                "ikeid": must,
                "descr": text,
                "disabled": flag,
                "mode": Field(required=True, choices=("tunnel", "tunnel6", "transport", "vti")),
                "localid_type": must,
                "localid_address": Field(required=True, only=_is("localid_type", "address", "network")),
                "localid_netbits": Field(required=True, only=_is("localid_type", "network")),
                "natlocalid_type": Field(),
                "remoteid_type": Field(required=True, choices=("address", "network")),
                "remoteid_address": must,
                "remoteid_netbits": Field(required=True, only=_is("remoteid_type", "network")),
                "protocol": Field(default="esp", choices=("esp", "ah")),
                "encryption_algorithm_option": Field(required=True, only=_is("protocol", "esp")),
                "hash_algorithm_option": must,
                "pfsgroup": Field(default=14),
                "lifetime": Field(default=3600),
            },
            checks=checks["phase2"],
        ),
    }


def _translations(checks: Mapping[str, Sequence[Check]]) -> dict[str, Model]:
    """Address translation: on the way out, port forwards, and one to one."""
    flag, text, must = Field(default=False), Field(default=""), Field(required=True)
    common: dict[str, Field] = {"interface": must, "disabled": flag, "descr": text}
    ports = {"source_port": Field(), "destination_port": Field()}
    either = {"source": must, "destination": must}
    return {
        "/firewall/nat/outbound/mapping": Model(
            list="outbound",
            applies="firewall",
            subsystem="firewall",
            fields={
                **common,
                **either,
                **ports,
                "protocol": Field(),
                "nonat": flag,
                "target": Field(required=True, only=_is("nonat", False)),
                "target_subnet": Field(default=32, only=_is("nonat", False)),
            },
            checks=checks["nat"],
        ),
        "/firewall/nat/port_forward": Model(
            list="forwards",
            applies="firewall",
            subsystem="firewall",
            fields={
                **common,
                **either,
                **ports,
                "ipprotocol": Field(default="inet", choices=("inet", "inet6", "inet46")),
                "protocol": must,
                "target": must,
                "local_port": Field(required=True, only=_is("protocol", "tcp", "udp", "tcp/udp")),
                "nordr": flag,
                "associated_rule_id": text,
            },
            checks=checks["nat"],
        ),
        "/firewall/nat/one_to_one/mapping": Model(
            list="one_to_one",
            applies="firewall",
            subsystem="firewall",
            fields={
                **common,
                **either,
                "external": must,
                "nobinat": flag,
                "ipprotocol": Field(default="inet", choices=("inet", "inet6")),
            },
            checks=checks["nat"],
        ),
    }
