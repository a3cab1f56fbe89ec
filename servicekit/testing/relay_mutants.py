"""Planted bugs of the relay; ``mutants.py`` names them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from servicekit.relay_plan import Mark


def sequence(page: Any) -> Any:
    """Rows show up one look late: positions are not those of commits."""

    async def wrong(self: Any, after: int, limit: int) -> Any:
        rows = await page(self, after, limit)
        late = [row.position % 7 == 0 and row is not rows[-1] and row.age < 1 for row in rows]
        return [
            row._replace(type="not committed") if hidden else row
            for row, hidden in zip(rows, late, strict=True)
        ]

    return wrong


def checkpoint_first(_round: Any) -> Any:
    """The checkpoint moves before anything is sent."""

    async def wrong(self: Any, source: Any, planner: Any) -> int:
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

    return wrong


@dataclass
class Singles:
    """What should be one batch, as many."""

    new: Callable[[], Any]
    parts: list[Any] = field(default_factory=list)

    def append(self, **record: Any) -> Any:
        """A batch of its own."""
        self.parts.append(self.new())
        return self.parts[-1].append(**record)

    def record_count(self) -> int:
        """How many."""
        return len(self.parts)


@dataclass
class Singly:
    """A wire that sends records one by one, without waiting for an answer."""

    wire: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.wire, name)

    async def batches(self) -> Any:
        """Singles."""
        new = await self.wire.batches()
        return lambda: Singles(new)

    async def send(self, batches: Mapping[Any, Singles]) -> Any:
        """All at once, each with a fate of its own."""
        sent = [self.wire.send({place: part}) for place, one in batches.items() for part in one.parts]
        bases: dict[Any, int] = {}
        for answer in await asyncio.gather(*sent):
            for place, base in answer.items():
                bases.setdefault(place, base)
        return bases


def marks_only(_behind: Any) -> Any:
    """What came since the last look is not read."""

    async def wrong(_self: Any, _tails: Any, _heads: Any) -> set[Any]:
        return set()

    return wrong


def singly(lead: Any) -> Any:
    """A round is not one batch."""

    async def wrong(self: Any, source: Any, stop: Any) -> None:
        self.wire = self.wire if isinstance(self.wire, Singly) else Singly(self.wire)
        await lead(self, source, stop)

    return wrong
