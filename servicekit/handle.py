"""One command's way: load the streams, see a repeat, decide, append; again on conflict.

Promises: a rule never sees a command that was carried out before; a command whose streams changed
meanwhile is decided again on the present state; what cannot be told apart from success or failure
is ``Busy``, and the same command again tells. Shown by ``tests/log/test_handle.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

from msgspec.structs import replace
from prometheus_client import Histogram

from buergerbuero_contracts.envelope import Event
from servicekit.decider import Decider, Refused
from servicekit.log import (
    Arm,
    Busy,
    Context,
    Decide,
    Decision,
    Disarm,
    Due,
    Recorded,
    Request,
    Status,
    Store,
    Stream,
    Submit,
    Undecided,
)

TimerTable = Callable[[Stream, Event], Iterable[Arm | Disarm]]
TRIES = 100
"""Attempts of one command. Each conflict means that a command of another process made progress;
those of the same process on the same stream take turns. In step, one of two may lose often in a row."""
_LENGTHS = (1, 3, 10, 30, 100, 300, 1000)
LENGTH = Histogram("event_log_stream_length", "Events of the streams that commands load", buckets=_LENGTHS)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command led to. ``replayed``: it had been carried out before, these are its events."""

    events: tuple[tuple[Stream, Event], ...] = ()
    position: int = 0
    replayed: bool = False

    def of(self, kind: type[Any]) -> Any:
        """The first event of a type. Raises ``LookupError`` if there is none."""
        for _stream, event in self.events:
            if isinstance(event, kind):
                return event
        raise LookupError(kind.__name__)


class Handler:
    """The one way by which commands reach the log, for all roles of a service."""

    def __init__(
        self,
        store: Store,
        submit: Submit,
        deciders: Mapping[str, Decider[Any, Any]],
        *,
        planned: frozenset[str] = frozenset(),
        timers: TimerTable = lambda _stream, _event: (),
        count: Callable[[Event], object] = lambda _event: None,
    ) -> None:
        """``count`` is told each stored event, for the service's own counters."""
        self.store, self._submit, self._deciders = store, submit, deciders
        self._planned, self._timers, self._count = planned, timers, count
        self._turns: WeakValueDictionary[Stream, asyncio.Lock] = WeakValueDictionary()

    async def run(
        self,
        context: Context,
        streams: Sequence[Stream],
        decide: Decide,
        *,
        fired: Due | None = None,
        new: Stream | None = None,
    ) -> Outcome:
        """Carry out one command on ``streams``. Raises ``Refused`` or ``Busy``.

        ``decide`` is pure and may run more than once. ``fired`` is the timer that asks: without
        events it is disarmed, but only if it still carries the due time that was claimed.
        ``new`` has its id from the command, which alone can have begun it, in one append with the planned
        streams beside it: it is read only for the first answer, when the round knows the command.
        """
        planned = tuple(stream for stream in streams if stream.category in self._planned)
        settled = tuple(sorted(stream for stream in streams if stream.category not in self._planned))
        if planned and settled == (new,):
            return await self._attempt(context, settled, planned, decide, fired, unread=True)
        async with AsyncExitStack() as turns:
            for stream in settled:  # sorted, so that two commands never wait for each other
                await turns.enter_async_context(self._turns.setdefault(stream, asyncio.Lock()))
            return await self._attempt(context, settled, planned, decide, fired)

    async def _attempt(
        self,
        context: Context,
        settled: tuple[Stream, ...],
        planned: tuple[Stream, ...],
        decide: Decide,
        fired: Due | None,
        unread: bool = False,
    ) -> Outcome:
        for _ in range(TRIES):
            loaded: Mapping[Stream, Sequence[Recorded]] = dict.fromkeys(settled, ())
            if not unread:
                loaded = await self.store.load(settled)
                if _knows(context.command_id, loaded):
                    return await self._repeat(context)
                for events in loaded.values():
                    LENGTH.observe(len(events))
            versions = {stream: len(events) for stream, events in loaded.items()}
            states = {stream: self._fold(stream, events) for stream, events in loaded.items()}

            def complete(present: Any, states: Mapping[Stream, Any] = states) -> Decision:
                return self._complete(decide({**states, **present}), fired)

            if planned:
                seen = max((events[-1].position for events in loaded.values() if events), default=0)
                work = Undecided(context, versions, planned, complete, seen)
                try:
                    answer, decision = await self._submit(work)
                except Refused:
                    if await self._moved(versions):
                        continue  # refused on states of two moments, which may never have been together
                    raise
            else:
                decision = complete({})
                if decision == Decision(()):
                    return Outcome()
                answer, decision = await self._submit(Request(context, versions, decision))
            if answer.status is Status.APPENDED:
                for _stream, event in decision.events:
                    self._count(event)
                return Outcome(decision.events, answer.position)
            if answer.guard is not None:
                details = {"retry_at": answer.retry_at} if answer.retry_at else {}
                raise Refused(answer.guard.code, limit=answer.guard.kind, **details)
            if answer.status is Status.REPEATED:
                return await self._repeat(context)
        raise Busy

    async def _repeat(self, context: Context) -> Outcome:
        """What the first answer said: a caller reads on from its position, so no event may be left out.

        The streams at hand need not be all that it wrote to: which ones a decision needs turns out in steps.
        """
        found = await self.store.carried_out(context.command_id)
        events = tuple((one.stream, one.event) for one in found)
        return Outcome(events, found[-1].position, replayed=True)

    async def _moved(self, versions: Mapping[Stream, int]) -> bool:
        """Whether a stream that had begun has gone on since it was loaded."""
        begun = [stream for stream, version in versions.items() if version]
        return bool(begun) and any(
            len(events) != versions[stream] for stream, events in (await self.store.load(begun)).items()
        )

    def _fold(self, stream: Stream, events: Sequence[Recorded]) -> Any:
        return self._deciders[stream.category].fold(one.event for one in events)

    def _complete(self, decision: Decision, fired: Due | None) -> Decision:
        """Add the timers that the events arm and disarm, and the end of the one that fired."""
        claimed = (Disarm(fired.kind, fired.subject, fired.due_at),) if fired else ()
        table = tuple(change for stream, event in decision.events for change in self._timers(stream, event))
        effects = decision.effects
        return replace(decision, effects=replace(effects, timers=(*claimed, *effects.timers, *table)))


def _knows(command_id: UUID, loaded: Mapping[Stream, Sequence[Recorded]]) -> bool:
    return any(one.meta.command_id == command_id for events in loaded.values() for one in events)
