"""Generations of read models: the first one at migration, later ones beside the running one.

Promises: a new generation is filled by the same code as the live one, never passes it, and takes its
place in one moment, at equal positions; with ``verify`` only if every table's sorted hash is equal.
The live consumer notices nothing but a short wait. Shown by ``tests/broker/test_rebuild.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from aiokafka import TopicPartition

from servicekit.consumer_rule import Checkpoint
from servicekit.kafka import Kafka
from servicekit.past import KafkaPast, Limits, LogPast
from servicekit.postgres import Connection, connect
from servicekit.project import Projector
from servicekit.projection import LOG, Projection
from servicekit.rebuild_shares import Share, fill, helpers, shares_of

NEAR = 5000
"""Records behind the live generation at which the switch begins; they are applied under its lock."""
SWITCH_TRIES = 20
"""Attempts to get the switch row, which busy projectors share; each waits for ``lock_timeout``."""

_GENERATION = (Path(__file__).parent / "generation.sql").read_text()
_CREATE = "SELECT create_generation($1)"
_CURRENT = "SELECT schema FROM projection_current WHERE name = $1"
_FIRST = "INSERT INTO projection_current (name, schema) VALUES ($1, $2)"
_LAST = r"""
SELECT coalesce(max(substring(nspname FROM '_g(\d+)$')::int), 0) FROM pg_namespace
WHERE nspname ~ ('^' || $1 || '\d+$')"""
_OLD = r"""
SELECT format('DROP SCHEMA %I CASCADE', nspname) FROM pg_namespace, projection_current c
WHERE nspname ~ ('^' || $1 || '\d+$') AND c.name = $2 AND nspname <> c.schema"""
_LOCK = "SELECT schema FROM projection_current WHERE name = $1 FOR UPDATE"
_SWITCH = "UPDATE projection_current SET schema = $2, switched_at = clock_timestamp() WHERE name = $1"
_ENTER = "SELECT set_config('search_path', quote_ident($1) || ', public', true)"
_SEEN = "SELECT topic, partition, position, epoch, next_offset FROM checkpoint WHERE consumer = $1"
_HASH = "SELECT table_hash($1)"


class NotEqual(RuntimeError):
    """The new generation is not what the live one is. It stays there for a look; nothing switched."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild made. ``hashes`` by table (rows and hash), empty unless verified."""

    schema: str
    records: int
    hashes: Mapping[str, str]


async def create_generation(owner: Connection, projection: Projection, number: int) -> str:
    """Make the schema and tables of a generation, empty; its name. ``owner`` has the owner role."""
    schema = projection.schema(number)
    async with owner.transaction():
        await owner.execute(_CREATE, schema)
        await owner.execute(_GENERATION)
        await owner.execute(await asyncio.to_thread(projection.schema_sql.read_text))
    return schema


async def ensure_first_generations(owner_url: str, projections: Iterable[Projection]) -> list[str]:
    """Give each projection that has no generation its first; the schemas made. Part of ``migrate``."""
    made: list[str] = []
    owner = await connect(owner_url, application="migrate")
    try:
        for projection in projections:
            async with owner.transaction():
                if await owner.fetchval(_CURRENT, projection.name) is None:
                    made.append(await create_generation(owner, projection, 1))
                    await owner.execute(_FIRST, projection.name, made[-1])
    finally:
        await owner.close()
    return made


async def drop_old_generations(projection: Projection, owner_url: str) -> int:
    """Drop every generation but the current one, when no old image reads them any more; how many."""
    owner = await connect(owner_url, application="rebuild")
    try:
        drops = await owner.fetch(_OLD, projection.schema(0).removesuffix("0"), projection.name)
        for (drop,) in drops:
            await owner.execute(drop)
    finally:
        await owner.close()
    return len(drops)


