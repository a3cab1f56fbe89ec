"""The statements of the committer, and requests as the arrays that ``append_events`` takes.

Promises: event ids are derived from the command id and the index in the append, so a repeat is
recognised; an event above 256 KiB is refused before it is queued. Shown by ``tests/log/test_append.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import msgspec

from servicekit.decider import Refused
from servicekit.log import Arm, Context, Decision, Meta, Request, event_id

LOCK = "SELECT * FROM log_lock($1, $2)"
UNLOCK = "SELECT log_unlock()"
HEAD = "SELECT coalesce(max(position), 0) AS head, clock_timestamp() AS db_now FROM event"
LOAD = """
SELECT position, category, stream_id, version, type, schema_version,
       data::text AS data, meta ->> 'command_id' AS command_id
FROM event WHERE stream_id = ANY($1::uuid[]) ORDER BY stream_id, version"""
FOLLOWED = """
SELECT position, category, stream_id, version, type, schema_version,
       data::text AS data, meta ->> 'command_id' AS command_id
FROM event WHERE category = ANY($1::text[]) AND position <= $2 ORDER BY position"""
TAIL = """
SELECT h.head, h.db_now, e.position, e.category, e.stream_id, e.version, e.type, e.schema_version,
       e.data::text AS data, e.meta ->> 'command_id' AS command_id
FROM (SELECT coalesce(max(position), 0) AS head, clock_timestamp() AS db_now FROM event) h
LEFT JOIN event e ON e.position > $1 AND e.position <= h.head AND e.category = ANY($2::text[])
ORDER BY e.position"""
_PLACES = ", ".join(f"${n}" for n in range(1, 41))
APPEND = f"SELECT * FROM append_events({_PLACES})"  # noqa: S608 - only placeholders
FENCED = f"SELECT * FROM append_fenced({_PLACES})"  # noqa: S608 - only placeholders

LARGEST = 256 * 1024
_encode = msgspec.json.Encoder().encode
_person = attrgetter("person_id", "revision", "keep_until", "name", "email", "phone", "language")


def encoded(decision: Decision) -> tuple[str, ...]:
    """The events as they are stored. Refuses ``event-too-large`` for what would never fit a topic."""
    texts = tuple([event.to_json() for _stream, event in decision.events])
    if any(len(text) > LARGEST for text in texts):
        raise Refused("event-too-large")
    return texts


def _meta(c: Context, key: str | None) -> str:
    actor = {"kind": c.actor.kind, "id": c.actor.id}
    meta = Meta(c.at, c.command_id, c.correlation_id, actor, c.causation_id, c.traceparent, key)
    return _encode(meta).decode()


def _events(nr: int, request: Request) -> list[tuple[Any, ...]]:
    rows, versions, metas = [], dict(request.expected), dict[str | None, str]()
    texts = request.texts or encoded(request.decision)
    for index, ((stream, event), text) in enumerate(zip(request.decision.events, texts, strict=True)):
        versions[stream] += 1
        key = event.partition_key() if event.key else None
        meta = metas[key] = metas.get(key) or _meta(request.context, key)
        own_id = event_id(request.context.command_id, index)
        about = (nr, stream.category, stream.id, versions[stream], own_id)
        rows.append((*about, type(event).__name__, event.schema_version, text, meta))
    return rows


def _transposed(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


def columns(requests: Sequence[Request]) -> list[Any]:
    """The arguments of ``append_events`` and ``append_fenced`` after the first two."""
    events, expected, guards, uses, timers, people = [], [], [], [], [], []
    first = []
    for nr, request in enumerate(requests, start=1):
        effects = request.decision.effects
        stored = _events(nr, request)
        first.append(stored[0][4] if stored else None)
        events += stored
        expected += [(nr, stream.id, version) for stream, version in request.expected.items()]
        guards += [(nr, g.kind, g.key, g.maximum, g.subject) for g in effects.guards]
        uses += [(nr, u.kind, u.key, u.subject, u.until) for u in effects.uses]
        timers += [
            (nr, t.kind, t.subject, t.due_at, None)
            if isinstance(t, Arm)
            else (nr, t.kind, t.subject, None, t.due_at)
            for t in effects.timers
        ]
        people += [(nr, *_person(p), ",".join(p.needs), p.erased) for p in effects.people]
    return [
        first,
        *_transposed(events, 9),
        *_transposed(expected, 3),
        *_transposed(guards, 5),
        *_transposed(uses, 5),
        *_transposed(timers, 5),
        *_transposed(people, 10),
    ]
