"""After an erasure no byte of a person is left: not in the topic's segments, not in the tables' files.

The same search finds the person in both places before, else it would prove nothing. Compaction times
are shortened; nothing is compressed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from buergerbuero_contracts.topics import PEOPLE
from servicekit.people import Pace, People
from servicekit.testing.databases import Database
from servicekit.testing.kafka import OwnKafka, TopicPlan, make_topics
from tests.broker.relay_world import World, running, until

CANARY = b"Zzyzx-Wombat-91c4"
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
QUICK = {
    "cleanup.policy": "compact",
    "segment.ms": "1000",
    "max.compaction.lag.ms": "1500",
    "min.cleanable.dirty.ratio": "0.01",
    "delete.retention.ms": "1000",
    "file.delete.delay.ms": "100",
}
_PERSON = "INSERT INTO person (revision, person_id, keep_until, name, email) VALUES (1, $1, $2, $3, $4)"
PACE = Pace(heartbeat=timedelta(milliseconds=300), tombstones_every=timedelta(milliseconds=500))


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[OwnKafka]:
    """A broker whose cleaner does not rest for long, and whose files can be read."""
    own = OwnKafka(tmp_path / "kafka", settings={"log.cleaner.backoff.ms": "300"})
    own.start()
    yield own
    own.stop()


def hits(folder: Path, pattern: str) -> int:
    """How often the person's name stands in these files."""
    found = 0
    for path in folder.glob(pattern):
        try:
            found += path.read_bytes().count(CANARY) if path.is_file() else 0
        except FileNotFoundError:
            continue  # the cleaner was faster
    return found


@pytest.mark.needs("kill-broker")
async def test_erased_people_leave_topic_and_tables(
    cluster: OwnKafka, fresh_database: Callable[[str], Database]
) -> None:
    world = World(fresh_database("booking"), cluster.bootstrap, "erasure-events")
    await world.make_topic()
    await make_topics(world.bootstrap, {PEOPLE: TopicPlan(1, QUICK)})
    clock = [NOW]
    world.people = People("booking", "flensburg", lambda: clock[0], pace=PACE)
    admin = await asyncpg.connect(world.database.admin_url)
    base = Path(await admin.fetchval("SHOW data_directory")) / "base"
    segments = cluster.folder

    def in_topic() -> int:
        return hits(segments, f"*/data/{PEOPLE}-0/*")

    async with world.connected() as connection:
        for _ in range(50):
            name = CANARY.decode()
            await connection.execute(_PERSON, uuid4(), NOW + timedelta(hours=1), name, f"{name}@example.org")
        await connection.execute("ANALYZE person")
    await admin.execute("CHECKPOINT")

    async with running(world.relay()):
        await until(lambda: told(in_topic() >= 50))
        in_files = await asyncio.to_thread(hits, base, "*/*")
        clock[0] = NOW + timedelta(hours=2)
        await until(lambda: told(in_topic() == 0), seconds=60)
    async with world.connected() as connection:
        assert await connection.fetchval("SELECT count(*) FROM person WHERE erased_at IS NULL") == 0
    await admin.execute("DELETE FROM erasure_run WHERE rule = 'rewrite'")
    async with running(world.relay()):
        await until(lambda: rewritten(world))
    await admin.execute("CHECKPOINT")
    await admin.close()
    if base.exists():
        assert in_files > 0, "the search must find people before it may miss them"
        assert await asyncio.to_thread(hits, base, "*/*") == 0


async def rewritten(world: World) -> bool:
    async with world.connected() as connection:
        return bool(
            await connection.fetchval("SELECT EXISTS (SELECT FROM erasure_run WHERE rule = 'rewrite')")
        )


async def told(truth: bool) -> bool:
    return truth