class Rebuild:
    """One rebuild of one projection, under way. ``owner`` is its connection for all but the events."""

    def __init__(
        self, projection: Projection, owner: Connection, projector: Projector, past: KafkaPast | LogPast
    ) -> None:
        self._projection, self._owner, self._projector, self._past = projection, owner, projector, past
        self.records = 0

    async def catch_up(self) -> None:
        """Follow the live generation until little is left."""
        while True:
            await self._fill(await self._limits())
            limits = await self._limits()
            if await self._past.left(limits) <= NEAR:
                return

    async def take_over(self, schema: str, *, verify: bool) -> dict[str, str]:
        """The rest, the comparison and the switch, while the live consumers wait."""
        for _ in range(SWITCH_TRIES):
            try:
                async with self._owner.transaction():
                    live = await self._owner.fetchval(_LOCK, self._projection.name)
                    await self._fill(await self._limits())
                    await self._require_equal_positions(live, schema)
                    hashes = await self._compare(live, schema) if verify else {}
                    await self._owner.execute(_SWITCH, self._projection.name, schema)
                return hashes
            except asyncpg.LockNotAvailableError:
                await self.catch_up()
        raise TimeoutError("the live consumers never let go of the switch row")

    async def spread(self, past: KafkaPast, fill_share: Share) -> None:
        """Most of what lies there, if that is much, with a process for each core."""
        limits = await self._limits()
        if await past.left(limits) <= NEAR:
            return
        mine, *others = shares_of(limits)
        with helpers(fill_share, others) as begun:
            await self._fill(mine)
            self.records += sum([await one.records() for one in begun])
        for share in others:
            past.skip(share)

    async def _fill(self, limits: Mapping[TopicPartition, int]) -> None:
        """Apply everything below ``limits``."""
        self.records += await fill(self._projector, self._past, limits)

    async def _limits(self) -> dict[TopicPartition, int]:
        """How far to read: as far as the live generation, or all there is where that says nothing."""
        live = await self._checkpoints(await self._owner.fetchval(_CURRENT, self._projection.name))
        limits = await self._past.ends()
        for place, end in limits.items():
            seen = live.get(place, Checkpoint())
            if seen.position is None or end <= seen.next_offset:
                continue
            if not await self._past.restored(place, seen):
                limits[place] = seen.next_offset
        return limits

    async def _checkpoints(self, schema: str) -> dict[TopicPartition, Checkpoint]:
        async with self._owner.transaction():
            await self._owner.execute(_ENTER, schema)
            rows = await self._owner.fetch(_SEEN, self._projection.name)
        return {TopicPartition(topic, number): Checkpoint(*rest) for topic, number, *rest in rows}

    async def _require_equal_positions(self, live: str, new: str) -> None:
        """A topic that lost its tail cannot replace a model that has seen it."""
        mine = await self._checkpoints(new)
        for place, seen in (await self._checkpoints(live)).items():
            here = mine.get(place, Checkpoint())
            if here.position != seen.position and here.epoch <= seen.epoch:
                raise NotEqual(f"{place.topic}/{place.partition}: {here.position} instead of {seen.position}")

    async def _compare(self, live: str, new: str) -> dict[str, str]:
        before, after = await self._hashes(live), await self._hashes(new)
        if different := [table for table in after if before[table] != after[table]]:
            raise NotEqual(f"{new} differs from {live} in {', '.join(different)}")
        return after

    async def _hashes(self, schema: str) -> dict[str, str]:
        await self._owner.execute(_ENTER, schema)
        return {table: await self._owner.fetchval(_HASH, table) for table in self._projection.tables}


async def rebuild(projection: Projection, owner_url: str, kafka: Kafka, *, verify: bool = False) -> Rebuilt:
    """Fill the next generation beside the running one and switch to it.

    Raises ``NotEqual`` and leaves the old generation in place. The old one is kept for an old image.
    """

    async def open_connection() -> Connection:
        return await connect(owner_url, application=f"rebuild {projection.name}")

    owner = await open_connection()
    number = 1 + await owner.fetchval(_LAST, projection.schema(0).removesuffix("0"))
    schema = await create_generation(owner, projection, number)
    projector = Projector(projection, open_connection, schema=schema)

    def of_topics() -> KafkaPast:
        return KafkaPast(kafka.reader(), projection.topics)

    async def fill_share(limits: Limits) -> int:
        """In a process of its own: with a reader and a connection of its own."""
        own, topics = Projector(projection, open_connection, schema=schema), of_topics()
        try:
            await topics.ends()
            return await fill(own, topics, limits)
        finally:
            await topics.close()
            await own.close()

    own_log = projection.topics == (LOG,)
    past = LogPast(await open_connection(), projector.service) if own_log else of_topics()
    work = Rebuild(projection, owner, projector, past)
    try:
        if isinstance(past, KafkaPast):
            await work.spread(past, fill_share)
        await work.catch_up()
        return Rebuilt(schema, work.records, await work.take_over(schema, verify=verify))
    finally:
        await past.close()
        await projector.close()
        await owner.close()
