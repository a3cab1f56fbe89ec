"""Personal data: from the owner's side table to a compacted topic, and out of the world again.

Promises: each revision of a person is sent at least once, also as a tombstone; what is past its
``keep_until`` is erased within the hour, and a tombstone follows; erased bytes leave the topic, since
a heartbeat makes Kafka roll its segments and tombstones are repeated until every copy saw them.
A copy never goes back to an older revision, and ends by tombstone for good, or by ``keep_until`` until a
newer revision comes that its owner keeps longer. It tells up to which revision another address was copied.
Shown by ``tests/broker/test_people.py``, ``test_erasure.py``, ``tests/log/test_people_copies.py`` and
``tests/rules/test_people.py``.

Times here are the database's, because Kafka's compaction runs by real time as well; only
``keep_until`` is judged by the platform's clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from prometheus_client import Counter, Gauge

from buergerbuero_contracts.errors import InvalidEvent
from buergerbuero_contracts.people import HEARTBEAT, PersonChange, PersonRecord, parse_person, person_headers
from buergerbuero_contracts.topics import PEOPLE, PEOPLE_OWNERS
from servicekit.consumer_rule import Checkpoint
from servicekit.postgres import Connection, Pool
from servicekit.relay import Wire
from servicekit.relay_plan import Place

BEAT = Gauge("people_heartbeat_timestamp_seconds", "When the people topic last got this service's heartbeat")
ERASED = Gauge("erasure_last_success_timestamp_seconds", "When an erasure run last ended well")
INVALID = Counter("people_invalid_total", "Records of the people topic that were left out", ["reason"])

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often what happens. Kafka compacts by traffic only, so a quiet topic needs some."""

    heartbeat: timedelta = timedelta(hours=1)
    resend_changed: timedelta = timedelta(hours=24)
    tombstones_every: timedelta = timedelta(days=1)
    tombstones_for: timedelta = timedelta(days=14)
    rewrite: timedelta = timedelta(days=7)


_ROWS = """
SELECT person_id, revision, keep_until, name, email, phone, language, erased_at IS NOT NULL AS erased
FROM person """
_UNSENT = _ROWS + "WHERE revision > sent_revision ORDER BY person_id LIMIT 500"
_AGAIN = f"""{_ROWS}
WHERE revision <= sent_revision AND (
    changed_at > clock_timestamp() - $1::interval
    OR erased_at > clock_timestamp() - $2::interval AND sent_at < clock_timestamp() - $3::interval)
ORDER BY person_id"""
_SENT = """
UPDATE person SET sent_revision = greatest(sent_revision, s.revision), sent_at = clock_timestamp()
FROM unnest($1::uuid[], $2::int[]) s (person_id, revision) WHERE person.person_id = s.person_id"""
_ERASE = """
WITH erased AS (
    UPDATE person SET name = NULL, email = NULL, phone = NULL, language = NULL, needs = NULL,
        revision = revision + 1, erased_at = clock_timestamp(), changed_at = clock_timestamp()
    WHERE keep_until <= $1 AND erased_at IS NULL RETURNING person_id, keep_until)
INSERT INTO erasure_run (ran_at, rule, count, first_until, last_until, ids_hash, next_run_at)
SELECT clock_timestamp(), 'person.keep_until', count(*), min(keep_until), max(keep_until),
    encode(sha256(coalesce(string_agg(person_id::text, ',' ORDER BY person_id), '')::bytea), 'hex'),
    clock_timestamp() + $2::interval FROM erased RETURNING count"""
_EXPIRE = """
UPDATE person_copy SET name = NULL, email = NULL, phone = NULL, language = NULL, erased_at = clock_timestamp()
WHERE keep_until <= $1 AND erased_at IS NULL"""
_REWRITE_DUE = """
SELECT NOT EXISTS (
    SELECT FROM erasure_run WHERE rule = 'rewrite' AND ran_at > clock_timestamp() - $1::interval)"""
