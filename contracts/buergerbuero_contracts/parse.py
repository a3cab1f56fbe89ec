"""Reading a record of an event topic: the one door for consumers.

Promises: ``parse_event`` has three outcomes and no other: a ``Received``; None for a type that this
version of the package does not know (skip it); ``InvalidEvent`` for anything else that is wrong
(park it, go on with other keys). It never loops, never guesses and never raises anything else.
Shown by ``tests/contract/test_parse.py`` and, for arbitrary bytes, ``test_parse_anything.py``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import ValidationError

from . import topics
from .cloudevents import Headers, parse_headers
from .envelope import Event
from .errors import InvalidEvent
from .record import Record
from .registry import EVENTS
from .upcast import upcast


@dataclass(frozen=True, slots=True)
class Received:
    """One event with its envelope. ``time`` is the decision's, in UTC; ``key`` orders it among its like.

    ``position`` and ``prev`` chain the events of a partition: an event whose ``prev`` is not the
    last position you hold means that some are missing.
    """

    event: Event
    event_id: UUID
    time: datetime
    position: int
    prev: int
    epoch: int
    key: str
    headers: Headers


def parse_event(record: Record) -> Received | None:
    """The event in a record, None for an unknown type; raises ``InvalidEvent`` for anything else."""
    owner = topics.owner_of(record.topic)
    if owner is None:
        raise InvalidEvent("not an event topic", topic=record.topic)
    envelope = parse_headers(record.headers)
    if envelope.service != owner:
        raise InvalidEvent("source does not own the topic", topic=record.topic, source=envelope.service)
    kind = EVENTS.get(envelope.type)
    if kind is None:
        return None
    if kind.service != owner:
        raise InvalidEvent("type belongs to another service", type=envelope.type)
    event = _event(kind, envelope, record.value)
    if record.key is None or record.key != event.partition_key().encode():
        raise InvalidEvent("key differs from data", type=envelope.type)
    return Received(
        event=event,
        event_id=envelope.id,
        time=envelope.time,
        position=envelope.position,
        prev=envelope.prev,
        epoch=envelope.epoch,
        key=event.partition_key(),
        headers=envelope,
    )


def _event(kind: type[Event], envelope: Headers, value: bytes | None) -> Event:
    if value is None:
        raise InvalidEvent("no data", type=envelope.type)
    try:
        if envelope.schema_version != kind.schema_version:
            data = json.loads(value)
            if not isinstance(data, dict):
                raise InvalidEvent("data is not an object", type=envelope.type)
            value = json.dumps(upcast(envelope.type, envelope.schema_version, data)).encode()
        return kind.model_validate_json(value, strict=True)
    except ValidationError as error:
        raise InvalidEvent("data does not fit its schema", type=envelope.type, field=_where(error)) from None
    except (ValueError, RecursionError):
        raise InvalidEvent("data is not JSON", type=envelope.type) from None
    except (KeyError, TypeError, AttributeError, IndexError):  # an upcaster met a shape it does not expect
        raise InvalidEvent("data does not fit its version", type=envelope.type) from None


def _where(error: ValidationError) -> str:
    """The first field that does not fit, by name; never what stood in it."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    return str(first["loc"][0]) if first["loc"] else "-"
