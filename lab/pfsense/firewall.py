"""The state of the stand-in: what is configured, what is live, what waits; and how it can be made to misbehave."""

import time
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from itertools import count
from threading import RLock
from typing import Any

from lab.pfsense.checks import CHECKS
from lab.pfsense.errors import ApiError, not_found, refuse
from lab.pfsense.models import Model, Row, models

MODELS = models(CHECKS)
LISTS = [model.list for model in MODELS.values()]
INTERFACES = ("interface", "source", "destination", "target")  # fields that may name one
NAT_MODE = "/firewall/nat/outbound/mode"
NAT_MODES = ("automatic", "hybrid", "advanced", "disabled")


class Firewall:
    """A firewall as it is installed: a WAN with its gateway, a LAN without an address for the VLANs, one rule.

    Misbehaviour, for tests: ``lock_answers`` (that many writes are answered 503, with ``retry_after``),
    ``missing`` (path → package), ``denied`` (paths without the privilege), ``looks_until_applied`` (how often a look
    says that changes wait), ``expose_secrets`` (the setting that shows what is hidden), ``enabled``, ``read_only``.
    """

    version = "2.8.1-RELEASE"

    def __init__(self, *, shown_as: str = "descr", clock: Callable[[], float] = time.time) -> None:
        self.shown_as, self.clock = shown_as, clock
        self.mutex = RLock()
        self.ports = ["vmx0", "vmx1"]
        self.lock_answers, self.retry_after = 0, 5
        self.missing: dict[str, str] = {}
        self.denied: set[str] = set()
        self.looks_until_applied = 0
        self.default_gateway, self.nat_mode = "WANGW", "automatic"  # as pfSense is installed
        self.expose_secrets, self.enabled, self.read_only = False, True, False
        self._numbers = count(1)
        self.config: dict[str, list[Row]] = {name: [] for name in LISTS}
        self.waiting: set[str] = set()
        self._applying: dict[str, int] = {}
        self._install()
        self.live = deepcopy(self.config)

    def _install(self) -> None:
        wan = {"if": "vmx0", "descr": "WAN", "enable": True, "typev4": "static", "ipaddr": "203.0.113.2", "subnet": 24}
        self._create("/interface", wan)
        self.config["interfaces"][0]["id"] = "wan"
        self._create("/interface", {"if": "vmx1", "descr": "LAN", "enable": True, "typev4": "none"})
        at = {"descr": "WAN", "id": "wan", "if": "vmx0"}[self.shown_as]
        self._create(
            "/routing/gateway", {"name": "WANGW", "ipprotocol": "inet", "interface": at, "gateway": "203.0.113.1"}
        )
        https = {"protocol": "tcp", "source": "any", "destination": "(self)", "destination_port": "443"}
        web = {"type": "pass", "interface": [at], "ipprotocol": "inet", "descr": "management of this firewall", **https}
        self._create("/firewall/rule", web)
        self.waiting.clear()

    def next_number(self) -> int:
        return next(self._numbers)

    def interface_shown_as(self, text: str) -> Row | None:
        return next((row for row in self.config["interfaces"] if row[self.shown_as] == text), None)

    # --- The calls --------------------------------------------------------------------------------

    def call(self, method: str, path: str, data: dict[str, Any]) -> Any:
        """What the endpoint answers. Raises ApiError."""
        with self.mutex:
            self._refuse(method, path)
            if path.endswith("/apply"):
                return self._apply_endpoint(method, path)
            if path == NAT_MODE:
                return self._nat_mode(method, data)
            if path in MODELS:
                return self._one(method, path, data)
            if method == "GET" and path in self._readers():
                return self._readers()[path]()
        raise ApiError(404, "ENDPOINT_NOT_FOUND", "The requested endpoint does not exist")

    def _nat_mode(self, method: str, data: dict[str, Any]) -> Row:
        if method == "PATCH":
            if data.get("mode") not in NAT_MODES:
                raise refuse("FIELD_INVALID_CHOICE", f"Field `mode` must be one of {list(NAT_MODES)}.")
            self.nat_mode = str(data["mode"])
            self.waiting.add("firewall")
        return {"mode": self.nat_mode}

    def _refuse(self, method: str, path: str) -> None:
        if not self.enabled:
            raise ApiError(
                503, "ENDPOINT_REST_API_IS_NOT_ENABLED", "The REST API is currently not enabled.", retry_after=5
            )
        if any(path.startswith(start) for start in self.denied):
            raise ApiError(403, "AUTH_AUTHORIZATION_FAILED", "Authorization failed.")
        for start, package in self.missing.items():
            if path.startswith(start):
                raise ApiError(424, "MODEL_MISSING_REQUIRED_PACKAGE", f"Package `{package}` is not installed.")
        if method == "GET":
            return
        if self.read_only:
            raise ApiError(405, "ENDPOINT_METHOD_NOT_ALLOWED_IN_READ_ONLY_MODE", "The API is in read-only mode.")
        if self.lock_answers:
            self.lock_answers -= 1
            text = "Failed to write to the configuration file after multiple attempts."
            raise ApiError(503, "MODEL_WRITE_CONFIG_LOCKED", text, retry_after=self.retry_after)

    def _readers(self) -> dict[str, Callable[[], Any]]:
        lists: dict[str, Callable[[], Any]] = {
            _plural(path): partial(self._shown_list, model) for path, model in MODELS.items()
        }
        return lists | {
            "/system/version": lambda: {"version": self.version, "base": "2.8", "patch": "", "buildtime": ""},
            "/system/restapi/settings": lambda: {"represent_interfaces_as": self.shown_as, "read_only": self.read_only},
            "/interface/available_interfaces": self._ports,
            "/routing/gateway/default": lambda: {"defaultgw4": self.default_gateway, "defaultgw6": ""},
        }

    def _ports(self) -> list[Row]:
        used = {row["if"]: row["id"] for row in self.config["interfaces"]}
        names = [*self.ports, *(row["vlanif"] for row in self.config["vlans"])]
        return [{"if": name, "mac": "00:00:5e:00:53:01", "dmesg": "", "in_use_by": used.get(name)} for name in names]

    def _one(self, method: str, path: str, data: dict[str, Any]) -> Row:
        model = MODELS[path]
        if method == "GET":
            return self._shown(model, self._place(model, data))
        applies = data.get("apply") is True
        if method == "POST":
            place = self._create(path, data)
        elif method == "PATCH":
            place = self._update(path, data)
        else:
            place = self._place(model, data)
        answer = self._shown(model, place)
        if method == "DELETE":
            self._delete(path, place)
        if applies or model.at_once:
            # As the package has it: a write that asks to be applied clears the mark at once, done or not.
            self.waiting.discard(model.subsystem)
            self._make_live(model.applies, at_once=model.at_once or data.get("async") is False)
        return answer

    # --- Lists ------------------------------------------------------------------------------------

    def _place(self, model: Model, data: dict[str, Any]) -> int:
        rows, id = self.config[model.list], data.get("id")
        if id is None:
            raise refuse("MODEL_REQUIRES_ID", "Field 'id' is required.")
        if model.list == "interfaces":
            for place, row in enumerate(rows):
                if row["id"] == id:
                    return place
        elif isinstance(id, int) and 0 <= id < len(rows):
            return id
        raise not_found(id)

    def _create(self, path: str, data: dict[str, Any]) -> int:
        model = MODELS[path]
        row = {name: deepcopy(data.get(name, field.default)) for name, field in model.fields.items()}
        row = self._validated(path, row, None)
        rows = self.config[model.list]
        if model.list == "interfaces":
            taken = {one["id"] for one in rows}
            row["id"] = "lan" if "lan" not in taken else next(f"opt{n}" for n in count(1) if f"opt{n}" not in taken)
        rows.append(row)
        self._mark(model)
        return self._move(rows, len(rows) - 1, data)

    def _update(self, path: str, data: dict[str, Any]) -> int:
        model = MODELS[path]
        place = self._place(model, data)
        was = self.config[model.list][place]
        given = {name: deepcopy(value) for name, value in data.items() if name in model.fields}
        for name, value in given.items():
            if not model.fields[name].editable and value != was[name]:
                raise refuse("FIELD_VALUE_CHANGED_WHEN_NOT_EDITABLE", f"Field `{name}` is not editable.")
        self.config[model.list][place] = self._validated(path, {**self._named(was), **given}, was)
        self._mark(model)
        return self._move(self.config[model.list], place, data)

    def _move(self, rows: list[Row], place: int, data: dict[str, Any]) -> int:
        if (to := data.get("placement")) is None:
            return place
        row = rows.pop(place)
        rows.insert(min(int(to), len(rows)), row)
        return min(int(to), len(rows) - 1)

    def _delete(self, path: str, place: int) -> None:
        model = MODELS[path]
        rows = self.config[model.list]
        row = rows[place]
        for name, field in model.referenced_by.items():
            if any(other.get(field) == row["name"] for other in self.config[name]):
                text = "Object cannot be deleted because it is referenced by another existing object."
                raise ApiError(409, "MODEL_CANNOT_BE_DELETED_WHILE_REFERENCED", text)
        if len(rows) <= model.at_least:
            raise ApiError(403, "MODEL_MANY_MINIMUM_REACHED", "Object deletion denied.")
        if model.list == "interfaces":
            self._leave(row)
        del rows[place]
        self._mark(model)

    def _leave(self, interface: Row) -> None:
        """An interface that goes takes its rules with it; the WAN, and a member of a group, stay."""
        if interface["id"] == "wan":
            raise refuse("NETWORK_INTERFACE_WAN_CANNOT_BE_DELETED", "Interface `wan` cannot be deleted.")
        if interface["id"] in self.grouped:
            raise refuse("NETWORK_INTERFACE_IN_USE_BY_INTERFACE_GROUP", "It is in use by an interface group.")
        self.config["rules"] = [row for row in self.config["rules"] if row["interface"] != [interface["id"]]]

    grouped: frozenset[str] = frozenset()

    def _named(self, row: Row, *, inwards: bool = False) -> Row:
        """Interfaces are kept by their ids, and shown as the setting says; ``inwards``: the other way."""
        names = {one["id"]: one[self.shown_as] for one in self.config["interfaces"]}
        if inwards:
            names = {shown: id for id, shown in names.items()}
        changed = {field: names.get(row[field], row[field]) for field in INTERFACES if isinstance(row.get(field), str)}
        if isinstance(row.get("interface"), list):
            changed["interface"] = [names.get(one, one) for one in row["interface"]]
        return {**row, **changed}

    def _validated(self, path: str, row: Row, was: Row | None) -> Row:
        """The row as it is kept. Raises ApiError."""
        model = MODELS[path]
        for name, field in model.fields.items():
            if not field.only(row):
                row[name] = None
            elif row[name] is None and field.required:
                raise refuse("FIELD_IS_REQUIRED", f"Field `{name}` is required.")
            elif field.choices and row[name] not in field.choices:
                raise refuse("FIELD_INVALID_CHOICE", f"Field `{name}` must be one of {list(field.choices)}.")
            elif field.unique:
                self._refuse_twice(model, (name,), row, was, "FIELD_MUST_BE_UNIQUE")
        for check in model.checks:
            check(self, row, was)
        kept = self._named(row, inwards=True)
        if model.unique_together:
            self._refuse_twice(model, tuple(model.unique_together), kept, was, "MODEL_FIELDS_NOT_UNIQUE_TOGETHER")
        return kept

    def _refuse_twice(self, model: Model, names: tuple[str, ...], row: Row, was: Row | None, response_id: str) -> None:
        for place, other in enumerate(self.config[model.list]):
            if other is not was and all(other[name] == row[name] for name in names):
                text = f"Fields [{', '.join(names)}] must be unique. Values in use by object with ID `{place}`."
                raise refuse(response_id, text)

    def _shown_list(self, model: Model) -> list[Row]:
        return [self._shown(model, place) for place in range(len(self.config[model.list]))]

    def _shown(self, model: Model, place: int) -> Row:
        row = self._named(deepcopy(self.config[model.list][place]))
        if not self.expose_secrets:
            row = {name: value for name, value in row.items() if name not in _hidden(model)}
        return {**row, "id": row["id"] if model.list == "interfaces" else place}

    # --- Making it live ---------------------------------------------------------------------------

    def _mark(self, model: Model) -> None:
        if model.subsystem:
            self.waiting.add(model.subsystem)

    def _apply_endpoint(self, method: str, path: str) -> Row:
        names = {"/interface/apply": "interfaces", "/routing/apply": "routing"}
        subsystem = names.get(path) or ("firewall" if path == "/firewall/apply" else "ipsec")
        if method == "POST":
            self._applying[subsystem] = self.looks_until_applied
            if not self.looks_until_applied:
                self._make_live(subsystem, at_once=True)
        elif subsystem in self._applying:
            self._applying[subsystem] -= 1
            if self._applying[subsystem] <= 0:
                self._make_live(subsystem, at_once=True)
        return {"applied": subsystem not in self.waiting}

    def _make_live(self, subsystem: str, *, at_once: bool) -> None:
        if not at_once:
            self._applying[subsystem] = self.looks_until_applied
            return
        self._applying.pop(subsystem, None)
        self.waiting.discard(subsystem)
        for model in MODELS.values():
            if model.applies == subsystem:
                self.live[model.list] = deepcopy(self.config[model.list])


def _hidden(model: Model) -> set[str]:
    return {name for name, field in model.fields.items() if field.hidden}


def _plural(path: str) -> str:
    return f"{path}es" if path.endswith("alias") else f"{path}s"
