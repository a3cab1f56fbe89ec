"""A service's own log as records, for projections that need the order of the whole log.

Promises: what comes out has the shape of a record of an event topic, partition 0, offset = position,
chained without a hole. Shown by ``tests/rules/test_own_log.py`` and ``tests/broker/test_project.py``.
"""

from __future__ import annotations

import asyncpg
import msgspec

from buergerbuero_contracts.cloudevents import Headers, dataschema, headers, moment, source
from servicekit.postgres import Connection
from servicekit.projection import LOG

_READ = """
SELECT position, category, stream_id, version, event_id, type, schema_version, data, meta, recorded_at
FROM event WHERE position > $1 ORDER BY position LIMIT $2"""


class _Meta(msgspec.Struct):
    """The part of ``meta`` that an envelope shows, as the text that it is."""

    at: str
    correlation_id: str
    key: str | None = None


_meta = msgspec.json.Decoder(_Meta)


class LogRecord(msgspec.Struct, frozen=True):
    """An event of the log in the shape of a Kafka record. ``timestamp`` is the commit's, in ms."""

    offset: int
    key: bytes
    value: bytes
    _service: str
    _row: asyncpg.Record
    _said: _Meta
    timestamp: int
    topic: str = LOG
    partition: int = 0

    def envelope(self) -> Headers:
        """What ``headers`` say, without writing and reading them. ``InvalidEvent`` where the time is none."""
        row, service, said = self._row, self._service, self._said
        kind, form, at = row["type"], row["schema_version"], moment(said.at)
        what = (str(row["event_id"]), service, kind, form, source(service, LOG), LOG)
        where = (row["category"], str(row["stream_id"]), at, self.offset, self.offset - 1, 0, row["version"])
        rest = (dataschema(service, kind, form), said.correlation_id, None, None)
        return Headers._make((*what, *where, *rest))

    @property
    def headers(self) -> list[tuple[str, bytes]]:
        """As the relay would write them."""
        row, subject = self._row, f"{self._row['category']}/{self._row['stream_id']}"
        return headers(
            source=source(self._service, LOG), event_id=str(row["event_id"]), type_name=row["type"],
            subject=subject, time=self._said.at, correlation_id=self._said.correlation_id, epoch=0,
            position=self.offset, prev=self.offset - 1, streamversion=row["version"],
            schema_version=row["schema_version"],
        )  # fmt: skip


async def read_log(connection: Connection, service: str, after: int, most: int) -> list[LogRecord]:
    """Up to ``most`` events behind position ``after``."""
    return [_record(service, row) for row in await connection.fetch(_READ, after, most)]


def _record(service: str, row: asyncpg.Record) -> LogRecord:
    said = _meta.decode(row["meta"])
    key = said.key or str(row["stream_id"])
    stored = int(row["recorded_at"].timestamp() * 1000)
    return LogRecord(row["position"], key.encode(), row["data"].encode(), service, row, said, stored)
