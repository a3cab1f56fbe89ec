"""States that are decided in memory: the folded streams of the planned categories.

Beside them, ``follow`` is told every event of a few small categories, such as hours and catalogue:
all of them at the start, then each as the tail brings it.

Promises: a state in memory is the fold of its stream up to a version that the tail confirmed; what
a round decides lies in an overlay and reaches the states only through the tail, so nothing decided
on a guess stays. Shown by ``tests/rules/test_plans.py`` and ``tests/log/test_rounds.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from buergerbuero_contracts.envelope import Event
from servicekit.decider import Decider
from servicekit.log import Stream


class Planned(msgspec.Struct, frozen=True):
    """One stream in memory."""

    state: Any
    version: int = 0
    position: int = 0

    def same(self, other: Planned) -> bool:
        """Whether it is the very same state, so that what was decided on the one holds on the other."""
        return self.state is other.state and self.version == other.version


class TailRow(msgspec.Struct, frozen=True):
    """One event of a planned category as the tail brings it."""

    position: int
    stream: Stream
    version: int
    event: Event
    command_id: UUID


Follow = Callable[[Sequence[TailRow], bool], None]
"""Told of events of the followed categories; True: these are all there are, from the beginning."""


class Plans:
    """The states of all planned streams that this process has met, up to ``cursor``.

    ``changes`` rises whenever a state or something followed does: what was made of them holds till then.
    """

    def __init__(
        self,
        deciders: Mapping[str, Decider[Any, Any]],
        *,
        followed: Iterable[str] = (),
        follow: Follow = lambda _rows, _afresh: None,
        limit: int = 2_000,
    ) -> None:
        self._deciders, self._limit, self._follow = dict(deciders), limit, follow
        self.followed = sorted(followed)
        self.categories = sorted([*self._deciders, *self.followed])
        self.cursor, self.changes = 0, 0
        self._states: dict[Stream, Planned] = {}
        self._commands: dict[Stream, set[UUID]] = {}

    def __contains__(self, stream: Stream) -> bool:
        return stream in self._states

    @property
    def streams(self) -> tuple[Stream, ...]:
        """All that are in memory, oldest first."""
        return tuple(self._states)

    def get(self, stream: Stream) -> Planned:
        """The present state; the initial one for a stream without events. Load it first."""
        return self._states.get(stream) or Planned(self._deciders[stream.category].initial)

    def knows(self, stream: Stream, command_id: UUID) -> bool:
        """Whether a command has written this stream: a rule never sees one twice."""
        return command_id in self._commands.get(stream, ())

    def loaded(self, streams: Collection[Stream], rows: Iterable[TailRow]) -> None:
        """Take streams into memory, with all events of those that are new. The oldest others make room."""
        self.changes += 1
        for stream in streams:
            self._states[stream] = self.get(stream)
        for row in rows:
            self._states[row.stream] = self._next(self._states[row.stream], row)
        others = [stream for stream in self._states if stream not in streams]
        for oldest in others[: max(0, len(self._states) - self._limit)]:
            del self._states[oldest]
            self._commands.pop(oldest, None)

    def apply(self, rows: Iterable[TailRow], head: int, overlay: Overlay | None = None) -> None:
        """Carry the states on by the tail up to ``head``; streams not in memory stay out.

        What ``overlay`` worked out from the same state and event is not worked out again.
        """
        told = []
        for row in rows:
            self.changes += 1
            if row.stream.category in self.followed:
                told.append(row)
                continue
            planned = self._states.get(row.stream)
            if planned is None or row.version <= planned.version:
                continue
            if row.version != planned.version + 1:
                raise RuntimeError(
                    f"the tail skipped version {planned.version + 1} of a {row.stream.category} stream"
                )
            self._states[row.stream] = self._next(planned, row, overlay)
        if told:
            self._follow(told, False)
        self.cursor = max(self.cursor, head)

    def restart(self, head: int, followed: Iterable[TailRow] = ()) -> None:
        """Drop all states and go on from ``head``: streams are to be loaded anew."""
        self._states.clear()
        self._commands.clear()
        self._follow(list(followed), True)
        self.cursor = head

    def _next(self, planned: Planned, row: TailRow, overlay: Overlay | None = None) -> Planned:
        state = overlay.after(planned.state, row.event) if overlay else None
        if state is None:
            state = self._deciders[row.stream.category].evolve(planned.state, row.event)
        self._commands.setdefault(row.stream, set()).add(row.command_id)
        return Planned(state, row.version, row.position)

    def overlay(self) -> Overlay:
        """A scratch copy for one round."""
        return Overlay(self, self._deciders)


class Step(msgspec.Struct, frozen=True, eq=False):
    """One event of a round: the state of its stream before, and what it left."""

    stream: Stream
    before: Any
    event: Event
    after: Planned


class Overlay:
    """The states of one round: each command is decided on what the one before it left."""

    def __init__(self, plans: Plans, deciders: Mapping[str, Decider[Any, Any]]) -> None:
        self._plans, self._deciders = plans, deciders
        self._changed: dict[Stream, Planned] = {}
        self._steps: dict[int, Step] = {}

    def get(self, stream: Stream) -> Planned:
        """The state as this round sees it so far."""
        return self._changed.get(stream) or self._plans.get(stream)

    def take(self, events: Iterable[tuple[Stream, Event]]) -> list[Step]:
        """Carry the round's states on by what a command of this round decided; the steps on the way."""
        steps, now = [], dict[Stream, Planned]()
        for stream, event in events:
            if stream.category in self._deciders:
                planned = now.get(stream) or self.get(stream)
                state = self._deciders[stream.category].evolve(planned.state, event)
                after = Planned(state, planned.version + 1, planned.position)
                steps.append(Step(stream, planned.state, event, after))
                now[stream] = after
        self.keep(steps)
        return steps

    def keep(self, steps: Iterable[Step]) -> None:
        """Carry them on by steps that were worked out before, on these very states."""
        for step in steps:
            self._changed[step.stream] = step.after
            self._steps[id(step.event)] = step

    def after(self, state: Any, event: Event) -> Any:
        """The state after an event that this round decided on this very state; None for any other."""
        step = self._steps.get(id(event))
        if step is None or step.before is not state or step.event is not event:
            return None
        del self._steps[id(event)]  # an overlay may go on for many rounds
        return step.after.state
