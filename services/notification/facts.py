"""What a mail tells of a booking: the read model fills it, the letter writes it.

Promises: codes, times and counts only, no personal data. Shown by ``test_letter.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class BookingFacts:
    """What a mail tells of a booking. Times are aware; ``sequence`` is that of the calendar entry."""

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
