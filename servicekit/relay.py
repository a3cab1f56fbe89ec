"""Log → Kafka: the event table is the outbox, and this is the one reader that sends it.

Promises: each public event reaches its topic at least once, and inside a partition nothing is
missing in the middle: one record batch per partition and round, all acknowledged before the
checkpoint moves, so whatever dies or answers late can only repeat a tail. A tail that Kafka lost is
noticed at the start, at each send and once a minute, and sent again. Private events never leave.
Shown by ``tests/broker/test_relay.py``, ``test_relay_crashes.py`` and ``test_relay_tail_loss.py``;
the pure part and its model are in ``relay_plan.py``, PostgreSQL and Kafka in ``relay_ends.py``.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import structlog
from prometheus_client import Counter, Gauge, Histogram

from servicekit import kafka, postgres
from servicekit.faults import fault_point
from servicekit.relay_plan import NOTHING, Mark, Place, Planner, Public, Row, Sighting, Tail, lost
from servicekit.relay_reading import Readers

PAGE = 2000
"""Positions per round, at most."""
BUSY, IDLE, NEWS = 0.005, 0.05, 0.25
"""Seconds between looks at the log while there is work, and when there is none; until the next one although
who follows the log has seen nothing new."""
LOOK_AGAIN = 60.0
"""Seconds between looks at the topics' tails while all is well."""
STANDBY = 0.5
"""Seconds between tries of a waiting relay to take over."""
PAUSES = (0.1, 5.0)
"""Seconds: the first and the longest pause after a failure; doubled in between."""

LEADER = Gauge("relay_is_leader", "1 while this process sends for its service")
POSITION = Gauge("relay_position", "Every position up to this one is in its topic")
PENDING = Gauge("relay_pending_events", "Positions between the checkpoint and the log's head")
OLDEST = Gauge("relay_oldest_unpublished_age_seconds", "Age of the oldest event that waits")
DELAY = Histogram("relay_publish_delay_seconds", "Commit to acknowledgement, of each round's oldest event")
PUBLISHED = Counter("relay_published_total", "Acknowledged records", ["topic"])
FAILURES = Counter("relay_failures_total", "Rounds given up and done again", ["reason"])
REWINDS = Counter("relay_rewinds_total", "Times the checkpoint went back because a topic had lost records")

log = structlog.get_logger(__name__)


class ForeignEpoch(RuntimeError):
    """A topic holds records of another life of this log; the restore runbook says what to do."""


class Superseded(RuntimeError):
    """Another relay moved the checkpoint: start over."""


class TailLost(RuntimeError):
    """A topic has fewer records than it acknowledged: look, and go back."""


class State(NamedTuple):
    """What the database knows about the relay."""

    position: int
    epoch: int
    marks: Mapping[Place, Mark]


class Log(Protocol):
    """The relay's own connection to its log; the lock of ``lead`` lives as long as the connection."""

    async def lead(self) -> bool:
        """Try to become the one that sends."""

    async def public(self, publish: Mapping[str, str], sent: int) -> Mapping[str, Public]:
        """The table of public types, after adding those that are new: from the position after all that
        counts as sent, or was sent (up to ``sent``) though it does not count yet."""

    async def state(self) -> State:
        """Checkpoint, epoch and marks."""

    async def page(self, after: int, limit: int) -> Sequence[Row]:
        """Events beyond ``after``, by position."""

    async def page_back(self, upto: int, types: Sequence[str]) -> Sequence[tuple[int, str, str]]:
        """(position, type, key) of events of these types up to ``upto``, latest first."""

    async def head(self) -> int:
        """The last position."""

    async def move(self, old: int, new: int, marks: Mapping[Place, Mark]) -> bool:
        """Move the checkpoint if it still is ``old``, and set these marks with it."""

    async def people(self, wire: Wire, epoch: int) -> None:
        """Send what changed about people (``people.py``)."""


