"""A notification service on real parts, without Kafka: records come in, mails go out by SMTP.

Time is the test's: ``world.clock.at`` moves by hand; the mail server is aiosmtpd on a free port.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from buergerbuero_contracts import cloudevents, topics
from buergerbuero_contracts.envelope import Event, utc
from buergerbuero_contracts.people import PersonRecord, person_headers
from buergerbuero_contracts.registry import public
from servicekit.clock import Clock
from servicekit.committer import SETTINGS, Committer
from servicekit.handle import Handler
from servicekit.log import EventTypes
from servicekit.own_log import read_log
from servicekit.people import keep_copies
from servicekit.plans import Plans
from servicekit.postgres import Connection, PostgresStore, connect, open_pool
from servicekit.project import Projector
from servicekit.projection import LOG
from servicekit.react import Reactor
from servicekit.rebuild import ensure_first_generations
from servicekit.testing.databases import Database
from servicekit.timers import TimerRunner
from servicekit.tokens import Tokens, new_key
from services.notification.copies import Copies
from services.notification.desk import Desk
from services.notification.handlers import Handlers
from services.notification.looks import Looks
from services.notification.mailer import Mailer
from services.notification.postfach import Mail, Postfach, Sink, listen
from services.notification.projections.undelivered import NotDelivered
from services.notification.rate import Rate
from services.notification.reminders import Reminders
from services.notification.rules.events import PRIVATE
from services.notification.rules.message import MESSAGE
from services.notification.rules.reminders import REMIND
from services.notification.smtp import Smtp, Transport
from services.notification.sources import Sources
from services.notification.timers import SEND, by_kind, timers
from services.notification.wiring import SERVICE
from services.notification.writer import Sender, Writer
from tests.rules.notification.office import CODES, DOOR, Names
from tests.way.mail_rows import empty

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
START = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
LONG = NOW + timedelta(days=200)
"""Until when people who wait for a document are known."""
SENDER = Sender(
    "buergerbuero@flensburg.example",
    "post@flensburg.example",
    "http://127.0.0.1:8000",
    "http://127.0.0.1:8001",
    "http://127.0.0.1:8003",
)
SUBSCRIBERS = ("leitung@flensburg.example", "stab@flensburg.example")
"""Who is told of each week."""
A_MINUTE = 60
"""Mails to one recipient domain."""


class Hand(Clock):
    """A clock that stands until it is moved."""

    at = NOW

    def now(self) -> datetime:
        return self.at


@dataclass
class World:
    """One process of notification."""

    clock: Hand
    pool: Any
    handlers: Handlers
    mailer: Mailer
    runner: TimerRunner
    connection: Connection
    consumers: list[Projector | Reactor]
    postfach: Postfach
    tokens: Tokens
    make_mailer: Callable[[Transport], Mailer]
    copies: Copies
    desk: Desk
    position: int = 40
    last: dict[str, int] = field(default_factory=dict)

    def record(self, event: Event, partition: int = 0) -> Any:
        """The record that the relay of its service would send."""
        kind = type(event)
        topic = topics.topic_of(kind.service)
        self.position += 1
        before = self.last.get(f"{topic}/{partition}", 0)
        self.last[f"{topic}/{partition}"] = self.position
        stream = uuid4()
        headers = cloudevents.headers(
            source=cloudevents.source(kind.service, "flensburg"),
            event_id=str(uuid4()),
            type_name=kind.__name__,
            subject=f"{kind.category}/{stream}",
            time=utc(self.clock.at),
            position=self.position,
            prev=before,
            epoch=1,
            streamversion=1,
            schema_version=kind.schema_version,
            correlation_id=str(uuid4()),
        )
        return SimpleNamespace(
            topic=topic,
            partition=partition,
            offset=self.position,
            key=event.partition_key().encode(),
            value=event.to_json().encode(),
            headers=headers,
            timestamp=0,
        )

    async def happened(self, *events: Event) -> list[Any]:
        """Events of booking or documents reach read models and reactions."""
        records = [self.record(event) for event in events]
        for record in records:
            await self.arrive(record)
        return records

    async def arrive(self, *records: Any) -> None:
        """Records reach all that read their topic."""
        for record in records:
            for consumer in self.consumers:
                if record.topic in consumer.topics:
                    await consumer.apply(record.topic, record.partition, [record])

    async def read_own_log(self) -> None:
        """What the process does by itself: its read models of its own log catch up."""
        for consumer in self.consumers:
            if isinstance(consumer, Projector) and consumer.topics == (LOG,):
                position = (await consumer.seen(LOG, 0)).position or 0
                if records := await read_log(self.connection, "notification", position, 1000):
                    await consumer.apply(LOG, 0, records)

    async def person(
        self,
        person_id: UUID,
        email: str | None = "erika@example.org",
        name: str = "Erika Mustermann",
        revision: int = 1,
        *,
        erased: bool = False,
        keep_until: datetime = START + timedelta(days=2),
        phone: str | None = None,
    ) -> None:
        """A record of the people topic arrives."""
        person = PersonRecord(
            person_id=person_id,
            owner="booking",
            revision=revision,
            keep_until=keep_until,
            name=name,
            email=email,
            phone=phone,
            language="de",
        )
        record = SimpleNamespace(
            topic=topics.PEOPLE,
            offset=revision,
            key=str(person_id).encode(),
            value=None if erased else person.to_json().encode(),
            headers=person_headers(service="booking", city="flensburg", epoch=1, revision=revision),
        )
        await keep_copies(self.connection, [record])

    async def work(self, mailer: Mailer | None = None) -> None:
        """Fire all that is due, until nothing is and no dialogue runs."""
        runner = self.runner
        if mailer is not None:
            runner = TimerRunner(self._never, self.clock, by_kind({SEND: mailer.fire}))
        while await runner.once(self.connection):
            await (mailer or self.mailer).drain()

    async def _never(self) -> Connection:
        raise AssertionError("the test brings its own connection")

    async def later(self, **span: float) -> None:
        """Time passes, then all that is due is fired."""
        self.clock.at += timedelta(**span)
        await self.work()

    async def types(self, message: UUID | None = None) -> list[str]:
        """The events of the log, of one message or of all."""
        query = "SELECT type FROM event WHERE $1::uuid IS NULL OR stream_id = $1 ORDER BY position"
        return [row["type"] for row in await self.pool.fetch(query, message)]

    async def due(self) -> list[datetime]:
        """The armed timers."""
        return [row["due_at"] for row in await self.pool.fetch("SELECT due_at FROM timer ORDER BY due_at")]

    async def mails(self) -> list[Mail]:
        """What came to the mailbox, oldest first."""
        return (await self.postfach.mails())[::-1]


@asynccontextmanager
async def open_world(
    database: Database, folder: Path, *, handler: Any = None, port: int = 0, again: bool = False
) -> AsyncIterator[World]:
    """A process on ``database``, which it empties unless it is started ``again``.

    ``handler`` replaces the mailbox as the mail server; ``port`` names one that is not there.
    """
    await ensure_first_generations(database.owner_url, SERVICE.projections)
    if not again:
        await empty(database)
    async with AsyncExitStack() as stack:
        pool = await open_pool(database.app_url, application="notification", size=6)
        stack.push_async_callback(pool.close)

        async def own() -> Connection:
            return await connect(database.app_url, application="test", settings=SETTINGS)

        clock, postfach = Hand(), Postfach(pool)
        types = EventTypes([*public("notification"), *PRIVATE])
        committer = Committer(own, types, clock, Plans({}))
        running = asyncio.create_task(committer.run())
        stack.push_async_callback(lambda: asyncio.gather(running, return_exceptions=True))
        stack.callback(running.cancel)
        sources = Sources(pool)
        kit = Handler(PostgresStore(pool, types), committer, {"message": MESSAGE}, timers=timers)
        handlers = Handlers(kit, sources.bookings.language)
        if not port:
            server = await listen(handler or Sink(postfach, clock.now), "127.0.0.1", 0)
            stack.callback(server.close)
            port = server.sockets[0].getsockname()[1]
        ring = folder / "links"
        if not ring.exists():
            ring.write_text(new_key(1))
        tokens = Tokens(ring)

        copies = Copies(pool, b"k" * 32, SUBSCRIBERS)

        def make_mailer(transport: Transport) -> Mailer:
            writer = Writer(Names(), tokens, SENDER, CODES, DOOR)
            rate = Rate(A_MINUTE)
            return Mailer(
                handlers, copies, sources, writer, transport, SENDER, clock, rate, jitter=lambda: 0.0
            )

        mailer = make_mailer(Smtp(f"smtp://127.0.0.1:{port}"))
        looks = Looks(handlers, copies, sources)
        reminders = Reminders(handlers, looks, clock)
        connection = await connect(database.app_url, application="timers")
        stack.push_async_callback(connection.close)
        consumers: list[Projector | Reactor] = []
        for model in SERVICE.projections:
            projector = Projector(model, own)
            stack.push_async_callback(projector.close)
            consumers.append(projector)
        consumers += [Reactor(one, pool, handlers.execute, clock) for one in SERVICE.reactions]
        yield World(
            clock,
            pool,
            handlers,
            mailer,
            TimerRunner(own, clock, by_kind({SEND: mailer.fire, REMIND: reminders.fire})),
            connection,
            consumers,
            postfach,
            tokens,
            make_mailer,
            copies,
            Desk(
                pool,
                handlers,
                looks,
                NotDelivered(pool),
                Writer(Names(), tokens, SENDER, CODES, DOOR),
            ),
        )
