"""A read model and the records that reach it, on PostgreSQL: whatever arrives, each event counts once."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import itertools
from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from servicekit.consumer_rule import GapDetected, ProducerRestored
from servicekit.project import Projector
from servicekit.projection import LOG
from servicekit.testing.databases import Database
from tests.broker.tally import BOOKING, Chain, Model, Record, booking, projection

Databases = Callable[[str], Database]


KINDS = ("BookingOpened", "ConfirmationRequested", "BookingConfirmed", "BookingRescheduled")


@pytest_asyncio.fixture
async def model(database: Databases) -> AsyncIterator[Model]:
    """An empty read model."""
    model = await Model(database("booking"), projection()).make()
    yield model
    await model.close()


async def test_the_last_state_wins_and_counters_count_once(model: Model) -> None:
    """F18: one statement per table, however often a key comes in a batch."""
    chain = Chain()
    life = (*KINDS, "BookingCancelled")
    await model.projector().apply(BOOKING, 0, [chain.tell(kind, 1) for kind in life])
    assert await model.stories() == {booking(1): "BookingCancelled"}
    assert await model.tallies() == dict.fromkeys(life, 1)
    assert await model.position() == 5


async def test_redelivery_and_republication_change_nothing(model: Model) -> None:
    chain = Chain()
    records = chain.story(range(20))
    projector = model.projector()
    await projector.apply(BOOKING, 0, records)
    before = await model.tables()
    await projector.apply(BOOKING, 0, records)
    await projector.apply(BOOKING, 0, chain.again(*records[10:]))
    await model.projector().apply(BOOKING, 0, records[:7])
    assert await model.tables() == before
    assert await model.position() == 40


async def test_a_type_that_nobody_reads_only_moves_the_checkpoint(model: Model) -> None:
    chain = Chain()
    await model.projector().apply(BOOKING, 0, [chain.tell("OfficeOpened", 1), chain.tell("FromTheFuture", 2)])
    assert await model.position() == 2
    assert await model.tallies() == {}
    assert await model.parked() == []


async def test_a_gap_applies_nothing_until_the_missing_records_come_behind_it(model: Model) -> None:
    chain = Chain()
    records = chain.story(range(5))
    projector = model.projector()
    await projector.apply(BOOKING, 0, records[:3])
    with pytest.raises(GapDetected) as gap:
        await projector.apply(BOOKING, 0, records[5:])
    assert (gap.value.position, gap.value.prev, gap.value.next_offset) == (3, 5, 3)
    assert await model.position() == 3
    await projector.apply(BOOKING, 0, chain.again(*records[3:]))
    assert await model.position() == 10
    assert await model.tallies() == {"BookingOpened": 5, "BookingConfirmed": 5}


async def test_the_first_record_counts_whatever_was_before_it(model: Model) -> None:
    chain = Chain()
    chain.story(range(5))
    await model.projector().apply(BOOKING, 0, chain.story(range(5, 6)))
    assert await model.tallies() == {"BookingOpened": 1, "BookingConfirmed": 1}


async def test_a_restored_producer_stops_the_partition_and_an_old_relay_is_ignored(model: Model) -> None:
    chain, restored = Chain(epoch=2), Chain(epoch=3)
    abandoned = Chain(epoch=1, position=7)
    projector = model.projector()
    await projector.apply(BOOKING, 0, chain.story(range(3)))
    await projector.apply(BOOKING, 0, abandoned.story(range(3)))
    assert await model.position() == 6
    with pytest.raises(ProducerRestored) as stop:
        await projector.apply(BOOKING, 0, [chain.tell("BookingCancelled", 1), *restored.story(range(3))])
    assert stop.value.offset == 0
    assert await model.position() == 7
    assert await model.tallies() == {"BookingOpened": 3, "BookingConfirmed": 3, "BookingCancelled": 1}


LIFE = st.lists(
    st.tuples(
        st.sampled_from((*KINDS, "Other")),
        st.integers(1, 3),
        st.sampled_from((1, 1, 1, 1, 100)),
    ),
    min_size=2,
    max_size=12,
)


async def test_the_same_records_split_anywhere_give_equal_tables(database: Databases) -> None:
    whole = await Model(database("booking"), projection("booking.whole.v1")).make()
    parts = await Model(database("booking"), projection("booking.parts.v1")).make()
    loop = asyncio.get_running_loop()

    async def run(life: list[tuple[str, int, int]], cuts: list[int]) -> None:
        chain = Chain()
        records = [chain.tell(kind, number, persons=persons) for kind, number, persons in life]
        at_once, piecewise = whole.projector(), parts.projector()
        await at_once.apply(BOOKING, 0, records)
        edges = sorted({0, len(records), *(cut % len(records) for cut in cuts)})
        for start, end in itertools.pairwise(edges):
            await piecewise.apply(BOOKING, 0, records[start:end])
        assert await whole.tables() == await parts.tables()
        assert await whole.parked() == await parts.parked()
        for model in (whole, parts):
            await model.fetch("TRUNCATE story, tally, checkpoint, parked_event")
            await model.close()

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(LIFE, st.lists(st.integers(0, 11), max_size=4))
    def property_holds(life: list[tuple[str, int, int]], cuts: list[int]) -> None:
        asyncio.run_coroutine_threadsafe(run(life, cuts), loop).result(60)

    await asyncio.to_thread(property_holds)


async def test_two_projectors_of_one_partition_apply_each_event_once(model: Model) -> None:
    """A frozen consumer wakes up and goes on with a partition that is another's by now."""
    chain = Chain()
    records = chain.story(range(200))
    one, two = model.projector(), model.projector()
    batches = [records[start : start + 25] for start in range(0, len(records), 25)]

    async def run(projector: Projector) -> None:
        for batch in batches:
            await projector.apply(BOOKING, 0, batch)

    await asyncio.gather(run(one), run(two))
    assert await model.tallies() == {"BookingOpened": 200, "BookingConfirmed": 200}
    assert await model.parked() == []


