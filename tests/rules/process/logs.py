"""One log for both services of the process: what the real one stores, fast enough for many lives.

It keeps each stream's state beside its events, begins as a copy of another log at the cost of a few dicts,
and can do what a process does at its worst: somebody else is faster between decision and append, or it
dies before or after one. Meant for one request after another; ``tests/log`` shows the real one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from buergerbuero_contracts.envelope import NIL
from servicekit.decider import Decider
from servicekit.handle import Handler, Outcome
from servicekit.log import (
    Answer,
    Context,
    Decide,
    Decision,
    Due,
    Meta,
    Recorded,
    Request,
    Status,
    Stream,
    Undecided,
)
from tests.rules.booking.memory import MemoryLog


class Killed(BaseException):
    """The process is gone; nothing in it hears of that."""


@dataclass(slots=True)
class Held:
    """What the log holds of one stream. Its events are never changed, only replaced by a longer list."""

    category: str
    events: list[Recorded]
    state: Any


class Log(MemoryLog):
    """Store and committer in one. ``stored`` is told of each append."""

    def __init__(self, deciders: Mapping[str, Decider[Any, Any]], of: Log | None = None) -> None:
        super().__init__()
        self.deciders = deciders
        self.commands: set[UUID] = set()  # that stored something: the ids of their events follow from them
        self.held: dict[int, Held] = {}  # by the number of the stream's id, which is hashed fastest
        self.stored: Callable[[Sequence[Recorded]], None] = lambda _new: None
        self.meanwhile: Callable[[], object] | None = None
        self.dies_at: tuple[int, bool] | None = None
        if of is not None:
            self.events, self.held, self.uses = list(of.events), dict(of.held), dict(of.uses)
            self.armed, self.people = dict(of.armed), dict(of.people)

    async def load(self, streams: Iterable[Stream]) -> dict[Stream, list[Recorded]]:
        """All events of each stream."""
        held = self.held
        return {
            stream: one.events if (one := held.get(stream.id.int)) is not None else [] for stream in streams
        }

    def state(self, stream: Stream) -> Any:
        """The fold of a stream."""
        one = self.held.get(stream.id.int)
        return self.deciders[stream.category].initial if one is None else one.state

    def version(self, stream: Stream) -> int:
        """How many events a stream has."""
        one = self.held.get(stream.id.int)
        return 0 if one is None else len(one.events)

    def of(self, category: str) -> list[Any]:
        """The states of all streams of a category, the oldest first."""
        return [one.state for one in self.held.values() if one.category == category]

    async def __call__(self, work: Request | Undecided) -> tuple[Answer, Decision]:
        """Judge and store one request."""
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        self._may_die(before=True)
        if isinstance(work, Undecided):
            if work.context.command_id in self.commands:
                return Answer(Status.REPEATED), Decision(())
            decision = work.decide({stream: self.state(stream) for stream in work.planned})
            expected = work.settled
        else:
            decision, expected = work.decision, work.expected
        answer = self._judged(work.context, expected, decision)
        if answer.status is Status.APPENDED:
            self._may_die(before=False)
        return answer, decision

    def _judged(self, context: Context, expected: Mapping[Stream, int], decision: Decision) -> Answer:
        if decision.events and context.command_id in self.commands:
            return Answer(Status.REPEATED)
        if any(self.version(stream) != version for stream, version in expected.items()):
            return Answer(Status.CONFLICT)
        for guard in decision.effects.guards:
            if self.used(guard, context.at) >= guard.maximum:
                return Answer(Status.LIMITED, guard=guard)
        self._keep(context, decision)
        return Answer(Status.APPENDED, len(self.events))

    def _keep(self, context: Context, decision: Decision) -> None:
        actor = {"kind": context.actor.kind, "id": context.actor.id}
        meta = Meta(context.at, context.command_id, context.correlation_id, actor)
        new = []
        for number, (stream, event) in enumerate(decision.events):
            event_id = uuid5(context.command_id, str(number)) if event.key else NIL
            held = self.held.get(stream.id.int)
            before, state = (held.events, held.state) if held else ([], self.state(stream))
            one = Recorded(len(self.events) + 1, stream, len(before) + 1, event_id, event, meta)
            after = self.deciders[stream.category].evolve(state, event)
            self.held[stream.id.int] = Held(stream.category, [*before, one], after)
            self.events.append(one)
            new.append(one)
        if new:
            self.commands.add(context.command_id)
        self._effects(decision.effects)
        self.stored(new)

    def _may_die(self, *, before: bool) -> None:
        """``dies_at`` counts appends: (0, True) is before the next one, (1, False) after the second."""
        if self.dies_at is None or self.dies_at[1] is not before:
            return
        left, self.dies_at = self.dies_at[0], None
        if left == 0:
            raise Killed
        self.dies_at = (left - 1, before)


class QuickHandler(Handler):
    """Takes the state that the log keeps instead of folding the events that it just loaded.

    Nobody takes turns here: what two commands of one process do to each other, two processes do too.
    """

    async def run(
        self,
        context: Context,
        streams: Sequence[Stream],
        decide: Decide,
        *,
        fired: Due | None = None,
        new: Stream | None = None,
    ) -> Outcome:
        """Carry out one command on ``streams``, each of them read."""
        planned = tuple(one for one in streams if one.category in self._planned)
        settled = tuple(one for one in streams if one.category not in self._planned)
        return await self._attempt(context, settled, planned, decide, fired, unread=False)

    def _fold(self, stream: Stream, events: Sequence[Recorded]) -> Any:
        log = self.store
        assert isinstance(log, Log) and log.version(stream) == len(events)
        return log.state(stream)
