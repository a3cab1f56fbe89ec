"""Personal data on its way: revisions, tombstones, heartbeats out; copies in; nothing of it elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiokafka import TopicPartition
from prometheus_client import REGISTRY

from buergerbuero_contracts.people import HEARTBEAT, PersonChange, parse_person
from buergerbuero_contracts.topics import PEOPLE
from servicekit.people import Pace, People, erase, keep_copies
from servicekit.testing.databases import Database
from servicekit.testing.kafka import TopicPlan, make_topics
from tests.broker.relay_world import PUBLIC, World, running, until

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=2)
CANARY = "Zzyzx-Quokka-7f3e"
_PERSON = """
INSERT INTO person (person_id, revision, keep_until, name, email, language, needs)
VALUES ($1, $2, $3, $4, $5, 'en', '{wheelchair}')
ON CONFLICT (person_id) DO UPDATE SET revision = excluded.revision, name = excluded.name,
    email = excluded.email, keep_until = excluded.keep_until, changed_at = clock_timestamp()"""


@dataclass(frozen=True, slots=True)
class AsPeople:
    """A record of a test's own topic, as if it came from the people topic."""

    record: Any
    topic: str = PEOPLE

    def __getattr__(self, name: str) -> Any:
        return getattr(self.record, name)


@dataclass
class Office(World):
    """A log with people, and a people topic of its own."""

    @property
    def people_topic(self) -> str:
        """Beside the event topic."""
        return f"{self.topic}-people"

    def sender(self, pace: Pace | None = None) -> People:
        """The sending side; the platform's clock stands at ``NOW``."""
        return People("booking", "flensburg", lambda: NOW, topic=self.people_topic, pace=pace or Pace())

    async def person(self, person_id: UUID, revision: int, keep_until: datetime = LATER) -> None:
        """What an append does with a person."""
        async with self.connected() as connection:
            name, email = f"{CANARY} {revision}", f"{CANARY}@example.org"
            await connection.execute(_PERSON, person_id, revision, keep_until, name, email)

    async def records(self) -> list[AsPeople]:
        """Everything in the people topic."""
        part = TopicPartition(self.people_topic, 0)
        found: list[AsPeople] = []
        async with self.kafka.reader() as reader:
            end = (await reader.end_offsets([part]))[part]
            reader.assign([part])
            reader.seek(part, 0)
            while end and (not found or found[-1].offset < end - 1):
                found += [
                    AsPeople(one) for one in (await reader.getmany(part, timeout_ms=5000)).get(part, ())
                ]
        return found

    async def changes(self) -> list[PersonChange]:
        """The same as other services read it, without heartbeats."""
        return [change for record in await self.records() if (change := parse_person(record)) is not None]

    async def send(self, people: People | None = None) -> None:
        """Let a relay run until every revision is sent."""
        self.people = people or self.sender()

        async def all_sent() -> bool:
            async with self.connected() as connection:
                return not await connection.fetchval(
                    "SELECT EXISTS (SELECT FROM person WHERE revision > sent_revision)"
                )

        async with running(self.relay()):
            await until(all_sent)


@pytest.fixture
async def office(fresh_database: Callable[[str], Database], kafka: str) -> Office:
    """Nothing sent yet."""
    office = Office(fresh_database("booking"), kafka, f"people-{uuid4().hex[:12]}")
    await office.make_topic()
    await make_topics(kafka, {office.people_topic: TopicPlan(1, {"cleanup.policy": "compact"})})
    return office


async def test_a_revision_is_sent_as_the_contract_says_and_needs_stay_at_home(office: Office) -> None:
    person_id = uuid4()
    await office.person(person_id, 1)
    await office.send()
    (change,) = await office.changes()
    assert (change.person_id, change.owner, change.epoch, change.revision) == (person_id, "booking", 1, 1)
    assert change.person is not None
    assert change.person.email == f"{CANARY}@example.org"
    assert (change.person.language, change.person.keep_until) == ("en", LATER)
    assert not [one for one in await office.records() if b"wheelchair" in (one.value or b"")]


async def test_each_revision_is_sent_once_and_a_newer_one_again(office: Office) -> None:
    person_id = uuid4()
    quiet = office.sender(pace=Pace(resend_changed=timedelta(0)))
    for revision in (1, 2, 3):
        await office.person(person_id, revision)
        await office.send(quiet)
    assert [change.revision for change in await office.changes()] == [1, 2, 3]


async def test_more_people_than_a_batch_holds_all_arrive(office: Office) -> None:
    async with office.connected() as connection:
        await connection.executemany(
            _PERSON, [(uuid4(), 1, LATER, "n" * 200, "e" * 300 + "@example.org") for _ in range(1200)]
        )
    await office.send(office.sender(pace=Pace(resend_changed=timedelta(0))))
    assert len({change.person_id for change in await office.changes()}) == 1200


async def test_a_heartbeat_with_what_changed_lately_keeps_the_topic_moving(office: Office) -> None:
    person_id = uuid4()
    await office.person(person_id, 1)
    office.people = office.sender(pace=Pace(heartbeat=timedelta(milliseconds=100)))

    async def beats() -> bool:
        keys = [record.key.decode() for record in await office.records()]
        return keys.count(f"{HEARTBEAT}booking") >= 3 and keys.count(str(person_id)) >= 3

    async with running(office.relay()):
        await until(beats)
    assert {change.revision for change in await office.changes()} == {1}
    assert REGISTRY.get_sample_value("people_heartbeat_timestamp_seconds")


