"""What readers of the relay's partitions hold, found by reading as they do.

Promises: a look reads on from where the last one was, so a partition is read through only when it must be.
Neither offsets nor the record at a mark tell of every loss: what another producer had under way may arrive
just where a tail was lost, and fill its place. Shown by ``tests/rules/test_relay_model.py`` and
``tests/broker/test_relay_tail_loss.py``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from servicekit.relay_plan import Place, Sighting, Tail, held

READ = 20_000
"""Records at once, when a partition is read through."""
RECENT = 1000
"""Records of each partition that a look reads, at most: the last of those that came since the one before."""

Read = Callable[[Mapping[Place, tuple[int, int]]], Awaitable[Mapping[Place, Sequence[Sighting]]]]


class Readers:
    """For one term of a relay. ``read`` gives records of partitions, from an offset to before another."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._at: dict[Place, tuple[int, int | None]] = {}  # the next offset, and the position held there

    async def behind(self, tails: Mapping[Place, Tail], heads: Mapping[Place, int]) -> set[Place]:
        """Partitions whose readers do not get as far as ``heads``, which were sent."""
        for place, tail in tails.items():
            first = max(tail.start, tail.end - RECENT)
            if self._at.setdefault(place, (0, 0))[0] < first:
                self._at[place] = first, None
        news = {place: (self._at[place][0], tails[place].end) for place in tails}
        news = {place: span for place, span in news.items() if span[0] < span[1]}
        for place, records in (await self._read(news) if news else {}).items():
            self._at[place] = news[place][1], held(records, self._at[place][1])
        seen = {place: self._at[place][1] for place in tails}
        return {place for place, at in seen.items() if at is not None and at < heads.get(place, 0)}

    async def through(self, place: Place, tail: Tail) -> int:
        """The position held after a whole partition: rare, and a million records take seconds."""
        seen = 0 if tail.start == 0 else None
        for first in range(tail.start, tail.end, READ):
            span = first, min(first + READ, tail.end)
            seen = held((await self._read({place: span}))[place], seen)
        self._at[place] = tail.end, seen
        return seen or 0
