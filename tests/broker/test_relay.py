"""The relay on real Kafka and PostgreSQL, while nothing dies (see ``test_relay_crashes.py`` for that)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from aiokafka.errors import KafkaConnectionError
from prometheus_client import REGISTRY

from servicekit import relay as module
from servicekit import relay_ends
from servicekit.relay_ends import KafkaWire, TopicMoved
from servicekit.relay_plan import LogGap, Place
from servicekit.testing.databases import Database
from servicekit.testing.kafka import OwnKafka
from tests.broker.relay_world import AT, PUBLIC, World, assert_whole, running, until

KEYS = [str(uuid4()) for _ in range(20)]


@pytest.fixture
async def world(fresh_database: Callable[[str], Database], kafka: str) -> World:
    """An empty log and an empty topic."""
    world = World(fresh_database("booking"), kafka, f"relay-{uuid4().hex[:12]}")
    await world.make_topic()
    return world


def some_events(count: int) -> list[tuple[str, str]]:
    """Public and private ones in turn, over all keys."""
    types = ("SlotReserved", "DeviceNoted", "SlotReleased")
    return [(types[n % 3], KEYS[n * 7 % len(KEYS)]) for n in range(count)]


async def test_every_public_event_arrives_once_in_order_and_private_ones_never(world: World) -> None:
    await world.write(*some_events(300))
    await world.sent(world.relay())
    assert await assert_whole(world) == 0
    assert {one.headers.type for one in await world.topic_records()} == set(PUBLIC)


async def test_events_of_one_key_keep_their_order(world: World) -> None:
    for _ in range(4):
        await world.write(*some_events(60))
    await world.sent(world.relay())
    records = await world.topic_records()
    for key in KEYS:
        mine = [one.position for one in records if one.key == key]
        assert mine
        assert mine == sorted(mine)
        assert len({one.partition for one in records if one.key == key}) == 1


async def test_a_record_carries_the_envelope_of_its_event_and_its_bytes(world: World) -> None:
    await world.write(("SlotReserved", KEYS[0], {"counter": "c1", "minutes": 15}))
    await world.sent(world.relay())
    (record,) = await world.topic_records()
    async with world.connected() as connection:
        row = await connection.fetchrow("SELECT *, meta->>'correlation_id' AS correlation FROM event")
    assert row is not None
    found = record.headers
    assert record.value == {"counter": "c1", "minutes": 15}
    assert (found.id, found.type, found.schema_version) == (row["event_id"], "SlotReserved", 1)
    assert (found.category, found.stream_id, found.streamversion) == ("day_plan", row["stream_id"], 1)
    assert found.time.isoformat() == AT.replace("Z", "+00:00")
    assert (found.position, found.prev, found.epoch) == (1, 0, 1)
    assert str(found.correlation_id) == row["correlation"]


async def test_a_log_longer_than_a_page_is_sent_round_by_round(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 50)
    await world.write(*some_events(420))
    await world.sent(world.relay())
    assert await assert_whole(world) == 0


async def test_a_round_ends_before_the_event_that_its_batch_no_longer_takes(world: World) -> None:
    """Three of these fill a record batch; unchecked, the fourth would be lost without a word."""
    big = {"text": "x" * 200_000}
    await world.write(*[("SlotReserved", KEYS[n % 2], big) for n in range(12)])
    wire = Watched(KafkaWire(world.kafka))
    await world.sent(world.relay(wire=wire))
    assert await assert_whole(world) == 0
    assert len(wire.sends) > 1
    assert max(sum(one.values()) for one in wire.sends) < 12


async def test_an_event_that_waits_is_sent_while_the_relay_is_idle(world: World) -> None:
    async with running(world.relay()):
        for n in range(3):
            position = await world.write(("SlotReserved", KEYS[n]))
            await until(lambda wanted=position: reached(world, wanted))  # type: ignore[misc]
    assert await assert_whole(world) == 0


async def test_an_idle_relay_looks_when_who_follows_the_log_has_seen_something(world: World) -> None:
    asked, news = list[int](), asyncio.Event()

    async def told(position: int, _within: float) -> None:
        asked.append(position)
        await news.wait()

    async def waits() -> bool:
        return bool(asked)

    async with running(world.relay(reached=told)):
        await until(waits)
        await world.write(("SlotReserved", KEYS[0]))
        assert (asked, await world.checkpoint()) == ([1], 0)
        news.set()
        await until(lambda: reached(world, 1))
    assert await assert_whole(world) == 0


async def test_the_chain_is_a_function_of_the_log_so_a_repeat_is_the_same_record(world: World) -> None:
    await world.write(*some_events(90))
    await world.sent(world.relay())
    await world.write(*some_events(30))
    await world.sent(world.relay())
    before = await world.topic_records()
    await world.repeated(world.relay(rewind_to=0), len(before))
    assert await assert_whole(world) == len(before)


async def test_a_type_made_public_later_starts_at_the_next_position_and_changes_no_old_record(
    world: World,
) -> None:
    await world.write(*some_events(60))
    await world.sent(world.relay(publish={"SlotReserved": world.topic}))
    await world.write(*some_events(60))
    await world.sent(world.relay())
    sent = len(await world.topic_records())
    await world.repeated(world.relay(rewind_to=0), sent)
    records = await world.topic_records()
    released = [one.position for one in records if one.headers.type == "SlotReleased"]
    assert min(released) > 60
    for position in {one.position for one in records}:
        assert len({one.headers.prev for one in records if one.position == position}) == 1


async def test_a_type_that_changes_its_topic_is_refused(world: World) -> None:
    await world.sent(world.relay())
    async with running(world.relay()):
        await until(lambda: has_rows(world, "SELECT 1 FROM type_public"))
    with pytest.raises(TopicMoved, match="SlotReserved"):
        async with running(world.relay(publish={"SlotReserved": "elsewhere"})) as (task,):
            await asyncio.wait([task], timeout=20)


async def test_a_missing_position_stops_the_relay(world: World) -> None:
    await world.write(*some_events(3))
    admin = await asyncpg.connect(world.database.admin_url)
    await admin.execute("DELETE FROM event WHERE position = 2")
    await admin.close()
    with pytest.raises(LogGap, match="position 2"):
        async with running(world.relay()) as (task,):
            await asyncio.wait([task], timeout=20)


async def test_of_two_relays_one_sends_and_the_other_takes_over_when_its_session_ends(world: World) -> None:
    first, second = world.relay(), world.relay()
    async with running(first, second):
        await until(lambda: has_rows(world, LEADERS))
        await world.write(*some_events(30))
        async with world.connected() as connection:
            waiting = await connection.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'relay'"
            )
        assert waiting == 2
        for _ in range(3):
            admin = await asyncpg.connect(world.database.admin_url)
            await admin.execute(f"SELECT pg_terminate_backend(pid) FROM ({LEADERS}) l (pid)")  # noqa: S608
            await admin.close()
            position = await world.write(*some_events(30))
            await until(lambda wanted=position: reached(world, wanted))  # type: ignore[misc]
    await assert_whole(world)


LEADERS = """
SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = 2 AND granted
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""