_REWRITTEN = """
INSERT INTO erasure_run (ran_at, rule, count, ids_hash, next_run_at)
VALUES (clock_timestamp(), 'rewrite', 0, '', clock_timestamp() + $1::interval)"""
_COPY = """
INSERT INTO person_copy AS held
    (person_id, owner, epoch, revision, keep_until, name, email, phone, language, erased_at)
SELECT c.person_id, c.owner, c.epoch, c.revision, c.keep_until, c.name, c.email, c.phone, c.language,
       CASE WHEN c.keep_until IS NULL THEN clock_timestamp() END
FROM unnest($1::uuid[], $2::text[], $3::int[], $4::int[], $5::timestamptz[],
            $6::text[], $7::text[], $8::text[], $9::text[])
     c (person_id, owner, epoch, revision, keep_until, name, email, phone, language)
ON CONFLICT (person_id) DO UPDATE SET
    epoch = excluded.epoch, revision = excluded.revision, keep_until = excluded.keep_until,
    name = excluded.name, email = excluded.email, phone = excluded.phone, language = excluded.language,
    erased_at = excluded.erased_at,
    email_after = least(
        CASE WHEN held.email IS DISTINCT FROM excluded.email THEN held.revision ELSE held.email_after END,
        excluded.revision - 1)
WHERE held.owner = excluded.owner AND (held.epoch, held.revision) < (excluded.epoch, excluded.revision)
  AND held.keep_until IS NOT NULL
RETURNING 1"""
"""Without a ``keep_until`` is what a tombstone has ended. What ended by its own time may be kept longer: its
owner erases at a moment of its own, and until then the row can get another end.

``email_after``: the address is newer than this revision, the last one copied with another; 0 without one.
A new epoch may begin at a lower revision, which is never taken for older than its own address."""


_FORGET_USES = "DELETE FROM limit_use WHERE until <= $1"
"""Hashes of devices, networks and contacts, as soon as no limit counts them any more."""


class People:
    """The sending side, one step per relay round. A service that owns no people only erases copies."""

    def __init__(
        self,
        service: str,
        city: str,
        now: Callable[[], datetime],
        *,
        topic: str = PEOPLE,
        pace: Pace = Pace(),
    ) -> None:
        self._service, self._city, self._now, self._pace = service, city, now, pace
        self._place = Place(topic, 0)
        self._owns = service in PEOPLE_OWNERS
        self._next_beat = 0.0

    async def step(self, connection: Connection, wire: Wire, epoch: int) -> None:
        """Send new revisions; once per heartbeat also erase, and send again what must not be missed."""
        beat = time.monotonic() >= self._next_beat
        if beat:
            await erase(connection, self._now(), self._pace)
        if self._owns:
            rows = await connection.fetch(_UNSENT)
            if beat:
                pace = self._pace
                rows += await connection.fetch(
                    _AGAIN, pace.resend_changed, pace.tombstones_for, pace.tombstones_every
                )
            await self._send(connection, wire, epoch, rows, beat)
        if beat:
            self._next_beat = time.monotonic() + self._pace.heartbeat.total_seconds()

    async def _send(
        self, connection: Connection, wire: Wire, epoch: int, rows: list[Any], beat: bool
    ) -> None:
        records = [self._record(row, epoch) for row in rows]
        if beat:
            records.append((f"{HEARTBEAT}{self._service}".encode(), b"{}", self._headers(epoch, 0)))
        while records:
            batch, taken = (await wire.batches())(), 0
            for key, value, headers in records:
                if batch.append(timestamp=None, key=key, value=value, headers=headers) is None:
                    break
                taken += 1
            await wire.send({self._place: batch})
            records = records[taken:]
        if rows:
            await connection.execute(
                _SENT, [row["person_id"] for row in rows], [row["revision"] for row in rows]
            )
        if beat:
            BEAT.set_to_current_time()

    def _record(
        self, row: Mapping[str, Any], epoch: int
    ) -> tuple[bytes, bytes | None, list[tuple[str, bytes]]]:
        known = {
            name: row[name] for name in ("person_id", "revision", "keep_until", "name", "email", "phone")
        }
        person = PersonRecord.model_construct(**known, owner=self._service, language=row["language"] or "de")
        value = None if row["erased"] else person.to_json().encode()
        return str(row["person_id"]).encode(), value, self._headers(epoch, row["revision"])

    def _headers(self, epoch: int, revision: int) -> list[tuple[str, bytes]]:
        return person_headers(service=self._service, city=self._city, epoch=epoch, revision=revision)


