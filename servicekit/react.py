"""Reactions: foreign events become commands.

Promises: each event's commands are carried out at least once, in the order of its key, and their
derived ids make a repeat harmless; no row lock is held while a command is under way; a refusal is
counted and the event is done; an error is tried three times, then event and key are parked.
Shown by ``tests/broker/test_react.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid5

from prometheus_client import Counter

from buergerbuero_contracts.errors import InvalidEvent
from buergerbuero_contracts.parse import Received, parse_event
from buergerbuero_contracts.upcast import UnknownVersion
from servicekit import parking
from servicekit.clock import Clock
from servicekit.consumer_rule import Checkpoint, Held, Incoming, Sifted, Unreadable, blames_event, sift
from servicekit.decider import Refused
from servicekit.faults import fault_point
from servicekit.log import Actor, Context
from servicekit.parking import Where
from servicekit.postgres import Connection, Pool
from servicekit.project import PAUSE, TRIES, read_record
from servicekit.read_model import REACTIONS

REFUSED = Counter("reaction_refused_total", "Commands of reactions that the rules refused", ["code"])
CHUNK = 100
"""Records whose commands run at once, as far as their keys differ; then the checkpoint moves."""
_FORGET = "DELETE FROM checkpoint WHERE consumer = $1"
_ENTER = "SELECT set_config('search_path', $1 || ', public', true)"

Act = tuple[Incoming, Received]


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a service does about foreign events.

    ``name`` is ``<service>.reactions.<source>.v<n>``, also the consumer group. ``react`` is pure: the
    commands that an event asks for, usually none.
    """

    name: str
    topics: tuple[str, ...]
    react: Callable[[Received], Sequence[Any]]


class Reactor:
    """Carries out one reaction. ``execute`` is the service's way for commands, the same as the api's."""

    def __init__(
        self,
        reaction: Reaction,
        pool: Pool,
        execute: Callable[[Any, Context], Awaitable[object]],
        clock: Clock,
    ) -> None:
        self._reaction, self._pool, self._execute, self._clock = reaction, pool, execute, clock
        self.name, self.topics = reaction.name, reaction.topics
        self._at: dict[Where, Checkpoint] = {}

    async def apply(self, topic: str, partition: int, records: Sequence[Any]) -> Checkpoint:
        """React to records of one partition; errors as ``Projector.apply`` states."""
        where = Where(self.name, topic, partition)
        incoming = [read_record(topic, record) for record in records]
        done: Sifted[Received] = Sifted(Checkpoint())
        for start in range(0, len(incoming), CHUNK):
            while (chunk := await self._chunk(where, incoming[start : start + CHUNK])) is None:
                pass  # another process was here meanwhile: judge again
            done = chunk.after(done)
            if done.restored_at is not None:
                break
        return done.outcome(topic, partition)

    async def _chunk(self, where: Where, incoming: Sequence[Incoming]) -> Sifted[Received] | None:
        """Judge, act, move the checkpoint; None if it had moved already."""
        if known := self._at.pop(where, None):
            sifted = sift(known, (), incoming, self._wanted)
            async with self._pool.acquire() as pooled:
                if await parking.passed(pooled, REACTIONS, where, known, sifted):  # type: ignore[arg-type]
                    self._at[where] = sifted.seen
                    return sifted
        async with self._tables() as connection:
            old, blocked = await parking.lock(connection, where), await parking.blocked(connection, where)
        sifted = sift(old, blocked, incoming, _read)
        by_key: dict[bytes, list[Act]] = {}
        for one, received in sifted.apply:
            by_key.setdefault(one.key, []).append((one, received))
        results = await asyncio.gather(*map(self._in_order, by_key.values()), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
            sifted.park += result
        fault_point("react.before_checkpoint")
        async with self._tables() as connection:
            now = await parking.lock(connection, where)
            if now != old or await parking.blocked(connection, where) != blocked:
                return None
            await parking.park(connection, where, sifted.park)
            await parking.move(connection, where, old, sifted.seen)
        self._at[where] = sifted.seen
        return sifted

    def _wanted(self, one: Incoming) -> Received | None:
        """The event if it asks for a command; after an error the full way judges again."""
        received = _read(one)
        return received if received and self._reaction.react(received) else None

    async def _in_order(self, acts: Sequence[Act]) -> list[Held]:
        """The events of one key; what is to be parked of them."""
        held: list[Held] = []
        for one, received in acts:
            failure = None if held else await self._tried(received)
            if held or failure is not None:
                held.append(Held(one, one.key, "failed" if failure else "behind", repr(failure or "")))
        return held

    async def _tried(self, received: Received) -> Exception | None:
        failure = None
        for _ in range(TRIES):
            try:
                await self._act(received)
                return None
            except Exception as error:
                if not blames_event(error):
                    raise
                failure = error
            await asyncio.sleep(PAUSE)
        return failure

    async def _act(self, received: Received) -> None:
        for number, command in enumerate(self._reaction.react(received)):
            context = Context(
                command_id=uuid5(received.event_id, f"{self.name}:{number}"),
                at=max(self._clock.now(), received.time),
                actor=Actor("reaction", self.name),
                correlation_id=received.headers.correlation_id,
                causation_id=received.event_id,
                traceparent=received.headers.traceparent,
            )
            try:
                await self._execute(command, context)
            except Refused as refused:
                REFUSED.labels(refused.code).inc()

    async def unpark(self, key: str) -> int:
        """React to the parked events of ``key`` in order; how many. The first that fails again raises."""
        done = 0
        while True:
            async with self._tables() as connection:
                first = await parking.oldest(connection, self.name, key.encode())
            if first is None:
                return done
            received = _read(read_record(first.topic, first))
            if received is not None:
                await self._act(received)
            where = Where(self.name, first.topic, first.partition)
            async with self._tables() as connection:
                await parking.lock(connection, where)
                done += await parking.remove(connection, where, first.position)

    async def from_start(self) -> None:
        """Forget how far this came: after a producer was restored, whose old records are gone by then."""
        async with self._tables() as connection:
            await connection.execute(_FORGET, self.name)

    async def waiting(self) -> tuple[int, float]:
        """How many events are parked, and for how many seconds the oldest."""
        async with self._tables() as connection:
            return await parking.waiting(connection, self.name)

    @asynccontextmanager
    async def _tables(self) -> AsyncIterator[Connection]:
        async with self._pool.acquire() as acquired, acquired.transaction():
            connection: Connection = acquired  # type: ignore[assignment]
            await connection.execute(_ENTER, REACTIONS)
            yield connection


def _read(one: Incoming) -> Received | None:
    """The event as its model; None for a type unknown to this version."""
    try:
        return parse_event(one.record)
    except InvalidEvent as error:
        raise Unreadable("version" if isinstance(error, UnknownVersion) else "data", str(error)) from error
