"""The life of a visit. Filled in with the next step."""

from __future__ import annotations

from uuid import UUID, uuid5


def visit_id_of(booking_id: UUID) -> UUID:
    """The visit of a booking: there is at most one."""
    return uuid5(booking_id, "visit")
