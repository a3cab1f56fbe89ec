"""The window's day: who collects what when, put together from the read model's rows. Pure.

Promises: what a pick-up collects together stands together, in the order of the planned times; a document
that lies at a window without a pick-up of that day is never left out, so nothing is forgotten there at
night. Shown by ``tests/rules/documents/test_pickups.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from uuid import UUID

from .projections.document_queries import DocumentRow
from .rules.calendar import midnight


@dataclass(frozen=True, slots=True)
class Pickup:
    """One pick-up booking and its documents."""

    booking_id: UUID
    starts_at: datetime
    documents: tuple[DocumentRow, ...]

    @property
    def admitted_at(self) -> datetime | None:
        """Since when the person is in the house; None if not yet."""
        return max((one.admitted_at for one in self.documents if one.admitted_at), default=None)

    @property
    def person_id(self) -> UUID | None:
        """For whom the documents are."""
        return self.documents[0].person_id


@dataclass(frozen=True, slots=True)
class Waiting:
    """A site's day at the window."""

    pickups: tuple[Pickup, ...]
    at_window: tuple[DocumentRow, ...]


def bounds(day: date) -> tuple[datetime, datetime]:
    """The day's first instant, and the next day's."""
    return midnight(day), midnight(day + timedelta(days=1))


def waiting(booked: Iterable[DocumentRow], at_window: Sequence[DocumentRow]) -> Waiting:
    """The day from the rows that are booked for it, in order, and those that lie at a window."""
    pickups = tuple(
        Pickup(booking_id, rows[0].starts_at, rows)
        for booking_id, group in groupby(booked, lambda row: row.booking_id)
        if (rows := tuple(group)) and booking_id and rows[0].starts_at
    )
    today = {row.document_id for one in pickups for row in one.documents}
    return Waiting(pickups, tuple(row for row in at_window if row.document_id not in today))
