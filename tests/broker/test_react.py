"""Foreign events become commands: at least once, in the order of their key, and a repeat acts only once."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import pytest
import pytest_asyncio
from prometheus_client import REGISTRY

from buergerbuero_contracts.parse import Received
from servicekit.clock import Clock, elapsed
from servicekit.consumer_rule import GapDetected, ProducerRestored
from servicekit.decider import Refused
from servicekit.feed import Feed
from servicekit.kafka import Kafka
from servicekit.log import Busy, Context
from servicekit.parking import parked
from servicekit.postgres import Pool, open_pool
from servicekit.react import Reaction, Reactor
from servicekit.subscriber import consuming
from servicekit.testing.databases import Database
from tests.broker.feed_world import MakeWay
from tests.broker.tally import BOOKING, NOON, Chain, Record, booking, publish, until

Databases = Callable[[str], Database]
NAME = "notification.reactions.booking.v1"


@dataclass(frozen=True)
class Tell:
    """A command: tell the citizen that the hold has ended."""

    booking_id: UUID


def react(received: Received) -> Sequence[Tell]:
    """Only expired holds are answered, with two commands."""
    if type(received.event).__name__ != "HoldExpired":
        return ()
    return (Tell(received.event.booking_id), Tell(received.event.booking_id))  # type: ignore[attr-defined]


@dataclass
class Office:
    """Carries out commands as a service does: what was carried out before is not done again."""

    done: list[tuple[UUID, Context]] = field(default_factory=list)
    asked: Counter[UUID] = field(default_factory=Counter)
    trouble: dict[UUID, list[Exception]] = field(default_factory=dict)
    pause: float = 0.0

    async def execute(self, command: Any, context: Context) -> None:
        """Refuse, fail, or do it once."""
        self.asked[command.booking_id] += 1
        await asyncio.sleep(self.pause)
        if waiting := self.trouble.get(command.booking_id):
            raise waiting.pop(0)
        if context.command_id not in {known.command_id for _, known in self.done}:
            self.done.append((command.booking_id, context))

    def told(self) -> list[UUID]:
        """Bookings in the order in which commands were carried out."""
        return [booking_id for booking_id, _ in self.done]


@pytest_asyncio.fixture
async def pool(database: Databases) -> AsyncIterator[Pool]:
    """The service's pool, and no reactions yet."""
    admin = await asyncpg.connect(database("notification").admin_url)
    await admin.execute("TRUNCATE reactions.checkpoint, reactions.parked_event")
    await admin.close()
    pool = await open_pool(database("notification").app_url, application="test", size=3)
    yield pool
    await pool.close()


def clock() -> Clock:
    """A clock that has met the database."""
    clock = Clock()
    clock.sample(NOON, elapsed())
    return clock


def reactor(pool: Pool, office: Office, topics: tuple[str, ...] = (BOOKING,), name: str = NAME) -> Reactor:
    """The reaction at work."""
    return Reactor(Reaction(name, topics, react), pool, office.execute, clock())


def expired(chain: Chain, number: int, partition: int = 0) -> Record:
    """The next event: the hold of a booking has ended."""
    record = chain.tell("HoldExpired", number, partition=partition)
    data = f'{{"booking_id":"{booking(number)}","stage":"held","reason":"time"}}'
    return dataclasses.replace(record, value=data.encode())


async def position(pool: Pool, name: str = NAME) -> int | None:
    """The reaction's checkpoint."""
    return await pool.fetchval("SELECT max(position) FROM reactions.checkpoint WHERE consumer = $1", name)  # type: ignore[no-any-return]


async def test_an_event_becomes_commands_that_carry_on_its_ids(pool: Pool) -> None:
    office, chain = Office(), Chain()
    event = expired(chain, 1)
    await reactor(pool, office).apply(BOOKING, 0, [event])
    source_id = UUID(dict(event.headers)["ce_id"].decode())  # type: ignore[union-attr]
    assert [context.command_id for _, context in office.done] == [
        uuid5(source_id, f"{NAME}:0"),
        uuid5(source_id, f"{NAME}:1"),
    ]
    context = office.done[0][1]
    assert context.causation_id == source_id
    assert context.correlation_id == booking(1)
    assert (context.actor.kind, context.actor.id) == ("reaction", NAME)
    assert context.at >= NOON + timedelta(hours=1)  # never before what it reacts to
    assert await position(pool) == 1


