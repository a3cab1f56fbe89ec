"""JSON Schemas of what is on the wire, one per type and version.

Promises: a schema stands alone (nothing to resolve); ``required`` is what every record carries, an
optional property is left out, never null; unknown properties are allowed, since readers ignore them.
Shown by ``tests/contract/test_schemas.py``.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel

from buergerbuero_contracts import topics
from buergerbuero_contracts.cloudevents import dataschema
from buergerbuero_contracts.envelope import Event
from buergerbuero_contracts.people import PersonRecord
from buergerbuero_contracts.registry import EVENTS

Schema = dict[str, Any]

DRAFT = "http://json-schema.org/draft-07/schema#"
"""The draft that AsyncAPI 3.0 builds upon."""


def all_schemas() -> dict[str, Schema]:
    """Every schema of today by its name, ``booking.SlotReserved.1``; the people record is among them."""
    found = {name_of(kind): event_schema(kind) for kind in EVENTS.values()}
    found["people.PersonRecord.1"] = {
        "$schema": DRAFT,
        "$id": "urn:buergerbuero:people.PersonRecord:1",
        "x-topic": topics.PEOPLE,
        "x-key": ["person_id"],
        **plain(PersonRecord),
    }
    return dict(sorted(found.items()))


def name_of(kind: type[Event]) -> str:
    """``booking.SlotReserved.1``, the name of schema and sample."""
    return f"{kind.service}.{kind.__name__}.{kind.schema_version}"


def event_schema(kind: type[Event]) -> Schema:
    """The schema of one type, with what Kafka needs to know about it."""
    return {
        "$schema": DRAFT,
        "$id": dataschema(kind.service, kind.__name__, kind.schema_version),
        "x-topic": topics.topic_of(kind.service),
        "x-key": list(kind.key),
        "x-category": kind.category,
        **plain(kind),
    }


@cache
def plain(model: type[BaseModel]) -> Schema:
    """Pydantic's schema of a model without references, nulls, defaults, made-up titles; only to be read."""
    raw = model.model_json_schema(by_alias=True)
    return {"title": model.__name__, **_plain(raw, raw.get("$defs", {}))}


def _plain(node: Schema, defs: Schema) -> Schema:
    if "$ref" in node:
        target = _plain(defs[node["$ref"].rsplit("/", 1)[-1]], defs)
        return {**target, **_plain({key: node[key] for key in node if key != "$ref"}, defs)}
    present = [one for one in node.get("anyOf", []) if one.get("type") != "null"]
    if present:
        if len(present) > 1:
            raise ValueError("a field has one type; a choice of types is a change of shape")
        return _plain({**present[0], **{key: node[key] for key in node if key != "anyOf"}}, defs)
    result = {
        key: value for key, value in node.items() if key not in ("$defs", "title", "default", "required")
    }
    if "properties" in node:
        properties = node["properties"]
        result["properties"] = {name: _plain(one, defs) for name, one in properties.items()}
        result["required"] = [name for name, one in properties.items() if not _nullable(one)]
    if isinstance(node.get("items"), dict):
        result["items"] = _plain(node["items"], defs)
    return result


def _nullable(node: Schema) -> bool:
    return any(one.get("type") == "null" for one in node.get("anyOf", []))