async def test_what_is_past_its_time_is_erased_and_a_tombstone_follows(office: Office) -> None:
    due, kept = uuid4(), uuid4()
    await office.person(due, 4, keep_until=NOW - timedelta(minutes=1))
    await office.person(kept, 1)
    await office.send()
    async with office.connected() as connection:
        row = await connection.fetchrow("SELECT * FROM person WHERE person_id = $1", due)
        run = await connection.fetchrow(
            "SELECT * FROM erasure_run WHERE rule = 'person.keep_until' AND count > 0"
        )
        assert await connection.fetchval("SELECT name FROM person WHERE person_id = $1", kept)
    assert row is not None and run is not None
    assert [row[name] for name in ("name", "email", "phone", "language", "needs")] == [None] * 5
    assert (row["revision"], row["erased_at"] is not None) == (5, True)
    assert (run["count"], run["first_until"]) == (1, NOW - timedelta(minutes=1))
    assert run["next_run_at"] > run["ran_at"]
    last = [change for change in await office.changes() if change.person_id == due][-1]
    assert (last.revision, last.person) == (5, None)


async def test_tombstones_are_repeated_daily_for_two_weeks_and_no_longer(office: Office) -> None:
    fresh, old = uuid4(), uuid4()
    for person_id in (fresh, old):
        await office.person(person_id, 1, keep_until=NOW - timedelta(minutes=1))
    await office.send()
    async with office.connected() as connection:
        await connection.execute(
            "UPDATE person SET changed_at = changed_at - '2 d'::interval, sent_at = sent_at - '1 d'::interval"
        )
        await connection.execute(
            "UPDATE person SET erased_at = erased_at - '15 d'::interval WHERE person_id = $1", old
        )
    before = len(await office.changes())
    office.people = office.sender()

    async def repeated() -> bool:
        return len(await office.changes()) > before

    async with running(office.relay()):
        await until(repeated)
    assert [(change.person_id, change.person) for change in (await office.changes())[before:]] == [
        (fresh, None)
    ]


async def test_no_event_topic_ever_holds_a_person(office: Office) -> None:
    await office.person(uuid4(), 1)
    await office.write(*[(PUBLIC[0], str(uuid4())) for _ in range(20)])
    await office.send()
    await office.sent(office.relay())
    for record in await office.raw_records():
        assert CANARY.encode() not in record.value + b"".join(value for _name, value in record.headers)
    assert any(CANARY.encode() in (record.value or b"") for record in await office.records())


class TestCopies:
    async def test_another_service_holds_the_latest_revision_and_then_nothing(
        self, office: Office, fresh_database: Callable[[str], Database]
    ) -> None:
        person_id = uuid4()
        there = await asyncpg.connect(fresh_database("notification").app_url)
        for revision in (1, 2):
            await office.person(person_id, revision)
            await office.send()
        await keep_copies(there, await office.records())
        copy = await there.fetchrow("SELECT * FROM person_copy")
        assert copy is not None
        assert (copy["person_id"], copy["revision"], copy["name"]) == (person_id, 2, f"{CANARY} 2")
        await office.person(person_id, 3, keep_until=NOW)
        await office.send()
        records = await office.records()
        await keep_copies(there, records)
        await keep_copies(there, records[:3])  # old ones delivered again
        copy = await there.fetchrow("SELECT * FROM person_copy")
        await there.close()
        assert copy is not None
        assert (copy["revision"], copy["name"], copy["email"]) == (4, None, None)
        assert copy["erased_at"] is not None

    async def test_a_copy_ends_by_its_own_time_although_no_tombstone_came(
        self, office: Office, fresh_database: Callable[[str], Database]
    ) -> None:
        await office.person(uuid4(), 1, keep_until=LATER)
        await office.send()
        there = await asyncpg.connect(fresh_database("notification").app_url)
        records = await office.records()
        await keep_copies(there, records)
        await erase(there, LATER - timedelta(seconds=1))
        assert await there.fetchval("SELECT name FROM person_copy")
        await erase(there, LATER)
        await keep_copies(there, records)  # the hourly repeat of the same revision
        assert await there.fetchval("SELECT name FROM person_copy") is None
        await there.close()

    async def test_what_nobody_can_read_is_counted_and_the_rest_is_kept(
        self, office: Office, fresh_database: Callable[[str], Database]
    ) -> None:
        await office.person(uuid4(), 1)
        await office.send()
        producer = office.kafka.producer()
        await producer.start()
        headers = [
            ("ce_source", b"/buergerbuero/flensburg/reporting"),
            ("ce_epoch", b"1"),
            ("ce_revision", b"1"),
        ]
        for value, key, head in ((b"{", b"x", []), (b"{}", str(uuid4()).encode(), headers)):
            await producer.send_and_wait(office.people_topic, value, key, partition=0, headers=head)
        await producer.stop()
        await office.person(uuid4(), 1)
        await office.send()
        there = await asyncpg.connect(fresh_database("notification").app_url)
        await keep_copies(there, await office.records())
        assert await there.fetchval("SELECT count(*) FROM person_copy") == 2
        await there.close()
        assert REGISTRY.get_sample_value("people_invalid_total", {"reason": "source does not own people"})
