"""Planted bugs: a checker that has never failed proves nothing. Each is a patch for the length of a block.

``MUTANTS`` says which promise breaks and within how many seeds that must show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from servicekit import consumer_rule, timers
from servicekit.consumer_rule import Checkpoint, Verdict
from servicekit.relay import Relay
from servicekit.relay_plan import Mark, Planner
from servicekit.testing.simulation.log_tables import LogTables
from servicekit.testing.simulation.topics import MemorySubscriber


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


def _no_versions(self: Any, one: Any, at: Any, now: Any) -> Any:
    """As ``append_events``, but without a look at the expected versions."""
    one.expected = []
    return APPENDS(self, one, at, now)


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
    "M12 timer deleted before append": Mutant(
        lambda: patch.object(timers.TimerRunner, "once", _timer_first), "I7", 500
    ),
}


@contextmanager
def planted(name: str) -> Iterator[Mutant]:
    """With this bug."""
    with MUTANTS[name].plant():
        yield MUTANTS[name]