async def test_a_migration_under_load_parks_nothing_and_needs_no_restart(model: Model) -> None:
    """F16, the reading side."""
    chain, projector, stop = Chain(), model.projector(), asyncio.Event()
    told = 0

    async def load() -> None:
        nonlocal told
        while not stop.is_set():
            records = chain.story([told])
            with contextlib.suppress(asyncpg.InvalidColumnReferenceError):
                await projector.apply(BOOKING, 0, records)
            await projector.apply(BOOKING, 0, records)  # as the feed brings a failed batch again
            told += 1

    running = asyncio.create_task(load())
    owner = await asyncpg.connect(model.database.owner_url)
    for change in (
        "ALTER TABLE tally_v1_g1.story ADD COLUMN note text",
        "ALTER TABLE tally_v1_g1.tally DROP CONSTRAINT tally_pkey; COMMIT; SELECT pg_sleep(1.5);"
        "CREATE UNIQUE INDEX tally_again ON tally_v1_g1.tally (day, type)",
        "ALTER TABLE tally_v1_g1.checkpoint ADD COLUMN note text",
        "ALTER TABLE tally_v1_g1.parked_event ADD COLUMN note text",
    ):
        before = told
        await owner.execute(change)
        async with asyncio.timeout(5):
            while told < before + 5:
                await asyncio.sleep(0.01)
                assert not running.done()
    await owner.close()
    stop.set()
    await running
    assert await model.parked() == []
    assert await model.tallies() == {"BookingOpened": told, "BookingConfirmed": told}


async def test_lost_connections_are_replaced_and_count_against_no_event(model: Model) -> None:
    chain, projector = Chain(), model.projector()
    admin = await asyncpg.connect(model.database.admin_url)
    for number in range(5):
        await projector.apply(BOOKING, 0, chain.story([number]))
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'test' AND datname = $1",
            model.database.name,
        )
    await projector.apply(BOOKING, 0, chain.story([5]))
    await admin.close()
    assert await model.parked() == []
    assert await model.tallies() == {"BookingOpened": 6, "BookingConfirmed": 6}


async def test_a_locked_table_delays_and_parks_nothing(model: Model) -> None:
    async def impatient() -> asyncpg.Connection:
        connection = await Model.connection(model)
        await connection.execute("SET lock_timeout = '100ms'")
        return connection

    projector = model.projector()
    projector._connect = impatient
    owner = await asyncpg.connect(model.database.owner_url)
    async with owner.transaction():
        await owner.execute("LOCK TABLE tally_v1_g1.tally")
        applying = asyncio.create_task(projector.apply(BOOKING, 0, Chain().story([1])))
        await asyncio.sleep(0.3)
    await applying
    await owner.close()
    assert await model.parked() == []
    assert await model.tallies() == {"BookingOpened": 1, "BookingConfirmed": 1}


def from_the_log(records: list[Record]) -> list[Record]:
    """The same events as if read from the log: chained by position."""
    return [dataclasses.replace(one, topic=LOG) for one in records]


async def test_a_hole_in_the_own_log_stops_even_at_its_very_first_position(database: Databases) -> None:
    model = await Model(database("booking"), projection("booking.mine.v1", (LOG,))).make()
    chain = Chain(epoch=0)
    records = from_the_log(chain.story(range(3)))
    projector = model.projector()
    with pytest.raises(GapDetected):
        await projector.apply(LOG, 0, records[1:])
    await projector.apply(LOG, 0, records)
    assert await model.tallies() == {"BookingOpened": 3, "BookingConfirmed": 3}
    await model.close()


async def test_the_app_role_can_neither_switch_a_generation_nor_make_one(model: Model) -> None:
    connection = await model.connection()
    for forbidden in (
        "UPDATE projection_current SET schema = 'elsewhere'",
        "DELETE FROM projection_current",
        "SELECT create_generation('mine')",
        "CREATE TABLE tally_v1_g1.mine (n int)",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(forbidden)
    await connection.close()
