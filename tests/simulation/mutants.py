"""Planted bugs: a checker that has never failed proves nothing. Each is a patch for the length of a block.

``MUTANTS`` says which promise breaks and within how many seeds that must show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch
from uuid import uuid5

from servicekit import consumer_rule, timers
from servicekit.consumer_rule import Checkpoint, Verdict
from servicekit.decider import Refused
from servicekit.log import Actor, Context
from servicekit.react import Reactor
from servicekit.relay import Relay
from servicekit.relay_plan import Mark, Planner
from servicekit.testing.simulation.groups import MemorySubscriber
from servicekit.testing.simulation.log_tables import LogTables


async def _checkpoint_before_send(self: Any, source: Any, planner: Planner) -> int:
    """As ``Relay._round``, but the checkpoint moves first."""
    after = self._position
    rows = await source.page(after, 2000)
    if not rows:
        return 0
    planned = planner.plan(rows, after, self._prev or {}, await self.wire.batches())
    await self._move(source, after, planned.upto, {})
    bases = await self.wire.send(planned.batches)
    self._prev = planned.heads
    for place, base in bases.items():
        self._marks[place] = Mark(base + planned.batches[place].record_count(), planned.heads[place])
    return int(planned.upto - after)


def _forgets_repeats(seen: Checkpoint, link: consumer_rule.Link) -> Verdict:
    """As ``judge``, but what was seen before is applied again."""
    right = consumer_rule.Verdict.REPEAT
    found = JUDGE(seen, link)
    return Verdict.APPLY if found is right else found


def _ignores_prev(seen: Checkpoint, link: consumer_rule.Link) -> Verdict:
    found = JUDGE(seen, link)
    return Verdict.APPLY if found is Verdict.GAP else found


JUDGE = consumer_rule.judge
APPENDS = LogTables._judge
ONCE = timers.TimerRunner.once


def _no_versions(self: Any, one: Any, *rest: Any) -> Any:
    """As ``append_events``, but without a look at the expected versions."""
    one.expected = []
    return APPENDS(self, one, *rest)


async def _timer_first(self: Any, connection: Any, subjects: Any = None) -> int:
    """As ``TimerRunner.once``, but a timer is deleted before its append."""
    fire = self._fire

    async def deleted(due: Any) -> object:
        await _one_at_a_time(connection, timers._DONE, due.kind, due.subject, due.due_at)
        return await fire(due)

    async def _one_at_a_time(connection: Any, *statement: Any) -> None:
        import asyncio

        lock = connection.__dict__.setdefault("mutant_lock", asyncio.Lock())
        async with lock:
            await connection.execute(*statement)

    self._fire = deleted
    try:
        return int(await ONCE(self, connection, subjects))
    finally:
        self._fire = fire


async def _acknowledges_first(self: Any, records: Any) -> None:
    """As ``ACK_FIRST``: the group commits before the batch is applied; a failed one does not come again."""
    self.group.committed.update(self._share)
    await self._handler(list(records))


async def _reaction_forgets(self: Any, received: Any) -> None:
    """As ``Reactor._act``, but each try has a command id of its own, so no repeat is recognised."""
    global _TRIES  # noqa: PLW0603 - a planted bug may be ugly
    for command in self._reaction.react(received):
        _TRIES += 1
        context = Context(
            command_id=uuid5(received.event_id, f"try {_TRIES}"),
            at=max(self._clock.now(), received.time),
            actor=Actor("reaction", self.name),
            correlation_id=received.headers.correlation_id,
            causation_id=received.event_id,
        )
        with suppress(Refused):
            await self._execute(command, context)


_TRIES = 0


@dataclass(frozen=True)
class Mutant:
    """One planted bug, what it breaks, and the seeds within which that shows."""

    plant: Callable[[], Any]
    breaks: str
    seeds: int


MUTANTS: Mapping[str, Mutant] = {
    "M1 append without version check": Mutant(
        lambda: patch.object(LogTables, "_judge", _no_versions), "I", 100
    ),
    "M3 acknowledge first": Mutant(
        lambda: patch.object(MemorySubscriber, "_hand_over", _acknowledges_first), "I", 200
    ),
    "M4 relay checkpoint before send": Mutant(
        lambda: patch.object(Relay, "_round", _checkpoint_before_send), "I5", 100
    ),
    "M6 projector forgets repeats": Mutant(
        lambda: patch.object(consumer_rule, "judge", _forgets_repeats), "I6", 100
    ),
    "a reaction forgets its repeats": Mutant(
        lambda: patch.object(Reactor, "_act", _reaction_forgets), "I", 500
    ),
    "M12 timer deleted before append": Mutant(
        lambda: patch.object(timers.TimerRunner, "once", _timer_first), "I7", 500
    ),
}


@contextmanager
def planted(name: str) -> Iterator[Mutant]:
    """With this bug."""
    with MUTANTS[name].plant():
        yield MUTANTS[name]