async def erase(connection: Connection, now: datetime, pace: Pace = Pace()) -> int:
    """Erase rows and copies past their ``keep_until`` at ``now``; how many rows. Leaves an ``erasure_run``.

    Once per ``pace.rewrite`` the tables are written anew, so that no old row version stays behind;
    if somebody reads them just then, the next run does it.
    """
    count = await connection.fetchval(_ERASE, now, pace.heartbeat)
    await connection.execute(_EXPIRE, now)
    await connection.execute(_FORGET_USES, now)
    if await connection.fetchval(_REWRITE_DUE, pace.rewrite):
        try:
            await connection.execute("SET lock_timeout = '200ms'")
            await connection.execute("VACUUM (FULL, ANALYZE) person, person_copy")
            await connection.execute(_REWRITTEN, pace.rewrite)
        except asyncpg.LockNotAvailableError:
            log.info("people_rewrite_postponed")
        finally:
            await connection.execute("RESET lock_timeout")
    ERASED.set_to_current_time()
    if count:
        log.info("people_erased", count=count)
    return int(count)


def latest(changes: Iterable[PersonChange]) -> dict[UUID, PersonChange]:
    """The change of each person that counts: the highest (epoch, revision), in whatever order they came."""
    found: dict[UUID, PersonChange] = {}
    for change in changes:
        held = found.get(change.person_id)
        if held is None or (held.epoch, held.revision) < (change.epoch, change.revision):
            found[change.person_id] = change
    return found


async def keep_copies(connection: Connection, records: Iterable[Any]) -> int:
    """Apply records of the people topic to ``person_copy``; how many rows changed.

    May be repeated and reordered. A record that nobody can read is counted, logged by offset and
    left out: it stays in the topic, and it could not be parked without keeping personal data.
    """
    changes = []
    for record in records:
        try:
            change = parse_person(record)
        except InvalidEvent as error:
            INVALID.labels(error.reason).inc()
            log.warning("person_record_invalid", reason=error.reason, offset=record.offset)
            continue
        if change is not None:
            changes.append(change)
    rows = [_copy(change) for change in sorted(latest(changes).values(), key=lambda one: one.person_id)]
    return len(await connection.fetch(_COPY, *zip(*rows, strict=True))) if rows else 0


def _copy(change: PersonChange) -> tuple[Any, ...]:
    known, person = (change.person_id, change.owner, change.epoch, change.revision), change.person
    if person is None:
        return (*known, None, None, None, None, None)
    return (*known, person.keep_until, person.name, person.email, person.phone, person.language)


class PeopleCopies:
    """The consumer of the people topic: copies in ``person_copy``, judged by epoch and revision alone."""

    def __init__(self, name: str, pool: Pool, topic: str = PEOPLE) -> None:
        self.name, self._pool = name, pool
        self.topics: tuple[str, ...] = (topic,)

    async def apply(self, topic: str, partition: int, records: Sequence[Any]) -> Checkpoint:
        """Keep what is newer. Repeats change nothing, so the group's own offset is checkpoint enough."""
        async with self._pool.acquire() as acquired, acquired.transaction():
            connection: Connection = acquired  # type: ignore[assignment]
            await keep_copies(connection, records)
        return Checkpoint(next_offset=records[-1].offset + 1)

    async def waiting(self) -> tuple[int, float]:
        """Nothing is ever parked: a parked record would keep personal data."""
        return 0, 0.0
