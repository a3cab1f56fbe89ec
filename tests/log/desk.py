"""A domain small enough to test the log with: a shelf of numbered places, and tickets for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID, uuid4

from buergerbuero_contracts.envelope import Event
from servicekit.clock import Clock
from servicekit.committer import SETTINGS, Committer
from servicekit.decider import Decider, Refused
from servicekit.handle import Handler, Outcome, TimerTable
from servicekit.log import Actor, Context, Decision, Effects, EventTypes, States, Stream
from servicekit.plans import Plans
from servicekit.postgres import Connection, Pool, PostgresStore, connect, open_pool


class PlaceTaken(Event, category="shelf"):
    place: int


class Poison(PlaceTaken, category="shelf"):
    """What no database takes."""

    def to_json(self) -> str:
        return '{"note": "\\u0000"'


class TicketOpened(Event, category="ticket"):
    place: int


class TicketMarked(Event, category="ticket"):
    note: int


@dataclass(frozen=True)
class Shelf:
    places: int = 20
    taken: frozenset[int] = frozenset()


def _take(state: Shelf, event: Event) -> Shelf:
    match event:
        case PlaceTaken(place=place):
            return Shelf(state.places, state.taken | {place})
    return state


def _first_free(wanted: int | None, state: Shelf) -> list[Event]:
    for place in range(state.places) if wanted is None else [wanted]:
        if place not in state.taken:
            return [PlaceTaken(place=place)]
    raise Refused("slot-taken")


SHELF: Decider[Shelf, int | None] = Decider("shelf", Shelf(), _take, _first_free)
TICKET: Decider[int, object] = Decider("ticket", 0, lambda state, _event: state + 1, lambda _c, _s: [])
TYPES = EventTypes([PlaceTaken, TicketOpened, TicketMarked])


def context(command_id: UUID | None = None) -> Context:
    command = command_id or uuid4()
    return Context(command, datetime.now(UTC), Actor("citizen"), command)


@dataclass
class Desk:
    """One process's way to the log."""

    handler: Handler
    committer: Committer
    clock: Clock
    pool: Pool
    task: asyncio.Task[None]
    url: str
    shelf: Stream = field(default_factory=lambda: Stream.named("shelf", "main"))

    async def take(
        self, who: Context | None = None, effects: Effects | None = None, place: int | None = None
    ) -> Outcome:
        """Take the first free place, or this one, and open a ticket for it, both or neither."""
        who = who or context()
        ticket = Stream("ticket", who.new_id("ticket"))

        def decide(states: States) -> Decision:
            (taken,) = SHELF.decide(place, states[self.shelf])
            assert isinstance(taken, PlaceTaken)
            opened = TicketOpened(place=taken.place)
            return Decision(((self.shelf, taken), (ticket, opened)), effects or Effects())

        return await self.handler.run(who, [self.shelf, ticket], decide, new=ticket)

    async def spoil(self) -> Outcome:
        """Send what no database takes. Raises ``Busy``."""
        who = context()
        ticket = Stream("ticket", who.new_id("ticket"))
        bad = Decision(((self.shelf, Poison(place=1)), (ticket, TicketOpened(place=1))))
        return await self.handler.run(who, [self.shelf, ticket], lambda _states: bad, new=ticket)

    async def mark(self, ticket: Stream, note: int, who: Context | None = None) -> Outcome:
        """Write on a ticket: a command that touches no shelf."""
        return await self.handler.run(
            who or context(), [ticket], lambda _: Decision(((ticket, TicketMarked(note=note)),))
        )


@asynccontextmanager
async def open_desk(url: str, timers: TimerTable = lambda _s, _e: ()) -> AsyncIterator[Desk]:
    """A desk on a database of its own or shared with other desks."""

    async def own() -> Connection:
        return await connect(url, application="committer", settings=SETTINGS)

    clock, pool = Clock(), await open_pool(url, application="desk", size=4)
    committer = Committer(own, TYPES, clock, Plans({"shelf": SHELF}))
    task = asyncio.create_task(committer.run())
    handler = Handler(
        PostgresStore(pool, TYPES),
        committer,
        {"shelf": SHELF, "ticket": TICKET},
        planned=frozenset({"shelf"}),
        timers=timers,
    )
    await committer.ensure([Stream.named("shelf", "main")])
    try:
        yield Desk(handler, committer, clock, pool, task, url)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await pool.close()


async def rows(pool: Pool, query: str = "SELECT * FROM event ORDER BY position") -> list[dict[str, object]]:
    """What the log holds."""
    return [dict(row) for row in await pool.fetch(query)]


def whole(events: Iterable[dict[str, object]]) -> bool:
    """Positions are 1..n without holes."""
    return [row["position"] for row in events] == list(range(1, len(list(events)) + 1))


async def lock_awaited(pool: Pool, count: int) -> None:
    """Return when so many wait for the log's lock."""
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    while await pool.fetchval(waiting) < count:  # noqa: ASYNC110 - the database tells nobody
        await asyncio.sleep(0.01)