class Wire(Protocol):
    """The relay's view of Kafka. Failures are ``kafka.UNREACHABLE``; the outcome is then unknown."""

    async def renew(self) -> None:
        """Throw the producer away."""

    async def batches(self) -> Callable[[], Any]:
        """A maker of empty record batches."""

    async def send(self, batches: Mapping[Place, Any]) -> Mapping[Place, int]:
        """Send all and await all; the offset of each first record, -1 where the broker does not say."""

    async def tails(self, marks: Mapping[Place, Mark]) -> Mapping[Place, Tail]:
        """How each partition ends, and what stands before its mark."""

    async def read(self, spans: Mapping[Place, tuple[int, int]]) -> Mapping[Place, Sequence[Sighting]]:
        """The records of each partition from one offset to before another, at least one."""


@dataclass
class Relay:
    """Sends what the log holds. One sends per service, others stand by.

    ``publish`` maps public type to topic, ``partitions`` topic to count. ``open_log`` gives a direct
    connection. ``rewind_to`` sends everything after that position again, once (``relay --from``);
    repeats are always harmless. ``reached`` waits for a position, or some time: the process's committer
    follows the log anyway.
    """

    source: str
    publish: Mapping[str, str]
    partitions: Mapping[str, int]
    open_log: Callable[[], AbstractAsyncContextManager[Log]]
    wire: Wire
    rewind_to: int | None = None
    reached: Callable[[int, float], Awaitable[object]] = lambda _position, _within: asyncio.sleep(IDLE)
    ready: bool = field(default=False, init=False)
    """For the readiness probe: standing by, or the last round went well."""
    _marks: dict[Place, Mark] = field(default_factory=dict, init=False)
    _prev: dict[Place, int] | None = field(default=None, init=False)
    _position: int = field(default=0, init=False)

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop``, which lets the round under way end. ``ForeignEpoch`` and ``LogGap`` end it too."""
        pause = PAUSES[0]
        while not stop.is_set():
            try:
                async with self.open_log() as source:
                    while not stop.is_set():
                        if await source.lead():
                            pause = PAUSES[0]
                            await self._lead(source, stop)
                        else:
                            self.ready = True
                            await _rest(stop, STANDBY)
            except (*postgres.SETBACKS, Superseded) as fault:
                pause = await self._back_off(stop, fault, pause)
            finally:
                LEADER.set(0)
                await self.wire.renew()

    async def _lead(self, source: Log, stop: asyncio.Event) -> None:
        """Rounds under the lock. Any trouble with Kafka: new producer, another look, the same round again."""
        pause, suspect = PAUSES[0], False
        LEADER.set(1)
        readers = Readers(self.wire.read)
        public: Mapping[str, Public] | None = None
        while not stop.is_set():
            try:
                public = public or await self._public(source)
                planner = await self._look(source, public, readers, suspect)
                suspect = False
                until = time.monotonic() + LOOK_AGAIN
                while not stop.is_set() and time.monotonic() < until:
                    moved = await self._round(source, planner)
                    await source.people(self.wire, planner.epoch)
                    pause, self.ready = PAUSES[0], True
                    if not moved:
                        await self.reached(self._position + 1, NEWS)
                    elif moved < PAGE:
                        await _rest(stop, BUSY)
            except (*kafka.UNREACHABLE, TailLost) as fault:
                suspect = suspect or isinstance(fault, TailLost)
                await self.wire.renew()
                pause = await self._back_off(stop, fault, pause)

    async def _public(self, source: Log) -> Mapping[str, Public]:
        """What is public, once in a term: new types begin after all that stands in the topics."""
        places = [Place(topic, number) for topic, count in self.partitions.items() for number in range(count)]
        tails = await self.wire.tails(dict.fromkeys(places, Mark(0, 0)))
        return await source.public(self.publish, max(0, *(tail.last.position for tail in tails.values())))

    async def _look(
        self, source: Log, public: Mapping[str, Public], readers: Readers, suspect: bool
    ) -> Planner:
        """Compare the topics with the marks and go back to what a reader of them would hold.

        After an offset that came again (``suspect``) the marks prove nothing: records of the round
        under way may stand where others stood. Then every partition is read through.
        """
        state = await source.state()
        waiting = await source.page(state.position, 1)  # seen before Kafka is asked, which may be away
        OLDEST.set(waiting[0].age if waiting else 0)
        planner = Planner(self.source, state.epoch, public, self.partitions)
        marked = {place: state.marks.get(place, Mark(0, 0)) for place in planner.places()}
        marks, back, heads = dict[Place, Mark](), state.position, self._prev
        if heads is None or state.position != self._position:
            heads = await _heads(source, planner, state.position)
        tails = await self.wire.tails(marked)
        behind = await readers.behind(tails, heads)
        for place, tail in tails.items():
            if tail.last.epoch not in (state.epoch, NOTHING.epoch):
                raise ForeignEpoch(f"{place.topic} is in epoch {tail.last.epoch}, the log in {state.epoch}")
            if suspect or place in behind or lost(marked[place], tail):
                back = min(back, await readers.through(place, tail))
            marks[place] = Mark(tail.end, tail.last.position)
        if back < state.position:
            REWINDS.inc()
            log.warning("relay_rewound", previous=state.position, position=back)
        if self.rewind_to is not None:
            back, self.rewind_to = min(back, self.rewind_to), None
        self._prev = heads if back == state.position else await _heads(source, planner, back)
        await self._move(source, state.position, back, marks)
        return planner

    async def _round(self, source: Log, planner: Planner) -> int:
        """Send one page, then move the checkpoint. The number of positions it moved by."""
        asked, after = time.monotonic(), self._position
        rows = await source.page(after, PAGE)
        PENDING.set((await source.head() - after) if len(rows) == PAGE else len(rows))
        OLDEST.set(rows[0].age if rows else 0)
        if not rows:
            return 0
        planned = planner.plan(rows, after, self._prev or {}, await self.wire.batches())
        fault_point("relay.before_send")
        bases = await self.wire.send(planned.batches)
        fault_point("relay.after_send")
        marks = {}
        for place, base in bases.items():
            if base < self._marks[place].expected:
                raise TailLost(f"{place.topic}-{place.partition}: offset {base} came again")
            marks[place] = Mark(base + planned.batches[place].record_count(), planned.heads[place])
        await self._move(source, after, planned.upto, marks)
        fault_point("relay.after_checkpoint")
        self._prev = planned.heads
        DELAY.observe(rows[0].age + time.monotonic() - asked)
        for place in marks:
            PUBLISHED.labels(place.topic).inc(planned.batches[place].record_count())
        return planned.upto - after

    async def _back_off(self, stop: asyncio.Event, fault: Exception, pause: float) -> float:
        """Count and log a failure, rest, and say how long to rest next time."""
        self.ready = False
        FAILURES.labels(type(fault).__name__).inc()
        log.warning("relay_failed", reason=type(fault).__name__, seconds=pause)
        await _rest(stop, pause)
        return min(2 * pause, PAUSES[1])

    async def _move(self, source: Log, old: int, new: int, marks: Mapping[Place, Mark]) -> None:
        if not await source.move(old, new, marks):
            raise Superseded(f"the checkpoint is no longer {old}")
        self._position = new
        self._marks.update(marks)
        POSITION.set(new)


async def _heads(source: Log, planner: Planner, upto: int) -> dict[Place, int]:
    """The last public position of each partition at or below ``upto``, found by reading backwards."""
    missing, heads = set(planner.places()), dict[Place, int]()
    while missing and (page := await source.page_back(upto, list(planner.public))):
        for position, type_name, key in page:
            place = planner.place(position, type_name, key)
            if place in missing:
                heads[place] = position
                missing.discard(place)
        upto = page[-1][0] - 1
    return heads


async def _rest(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
