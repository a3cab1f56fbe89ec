"""A service's own log as records, for projections that need the order of the whole log.

Promises: what comes out has the shape of a record of an event topic, partition 0, offset = position,
chained without a hole. Shown by ``tests/broker/test_project.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg
import msgspec

from buergerbuero_contracts.cloudevents import headers, source
from servicekit.postgres import Connection
from servicekit.projection import LOG

_READ = """
SELECT position, category, stream_id, version, event_id, type, schema_version, data::text AS data,
       meta::text AS meta, extract(epoch FROM recorded_at)::float8 AS recorded
FROM event WHERE position > $1 ORDER BY position LIMIT $2"""


class _Meta(msgspec.Struct):
    """The part of ``meta`` that an envelope shows, as the text that it is."""

    at: str
    correlation_id: str
    key: str | None = None


_meta = msgspec.json.Decoder(_Meta)


@dataclass(frozen=True, slots=True)
class LogRecord:
    """An event of the log in the shape of a Kafka record. ``timestamp`` is the commit's, in ms."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]
    timestamp: int


async def read_log(connection: Connection, service: str, after: int, most: int) -> list[LogRecord]:
    """Up to ``most`` events behind position ``after``."""
    return [_record(service, row) for row in await connection.fetch(_READ, after, most)]


def _record(service: str, row: asyncpg.Record) -> LogRecord:
    position, stream_id = row["position"], row["stream_id"]
    meta = _meta.decode(row["meta"])
    envelope = headers(
        source=source(service, LOG),
        event_id=str(row["event_id"]),
        type_name=row["type"],
        subject=f"{row['category']}/{stream_id}",
        time=meta.at,
        position=position,
        prev=position - 1,
        epoch=0,
        streamversion=row["version"],
        schema_version=row["schema_version"],
        correlation_id=meta.correlation_id,
    )
    key = (meta.key or str(stream_id)).encode()
    return LogRecord(LOG, 0, position, key, row["data"].encode(), envelope, int(row["recorded"] * 1000))
