"""What a message tells of what it is about: read models fill it, the writer puts it in words.

Promises: codes, times and counts only, no personal data. Shown by ``test_writer.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class BookingFacts:
    """What a message tells of a booking. Times are aware; ``sequence`` is that of the calendar entry."""

    booking_id: UUID
    site: str
    items: Sequence[tuple[str, int]]
    persons: int
    starts_at: datetime
    ends_at: datetime | None
    sequence: int
    confirm_until: datetime | None = None
    reason: str | None = None
    undo_until: datetime | None = None
    restored: bool = False
    """The appointment came back to life (undo, closure lifted) instead of moving."""
    pickup: bool = False
    """A time at the secured window, for documents that wait there."""


@dataclass(frozen=True, slots=True)
class InvitationFacts:
    """What a message tells of documents that wait. ``kinds``: one code per document that still does."""

    invitation_id: UUID
    site: str
    kinds: Sequence[str]
    invited_at: datetime
    reminded: bool = False
    """The message repeats an invitation that led to nothing so far."""
    first_day: date | None = None
    """The first day on which they can be collected; None where none is planned yet."""


@dataclass(frozen=True, slots=True)
class LockerFacts:
    """What a message tells of a document in a locker."""

    site: str
    kind: str
    collect_until: date


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What a message tells of papers that are missing. ``papers``: codes of those that did not come yet."""

    item_id: UUID
    service: str
    papers: Sequence[str]
    due_on: date
    reminded: bool = False
    """The papers did not come in time."""

    @property
    def site(self) -> None:
        """The post room belongs to the whole office."""


@dataclass(frozen=True, slots=True)
class WishFacts:
    """What a message tells of a wish for an earlier appointment, and of its offer, if it has one."""

    wish_id: UUID
    site: str
    items: Sequence[tuple[str, int]]
    prove_until: datetime
    starts_at: datetime | None = None
    offered_until: datetime | None = None
    moves: bool = False
    """There is an appointment, which stays until the offer is accepted."""


@dataclass(frozen=True, slots=True)
class WeekFacts:
    """What a message tells of a week that is over."""

    monday: date

    @property
    def site(self) -> None:
        """The report is the whole office's."""


Facts = BookingFacts | InvitationFacts | LockerFacts | ItemFacts | WishFacts | WeekFacts