async def test_a_lost_answer_repeats_the_round_with_a_new_producer(world: World) -> None:
    failures = count_failures("KafkaConnectionError")
    await world.write(*some_events(45))
    wire = Watched(KafkaWire(world.kafka), lose_answers=2)
    await world.sent(world.relay(wire=wire))
    assert wire.renewed >= 2
    assert await assert_whole(world) == 60, "two repeats of the 30 public events"
    assert count_failures("KafkaConnectionError") == failures + 2


async def test_a_relay_that_meets_an_unknown_error_ends_instead_of_standing_still(world: World) -> None:
    await world.write(*some_events(3))
    wire = Watched(KafkaWire(world.kafka), fail_with=KeyError("unlisted"))
    with pytest.raises(KeyError, match="unlisted"):
        async with running(world.relay(wire=wire)) as (task,):
            await asyncio.wait([task], timeout=20)


async def test_a_migration_under_the_running_relay_loses_nothing(world: World) -> None:
    async with running(world.relay()):
        for n in range(4):
            position = await world.write(*some_events(20))
            owner = await asyncpg.connect(world.database.owner_url)
            await owner.execute(f"ALTER TABLE relay_state ADD COLUMN extra_{n} int")
            await owner.execute(f"ALTER TABLE event ADD COLUMN extra_{n} int")
            await owner.close()
            await until(lambda wanted=position: reached(world, wanted))  # type: ignore[misc]
    assert await assert_whole(world) == 0


@pytest.mark.needs("kill-broker")
async def test_while_the_broker_is_down_events_wait_then_arrive_and_a_stop_is_still_a_stop(
    fresh_database: Callable[[str], Database],
    kafka_cluster: Callable[[int], OwnKafka],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cluster = kafka_cluster(1)
    world = World(fresh_database("booking"), cluster.bootstrap, "relay-broker-down")
    await world.make_topic()
    relay = world.relay()
    monkeypatch.setattr(relay_ends, "SEND_SECONDS", 2.0)
    async with running(relay):
        position = await world.write(*some_events(30))
        await until(lambda: reached(world, position))
        assert relay.ready
        cluster.kill(cluster.members[0])
        position = await world.write(*some_events(30))
        await until(lambda: told(not relay.ready and oldest_waits() > 1), seconds=120)
        cluster.start_node(cluster.members[0])
        await until(lambda: reached(world, position), seconds=120)
        await until(lambda: told(relay.ready and oldest_waits() == 0))
    await assert_whole(world)
    async with asyncio.timeout(60), running(world.relay()):
        await until(lambda: has_rows(world, LEADERS))
        cluster.kill(cluster.members[0])
        await world.write(*some_events(30))


class Watched:
    """A wire that counts what goes over it, and fails as the test says."""

    def __init__(self, wire: KafkaWire, lose_answers: int = 0, fail_with: Exception | None = None) -> None:
        self._wire, self._lose, self._fail = wire, lose_answers, fail_with
        self.sends: list[dict[Place, int]] = []
        self.renewed = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wire, name)

    async def renew(self) -> None:
        self.renewed += 1
        await self._wire.renew()

    async def send(self, batches: Mapping[Place, Any]) -> Mapping[Place, int]:
        if self._fail is not None:
            raise self._fail
        answers = await self._wire.send(batches)
        self.sends.append({place: batch.record_count() for place, batch in batches.items()})
        if self._lose:
            self._lose -= 1
            raise KafkaConnectionError("the answer was lost")
        return answers


async def reached(world: World, position: int) -> bool:
    return await world.checkpoint() >= position


async def has_rows(world: World, query: str) -> bool:
    async with world.connected() as connection:
        return bool(await connection.fetch(query))


async def told(truth: bool) -> bool:
    return truth


def count_failures(reason: str) -> float:
    return REGISTRY.get_sample_value("relay_failures_total", {"reason": reason}) or 0.0


def oldest_waits() -> float:
    return REGISTRY.get_sample_value("relay_oldest_unpublished_age_seconds") or 0.0
