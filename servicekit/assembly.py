"""Each role put together from a service's description: relay, read models and reactions, timers.

Promises: a role adds only its own loops and checks; one broker carries all consumer groups of a
process, joins them again and again while Kafka is away, and leaves them in order at the stop.
Shown by ``tests/whole/test_roles.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import structlog
from aiokafka.errors import KafkaError

from buergerbuero_contracts import topics
from buergerbuero_contracts.topics import PEOPLE, PEOPLE_OWNERS
from servicekit.kafka import TopicMismatch, check_topics
from servicekit.log import Context
from servicekit.people import People, PeopleCopies
from servicekit.project import Projector
from servicekit.projection import LOG
from servicekit.react import Reactor
from servicekit.relay import Relay
from servicekit.relay_ends import KafkaWire, open_log
from servicekit.service import Kit, need
from servicekit.timers import Fire, TimerRunner

if TYPE_CHECKING:
    from servicekit.feed import Feed

log = structlog.get_logger()
Execute = Callable[[Any, Context], Awaitable[object]]


def until(stop: asyncio.Event, work: Awaitable[None]) -> Awaitable[None]:
    """Run an endless loop until ``stop``; what it raises before is its own."""

    async def run() -> None:
        task = asyncio.ensure_future(work)
        stopped = asyncio.ensure_future(stop.wait())
        await asyncio.wait([task, stopped], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if task.done():
            return task.result()
        task.cancel()
        await asyncio.wait([task])
        return None

    return run()


def add_relay(kit: Kit, rewind_to: int | None = None) -> None:
    """The role ``relay``."""
    service, settings = kit.service, kit.settings
    people = People(service.name, settings.city, kit.clock.now)
    relay = Relay(
        source=f"/buergerbuero/{settings.city}/{service.name}",
        publish=service.publish,
        partitions={topic: topics.TOPICS[topic].partitions for topic in set(service.publish.values())},
        open_log=open_log(settings.database_url, people),
        wire=KafkaWire(kit.kafka),
        rewind_to=rewind_to,
        reached=need(kit.committer).reached,
    )
    wanted = {*service.publish.values(), *([PEOPLE] if service.name in PEOPLE_OWNERS else [])}

    async def run(stop: asyncio.Event) -> None:
        await _topics_are_right(kit, wanted, stop)
        await relay.run(stop)

    kit.parts.tasks["relay"] = run
    kit.parts.ready["relay"] = lambda: _holds(relay.ready)


def add_projections(kit: Kit, execute: Execute | None = None, copies: str | None = None) -> None:
    """The role ``project``: read models and reactions, one broker for all groups.

    ``copies`` names the group that keeps copies of people, for a service that reaches them.
    """
    from servicekit.feed import Feed  # brings FastStream, which no other role needs
    from servicekit.log_feed import LogFeed

    feeds: list[Feed] = []
    for projection in kit.service.projections:
        projector = Projector(projection, kit.connection(projection.name))
        kit.consumers.append(projector)
        kit.parts.close.push_async_callback(projector.close)
        if projection.topics == (LOG,):
            own = LogFeed(projector, kit.connection(f"{projection.name}-tail"), need(kit.committer).reached)
            kit.parts.tasks[projection.name] = lambda stop, own=own: until(stop, own.watch())  # type: ignore[misc]
            kit.parts.ready[projection.name] = lambda own=own: _holds(own.standing.ready)  # type: ignore[misc]
        else:
            feeds.append(Feed(projector))
    if copies is not None:
        feeds.append(Feed(PeopleCopies(copies, kit.pool)))
    if execute is not None:
        reactors = [Reactor(one, kit.pool, execute, kit.clock) for one in kit.service.reactions]
        kit.consumers += reactors
        feeds += [Feed(reactor) for reactor in reactors]
    if feeds:
        kit.parts.tasks["feeds"] = lambda stop: _consume(kit, feeds, stop)
    for feed in feeds:
        kit.parts.tasks[feed.name] = lambda stop, feed=feed: until(stop, feed.watch())  # type: ignore[misc]
        kit.parts.ready[feed.name] = lambda feed=feed: _holds(feed.standing.ready)  # type: ignore[misc]


async def unpark(kit: Kit, key: str) -> int:
    """Apply what is parked under a key, in every read model and reaction; how many events."""
    return sum([await consumer.unpark(key) for consumer in kit.consumers])


async def from_start(kit: Kit, name: str) -> list[str]:
    """Forget how far the named reaction came; its name, or nothing for an unknown one."""
    chosen = [one for one in kit.consumers if isinstance(one, Reactor) and one.name == name]
    for reactor in chosen:
        await reactor.from_start()
    return [reactor.name for reactor in chosen]


async def _holds(state: bool) -> bool:
    return state


async def _topics_are_right(kit: Kit, wanted: Iterable[str], stop: asyncio.Event) -> None:
    """Wait until the topics are there as the contracts say; the log names what is not."""
    while not stop.is_set():
        try:
            await check_topics(kit.kafka, {topic: topics.TOPICS[topic] for topic in wanted})
            return
        except TopicMismatch as error:
            log.error("topics_differ", reason=str(error))
        except (KafkaError, OSError) as error:
            log.warning("broker_not_reached", error=type(error).__name__)
        await asyncio.sleep(1)


async def _consume(kit: Kit, feeds: Sequence[Feed], stop: asyncio.Event) -> None:
    """Join the groups, again and again while Kafka is away; leave them in order at the stop."""
    from servicekit.subscriber import GATHERING, consuming

    broker, joined = consuming(kit.kafka), asyncio.Event()
    kit.parts.ready["feeds"] = lambda: _holds(joined.is_set())
    for feed in feeds:
        feed.attach(broker, {} if kit.service.log else GATHERING)
    await _topics_are_right(kit, {topic for feed in feeds for topic in feed.consumer.topics}, stop)
    while not stop.is_set():
        try:
            await broker.start()
            joined.set()
            await stop.wait()
        except (KafkaError, OSError) as error:
            log.warning("broker_not_reached", error=type(error).__name__)
            await asyncio.sleep(1)
        finally:
            await broker.stop()


def add_timers(kit: Kit, fire: Fire) -> None:
    """The role ``timers``."""
    runner = TimerRunner(kit.connection("timers"), kit.clock, fire, need(kit.committer).armed)
    kit.parts.tasks["timers"] = lambda stop: until(stop, runner.run())


def roles(wanted: str, known: Iterable[str]) -> set[str]:
    """The roles of one process: those that were asked for, with a plus between them, or all."""
    return set(known) if wanted == "all" else set(wanted.split("+"))
