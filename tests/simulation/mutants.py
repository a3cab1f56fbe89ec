"""Planted bugs: a checker that has never failed proves nothing. Each is a patch for the length of a block.

``MUTANTS`` says which promise breaks and within which plans that must show.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from servicekit import consumer_rule, parking, react, timers
from servicekit.consumer_rule import Checkpoint, Verdict
from servicekit.react import Reactor
from servicekit.relay import Relay
from servicekit.relay_plan import Mark, Planner
from servicekit.testing.simulation.groups import MemorySubscriber
from servicekit.testing.simulation.log_tables import LogTables
from tests.simulation.run import Plan, deaths, planned


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
    found = JUDGE(seen, link)
    return Verdict.APPLY if found is Verdict.REPEAT else found


JUDGE = consumer_rule.judge
APPENDS = LogTables._judge
ONCE = timers.TimerRunner.once


def _no_versions(self: Any, one: Any, *rest: Any) -> Any:
    """As ``append_events``, but without a look at the expected versions."""
    one.expected = []
    return APPENDS(self, one, *rest)


async def _timer_first(self: Any, connection: Any, subjects: Any = None) -> int:
    """As ``TimerRunner.once``, but a timer is deleted before its append."""
    fire, turn = self._fire, asyncio.Lock()

    async def deleted(due: Any) -> object:
        async with turn:
            await connection.execute(timers._DONE, due.kind, due.subject, due.due_at)
        return await fire(due)

    self._fire = deleted
    try:
        return int(await ONCE(self, connection, subjects))
    finally:
        self._fire = fire


async def _acknowledges_first(self: Any, records: Any) -> None:
    """As ``ACK_FIRST``: the group commits before the batch is applied; a failed one does not come again."""
    self.group.committed.update(self._share)
    await self._handler(list(records))


async def _checkpoint_before_act(self: Any, where: Any, incoming: Any) -> Any:
    """As ``Reactor._chunk``, but the checkpoint moves before the commands run."""
    async with self._tables() as connection:
        old, blocked = await parking.lock(connection, where), await parking.blocked(connection, where)
        sifted = consumer_rule.sift(old, blocked, incoming, react._read)
        await parking.move(connection, where, old, sifted.seen)
    for one in sifted.apply:
        await self._in_order([one])
    return sifted


def seeds(most: int) -> Callable[[], Iterator[Plan]]:
    """The plans of the first seeds."""
    return lambda: map(planned, range(most))


@dataclass(frozen=True)
class Mutant:
    """One planted bug, how what it breaks is told, and the plans within which that shows."""

    target: Any
    name: str
    bug: Callable[..., Any]
    breaks: str
    plans: Callable[[], Iterator[Plan]]


MUTANTS: Mapping[str, Mutant] = {
    "M1 append without version check": Mutant(LogTables, "_judge", _no_versions, "I", seeds(50)),
    "M3 acknowledge first": Mutant(MemorySubscriber, "_hand_over", _acknowledges_first, "", seeds(50)),
    "M4 relay checkpoint before send": Mutant(Relay, "_round", _checkpoint_before_send, "I5", seeds(50)),
    "M6a projector forgets repeats": Mutant(consumer_rule, "judge", _forgets_repeats, "I6", seeds(50)),
    "M12 timer deleted before append": Mutant(timers.TimerRunner, "once", _timer_first, "I7", seeds(100)),
    "reaction checkpoint before its commands": Mutant(
        Reactor, "_chunk", _checkpoint_before_act, "I5", lambda: deaths("documents-project-1", 50, 150)
    ),
}


@contextmanager
def planted(name: str) -> Iterator[Mutant]:
    """With this bug."""
    mutant = MUTANTS[name]
    with patch.object(mutant.target, mutant.name, mutant.bug):
        yield mutant
