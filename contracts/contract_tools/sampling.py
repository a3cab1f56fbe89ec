"""Golden samples: one record per type and version, as it would be on the topic.

Promises: a sample is made once, from the schema, with every property present, and never changed:
it stands for the records that are out there. Invented values only.
Shown by ``tests/contract/test_schemas.py``.
"""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid5

from buergerbuero_contracts.cloudevents import headers, source
from buergerbuero_contracts.envelope import Event

from .schemas import Schema, event_schema

_ROOT = UUID("b8f3f0c2-6a5e-5d0b-9a3c-0d2f6b1e7a55")

_VALUES: dict[str, Any] = {
    "site": "flensburg",
    "counter": "counter_1",
    "lent_by": "phone",
    "door": "main_door",
    "service": "id_card_apply",
    "group": "identity",
    "team": "registration",
    "skills": "identity",
    "papers": "landlord_confirmation",
    "language": "de",
    "public_number": "A017",
    "iso_week": "2026-W49",
    "leika": "99008001012000",
    "text": "Am Donnerstag war der zweite Schalter wegen einer Schulung geschlossen.",
    "minutes": 15,
    "fee_cents": 4600,
    "hygiene_buffer": 5,
    "working_days": 9,
    "bookings_hit": 4,
    "at": "2026-12-01T08:03:00Z",
    "sampled_at": "2026-12-01T06:00:00Z",
    "was_at": "2026-11-30T09:30:00Z",
    "from": "2026-12-01T06:30:00Z",
    "until": "2026-12-01T11:00:00Z",
    "admitted_at": "2026-12-01T07:52:00Z",
    "starts_at": "2026-12-01T08:00:00Z",
    "planned_at": "2026-12-01T08:00:00Z",
    "ends_at": "2026-12-01T08:15:00Z",
    "occupied_until": "2026-12-01T08:20:00Z",
    "hold_until": "2026-11-24T15:10:00Z",
    "confirm_until": "2026-11-24T16:04:00Z",
    "undo_until": "2026-11-24T15:20:00Z",
    "offered_until": "2026-11-24T16:00:00Z",
    "answer_until": "2026-11-30T08:00:00Z",
    "proposals": "2026-12-02T08:00:00Z",
    "offered_at": "2026-12-01T09:12:04Z",
    "started_at": "2026-12-01T09:12:31Z",
    "answered_at": "2026-12-01T09:12:31Z",
    "ended_at": "2026-12-01T09:16:40Z",
    "due_at": "2026-12-01T13:00:00Z",
    "date": "2026-12-01",
    "received_on": "2026-11-30",
    "due_on": "2026-12-14",
    "expected_on": "2026-12-14",
    "collect_until": "2026-12-14",
    "since": "2026-10-02",
    "first_free_on": "2026-12-14",
}


def sample(kind: type[Event]) -> dict[str, Any]:
    """The record of a type: topic, key, headers as text, and the data."""
    schema = event_schema(kind)
    data = _value(kind.__name__, schema)
    event = kind.model_validate_json(json.dumps(data), strict=True)
    stream = uuid5(_ROOT, f"{kind.category}/{event.partition_key()}")
    sent = headers(
        source=source(kind.service, "flensburg"),
        event_id=str(uuid5(_ROOT, kind.__name__)),
        type_name=kind.__name__,
        subject=f"{kind.category}/{stream}",
        time="2026-11-24T15:04:05.678901Z",
        position=4711,
        prev=4702,
        epoch=1,
        streamversion=3,
        schema_version=kind.schema_version,
        correlation_id=str(uuid5(_ROOT, "correlation")),
        causation_id=str(uuid5(_ROOT, "causation")),
        traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    )
    return {
        "topic": schema["x-topic"],
        "key": event.partition_key(),
        "headers": {name: value.decode() for name, value in sent},
        "data": json.loads(event.to_json()),
    }


def _value(name: str, node: Schema) -> Any:
    if node.get("type") == "object":
        return {key: _value(key, one) for key, one in node["properties"].items()}
    if node.get("type") == "array":
        return [_value(name, node["items"])]
    if "enum" in node:
        return _VALUES[name] if _VALUES.get(name) in node["enum"] else node["enum"][0]
    if name in _VALUES:
        return _VALUES[name]
    if node.get("format") == "uuid":
        return str(uuid5(_ROOT, name.removesuffix("s")))
    return {"boolean": True, "integer": node.get("minimum", 0)}[node["type"]]
