"""Judges requests by the package's own OpenAPI document, which is data to test against and no part of the product.

The rule, because the document cannot be taken by the letter:

* paths, methods, property names, types, ranges and choices are strict; a name that is neither a property nor one of
  the package's documented control parameters is an error;
* ``required`` also lists fields that exist only under a condition, which stands in the field's description ("only
  available when …"). A field is required where its condition holds, and must not be sent where it does not;
* ``maxItems: 0`` is how the document writes "no maximum", and what is ``nullable`` takes null beside its choices;
* an interface's id is a word (``wan``, ``opt3``), as the package's guide to ids has it; the document says integer;
* a PATCH carries only what changes, so a condition counts there only where the field that it asks about is sent.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from openapi_schema_validator import OAS30Validator

from lab.pfsense.server import BASE, Request

BESIDE_THE_REPOSITORY = Path(__file__).parents[4] / "shared" / "reference" / "pfsense-restapi-v2-openapi.json"
DOCUMENT = Path(os.environ.get("PFSENSE_OPENAPI") or BESIDE_THE_REPOSITORY)
WHY_NOT = (
    f"the OpenAPI document of pfSense-pkg-RESTAPI is not here: put it at {DOCUMENT.name}, or name it by PFSENSE_OPENAPI"
)
CONTROLS: dict[str, dict[str, Any]] = {
    "apply": {"type": "boolean"},
    "async": {"type": "boolean"},
    "placement": {"type": "integer", "minimum": 0},
}
CONDITION = re.compile(
    r"- `(?P<field>\w+)` must (?P<no>not )?be (?:equal to `(?P<value>[^`]*)`|one of \[ (?P<values>.*?) \])<br>"
)


@cache
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(DOCUMENT.read_text())
    return loaded


def complaints(request: Request) -> Iterator[str]:
    """What the document has against this request; nothing where it is fine."""
    operations = document()["paths"].get(BASE + request.path, {})
    operation = operations.get(request.method.lower())
    if operation is None:
        yield f"{request.method} {request.path} is not in the document"
        return
    yield from _about_query(request, operation.get("parameters", []))
    if request.body is not None:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        flat = _flat(schema)
        if request.path == "/interface" and "id" in flat["properties"]:
            flat["properties"]["id"] = {"type": "string"}
        yield from _about(request.body, flat, CONTROLS, new=request.method == "POST")


def _about_query(request: Request, parameters: list[dict[str, Any]]) -> Iterator[str]:
    known = {one["name"] for one in parameters}
    yield from (f"unknown parameter {name}" for name in request.query.keys() - known - CONTROLS.keys())
    yield from (f"{p['name']} is missing" for p in parameters if p.get("required") and p["name"] not in request.query)


def _flat(schema: Mapping[str, Any]) -> dict[str, Any]:
    """One object schema out of references and ``allOf``, all the way down."""
    if "$ref" in schema:
        return _flat(document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
    flat: dict[str, Any] = {"properties": {}, "required": []}
    for part in schema.get("allOf", []):
        one = _flat(part)
        flat["properties"] |= one.pop("properties", {})
        flat["required"] += one.pop("required", [])
        flat |= one
    rest = {key: value for key, value in schema.items() if key not in ("allOf", "properties", "required")}
    flat["properties"] |= schema.get("properties", {})
    flat["required"] += schema.get("required", [])
    if rest.get("maxItems") == 0:
        del rest["maxItems"]
    if "items" in rest:
        rest["items"] = _flat(rest["items"])
    return flat | rest


def _about(
    body: Mapping[str, Any], schema: Mapping[str, Any], controls: Mapping[str, Any], *, new: bool
) -> Iterator[str]:
    properties = {**schema["properties"], **controls}
    for name in properties.keys() & body.keys():
        flat = _plain(_flat(properties[name]))
        if body[name] is None and flat.get("nullable"):
            continue
        yield from (f"{name}: {error.message}" for error in OAS30Validator(flat).iter_errors(body[name]))
        yield from _about_items(name, body[name], _flat(properties[name]))
        if body[name] is not None and _applies(properties[name], body, new=new) is False:
            yield f"{name} is sent where it is not available"
        if properties[name].get("readOnly"):
            yield f"{name} is read-only"
    yield from (f"{name} is no property" for name in body.keys() - properties.keys())
    required = schema["required"] if new else ["id"] if "id" in schema["required"] else []
    yield from (
        f"{name} is missing"
        for name in required
        if name not in body and _applies(properties[name], body, new=new) is not False
    )


def _about_items(name: str, value: Any, schema: Mapping[str, Any]) -> Iterator[str]:
    items = schema.get("items")
    if isinstance(value, list) and items and items["properties"]:
        for item in value:
            yield from (f"{name}: {text}" for text in _about(item, items, {}, new=True))


def _plain(schema: Mapping[str, Any]) -> dict[str, Any]:
    """For the validator: its own types and choices; nested objects are judged apart, by the same rule."""
    plain = {
        key: value for key, value in schema.items() if key not in ("properties", "required", "readOnly", "writeOnly")
    }
    if "items" in plain:
        plain["items"] = _plain(plain["items"])
    return plain


def _applies(prop: Mapping[str, Any], body: Mapping[str, Any], *, new: bool) -> bool | None:
    """Whether the field's conditions hold; None where they cannot be judged."""
    verdicts = []
    for found in CONDITION.finditer(str(prop.get("description", ""))):
        if not new and found["field"] not in body:
            return None
        value = body.get(found["field"], _default(found["field"]))
        wanted = [found["value"].strip("'")] if found["value"] is not None else found["values"].split(", ")
        verdicts.append((_text(value) in wanted) != bool(found["no"]))
    return all(verdicts)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _default(field: str) -> Any:
    """What the package assumes of a field that is not sent, where a condition of another asks about it."""
    return {"protocol": "esp", "floating": False, "tcp_flags_any": False}.get(field)
