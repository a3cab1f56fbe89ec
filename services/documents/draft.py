"""A decision in the making: several steps on several streams, each on what the steps before led to. Pure.

Promises: a step sees the states as the earlier steps of the same draft left them; a stream that was not
loaded is named by ``Missing``, and who runs the decision loads it and decides again, so a decision finds
its streams by deciding. Shown by ``tests/rules/documents/test_handlers.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from buergerbuero_contracts.envelope import Event
from servicekit.decider import Refused
from servicekit.log import Arm, Decision, Effects, Person, States, Stream

from .deciders import DECIDERS
from .rules.document_state import Document


class Missing(Exception):
    """These streams are needed and were not loaded. No caller sees it."""

    def __init__(self, streams: Iterable[Stream]) -> None:
        super().__init__()
        self.streams = tuple(streams)


class Draft:
    """The states a decision was given, and what it adds to them."""

    def __init__(self, states: States) -> None:
        self._given = states
        self._now: dict[Stream, Any] = {}
        self._parts: list[tuple[Stream, Event]] = []
        self._effects = Effects()
        self.invitations = 0

    def __getitem__(self, stream: Stream) -> Any:
        """The present state of a stream. Raises ``Missing``."""
        (state,) = self.states([stream])
        return state

    def states(self, streams: Iterable[Stream]) -> list[Any]:
        """The present states of several streams. Raises ``Missing`` for all that were not loaded."""
        wanted, missing = list(streams), []
        for stream in wanted:
            if stream not in self._now:
                try:
                    self._now[stream] = self._given[stream]
                except KeyError:
                    missing.append(stream)
        if missing:
            raise Missing(dict.fromkeys(missing))
        return [self._now[stream] for stream in wanted]

    def documents(self, document_ids: Iterable[UUID]) -> list[Document]:
        """The documents of these ids, unknown ones left out."""
        streams = [document_stream(one) for one in document_ids]
        return [state for state in self.states(streams) if state.known]

    def document(self, document_id: UUID) -> Document:
        """One document. Refuses ``not-found``."""
        state: Document = self[document_stream(document_id)]
        if not state.known:
            raise Refused("not-found")
        return state

    def ask(self, stream: Stream, command: Any) -> Sequence[Event]:
        """Let the stream's rules decide, and go on from what follows."""
        state = self[stream]
        decider = DECIDERS[stream.category]
        events = decider.decide(command, state)
        self._now[stream] = decider.fold(events, state)
        self._parts.extend((stream, event) for event in events)
        return events

    def add(self, effects: Effects) -> None:
        """Side rows that go with the events."""
        mine = self._effects
        self._effects = Effects(
            guards=(*mine.guards, *effects.guards),
            uses=(*mine.uses, *effects.uses),
            timers=(*mine.timers, *effects.timers),
            people=(*mine.people, *effects.people),
        )

    def again_at(self, timer: Arm) -> None:
        """The timer that fired is not due yet, by what is known now."""
        self.add(Effects(timers=(timer,)))

    def keep(self, person: Person) -> None:
        """A person's row changes with the events."""
        self.add(Effects(people=(person,)))

    def decision(self) -> Decision:
        """All of it, as one append."""
        return Decision(tuple(self._parts), self._effects)


def document_stream(document_id: UUID) -> Stream:
    """The stream of a document."""
    return Stream("document", document_id)


def invitation_stream(invitation_id: UUID) -> Stream:
    """The stream of an invitation."""
    return Stream("invitation", invitation_id)


@lru_cache(maxsize=4_096)
def holder_stream(person_id: UUID, site: str) -> Stream:
    """The stream that says which documents of a site are one person's."""
    return Stream.named("holder", person_id, site)


@lru_cache(maxsize=64)
def office_stream(site: str) -> Stream:
    """The stream of a site's closures."""
    return Stream.named("office", site)
