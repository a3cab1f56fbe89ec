"""What booking's events and the timers ask of documents: no person types these. See ``commands.py``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

Word = tuple[int, int]
"""Which of booking's events said it: epoch and position in booking's log. What was said later is greater."""

# --- from reactions


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePickupBooked:
    """A pick-up booking names these documents, or has moved."""

    booking_id: UUID
    document_ids: tuple[UUID, ...]
    word: Word
    invitation_id: UUID | None = None
    starts_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePickupUndone:
    """The last booking of these documents stands again: its end was undone, or it has its place back."""

    booking_id: UUID
    document_ids: tuple[UUID, ...]
    word: Word
    starts_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePickupEnded:
    """The booking ended without a hand-over. Until ``undo_until`` it may come back: invite only then."""

    booking_id: UUID
    document_ids: tuple[UUID, ...]
    word: Word
    starts_at: datetime | None = None
    undo_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePickupAdmitted:
    """Somebody was let in to collect these documents."""

    booking_id: UUID
    document_ids: tuple[UUID, ...]
    word: Word
    admitted_at: datetime
    starts_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteClosure:
    """The office is closed on these days: limits end later."""

    site: str
    closure_id: UUID
    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteClosureLifted:
    """A closure was taken back."""

    site: str
    closure_id: UUID


# --- from timers


@dataclass(frozen=True, slots=True, kw_only=True)
class Reinvite:
    """The undo time of a cancelled pick-up is over: a new invitation replaces this one."""

    invitation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RemindPickup:
    """14 or 30 days after the invitation."""

    invitation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class EndPickup:
    """The day of the pick-up is over and the document is still here: its booking led to nothing."""

    document_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkOverdue:
    """60 days after the first invitation."""

    document_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnFromLocker:
    """The days in the locker are over: back into the safe, and a new invitation."""

    document_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteOrderLate:
    """An ordered document should be here by now."""

    document_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseCase:
    """The document is gone and its retention is over: forget its number."""

    document_id: UUID