async def test_redelivery_and_republication_act_once(pool: Pool) -> None:
    office, chain = Office(), Chain()
    records = [expired(chain, n) for n in range(5)]
    one = reactor(pool, office)
    await one.apply(BOOKING, 0, records)
    await one.apply(BOOKING, 0, records)
    await one.apply(BOOKING, 0, chain.again(*records))
    assert Counter(office.told()) == {booking(n): 2 for n in range(5)}
    assert set(office.asked.values()) == {2}


async def test_a_death_before_the_checkpoint_asks_again_and_acts_once(pool: Pool) -> None:
    office, chain = Office(), Chain()
    records = [expired(chain, n) for n in range(5)]
    await reactor(pool, office).apply(BOOKING, 0, records)
    await pool.execute("DELETE FROM reactions.checkpoint")  # as if the process had died before it moved
    await reactor(pool, office).apply(BOOKING, 0, records)
    assert set(office.asked.values()) == {4}
    assert Counter(office.told()) == {booking(n): 2 for n in range(5)}


async def test_a_refusal_is_counted_and_the_event_is_done(pool: Pool) -> None:
    before = refused("message-exists")
    office, chain = Office(trouble={booking(1): [Refused("message-exists")]}), Chain()
    await reactor(pool, office).apply(BOOKING, 0, [expired(chain, 1), expired(chain, 2)])
    assert refused("message-exists") == before + 1
    assert Counter(office.told()) == {booking(1): 1, booking(2): 2}
    assert await position(pool) == 2


def refused(code: str) -> float:
    """How often a code was counted."""
    return REGISTRY.get_sample_value("reaction_refused_total", {"code": code}) or 0.0


async def test_an_error_is_tried_three_times_then_the_key_is_parked_and_others_go_on(pool: Pool) -> None:
    office, chain = Office(trouble={booking(1): [KeyError("bug")] * 3}), Chain()
    one = reactor(pool, office)
    await one.apply(BOOKING, 0, [expired(chain, 1), expired(chain, 2), expired(chain, 1)])
    await one.apply(BOOKING, 0, [expired(chain, 1), expired(chain, 3)])
    assert office.asked[booking(1)] == 3
    assert Counter(office.told()) == {booking(2): 2, booking(3): 2}
    held = await parked(pool, NAME)
    assert [(item.position, item.reason) for item in held] == [(1, "failed"), (3, "behind"), (4, "behind")]
    assert "KeyError" in held[0].error
    assert await position(pool) == 5
    assert await one.unpark(str(booking(1))) == 3
    assert await parked(pool, NAME) == []
    assert office.told()[-6:] == [booking(1)] * 6
    causes = [context.causation_id for _, context in office.done[-6:]]
    assert causes == sorted(causes, key=causes.index)
    await one.apply(BOOKING, 0, [expired(chain, 1)])
    assert office.told()[-1] == booking(1)


async def test_an_error_that_heals_within_three_tries_parks_nothing(pool: Pool) -> None:
    office, chain = Office(trouble={booking(1): [KeyError("bug")] * 2}), Chain()
    await reactor(pool, office).apply(BOOKING, 0, [expired(chain, 1)])
    assert Counter(office.told()) == {booking(1): 2}
    assert await parked(pool, NAME) == []


@pytest.mark.parametrize("error", [Busy(), ConnectionResetError(), asyncpg.DeadlockDetectedError("x")])
async def test_a_busy_log_or_a_lost_database_is_no_fault_of_the_event(pool: Pool, error: Exception) -> None:
    office, chain = Office(trouble={booking(1): [error]}), Chain()
    records = [expired(chain, 1), expired(chain, 2)]
    one = reactor(pool, office)
    with pytest.raises(type(error)):
        await one.apply(BOOKING, 0, records)
    assert await position(pool) is None
    await one.apply(BOOKING, 0, records)
    assert Counter(office.told()) == {booking(1): 2, booking(2): 2}
    assert await parked(pool, NAME) == []


