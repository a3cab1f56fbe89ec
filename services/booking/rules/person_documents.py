"""What booking knows of one person's documents: which are awaited, booked, out. One private stream each.

The documents' topic is ordered per document, not per person, and independent of booking's own log. This
stream is where both meet: the facts arrive in any order and more than once, and a pick-up is decided on
the same stream, so none of them can slip past the other.

Promises: what is out stays out, however late an older fact arrives; a document is left to collect while
it is neither out nor on its way by post; the person's row is kept 90 days from each sign that a document
is coming and two days from the end of the last one, no revision of it is written twice.
Shown by ``tests/rules/booking/test_person_documents.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, assert_never
from uuid import UUID

from buergerbuero_contracts.documents import DocumentKind
from buergerbuero_contracts.envelope import Event, Item
from servicekit.decider import Decider
from servicekit.log import Person, Stream

from . import retention
from .events import DocumentLeft, DocumentsAwaited, DocumentsBooked, Leaving
from .pickup import items_of

CATEGORY = "person_documents"
OUT = frozenset({Leaving.HANDED_OVER, Leaving.ENDED})
"""Ways of leaving after which nothing follows. What was shipped may come back."""


def stream_of(person_id: UUID) -> Stream:
    """The stream of one person's documents."""
    return Stream.named(CATEGORY, person_id)


@dataclass(frozen=True, slots=True)
class Documents:
    """``left`` has None for a document that is still awaited. ``bookings`` are its pick-ups so far.

    ``revision`` and ``keep_until`` are those of the person's row that this stream wrote last.
    """

    left: Mapping[UUID, Leaving | None] = field(default_factory=dict)
    kinds: Mapping[UUID, DocumentKind] = field(default_factory=dict)
    bookings: Mapping[UUID, tuple[UUID, ...]] = field(default_factory=dict)
    revision: int = 0
    keep_until: datetime | None = None

    def to_collect(self, document_ids: Iterable[UUID]) -> tuple[UUID, ...]:
        """Which of them are not gone; one that nothing is known of yet counts as here."""
        return tuple(one for one in document_ids if self.left.get(one) is None)

    def handed_over(self, document_ids: Iterable[UUID]) -> tuple[Item, ...]:
        """The pick-up items of those that reached their holder."""
        mine = (one for one in document_ids if self.left.get(one) is Leaving.HANDED_OVER)
        return items_of(self.kinds[one] for one in mine)

    def booked_in(self, document_id: UUID) -> tuple[UUID, ...]:
        """The pick-ups that named the document, in order."""
        return tuple(booking for booking, documents in self.bookings.items() if document_id in documents)


@dataclass(frozen=True, slots=True, kw_only=True)
class Await:
    """Documents of the person are coming or called for, since ``since``. ``row`` is ours and not erased."""

    document_ids: tuple[UUID, ...]
    since: datetime
    row: Person | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A pick-up takes these documents."""

    booking_id: UUID
    document_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """A document left the office at ``at``."""

    document_id: UUID
    kind: DocumentKind
    leaving: Leaving
    at: datetime
    row: Person | None = None


Command = Await | Book | Leave


def evolve(state: Documents, event: Event) -> Documents:
    """The person's documents after an event of their stream."""
    match event:
        case DocumentsAwaited():
            state = replace(state, left={**state.left, **dict.fromkeys(event.document_ids)})
            return _kept(state, event)
        case DocumentsBooked():
            return replace(state, bookings={**state.bookings, event.booking_id: event.document_ids})
        case DocumentLeft():
            kinds = {**state.kinds, event.document_id: event.kind}
            left = {**state.left, event.document_id: event.leaving}
            return _kept(replace(state, left=left, kinds=kinds), event)
    return state


def _kept(state: Documents, event: DocumentsAwaited | DocumentLeft) -> Documents:
    if event.revision is None:
        return state
    return replace(state, revision=event.revision, keep_until=event.keep_until)


def decide(command: Command, state: Documents) -> Sequence[Event]:
    """The events of one command. A repeat, or what a later fact has overtaken, gives none."""
    match command:
        case Await():
            coming = tuple(one for one in command.document_ids if state.left.get(one) not in OUT)
            known = all(one in state.left and state.left[one] is None for one in coming)
            until = _longer(command.row, state, retention.of_awaited_document(command.since))
            if not coming or (known and until is None):
                return []
            return [DocumentsAwaited(document_ids=coming, **_row(command.row, state, until))]
        case Book():
            return [DocumentsBooked(booking_id=command.booking_id, document_ids=command.document_ids)]
        case Leave():
            before = state.left.get(command.document_id)
            if before in OUT or before is command.leaving:
                return []
            until = None
            after = {**state.left, command.document_id: command.leaving}
            if all(left in OUT for left in after.values()):
                until = _shorter(command.row, state, retention.of_ended_document(command.at))
            return [
                DocumentLeft(
                    document_id=command.document_id,
                    kind=command.kind,
                    leaving=command.leaving,
                    **_row(command.row, state, until),
                )
            ]
        case _:
            assert_never(command)


def _present(row: Person, state: Documents) -> datetime:
    """Until when the row is kept: as read, or as this stream wrote it since."""
    newer = state.revision > row.revision and state.keep_until is not None
    return state.keep_until if newer and state.keep_until else row.keep_until


def _longer(row: Person | None, state: Documents, until: datetime) -> datetime | None:
    return until if row is not None and until > _present(row, state) else None


def _shorter(row: Person | None, state: Documents, until: datetime) -> datetime | None:
    return until if row is not None and until < _present(row, state) else None


def _row(row: Person | None, state: Documents, until: datetime | None) -> dict[str, Any]:
    if row is None or until is None:
        return {}
    return {"keep_until": until, "revision": max(row.revision, state.revision) + 1}


def row_after(row: Person | None, events: Iterable[Event]) -> tuple[Person, ...]:
    """The person's row as these events leave it; nothing if they do not change it."""
    for event in events:
        if row and isinstance(event, DocumentsAwaited | DocumentLeft) and event.revision and event.keep_until:
            return (replace(row, revision=event.revision, keep_until=event.keep_until),)
    return ()


DECIDER: Decider[Documents, Command] = Decider(CATEGORY, Documents(), evolve, decide)