async def test_the_events_of_a_key_are_answered_in_order_and_different_keys_at_once(pool: Pool) -> None:
    office, chain = Office(pause=0.01), Chain()
    records = [expired(chain, n % 20) for n in range(100)]
    started = asyncio.get_running_loop().time()
    await reactor(pool, office).apply(BOOKING, 0, records)
    took = asyncio.get_running_loop().time() - started
    assert took < 200 * 0.01  # one after another it would take at least that
    ids = [UUID(dict(record.headers)["ce_id"].decode()) for record in records]  # type: ignore[union-attr]
    for number in range(20):
        causes = [context.causation_id for who, context in office.done if who == booking(number)]
        assert causes == [one for n, one in enumerate(ids) if n % 20 == number for _ in range(2)]


async def test_two_processes_with_one_partition_act_once(pool: Pool) -> None:
    office, chain = Office(pause=0.002), Chain()
    records = [expired(chain, n) for n in range(150)]
    await asyncio.gather(*(reactor(pool, office).apply(BOOKING, 0, records) for _ in range(2)))
    assert Counter(office.told()) == {booking(n): 2 for n in range(150)}
    assert await position(pool) == 150


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda good: dataclasses.replace(good, headers=[*good.headers, ("x", None)]), "headers"),
        (lambda good: dataclasses.replace(good, value=b"{"), "data"),
        (lambda good: dataclasses.replace(good, value=None), "data"),
        (lambda good: dataclasses.replace(good, key=b"another"), "data"),
        (lambda good: dataclasses.replace(good, value=good.value.replace(b"time", b"new_reason")), "data"),
    ],
)
async def test_what_cannot_be_read_is_parked_and_others_go_on(
    pool: Pool, spoil: Callable[[Record], Record], reason: str
) -> None:
    office, chain = Office(), Chain()
    bad = spoil(expired(chain, 1))
    if reason == "headers":
        chain = Chain()  # it takes no place in the chain
    await reactor(pool, office).apply(BOOKING, 0, [bad, expired(chain, 2)])
    assert Counter(office.told()) == {booking(2): 2}
    assert [item.reason for item in await parked(pool, NAME)] == [reason]


async def test_an_unknown_version_is_parked_and_an_unknown_type_passed_over(pool: Pool) -> None:
    office, chain = Office(), Chain()
    newer = chain.tell("HoldExpired", 1, version=9)
    records = [dataclasses.replace(newer, value=b"{}"), chain.tell("FromTheFuture", 2), expired(chain, 3)]
    await reactor(pool, office).apply(BOOKING, 0, records)
    assert [item.reason for item in await parked(pool, NAME)] == ["version"]
    assert await position(pool) == 3


async def test_gaps_and_restored_producers_stop_a_reaction_as_they_stop_a_projection(pool: Pool) -> None:
    office, chain, restored = Office(), Chain(), Chain(epoch=2)
    records = [expired(chain, n) for n in range(6)]
    one = reactor(pool, office)
    await one.apply(BOOKING, 0, records[:2])
    with pytest.raises(GapDetected) as gap:
        await one.apply(BOOKING, 0, records[3:])
    assert gap.value.next_offset == 2
    assert set(office.told()) == {booking(0), booking(1)}
    await one.apply(BOOKING, 0, chain.again(*records[2:]))
    assert set(office.told()) == {booking(n) for n in range(6)}
    with pytest.raises(ProducerRestored):
        await one.apply(BOOKING, 0, [expired(restored, 9)])
    assert booking(9) not in office.told()
    restored = Chain(epoch=2)
    await one.from_start()  # the runbook, when the old records are gone and all is published again
    await one.apply(BOOKING, 0, [expired(restored, n) for n in (*range(6), 9)])
    assert Counter(office.told()) == {booking(n): 2 for n in (*range(6), 9)}


async def test_reactions_run_on_kafka_beside_each_other(way: MakeWay, pool: Pool) -> None:
    one = await way(3)
    chain, office = Chain(one.topic), Office()
    name = f"notification.reactions.booking{one.topic[-6:]}.v1"
    await publish(one.bootstrap, [expired(chain, n, partition=n % 3) for n in range(90)])
    feeds = [Feed(reactor(pool, office, (one.topic,), name)) for _ in range(2)]
    brokers = [consuming(Kafka(one.bootstrap)) for _ in feeds]
    for feed, broker in zip(feeds, brokers, strict=True):
        feed.attach(broker)
        await broker.start()

    async def all_told() -> bool:
        return len(office.told()) == 180

    await until(all_told, "180 commands")
    for broker in brokers:
        await broker.stop()
    assert Counter(office.told()) == {booking(n): 2 for n in range(90)}
